//! Malformed facts are denied with `bad-facts` by every function, and bytes that do not decode never do anything else.

use clearance_policy::langwatch::CATALOG as RULES;
use clearance_policy::types::{
    Binding, CustomRole, Decision, Facts, KeyFacts, Membership, Mode, Owner, PermissionSet, Place, Principal, ProjectPlace,
    Question, Reason, Role, Scope, TeamMembership, Tier, UserFacts,
};
use clearance_policy::wire::{self, Words};
use clearance_policy::{rules, types::Outcome};
use clearance_tests::evaluator::{Component, Evaluator, Native};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::random::{config, facts};

const BAD_FACTS: Decision = Decision { allow: false, reason: Reason::BadFacts, binding: None };

/// A key that may do everything, with an owner who may too.
fn powerful() -> Facts {
    let organization = 1;
    let admin = Binding { organization, scope: Scope { tier: Tier::Organization, at: 1 }, role: Role::Admin, group: None };
    let owner = UserFacts {
        handle: 5,
        membership: Some(Membership::Admin),
        bindings: vec![admin],
        team_memberships: vec![TeamMembership { team: 2, organization, personal: false, role: Role::Admin }],
        deactivated: false,
    };
    let key = KeyFacts {
        handle: 4,
        organization,
        mode: Mode::All,
        creator_deactivated: false,
        expires: Some(2000),
        revoked: false,
        bindings: vec![admin],
        owner: Some(Owner::User(owner)),
    };
    let everything = PermissionSet { w0: u64::MAX, w1: u64::MAX >> 2, w2: 0, w3: 0 };
    Facts {
        now: 1000,
        place: Place::Project(ProjectPlace { project: 3, team: 2, organization, archived: false }),
        principal: Principal::Key(key),
        roles: vec![CustomRole { organization, private: None, empty: false, permissions: everything }],
    }
}

/// The same owner, asking alone.
fn powerful_user() -> Facts {
    let facts = powerful();
    let Principal::Key(KeyFacts { owner: Some(Owner::User(user)), .. }) = facts.principal.clone() else { unreachable!() };
    Facts { principal: Principal::User(user), ..facts }
}

fn key(facts: &mut Facts) -> &mut KeyFacts {
    match &mut facts.principal {
        Principal::Key(key) => key,
        other => panic!("{other:?} is not a key"),
    }
}

fn user(facts: &mut Facts) -> &mut UserFacts {
    match &mut facts.principal {
        Principal::User(user) | Principal::Key(KeyFacts { owner: Some(Owner::User(user)), .. }) => user,
        other => panic!("{other:?} is not a user"),
    }
}

/// One thing wrong with facts that would allow everything.
fn malformed_facts() -> Vec<(&'static str, Facts)> {
    let changed = |mut facts: Facts, change: fn(&mut Facts)| {
        change(&mut facts);
        facts
    };
    vec![
        (
            "a key's binding names a role that is not there",
            changed(powerful(), |facts| key(facts).bindings[0].role = Role::Custom(1)),
        ),
        ("… the highest one", changed(powerful(), |facts| key(facts).bindings[0].role = Role::Custom(u32::MAX))),
        (
            "… and there are none",
            changed(powerful(), |facts| {
                facts.roles.clear();
                key(facts).bindings[0].role = Role::Custom(0);
            }),
        ),
        (
            "… off the chain",
            changed(powerful(), |facts| {
                let off =
                    Binding { organization: 9, scope: Scope { tier: Tier::Team, at: 9 }, role: Role::Custom(7), group: None };
                key(facts).bindings.push(off);
            }),
        ),
        ("a key holds a binding through a group", changed(powerful(), |facts| key(facts).bindings[0].group = Some(1))),
        ("… of another organization", changed(powerful(), |facts| key(facts).bindings[0].group = Some(9))),
        (
            "an owner's binding names a role that is not there",
            changed(powerful(), |facts| {
                user(facts).bindings[0].role = Role::Custom(1);
            }),
        ),
        (
            "an owner's team membership names one",
            changed(powerful(), |facts| {
                user(facts).team_memberships[0].role = Role::Custom(1);
            }),
        ),
        (
            "a user's binding names a role that is not there",
            changed(powerful_user(), |facts| {
                user(facts).bindings[0].role = Role::Custom(1);
            }),
        ),
        (
            "a user's team membership names one",
            changed(powerful_user(), |facts| {
                user(facts).team_memberships[0].role = Role::Custom(1);
            }),
        ),
        (
            "… one of another team",
            changed(powerful_user(), |facts| {
                user(facts).team_memberships[0] =
                    TeamMembership { team: 8, organization: 9, personal: true, role: Role::Custom(1) };
            }),
        ),
        (
            "a role holds the first permission beyond the catalog",
            changed(powerful(), |facts| facts.roles[0].permissions.w1 |= 1 << 62),
        ),
        ("… the highest one", changed(powerful_user(), |facts| facts.roles[0].permissions.w3 |= 1 << 63)),
        ("… a third word's", changed(powerful_user(), |facts| facts.roles[0].permissions.w2 |= 1)),
        (
            "… and nobody is known",
            changed(powerful(), |facts| {
                facts.roles[0].permissions.w2 |= 1;
                facts.principal = Principal::Unknown;
                facts.place = Place::Unknown;
            }),
        ),
        (
            "… and the key is revoked and expired",
            changed(powerful(), |facts| {
                key(facts).revoked = true;
                facts.now = 9000;
                facts.roles[0].permissions.w2 |= 1;
            }),
        ),
    ]
}

fn assert_bad(evaluator: &dyn Evaluator, what: &str, facts: &Facts) {
    let name = evaluator.name();
    // The first permissions, the last, one beyond the catalog, and one beyond every catalog.
    for permission in [0, 3, 16, 125, 126, u32::MAX] {
        assert_eq!(evaluator.decide(facts, permission), BAD_FACTS, "{name}: decide: {what}");
        let explanation = evaluator.explain(facts, permission);
        assert_eq!(explanation.decision, BAD_FACTS, "{name}: explain: {what}");
        assert_eq!(explanation.principal.decision, BAD_FACTS, "{name}: explain: {what}");
        assert!(explanation.principal.steps.is_empty() && explanation.owner.is_none(), "{name}: explain: {what}");
    }
    let effective = evaluator.effective(facts);
    assert!(effective.permissions.is_empty(), "{name}: effective: {what}");
    let catalog = (0..).take(evaluator.describe().permissions.len()).collect();
    assert_eq!(effective.outcomes, [Outcome { decision: BAD_FACTS, permissions: catalog }], "{name}: effective: {what}");
    assert_eq!((effective.since, effective.until), (0, u64::MAX), "{name}: effective: {what}");
}

#[test]
fn every_function_denies_them() {
    for evaluator in [&Native as &dyn Evaluator, Component::get()] {
        for (what, facts) in &malformed_facts() {
            assert_bad(evaluator, what, facts);
        }
    }
}

/// Without this, the test above could pass because everything is denied.
#[test]
fn what_they_were_made_from_is_allowed() {
    for evaluator in [&Native as &dyn Evaluator, Component::get()] {
        for facts in [powerful(), powerful_user()] {
            assert!((0..126).all(|permission| evaluator.decide(&facts, permission).allow), "{}", evaluator.name());
        }
    }
}

#[test]
fn one_among_many_spoils_only_its_own_answers() {
    let (good, bad) = (powerful(), malformed_facts().swap_remove(0).1);
    let facts = [good, bad];
    let question = |facts, permission| Question { facts, permission };
    let questions =
        [question(0, 16), question(1, 16), question(2, 16), question(u32::MAX, 16), question(0, 126), question(0, 17)];
    let reasons =
        [Reason::Binding, Reason::BadFacts, Reason::BadFacts, Reason::BadFacts, Reason::PermissionUnknown, Reason::Binding];
    for evaluator in [&Native as &dyn Evaluator, Component::get()] {
        let found: Vec<Reason> = evaluator.decide_many(&facts, &questions).iter().map(|decision| decision.reason).collect();
        assert_eq!(found, reasons, "{}", evaluator.name());
        let sets = evaluator.effective_many(&facts);
        assert_eq!(sets.iter().map(|set| set.len()).collect::<Vec<_>>(), [126, 0], "{}", evaluator.name());
        assert!(evaluator.decide_many(&facts, &[]).is_empty() && evaluator.effective_many(&[]).is_empty());
    }
}

/// A way to spoil a message.
#[derive(Clone, Debug)]
pub(crate) enum Spoil {
    Cut(Index),
    Flip(Index),
    Set(Index, u64),
    Append(Vec<u8>),
}

pub(crate) fn spoil() -> impl Strategy<Value = Spoil> {
    let word = prop_oneof![any::<u64>(), 0_u64..64, (0_u64..64).prop_map(|low| low << 32 | 0xff)];
    prop_oneof![
        1 => any::<Index>().prop_map(Spoil::Cut),
        6 => any::<Index>().prop_map(Spoil::Flip),
        2 => (any::<Index>(), word).prop_map(|(index, word)| Spoil::Set(index, word)),
        1 => vec(any::<u8>(), 1..17).prop_map(Spoil::Append),
    ]
}

impl Spoil {
    pub(crate) fn apply(&self, message: &[u8]) -> Vec<u8> {
        let mut message = message.to_vec();
        match self {
            Self::Cut(index) => message.truncate(index.index(message.len())),
            Self::Flip(index) => {
                let bit = index.index(message.len() * 8);
                message[bit / 8] ^= 1 << (bit % 8);
            }
            Self::Set(index, word) => {
                let start = index.index(message.len() / 8) * 8;
                message[start..start + 8].copy_from_slice(&word.to_le_bytes());
            }
            Self::Append(more) => message.extend_from_slice(more),
        }
        message
    }
}

const NOT_DECODED: [u8; 8] = 1_u64.to_le_bytes();

/// 100,000 spoilt messages: each is either the one encoding of other facts, and answered as those, or `bad-facts`.
#[test]
fn spoilt_bytes_are_bad_facts_or_other_facts() {
    let (mut refused, mut accepted) = (0_u32, 0_u32);
    let counts = std::cell::RefCell::new((&mut refused, &mut accepted));
    proptest!(config(1000), |(facts in facts::facts(), permission in facts::permission(), spoils in vec(spoil(), 100))| {
        let mut whole = vec![];
        facts.put(&mut whole);
        for spoilt in spoils.iter().map(|spoil| spoil.apply(&whole)) {
            let question = |head: &[u64]| {
                let mut message: Vec<u8> = head.iter().flat_map(|word| word.to_le_bytes()).collect();
                message.extend_from_slice(&spoilt);
                message
            };
            let decide = rules::decide_words(&RULES, &question(&[permission.into()]));
            let effective = rules::call(&RULES, &question(&[5]));
            let explain = rules::call(&RULES, &question(&[6, permission.into()]));
            let many = rules::call(&RULES, &question(&[8, 1]));
            match facts::decode(&spoilt) {
                None => {
                    *counts.borrow_mut().0 += 1;
                    prop_assert_eq!(wire::decision_from_word(decide), Some(BAD_FACTS));
                    prop_assert!([effective, explain, many].iter().all(|answer| *answer == NOT_DECODED));
                }
                Some(other) => {
                    *counts.borrow_mut().1 += 1;
                    let mut again = vec![];
                    other.put(&mut again);
                    prop_assert_eq!(&again, &spoilt, "two encodings of {:?}", other);
                    prop_assert_eq!(wire::decision_from_word(decide), Some(Native.decide(&other, permission)));
                    prop_assert_eq!(wire::answer(&effective), Ok(Native.effective(&other)));
                    prop_assert_eq!(wire::answer(&explain), Ok(Native.explain(&other, permission)));
                    prop_assert_eq!(wire::answer(&many), Ok(Native.effective_many(&[other])));
                }
            }
        }
    });
    assert_eq!(refused + accepted, 100_000);
    assert!(refused > 20_000 && accepted > 20_000, "{refused} refused, {accepted} accepted");
}

/// Bits that the layout does not name must be zero, in every word.
#[test]
fn reserved_bits_are_zero() {
    let group = |facts: &mut Facts| user(facts).bindings[0].group = Some(1);
    let mut whole = vec![];
    let mut facts = powerful();
    group(&mut facts);
    facts.put(&mut whole);
    let words: Vec<u64> = whole.chunks(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect();
    // (word, the bits that may be set there): head, binding, owner, its binding, its team membership, the custom role.
    let named = [
        (0, 0xffff_ffff_0000_1fff_u64),
        (8, 0x0000_000f_ffff_ff7f),
        (12, 0xffff_ffff_0000_003f),
        (14, 0xffff_ffff_ffff_ff07),
        (18, 0xffff_ffff_0000_003f),
        (21, 0xffff_ffff_0000_001d),
        (24, 0x0000_0000_0000_0007),
    ];
    for (position, allowed) in named {
        for bit in (0..64).filter(|bit| allowed >> bit & 1 == 0) {
            let mut spoilt = words.clone();
            spoilt[position] |= 1 << bit;
            let bytes: Vec<u8> = spoilt.iter().flat_map(|word| word.to_le_bytes()).collect();
            assert_eq!(facts::decode(&bytes), None, "bit {bit} of word {position}");
        }
    }
    assert_eq!(words.len(), 29, "{words:x?}");
}

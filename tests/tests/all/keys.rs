//! Questions about keys: the component answers as the rules do, and no answer gives more than the owner of a key has.

use std::cell::Cell;

use clearance_policy::langwatch::CATALOG as RULES;
use clearance_policy::rules;
use clearance_policy::types::lifecycle::{
    Change, Edit, KeyAnswer, KeyOwner, KeyQuestion, Power, Refusal, StoredKey, TextChange, WantedBinding, WantedRole,
};
use clearance_policy::types::{Binding, CustomRole, Facts, KeyFacts, Mode, Place, Principal, Role, Scope, Tier};
use clearance_policy::wire::{self, Words};
use clearance_tests::evaluator::{Component, Evaluator, Native};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::malformed::spoil;
use crate::random::{config, keys};

/// What the rules answer to the bytes of a question.
fn call_rules(facts: &Facts, question: &KeyQuestion) -> Vec<u8> {
    let mut message = vec![];
    wire::put_ask(facts, question, &mut message);
    rules::call(&RULES, &message)
}

#[test]
fn the_component_answers_as_the_rules_do() {
    let component = Component::get();
    // How often each answer was given: a test that only sees refusals shows little.
    let (granted, planned, edited, seen, refused) = (Cell::new(0), Cell::new(0), Cell::new(0), Cell::new(0), Cell::new(0));
    proptest!(config(6000), |(facts in keys::asker(), question in keys::question())| {
        let answer = Native.ask(&facts, &question);
        let count = match &answer {
            Ok(KeyAnswer::Granted) => &granted,
            Ok(KeyAnswer::Plan(_)) => &planned,
            Ok(KeyAnswer::Edited(_)) => &edited,
            Ok(KeyAnswer::Seen(_)) => &seen,
            Err(_) => &refused,
        };
        count.set(count.get() + 1);
        prop_assert_eq!(component.ask(&facts, &question), answer.clone());
        prop_assert_eq!(wire::answer(&call_rules(&facts, &question)), Ok(answer));
    });
    for count in [granted, planned, edited, seen, refused] {
        assert!(count.get() > 40, "{count:?}");
    }
}

/// One encoding for each question and each answer.
#[test]
fn questions_and_answers_come_back() {
    proptest!(config(2000), |(facts in keys::asker(), question in keys::question())| {
        let mut message = vec![0; 8];
        question.put(&mut message);
        prop_assert_eq!(message.len() % 8, 0);
        prop_assert_eq!(wire::answer::<KeyQuestion>(&message), Ok(question.clone()));
        let bytes = call_rules(&facts, &question);
        let answer: Result<KeyAnswer, Refusal> = wire::answer(&bytes).unwrap();
        let mut again = vec![0; 8];
        answer.put(&mut again);
        prop_assert_eq!(again, bytes);
    });
}

/// Spoilt bytes are other questions, answered as those, or not questions at all.
#[test]
fn spoilt_questions_are_other_questions_or_none() {
    let (refused, accepted) = (Cell::new(0), Cell::new(0));
    proptest!(config(300), |(facts in keys::asker(), question in keys::question(), spoils in vec(spoil(), 40))| {
        let mut whole = vec![];
        facts.put(&mut whole);
        question.put(&mut whole);
        for spoilt in spoils.iter().map(|spoil| spoil.apply(&whole)) {
            let answer = rules::call(&RULES, &[&9_u64.to_le_bytes()[..], &spoilt].concat());
            if answer == 1_u64.to_le_bytes() {
                refused.set(refused.get() + 1);
            } else {
                accepted.set(accepted.get() + 1);
                prop_assert!(wire::answer::<Result<KeyAnswer, Refusal>>(&answer).is_ok());
            }
        }
    });
    assert!(refused.get() > 2000 && accepted.get() > 500, "{refused:?} refused, {accepted:?} accepted");
}

/// The permission that stands for a built-in role, from the text of the rules.
fn stands_for(role: WantedRole, place: &Place) -> &'static str {
    match (role, place) {
        (WantedRole::Admin, Place::Organization(_)) => "organization:manage",
        (WantedRole::Admin, _) => "project:manage",
        (WantedRole::Member, Place::Organization(_)) => "organization:view",
        (WantedRole::Member, _) => "project:update",
        (WantedRole::Viewer | WantedRole::Custom, _) => "project:view",
    }
}

fn is_within(power: &Power, bindings: &[WantedBinding]) -> Result<(), TestCaseError> {
    for wanted in bindings {
        let facts = &wanted.ceiling.facts;
        let needed = match wanted.role {
            WantedRole::Custom => power.permissions.clone(),
            role => vec![stands_for(role, &facts.place).into()],
        };
        for number in needed.iter().filter_map(|name| RULES.number(name)) {
            prop_assert!(Native.decide(facts, number).allow, "{} at {:?}", RULES.permissions[number as usize].name, facts.place);
        }
    }
    Ok(())
}

#[test]
fn a_personal_key_gets_nothing_that_its_owner_lacks() {
    let checked = Cell::new(0);
    proptest!(config(20_000), |(facts in keys::asker(), question in keys::question())| {
        match (&question, Native.ask(&facts, &question)) {
            (KeyQuestion::Create(draft), Ok(KeyAnswer::Plan(plan))) => {
                prop_assert!(!plan.power.bindings.is_empty());
                if plan.owner.is_some() {
                    checked.set(checked.get() + 1);
                    is_within(&plan.power, &draft.bindings)?;
                }
            }
            (KeyQuestion::Edit(Edit { key: Some(key), change }), Ok(KeyAnswer::Edited(edited))) => {
                if let (Some(power), Some(bindings), KeyOwner::User(_)) = (&edited.power, &change.bindings, key.owner) {
                    checked.set(checked.get() + 1);
                    is_within(power, bindings)?;
                }
            }
            _ => {}
        }
    });
    assert!(checked.get() > 40, "{checked:?}");
}

/// An asker who is unknown, is not a user or a key, or asks about nowhere, gets nothing and sees nothing.
#[test]
fn nobody_is_granted_anything() {
    proptest!(config(1000), |(facts in keys::asker(), question in keys::question())| {
        let nowhere = Facts { place: Place::Unknown, ..facts.clone() };
        prop_assert!(Native.ask(&nowhere, &question).is_err());
        let nobody = Facts { principal: Principal::Unknown, ..facts };
        prop_assert!(Native.ask(&nobody, &question).is_err());
    });
}

/// A custom role may hold every permission, and makes nobody an organization admin.
#[test]
fn a_service_key_that_manages_by_a_custom_role_changes_no_key_of_another() {
    let facts = |role| {
        let binding = Binding { organization: 1, scope: Scope { tier: Tier::Organization, at: 1 }, role, group: None };
        let key = KeyFacts {
            handle: 20,
            organization: 1,
            mode: Mode::All,
            creator_deactivated: false,
            expires: None,
            revoked: false,
            bindings: vec![binding],
            owner: None,
        };
        let role = CustomRole { organization: 1, private: None, empty: false, permissions: RULES.all };
        Facts { now: 1000, place: Place::Organization(1), principal: Principal::Key(key), roles: vec![role] }
    };
    let manage = RULES.number("organization:manage").unwrap();
    let (admin, custom) = (facts(Role::Admin), facts(Role::Custom(0)));
    assert!(Native.decide(&admin, manage).allow && Native.decide(&custom, manage).allow);
    for owner in [KeyOwner::Nobody, KeyOwner::User(10)] {
        let key = || Some(StoredKey { handle: 21, organization: 1, owner, name: "old".into(), ingestion: false, revoked: false });
        let change = Change {
            unreadable: vec![],
            name: Some("new".into()),
            description: TextChange::Keep,
            mode: None,
            permissions: vec![],
            bindings: None,
        };
        let edit = KeyQuestion::Edit(Edit { key: key(), change });
        for (question, refusal) in [
            (KeyQuestion::Revoke(key()), Refusal::NotOwned),
            (edit, Refusal::NotFound),
            (KeyQuestion::Read(key()), Refusal::NotFound),
        ] {
            assert!(Native.ask(&admin, &question).is_ok(), "{question:?}");
            assert_eq!(Native.ask(&custom, &question), Err(refusal), "{question:?}");
        }
    }
}

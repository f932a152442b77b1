//! The typed interfaces answer as `wire` does: a runtime with components may use either.
//!
//! Nothing of this project sits between the test and the component here: the bindings are made from the WIT files, and the core of
//! the runtime is called directly.

mod bindings {
    wasmtime::component::bindgen!({ path: "../wit", world: "clearance:policy/policy" });
}

/// Makes each case of one enum into the case of the same name of another.
macro_rules! same_case {
    ($value:expr, $from:ty => $to:ty: $($case:ident),+) => {
        match $value { $(<$from>::$case => <$to>::$case),+ }
    };
}

mod keys;
mod repair;

use bindings::Policy;
use bindings::exports::clearance::policy::types as typed;
use clearance_policy::LANGWATCH;
use clearance_policy::types as ours;
use clearance_policy::wire::{self, Words};
use clearance_tests::evaluator::{Evaluator, Native};
use proptest::collection::vec;
use proptest::prelude::*;
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

use crate::malformed::spoil;
use crate::random::{config, facts};

struct Instance {
    store: Store<()>,
    policy: Policy,
}

fn instance() -> Instance {
    let engine = Engine::default();
    let component = Component::new(&engine, LANGWATCH).expect("the component compiles");
    let mut store = Store::new(&engine, ());
    // An empty linker: a policy that imported anything would not start.
    let policy = Policy::instantiate(&mut store, &component, &Linker::new(&engine)).expect("the component starts");
    Instance { store, policy }
}

fn role(role: ours::Role) -> typed::Role {
    match role {
        ours::Role::Custom(index) => typed::Role::Custom(index),
        ours::Role::Admin => typed::Role::Admin,
        ours::Role::Member => typed::Role::Member,
        ours::Role::Viewer => typed::Role::Viewer,
        ours::Role::Missing => typed::Role::Missing,
    }
}

fn binding(binding: &ours::Binding) -> typed::Binding {
    let ours::Binding { organization, scope: ours::Scope { tier, at }, role: named, group } = *binding;
    let tier = same_case!(tier, ours::Tier => typed::Tier: Organization, Team, Project);
    typed::Binding { organization, scope: typed::Scope { tier, at }, role: role(named), group }
}

fn team_membership(membership: &ours::TeamMembership) -> typed::TeamMembership {
    let ours::TeamMembership { team, organization, personal, role: named } = *membership;
    typed::TeamMembership { team, organization, personal, role: role(named) }
}

fn user(user: &ours::UserFacts) -> typed::UserFacts {
    let ours::UserFacts { handle, membership, bindings, team_memberships, deactivated } = user;
    let same = |membership| same_case!(membership, ours::Membership => typed::Membership: Admin, Member, External);
    typed::UserFacts {
        handle: *handle,
        membership: membership.map(same),
        bindings: bindings.iter().map(binding).collect(),
        team_memberships: team_memberships.iter().map(team_membership).collect(),
        deactivated: *deactivated,
    }
}

fn key(key: &ours::KeyFacts) -> typed::KeyFacts {
    let ours::KeyFacts { handle, organization, mode, creator_deactivated, expires, revoked, bindings, owner } = key;
    typed::KeyFacts {
        handle: *handle,
        organization: *organization,
        mode: same_case!(mode, ours::Mode => typed::Mode: All, Readonly, Restricted),
        creator_deactivated: *creator_deactivated,
        expires: *expires,
        revoked: *revoked,
        bindings: bindings.iter().map(binding).collect(),
        owner: owner.as_ref().map(|owner| match owner {
            ours::Owner::Unknown => typed::Owner::Unknown,
            ours::Owner::User(owner) => typed::Owner::User(user(owner)),
        }),
    }
}

fn custom_role(role: &ours::CustomRole) -> typed::CustomRole {
    let ours::CustomRole { organization, private, empty, permissions: ours::PermissionSet { w0, w1, w2, w3 } } = *role;
    let private = private.map(|private| match private {
        ours::PrivateUse::UsedBy(key) => typed::PrivateUse::UsedBy(key),
        ours::PrivateUse::UsedByOthers => typed::PrivateUse::UsedByOthers,
    });
    typed::CustomRole { organization, private, empty, permissions: typed::PermissionSet { w0, w1, w2, w3 } }
}

fn team_place(ours::TeamPlace { team, organization }: ours::TeamPlace) -> typed::TeamPlace {
    typed::TeamPlace { team, organization }
}

fn project_place(place: ours::ProjectPlace) -> typed::ProjectPlace {
    let ours::ProjectPlace { project, team, organization, archived } = place;
    typed::ProjectPlace { project, team, organization, archived }
}

fn place(place: &ours::Place) -> typed::Place {
    match *place {
        ours::Place::Unknown => typed::Place::Unknown,
        ours::Place::Organization(organization) => typed::Place::Organization(organization),
        ours::Place::Team(team) => typed::Place::Team(team_place(team)),
        ours::Place::Project(project) => typed::Place::Project(project_place(project)),
    }
}

fn typed_facts(facts: &ours::Facts) -> typed::Facts {
    let place = place(&facts.place);
    let principal = match &facts.principal {
        ours::Principal::Unknown => typed::Principal::Unknown,
        ours::Principal::User(facts) => typed::Principal::User(user(facts)),
        ours::Principal::Key(facts) => typed::Principal::Key(key(facts)),
        ours::Principal::ProjectKey(ours::ProjectKeyFacts { project }) => {
            typed::Principal::ProjectKey(typed::ProjectKeyFacts { project: *project })
        }
    };
    typed::Facts { now: facts.now, place, principal, roles: facts.roles.iter().map(custom_role).collect() }
}

/// Both families of types print as the WIT files name them.
fn text(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}")
}

#[test]
fn the_typed_interface_answers_as_the_rules_do() {
    let instance = std::cell::RefCell::new(instance());
    let question = (0_u32..4, facts::permission());
    proptest!(config(300), |(all in vec(facts::facts(), 3), questions in vec(question, 6))| {
        let Instance { store, policy } = &mut *instance.borrow_mut();
        let evaluation = policy.clearance_policy_evaluation();
        let (first, permission) = (&all[0], questions[0].1);
        let decision = evaluation.call_decide(&mut *store, &typed_facts(first), permission).unwrap();
        prop_assert_eq!(text(&decision), text(&Native.decide(first, permission)));
        let effective = evaluation.call_effective(&mut *store, &typed_facts(first)).unwrap();
        prop_assert_eq!(text(&effective), text(&Native.effective(first)));
        let explanation = evaluation.call_explain(&mut *store, &typed_facts(first), permission).unwrap();
        prop_assert_eq!(text(&explanation), text(&Native.explain(first, permission)));

        let many: Vec<_> = all.iter().map(typed_facts).collect();
        let asked: Vec<_> = questions.iter().map(|&(facts, permission)| typed::Question { facts, permission }).collect();
        let decisions = evaluation.call_decide_many(&mut *store, &many, &asked).unwrap();
        let asked: Vec<_> = questions.iter().map(|&(facts, permission)| ours::Question { facts, permission }).collect();
        prop_assert_eq!(text(&decisions), text(&Native.decide_many(&all, &asked)));
        let sets = evaluation.call_effective_many(&mut *store, &many).unwrap();
        prop_assert_eq!(text(&sets), text(&Native.effective_many(&all)));
    });
}

#[test]
fn the_typed_catalog_is_the_native_one() {
    let Instance { mut store, policy } = instance();
    let description = policy.clearance_policy_catalog().call_describe(&mut store).unwrap();
    assert_eq!(text(&description), text(&Native.describe()));
}

/// Bytes that a well-behaved host would never send.
#[test]
fn the_component_survives_spoilt_bytes() {
    let instance = std::cell::RefCell::new(instance());
    proptest!(config(200), |(facts in facts::facts(), permission in facts::permission(), spoils in vec(spoil(), 40))| {
        let Instance { store, policy } = &mut *instance.borrow_mut();
        let mut whole = vec![];
        wire::put_decide(permission, &facts, &mut whole);
        for spoilt in spoils.iter().map(|spoil| spoil.apply(&whole)) {
            let decide = policy.clearance_policy_wire().call_decide(&mut *store, &spoilt).unwrap();
            let native = clearance_policy::rules::decide_words(&clearance_policy::langwatch::CATALOG, &spoilt);
            prop_assert_eq!(decide, native);
        }
        // `call` takes what is left as any of its questions.
        let mut words = vec![];
        facts.put(&mut words);
        for spoilt in spoils.iter().map(|spoil| spoil.apply(&words)) {
            for function in 0_u64..12 {
                let question = [&function.to_le_bytes()[..], &spoilt].concat();
                let answer = policy.clearance_policy_wire().call_call(&mut *store, &question).unwrap();
                let native = clearance_policy::rules::call(&clearance_policy::langwatch::CATALOG, &question);
                prop_assert_eq!(answer, native);
            }
        }
    });
}

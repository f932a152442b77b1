//! Answers about what would grant a permission that no policy may give.

use clearance_host::{EvalError, PolicyVersion};
use clearance_policy::types::{
    Facts, Membership, Principal, Role, Scope, Tier,
    repair::{Action, Addition, Asker, Change, ChangeSets, Maker, Obstacle, RepairAnswer, RepairQuestion, Side},
};
use clearance_policy::wire::Words;

use crate::facts::{key, member, nobody, nowhere};
use crate::guest::{guest, load, patient};

/// A guest that denies everything, and gives this answer to what would grant it.
fn saying(answer: &RepairAnswer) -> PolicyVersion {
    let mut guest = guest("repair");
    guest.answer = vec![0; 8];
    answer.put(&mut guest.answer);
    let repair = r#"(export "clearance:policy/repair@0.1.0" (instance $wire))"#;
    load(patient(), &guest.bytes_with(|shell| shell.replace("<exports>", repair))).unwrap()
}

fn question() -> RepairQuestion {
    RepairQuestion { permission: 0, offers: vec![Role::Viewer], asker: Asker::Keeper }
}

fn bind(side: Side, role: Role, at: u64) -> Action {
    let scope = Scope { tier: Tier::Organization, at };
    Action { change: Change::Bind(Addition { side, role, scope }), by: Maker::OrganizationAdmin }
}

fn viewer() -> Action {
    bind(Side::Principal, Role::Viewer, 1)
}

fn action(change: Change) -> Action {
    Action { change, by: Maker::Nobody }
}

#[track_caller]
fn wrong(answer: &RepairAnswer, facts: &Facts, what: &str) {
    match saying(answer).repair(facts, &question()) {
        Err(EvalError::WrongAnswer { what: found, question: "repair", .. }) => assert_eq!(found, what),
        other => panic!("wanted `{what}`: {other:?}"),
    }
}

fn sets(sets: Vec<Vec<Action>>) -> RepairAnswer {
    RepairAnswer::Sets(ChangeSets { sets, more: false })
}

#[test]
fn a_set_of_changes_is_possible() {
    let renewed = || action(Change::Renew);
    for (given, what) in [
        (vec![], "there is no set of changes, or there are too many"),
        (vec![vec![]], "a set has no change"),
        (vec![vec![viewer(), viewer()]], "a set has the same change twice"),
        (vec![vec![bind(Side::Principal, Role::Admin, 1)]], "a role is given that is not on offer"),
        (vec![vec![bind(Side::Principal, Role::Viewer, 2)]], "a scope is not on the chain"),
        (vec![vec![bind(Side::Owner, Role::Viewer, 1)]], "a binding is given to nobody"),
        (vec![vec![renewed()]], "a key is renewed that is not expired"),
        (vec![vec![action(Change::Reactivate)]], "a user is reactivated who is not deactivated"),
        (vec![vec![action(Change::Membership(Membership::Admin))]], "a membership is given to a user who has it, or to nobody"),
    ] {
        wrong(&sets(given), &member(), what);
    }
    // Not expired at its last moment.
    wrong(&sets(vec![vec![renewed()]]), &key(), "a key is renewed that is not expired");
    let five = (0..5).map(|_| vec![viewer()]).collect();
    wrong(&sets(five), &member(), "there is no set of changes, or there are too many");
}

/// The guest denies whatever is changed.
#[test]
fn a_set_of_changes_leads_to_an_allow() {
    wrong(&sets(vec![vec![viewer()]]), &member(), "a set of changes does not lead to an allow");
    wrong(&sets(vec![vec![bind(Side::Owner, Role::Viewer, 1)]]), &key(), "a set of changes does not lead to an allow");
    wrong(&RepairAnswer::Allowed, &member(), "it says that what is denied is granted");
}

#[test]
fn an_obstacle_is_there() {
    let there = RepairAnswer::Nothing(Obstacle::NoRole);
    assert_eq!(saying(&there).repair(&member(), &question()), Ok(there));
    for obstacle in [
        Obstacle::NotShown,
        Obstacle::PermissionUnknown,
        Obstacle::PlaceUnknown,
        Obstacle::PrincipalUnknown,
        Obstacle::ProjectKey,
        Obstacle::OtherOrganization,
        Obstacle::KeyRevoked,
        Obstacle::OwnerUnknown,
    ] {
        wrong(&RepairAnswer::Nothing(obstacle), &member(), "it names an obstacle that is not there");
    }
    let mut revoked = key();
    let Principal::Key(of) = &mut revoked.principal else { unreachable!() };
    of.revoked = true;
    for (obstacle, facts) in
        [(Obstacle::PlaceUnknown, nowhere()), (Obstacle::PrincipalUnknown, nobody()), (Obstacle::KeyRevoked, revoked)]
    {
        let answer = RepairAnswer::Nothing(obstacle);
        assert_eq!(saying(&answer).repair(&facts, &question()), Ok(answer));
    }
}

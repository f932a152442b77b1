//! The caller counts who names a private role, the policy judges: whatever the caller says, the role works for its key alone. A
//! directory never gives a private role to anyone else as used by one key, so only facts made by hand can tell.

use clearance_policy::types::{
    Binding, CustomRole, Facts, KeyFacts, Membership, Mode, Owner, PermissionSet, Place, Principal, PrivateUse, Reading, Role,
    RoleFault, Scope, TeamMembership, TeamPlace, Tier, UserFacts,
};
use clearance_tests::evaluator::{Component, Evaluator, Native};

const ORGANIZATION: u64 = 1;
const TEAM: u64 = 2;
/// Of the user and of the key: a handle alone does not make the user the key.
const SAME: u64 = 3;
const OTHER_KEY: u64 = 4;

fn binding() -> Binding {
    Binding { organization: ORGANIZATION, scope: Scope { tier: Tier::Team, at: TEAM }, role: Role::Custom(0), group: None }
}

fn key(owner: Option<Owner>) -> Principal {
    Principal::Key(KeyFacts {
        handle: SAME,
        organization: ORGANIZATION,
        mode: Mode::Restricted,
        creator_deactivated: false,
        expires: None,
        revoked: false,
        bindings: vec![binding()],
        owner,
    })
}

fn user(bindings: Vec<Binding>, team_memberships: Vec<TeamMembership>) -> UserFacts {
    UserFacts { handle: SAME, membership: Some(Membership::Member), bindings, team_memberships, deactivated: false }
}

/// How the role is read for a principal, and whether it grants the one permission that it lists and no built-in list has.
fn read(evaluator: &dyn Evaluator, private: Option<PrivateUse>, principal: Principal) -> (Reading, Option<RoleFault>, bool) {
    let listed = evaluator.describe().permissions.iter().position(|permission| permission.name == "playground:view").unwrap();
    let listed = u32::try_from(listed).unwrap();
    let role = CustomRole { organization: ORGANIZATION, private, empty: false, permissions: PermissionSet::only(listed) };
    let place = Place::Team(TeamPlace { team: TEAM, organization: ORGANIZATION });
    let facts = Facts { now: 1000, place, principal, roles: vec![role] };
    let explanation = evaluator.explain(&facts, listed);
    // The floor is the first step of a user, the role is in the last one of everyone.
    let step = explanation.owner.unwrap_or(explanation.principal).steps.pop().expect("the role is looked at");
    (step.reading, step.fault, evaluator.decide(&facts, listed).allow)
}

#[test]
fn a_private_role_works_for_its_key_alone() {
    let works = (Reading::Custom, None, true);
    let viewer = (Reading::Viewer, Some(RoleFault::Private), false);
    let row = TeamMembership { team: TEAM, organization: ORGANIZATION, personal: false, role: Role::Custom(0) };
    for evaluator in [&Native as &dyn Evaluator, Component::get()] {
        let read = |private, principal| read(evaluator, private, principal);
        let by = |key| Some(PrivateUse::UsedBy(key));
        assert_eq!(read(by(SAME), key(None)), works);
        assert_eq!(read(by(OTHER_KEY), key(None)), viewer);
        assert_eq!(read(Some(PrivateUse::UsedByOthers), key(None)), viewer);
        assert_eq!(read(None, key(None)), works);

        for private in [by(SAME), by(OTHER_KEY), Some(PrivateUse::UsedByOthers)] {
            assert_eq!(read(private, Principal::User(user(vec![binding()], vec![]))), viewer);
            assert_eq!(read(private, Principal::User(user(vec![], vec![row]))), viewer);
        }
        assert_eq!(read(None, Principal::User(user(vec![binding()], vec![]))), works);
        assert_eq!(read(None, Principal::User(user(vec![], vec![row]))), works);

        // The owner of the very key that the role is private to cannot use it either, so the key cannot.
        assert_eq!(read(by(SAME), key(Some(Owner::User(user(vec![binding()], vec![]))))), viewer);
        assert_eq!(read(by(SAME), key(Some(Owner::User(user(vec![], vec![row]))))), viewer);
    }
}

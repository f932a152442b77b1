//! Facts to ask about.

use clearance_policy::types::*;

/// Guests misbehave when they are asked about the permission of this number, or at this moment.
pub(crate) const MARK: u32 = 0xbad;

/// A member with one binding asks at an organization.
pub(crate) fn member() -> Facts {
    let organization = 1;
    let scope = Scope { tier: Tier::Organization, at: organization };
    let bindings = vec![Binding { organization, scope, role: Role::Member, group: None }];
    let user =
        UserFacts { handle: 2, membership: Some(Membership::Member), bindings, team_memberships: vec![], deactivated: false };
    Facts { now: 1_800_000_000_000, place: Place::Organization(organization), principal: Principal::User(user), roles: vec![] }
}

/// The same at the moment that guests misbehave at.
pub(crate) fn marked() -> Facts {
    Facts { now: u64::from(MARK), ..member() }
}

/// A personal key of that member, with two bindings.
pub(crate) fn key() -> Facts {
    let facts = member();
    let Principal::User(owner) = facts.principal else { unreachable!() };
    let key = KeyFacts {
        handle: 3,
        organization: 1,
        mode: Mode::Restricted,
        creator_deactivated: false,
        expires: Some(facts.now),
        revoked: false,
        bindings: [&owner.bindings[..], &owner.bindings[..]].concat(),
        owner: Some(Owner::User(owner)),
    };
    Facts { principal: Principal::Key(key), ..facts }
}

pub(crate) fn nowhere() -> Facts {
    Facts { place: Place::Unknown, ..marked() }
}

pub(crate) fn nobody() -> Facts {
    Facts { principal: Principal::Unknown, ..marked() }
}

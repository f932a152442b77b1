//! The order of the refusals, and what no vector shows. One organization, 1; its team 2 with the project 3; people from 10, keys
//! from 20.

mod ceilings;
mod orders;
mod sights;
mod strict;

use alloc::{string::String, vec, vec::Vec};

use super::*;
use crate::{
    langwatch::CATALOG,
    types::{lifecycle::*, *},
};

const HERE: Place = Place::Organization(1);
const TEAM: Place = Place::Team(TeamPlace { team: 2, organization: 1 });
const PROJECT: ProjectPlace = ProjectPlace { project: 3, team: 2, organization: 1, archived: false };
const SOMEONE: Handle = 10;
const ANOTHER: Handle = 11;

fn bound(role: Role, tier: Tier, at: Handle) -> Binding {
    Binding { organization: 1, scope: Scope { tier, at }, role, group: None }
}

/// An organization admin.
fn admin(handle: Handle) -> UserFacts {
    user(handle, vec![bound(Role::Admin, Tier::Organization, 1)])
}

fn user(handle: Handle, bindings: Vec<Binding>) -> UserFacts {
    UserFacts { handle, membership: Some(Membership::Member), bindings, team_memberships: vec![], deactivated: false }
}

fn facts(place: Place, principal: Principal) -> Facts {
    Facts { now: 1000, place, principal, roles: vec![] }
}

/// A signed-in user at the organization.
fn session(user: UserFacts) -> Facts {
    facts(HERE, Principal::User(user))
}

/// A key that has everything in the organization, at the organization.
fn http(owner: Option<UserFacts>) -> Facts {
    let key = KeyFacts {
        handle: 20,
        organization: 1,
        mode: Mode::All,
        creator_deactivated: false,
        expires: None,
        revoked: false,
        bindings: vec![bound(Role::Admin, Tier::Organization, 1)],
        owner: owner.map(Owner::User),
    };
    facts(HERE, Principal::Key(key))
}

fn key_of(facts: &mut Facts) -> &mut KeyFacts {
    match &mut facts.principal {
        Principal::Key(key) => key,
        other => panic!("{other:?} is no key"),
    }
}

/// A binding for a key of this user.
fn wanted(role: WantedRole, place: Place, owner: UserFacts) -> WantedBinding {
    let ceiling = Ceiling { facts: facts(place, Principal::User(owner)), names: vec![] };
    WantedBinding { role, workspace: Workspace::Shared, ceiling }
}

fn draft(bindings: Vec<WantedBinding>) -> Draft {
    Draft {
        unreadable: vec![],
        kind: None,
        name: Some("ci".into()),
        description: None,
        expires: None,
        mode: None,
        assignee: None,
        permissions: vec![],
        bindings,
        projects: vec![],
    }
}

fn change() -> Change {
    let description = TextChange::Keep;
    Change { unreadable: vec![], name: None, description, mode: None, permissions: vec![], bindings: None }
}

fn stored(owner: KeyOwner) -> StoredKey {
    StoredKey { handle: 21, organization: 1, owner, name: "old".into(), ingestion: false, revoked: false }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.into()).collect()
}

fn create(facts: &Facts, draft: &Draft) -> Result<Plan, Refusal> {
    create::create(&CATALOG, facts, draft)
}

fn edit(facts: &Facts, key: &StoredKey, change: &Change) -> Result<Edited, Refusal> {
    edit::edit(&CATALOG, facts, Some(key), change)
}

fn fault(field: Field, flaw: Flaw) -> Fault {
    Fault { spot: Spot { field, index: None }, flaw }
}

const fn violation(violation: Violation) -> Refusal {
    Refusal::ScopeViolation(violation)
}

//! What a key that asks may hand on, by the strict rules.

use super::*;
use crate::catalog::Rules;

const STRICT: Catalog = Catalog { rules: Rules::Strict, ..CATALOG };

/// A key of an organization admin that holds these permissions at the organization.
fn key_with(permissions: &[&str]) -> Facts {
    let mut facts = http(Some(admin(SOMEONE)));
    key_of(&mut facts).bindings = vec![bound(Role::Custom(0), Tier::Organization, 1)];
    let permissions = CATALOG.compile(&names(permissions));
    facts.roles = vec![CustomRole { organization: 1, private: None, empty: false, permissions }];
    facts
}

fn restricted(permissions: &[&str]) -> Draft {
    let bindings = vec![wanted(WantedRole::Custom, Place::Project(PROJECT), admin(SOMEONE))];
    Draft { mode: Some(Mode::Restricted), permissions: names(permissions), ..draft(bindings) }
}

fn beyond(binding: u32, permission: &str) -> Refusal {
    violation(Violation::Ceiling(Excess { binding, permission: permission.into() }))
}

#[test]
fn a_key_gives_nothing_beyond_itself() {
    let asks = key_with(&["organization:manage", "traces:view"]);
    let strict = |draft: &Draft| create::create(&STRICT, &asks, draft).map(|plan| plan.power.permissions);
    let default = |draft: &Draft| create(&asks, draft).map(|_| ());

    assert_eq!(strict(&restricted(&["traces:view"])), Ok(names(&["traces:view"])));
    let more = restricted(&["traces:create", "traces:view"]);
    assert_eq!(default(&more), Ok(()));
    assert_eq!(strict(&more), Err(beyond(0, "traces:create")));
    // What nobody has yet cannot be given either.
    let strange = restricted(&["traces:rotate"]);
    assert_eq!(default(&strange), Ok(()));
    assert_eq!(strict(&strange), Err(beyond(0, "traces:rotate")));
    // A built-in role is all that it grants there, not the one permission that stands for it.
    let role = |role| draft(vec![wanted(role, TEAM, admin(SOMEONE))]);
    assert_eq!(default(&role(WantedRole::Viewer)), Ok(()));
    assert_eq!(strict(&role(WantedRole::Viewer)), Err(beyond(0, "project:view")));
    let whole = Draft { kind: Some(Kind::Service), ..draft(vec![]) };
    assert_eq!(default(&whole), Ok(()));
    assert_eq!(strict(&whole), Err(Refusal::Forbidden(Some("project:view".into()))));
}

#[test]
fn a_key_edits_nothing_beyond_itself() {
    let asks = key_with(&["organization:manage", "traces:view"]);
    let to = |permissions: &[&str]| {
        let Draft { bindings, permissions, .. } = restricted(permissions);
        let change = Change { mode: Some(Mode::Restricted), permissions, bindings: Some(bindings), ..change() };
        let key = stored(KeyOwner::User(SOMEONE));
        (edit(&asks, &key, &change).map(|_| ()), edit::edit(&STRICT, &asks, Some(&key), &change).map(|_| ()))
    };
    assert_eq!(to(&["traces:view"]), (Ok(()), Ok(())));
    assert_eq!(to(&["traces:create"]), (Ok(()), Err(beyond(0, "traces:create"))));
}

#[test]
fn people_give_what_the_owner_has() {
    let all = draft(vec![wanted(WantedRole::Admin, TEAM, admin(SOMEONE))]);
    assert!(create::create(&STRICT, &session(admin(SOMEONE)), &all).is_ok());
    let everything = http(Some(admin(SOMEONE)));
    assert!(create::create(&STRICT, &everything, &all).is_ok(), "and so does a key that has everything");
}

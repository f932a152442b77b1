//! What a key that asks about keys sees and hands on, and how much at a time: the edges that random questions hardly meet. The component
//! answers as the rules do.

use clearance_policy::catalog::{Catalog, Rules};
use clearance_policy::langwatch::CATALOG as RULES;
use clearance_policy::rules::lifecycle;
use clearance_policy::types::lifecycle::{
    Ceiling, Draft, Excess, Fault, Field, Flaw, KeyAnswer, KeyOwner, KeyQuestion, Kind, Refusal, Spot, StoredKey, Violation,
    WantedBinding, WantedProject, WantedRole, Workspace,
};
use clearance_policy::types::{
    Binding, CustomRole, Facts, KeyFacts, Membership, Mode, Owner, Place, Principal, ProjectPlace, Role, Scope, Tier, UserFacts,
};
use clearance_tests::evaluator::{Component, Evaluator, Native};

const STRICT: Catalog = Catalog { rules: Rules::Strict, ..RULES };
const ORGANIZATION: u64 = 1;
const HERE: Place = Place::Organization(ORGANIZATION);
const OWNER: u64 = 10;
/// A permission that only bindings at the organization grant.
const ORGANIZATION_ONLY: &str = "webhookEndpoints:view";

fn project(project: u64) -> Place {
    Place::Project(ProjectPlace { project, team: 2, organization: ORGANIZATION, archived: false })
}

fn bound(role: Role, tier: Tier, at: u64) -> Binding {
    Binding { organization: ORGANIZATION, scope: Scope { tier, at }, role, group: None }
}

fn admin() -> Binding {
    bound(Role::Admin, Tier::Organization, ORGANIZATION)
}

fn owner() -> UserFacts {
    let membership = Some(Membership::Member);
    UserFacts { handle: OWNER, membership, bindings: vec![admin()], team_memberships: vec![], deactivated: false }
}

/// A key with these bindings, whose custom roles have these lists.
fn asks(owner: Option<UserFacts>, bindings: Vec<Binding>, lists: &[&[&str]]) -> Facts {
    let key = KeyFacts {
        handle: 20,
        organization: ORGANIZATION,
        mode: Mode::All,
        creator_deactivated: false,
        expires: None,
        revoked: false,
        bindings,
        owner: owner.map(Owner::User),
    };
    let role =
        |list: &&[&str]| CustomRole { organization: ORGANIZATION, private: None, empty: false, permissions: RULES.compile(list) };
    Facts { now: 1000, place: HERE, principal: Principal::Key(key), roles: lists.iter().map(role).collect() }
}

fn wanted_binding(role: WantedRole, place: Place) -> WantedBinding {
    let facts = Facts { now: 1000, place, principal: Principal::User(owner()), roles: vec![] };
    WantedBinding { role, workspace: Workspace::Shared, ceiling: Ceiling { facts, names: vec![] } }
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

/// A key that can do this there, and no more.
fn restricted_key(permissions: &[&str], place: Place) -> KeyQuestion {
    let permissions = permissions.iter().map(ToString::to_string).collect();
    let bindings = vec![wanted_binding(WantedRole::Custom, place)];
    KeyQuestion::Create(Draft { mode: Some(Mode::Restricted), permissions, ..draft(bindings) })
}

/// What the strict rules answer.
fn strictly(facts: &Facts, question: &KeyQuestion) -> Result<KeyAnswer, Refusal> {
    let answer = lifecycle::ask(&STRICT, facts, question);
    assert_eq!(Component::strict().ask(facts, question), answer);
    answer
}

/// What the default rules answer.
fn answer(facts: &Facts, question: &KeyQuestion) -> Result<KeyAnswer, Refusal> {
    let answer = Native.ask(facts, question);
    assert_eq!(Component::get().ask(facts, question), answer);
    answer
}

fn beyond(permission: &str) -> Result<KeyAnswer, Refusal> {
    let excess = Excess { binding: 0, permission: permission.into() };
    Err(Refusal::ScopeViolation(Violation::Ceiling(excess)))
}

/// By the strict rules. What the list names for the organization alone gives nothing below it, and so nothing that the asker lacks.
#[test]
fn a_key_hands_on_what_the_list_gives_there() {
    let lists: &[&[&str]] = &[&["organization:manage", "traces:view"]];
    let asks = asks(Some(owner()), vec![bound(Role::Custom(0), Tier::Organization, ORGANIZATION)], lists);
    let names = ["traces:view", ORGANIZATION_ONLY];
    assert!(matches!(strictly(&asks, &restricted_key(&names, project(3))), Ok(KeyAnswer::Plan(_))));
    assert_eq!(strictly(&asks, &restricted_key(&names, HERE)), beyond(ORGANIZATION_ONLY));
}

/// By the strict rules.
#[test]
fn a_key_hands_on_what_it_has_at_that_place() {
    let bindings = vec![bound(Role::Custom(0), Tier::Organization, ORGANIZATION), bound(Role::Custom(1), Tier::Project, 3)];
    let asks = asks(Some(owner()), bindings, &[&["organization:manage"], &["traces:create"]]);
    assert!(matches!(strictly(&asks, &restricted_key(&["traces:create"], project(3))), Ok(KeyAnswer::Plan(_))));
    assert_eq!(strictly(&asks, &restricted_key(&["traces:create"], project(4))), beyond("traces:create"));
}

#[test]
fn a_list_may_be_as_long_as_its_bound() {
    let asks = asks(None, vec![admin()], &[]);
    let too_many = |field| Err(Refusal::Validation(vec![Fault { spot: Spot { field, index: None }, flaw: Flaw::TooMany }]));
    let service = |bindings, projects| {
        let bindings = vec![wanted_binding(WantedRole::Viewer, project(3)); bindings];
        let projects = vec![WantedProject { place: project(3), workspace: Workspace::Shared }; projects];
        answer(&asks, &KeyQuestion::Create(Draft { kind: Some(Kind::Service), projects, ..draft(bindings) }))
    };
    assert!(matches!(service(20, 0), Ok(KeyAnswer::Plan(_))));
    assert_eq!(service(21, 0), too_many(Field::Bindings));
    assert!(matches!(service(0, 50), Ok(KeyAnswer::Plan(_))));
    assert_eq!(service(0, 51), too_many(Field::Projects));
}

/// The permission to manage keys makes no admin: a service key reads the keys of others by a binding with the role ADMIN alone.
#[test]
fn a_service_key_reads_keys_as_an_admin() {
    let key = StoredKey {
        handle: 21,
        organization: ORGANIZATION,
        owner: KeyOwner::User(OWNER),
        name: "theirs".into(),
        ingestion: false,
        revoked: false,
    };
    let read = KeyQuestion::Read(Some(key));
    let lists: &[&[&str]] = &[&["organization:manage"]];
    let manages = asks(None, vec![bound(Role::Custom(0), Tier::Organization, ORGANIZATION)], lists);
    assert_eq!(answer(&manages, &read), Err(Refusal::NotFound));
    assert_eq!(answer(&asks(None, vec![admin()], lists), &read), Ok(KeyAnswer::Granted));
}

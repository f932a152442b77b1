//! What a key gets, and what its owner must have for it.

use super::*;

/// What the owner of a restricted key lacks of these permissions, at this place, with this one binding.
fn lacks(permissions: &[&str], place: Place, role: Role, at: Scope, custom: &[&str], external: bool) -> Option<String> {
    let mut owner = user(SOMEONE, vec![Binding { organization: 1, scope: at, role, group: None }]);
    if external {
        owner.membership = Some(Membership::External);
    }
    let mut binding = wanted(WantedRole::Custom, place, owner.clone());
    let list = names(custom);
    let role = CustomRole { organization: 1, private: None, empty: false, permissions: CATALOG.compile(&list) };
    binding.ceiling.facts.roles = vec![role];
    binding.ceiling.names = vec![list];
    let draft = Draft { mode: Some(Mode::Restricted), permissions: names(permissions), ..draft(vec![binding]) };
    let mut facts = session(owner);
    facts.roles = vec![role];
    match create(&facts, &draft) {
        Ok(_) => None,
        Err(Refusal::ScopeViolation(Violation::Ceiling(excess))) => Some(excess.permission),
        Err(other) => panic!("{other:?}"),
    }
}

const ORGANIZATION: Scope = Scope { tier: Tier::Organization, at: 1 };
const AT_TEAM: Scope = Scope { tier: Tier::Team, at: 2 };

#[test]
fn a_permission_outside_the_catalog_is_asked_for_by_name() {
    assert!(CATALOG.number("traces:rotate").is_none() && CATALOG.number("traces:manage").is_none());
    assert!(CATALOG.number("datasets:rotate").is_none() && CATALOG.number("organization:share").is_none());
    let some = |name: &str| Some(String::from(name));
    let at_project =
        |permissions: &[&str], role, at, custom: &[&str]| lacks(permissions, Place::Project(PROJECT), role, at, custom, false);
    // Whoever has everything has these too.
    let strange = ["datasets:share", "organization:share", "traces:manage", "traces:rotate"];
    assert_eq!(at_project(&strange, Role::Admin, ORGANIZATION, &[]), None);
    assert_eq!(lacks(&strange, HERE, Role::Admin, ORGANIZATION, &[], true), some("datasets:share"));
    // A built-in list has what its own entries imply.
    assert_eq!(at_project(&["datasets:rotate"], Role::Admin, AT_TEAM, &[]), None);
    assert_eq!(at_project(&["datasets:rotate"], Role::Viewer, AT_TEAM, &[]), some("datasets:rotate"));
    assert_eq!(at_project(&["traces:rotate"], Role::Admin, AT_TEAM, &[]), some("traces:rotate"));
    assert_eq!(at_project(&["datasets:share"], Role::Admin, AT_TEAM, &[]), some("datasets:share"));
    // A stored list has what stands in it, and what that implies.
    let custom = |permissions: &[&str], list: &[&str]| at_project(permissions, Role::Custom(0), AT_TEAM, list);
    assert_eq!(custom(&["traces:rotate"], &["traces:rotate"]), None);
    assert_eq!(custom(&["traces:rotate"], &["traces:manage"]), None);
    assert_eq!(custom(&["traces:manage"], &["traces:manage"]), None);
    assert_eq!(custom(&["traces:manage"], &["traces:rotate"]), some("traces:manage"));
    assert_eq!(custom(&["traces:rotate", "traces:view"], &["traces:rotate"]), some("traces:view"));
    assert_eq!(custom(&["traces:rotate", "traces:view"], &["traces:view"]), some("traces:rotate"));
    // Even there, what is the organization's is granted at the organization only.
    assert_eq!(custom(&["organization:share"], &["organization:share"]), some("organization:share"));
    assert_eq!(lacks(&["organization:share"], HERE, Role::Custom(0), ORGANIZATION, &["organization:share"], false), None);
    assert_eq!(at_project(&["governance:rotate"], Role::Custom(0), ORGANIZATION, &["governance:manage"]), None);
}

/// More strange permissions than there are spare numbers: they are asked for in parts.
#[test]
fn every_permission_can_be_asked_for_at_once() {
    let resources = CATALOG.permissions.iter().filter_map(|permission| permission.name.split_once(':')).map(|(of, _)| of);
    let mut resources: Vec<&str> = resources.collect();
    resources.dedup();
    let mut all: Vec<String> = Vec::new();
    for resource in resources {
        all.extend(CATALOG.lifecycle.actions.iter().map(|action| [resource, ":", action].concat()));
    }
    assert_eq!(all.len(), 350);
    assert!(all.iter().all(|name| CATALOG.can_list(name)));
    assert!(CATALOG.permissions.iter().all(|permission| all.iter().any(|name| name == permission.name)));
    all.sort_unstable();
    let every: Vec<&str> = all.iter().map(String::as_str).collect();
    assert_eq!(lacks(&every, HERE, Role::Admin, ORGANIZATION, &[], false), None);
    assert_eq!(lacks(&every, HERE, Role::Custom(0), ORGANIZATION, &every, false), None);
    // One alone is missing, among the first and among the last; nothing implies either.
    for missing in ["activityMonitor:share", "workflows:viewOtherPersonal"] {
        let others: Vec<&str> = every.iter().copied().filter(|name| *name != missing).collect();
        assert_eq!(others.len(), 349);
        assert_eq!(lacks(&every, HERE, Role::Custom(0), ORGANIZATION, &others, false).as_deref(), Some(missing));
    }
}

#[test]
fn names_that_no_key_can_list() {
    for name in
        ["", ":", "traces", "traces:", ":view", "traces:fly", "Traces:view", "traces:view ", "trace:view", "traces:view:x"]
    {
        assert!(!CATALOG.can_list(name), "{name}");
        let binding = wanted(WantedRole::Custom, TEAM, admin(SOMEONE));
        let permissions = names(&["traces:view", name]);
        let draft = Draft { mode: Some(Mode::Restricted), permissions, ..draft(vec![binding]) };
        let spot = Spot { field: Field::Permissions, index: Some(1) };
        let refusal = Refusal::Validation(vec![Fault { spot, flaw: Flaw::NotAllowed }]);
        assert_eq!(create(&session(admin(SOMEONE)), &draft), Err(refusal), "{name}");
    }
}

#[test]
fn a_built_in_role_stands_for_one_permission() {
    let needs = |role, place: Place, owner: Role, at: Scope| {
        let owner = user(SOMEONE, vec![Binding { organization: 1, scope: at, role: owner, group: None }]);
        match create(&session(owner.clone()), &draft(vec![wanted(role, place, owner)])) {
            Ok(_) => None,
            Err(Refusal::ScopeViolation(Violation::Ceiling(excess))) => Some(excess.permission),
            Err(other) => panic!("{other:?}"),
        }
    };
    let some = |name: &str| Some(String::from(name));
    let project = Place::Project(PROJECT);
    assert_eq!(needs(WantedRole::Admin, project, Role::Member, AT_TEAM), some("project:manage"));
    assert_eq!(needs(WantedRole::Admin, HERE, Role::Member, ORGANIZATION), some("organization:manage"));
    assert_eq!(needs(WantedRole::Admin, project, Role::Admin, AT_TEAM), None);
    assert_eq!(needs(WantedRole::Member, project, Role::Viewer, AT_TEAM), some("project:update"));
    assert_eq!(needs(WantedRole::Member, HERE, Role::Viewer, ORGANIZATION), None);
    assert_eq!(needs(WantedRole::Viewer, HERE, Role::Member, ORGANIZATION), some("project:view"));
    assert_eq!(needs(WantedRole::Viewer, HERE, Role::Admin, ORGANIZATION), None);
    assert_eq!(needs(WantedRole::Viewer, TEAM, Role::Viewer, AT_TEAM), None);
}

#[test]
fn what_is_stored_is_each_thing_once() {
    let twice = [TEAM, HERE, TEAM].map(|place| wanted(WantedRole::Custom, place, admin(SOMEONE)));
    let workspace = Workspace::Shared;
    let projects = vec![WantedProject { place: Place::Project(PROJECT), workspace }; 3];
    let asked = Draft {
        kind: Some(Kind::Service),
        mode: Some(Mode::Restricted),
        expires: Some(999),
        permissions: names(&["traces:view", "datasets:share", "traces:view"]),
        projects,
        ..draft(twice.into())
    };
    let plan = create(&http(None), &asked).unwrap();
    let gives = |role, tier, at| NewBinding { role, scope: Scope { tier, at } };
    let bindings = vec![
        gives(WantedRole::Custom, Tier::Team, 2),
        gives(WantedRole::Custom, Tier::Organization, 1),
        gives(WantedRole::Admin, Tier::Project, 3),
    ];
    assert_eq!(plan.power, Power { bindings, permissions: names(&["datasets:share", "traces:view"]) });
    assert_eq!((plan.owner, plan.creator), (None, None));
    assert_eq!(plan.warnings, [Warning::BornExpired, Warning::PermissionUnknown]);

    let whole = Draft { kind: Some(Kind::Service), expires: Some(1000), ..draft(vec![]) };
    let plan = create(&session(admin(SOMEONE)), &whole).unwrap();
    assert_eq!(plan.power, Power { bindings: vec![gives(WantedRole::Admin, Tier::Organization, 1)], permissions: vec![] });
    assert_eq!((plan.owner, plan.creator, plan.mode), (None, Some(SOMEONE), Mode::All));
    assert_eq!(plan.warnings, [Warning::WholeOrganization]);
}

#[test]
fn an_assignee_is_ignored_on_a_service_key_and_may_be_whoever_asks() {
    let assignee = Some(Assignee { user: None, membership: None, deactivated: false });
    let service = Draft { kind: Some(Kind::Service), assignee, ..draft(vec![]) };
    assert!(create(&session(admin(SOMEONE)), &service).is_ok());
    let own = Some(Assignee { user: Some(SOMEONE), membership: Some(Membership::Member), deactivated: false });
    let viewer = user(SOMEONE, vec![bound(Role::Viewer, Tier::Team, 2)]);
    let asked = Draft { assignee: own, ..draft(vec![wanted(WantedRole::Viewer, TEAM, viewer.clone())]) };
    assert_eq!(create(&session(viewer), &asked).unwrap().owner, Some(SOMEONE));
    // Nobody is not whoever asks, not even for a key that nobody owns.
    let bindings = vec![wanted(WantedRole::Viewer, TEAM, admin(ANOTHER))];
    let other = Assignee { user: Some(ANOTHER), membership: Some(Membership::Member), deactivated: false };
    let plan = create(&http(None), &Draft { assignee: Some(other), ..draft(bindings.clone()) }).unwrap();
    assert_eq!((plan.owner, plan.creator), (Some(ANOTHER), None));
    let gone = Some(Assignee { deactivated: true, ..other });
    let refused = create(&http(None), &Draft { assignee: gone, ..draft(bindings) });
    assert_eq!(refused, Err(violation(Violation::AssigneeNotMember)));
    let nobody = Draft { assignee, ..draft(vec![wanted(WantedRole::Viewer, TEAM, admin(ANOTHER))]) };
    assert_eq!(create(&http(None), &nobody), Err(Refusal::BadFacts));
}

#[test]
fn an_edit_replaces_bindings_and_list_together_or_neither() {
    let key = stored(KeyOwner::User(SOMEONE));
    let facts = session(admin(SOMEONE));
    let label = Change { mode: Some(Mode::All), ..change() };
    let edited = edit(&facts, &key, &label).unwrap();
    assert_eq!((edited.mode, edited.power), (Some(Mode::All), None));
    let bindings = Some(vec![wanted(WantedRole::Viewer, TEAM, admin(SOMEONE))]);
    let edited = edit(&facts, &key, &Change { bindings, ..change() }).unwrap();
    assert_eq!(edited.mode, None);
    assert_eq!(edited.power.unwrap().permissions, Vec::<String>::new());
    let empty = edit(&facts, &key, &change()).unwrap();
    let (name, description) = (None, TextChange::Keep);
    assert_eq!(empty, Edited { name, description, mode: None, power: None, warnings: vec![] });
    // An owner who is not known has nothing, and one who left has nothing either.
    let mut unknown = wanted(WantedRole::Viewer, TEAM, admin(SOMEONE));
    unknown.ceiling.facts.principal = Principal::Unknown;
    let mut left = wanted(WantedRole::Viewer, TEAM, UserFacts { membership: None, ..admin(ANOTHER) });
    for (owner, binding) in [(KeyOwner::Unknown, &mut unknown), (KeyOwner::User(ANOTHER), &mut left)] {
        let change = Change { bindings: Some(vec![binding.clone()]), ..change() };
        let excess = Excess { binding: 0, permission: "project:view".into() };
        assert_eq!(edit(&facts, &stored(owner), &change), Err(violation(Violation::Ceiling(excess))));
    }
}

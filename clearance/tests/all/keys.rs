//! The life of a key through the library: what is stored in the end, and that nothing is stored otherwise.

use clearance::{
    Authorizer, Change, Directory,
    PlaceId::Project,
    PrincipalId::{self, Key, User},
    document::{BindingRole, Document, Holder, Mode, Scope, Sensitive, Timestamp},
    key::{
        KeyChange, KeyDraft, KeyError, KeyRefusal, KeyStatus, NewKey, OutOfReach, ProjectKeyUse, TextChange, WantedBinding,
        Warning, spot_name,
    },
};

use crate::company::{cached, now};

pub(crate) fn wanted(role: BindingRole, scope: Scope) -> WantedBinding {
    WantedBinding { role, scope }
}

fn at_shop(role: BindingRole) -> WantedBinding {
    wanted(role, Scope::Project("shop".into()))
}

fn draft(bindings: Vec<WantedBinding>) -> KeyDraft {
    KeyDraft { name: Some("new".into()), bindings, ..KeyDraft::default() }
}

fn restricted_draft(permissions: &[&str]) -> KeyDraft {
    let permissions = permissions.iter().map(|name| (*name).to_owned()).collect();
    KeyDraft { mode: Some(Mode::Restricted), permissions, ..draft(vec![at_shop(BindingRole::Custom)]) }
}

/// Makes a key, and returns the warnings about it.
fn create(authorizer: &Authorizer, actor: PrincipalId<'_>, id: &str, draft: &KeyDraft) -> Result<Vec<Warning>, KeyError> {
    let plan = authorizer.view_at(now()).create_key(actor, "acme", draft)?;
    let new = NewKey {
        id: id.into(),
        at: now(),
        lookup_id: Some("0123456789abcdef".into()),
        hashed_secret: Some(Sensitive::new("5678")),
    };
    authorizer.apply_all(plan.changes(&new, mint(id))).unwrap();
    Ok(plan.warnings)
}

fn edit(authorizer: &Authorizer, actor: PrincipalId<'_>, key: &str, change: &KeyChange) -> Result<Vec<Change>, KeyError> {
    let changes = authorizer.view_at(now()).edit_key(actor, "acme", key, change)?.changes(mint("edited"));
    authorizer.apply_all(changes.clone()).unwrap();
    Ok(changes)
}

fn revoke(authorizer: &Authorizer, actor: PrincipalId<'_>, key: &str) -> Result<(), KeyError> {
    let revocation = authorizer.view_at(now()).revoke_key(actor, "acme", key)?;
    authorizer.apply_all(revocation.changes).unwrap();
    Ok(())
}

pub(crate) fn mint(prefix: &str) -> impl FnMut() -> Box<str> {
    let mut ids = (1..).map(move |number| format!("{prefix}-{number}").into());
    move || ids.next().unwrap()
}

fn document(authorizer: &Authorizer) -> Document {
    authorizer.read_directory(Directory::document)
}

fn may(authorizer: &Authorizer, key: &str, permission: &str) -> bool {
    authorizer.view_at(now()).check(Key(key), permission, Project("shop")).unwrap().allow
}

#[track_caller]
fn refusal<T: std::fmt::Debug>(answer: Result<T, KeyError>) -> KeyRefusal {
    match answer {
        Err(KeyError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_restricted_key_has_one_private_role_until_it_is_revoked() {
    let authorizer = cached();
    create(&authorizer, User("ben"), "mine", &restricted_draft(&["traces:view", "prompts:manage"])).unwrap();
    assert!(may(&authorizer, "mine", "traces:view") && may(&authorizer, "mine", "prompts:create"));
    assert!(!may(&authorizer, "mine", "traces:create"));
    let record = authorizer.view_at(now()).read_key(User("ben"), "acme", "mine").unwrap();
    assert_eq!(record.permissions, ["prompts:manage".into(), "traces:view".into()]);
    let role = record.bindings[0].custom_role.clone().unwrap();

    let permissions = vec!["traces:create".to_owned()];
    let bindings = Some(vec![at_shop(BindingRole::Custom), wanted(BindingRole::Viewer, Scope::Project("blog".into()))]);
    let change = KeyChange { mode: Some(Mode::Restricted), permissions, bindings, ..KeyChange::default() };
    edit(&authorizer, User("ben"), "mine", &change).unwrap();
    assert!(may(&authorizer, "mine", "traces:create") && !may(&authorizer, "mine", "traces:view"));
    assert_eq!(authorizer.read_directory(|directory| directory.role(&role)), None);

    revoke(&authorizer, User("ben"), "mine").unwrap();
    assert!(!may(&authorizer, "mine", "traces:create"));
    let left = authorizer.read_directory(|directory| directory.bindings_of(&Holder::Key("mine".into())));
    assert_eq!(left.iter().map(|binding| binding.role).collect::<Vec<_>>(), [BindingRole::Viewer]);
    assert!(!document(&authorizer).roles.iter().any(|role| &*role.name == "key:mine"));
    assert_eq!(refusal(revoke(&authorizer, User("ben"), "mine")), KeyRefusal::AlreadyRevoked);
}

#[test]
fn an_edit_of_the_labels_leaves_the_power() {
    let authorizer = cached();
    create(&authorizer, User("ben"), "mine", &restricted_draft(&["traces:view"])).unwrap();
    let before = document(&authorizer);
    assert_eq!(edit(&authorizer, User("ben"), "mine", &KeyChange::default()).unwrap(), []);
    assert_eq!(document(&authorizer), before);
    let change = KeyChange {
        name: Some("other".into()),
        description: TextChange::Set("what for".into()),
        mode: Some(Mode::All),
        ..KeyChange::default()
    };
    assert_eq!(edit(&authorizer, User("ben"), "mine", &change).unwrap().len(), 1);
    let record = authorizer.view_at(now()).read_key(User("ben"), "acme", "mine").unwrap();
    assert_eq!((&*record.key.name, record.key.description.as_deref(), record.key.mode), ("other", Some("what for"), Mode::All));
    assert_eq!((record.permissions.len(), record.bindings.len()), (1, 1));
    let cleared = KeyChange { description: TextChange::Clear, ..KeyChange::default() };
    edit(&authorizer, User("ben"), "mine", &cleared).unwrap();
    assert_eq!(authorizer.read_directory(|directory| directory.key("mine")).unwrap().description, None);
}

/// A row that the platform left behind lets another key name the private role, which then works for neither.
#[test]
fn revoking_a_key_widens_no_other() {
    let authorizer = cached();
    create(&authorizer, User("ana"), "one", &restricted_draft(&["prompts:manage"])).unwrap();
    let role = authorizer.read_directory(|directory| directory.private_roles_of("one")[0].0.to_owned());
    let text = format!(
        r#"{{"addBinding": {{"id": "poison", "organization": "acme", "key": "deploy", "role": "CUSTOM", "customRole": "{role}", "scope": {{"project": "shop"}}}}}}"#
    );
    authorizer.apply(serde_json::from_str(&text).unwrap()).unwrap();
    authorizer.apply(Change::RemoveBinding("b06".into())).unwrap();
    let held = |key: &str| -> Vec<String> {
        authorizer.view_at(now()).effective(Key(key), Project("shop")).unwrap().permissions().map(str::to_owned).collect()
    };
    let before = held("one");
    assert!(!before.contains(&"prompts:create".to_owned()));
    revoke(&authorizer, User("ana"), "deploy").unwrap();
    // The role would be its own again; it goes with the bindings of the revoked key instead.
    assert_eq!(held("one"), before);
}

#[test]
fn what_is_wrong_is_named_in_the_words_of_json() {
    let authorizer = cached();
    let create = |actor, draft: &KeyDraft| refusal(create(&authorizer, actor, "mine", draft));
    let before = document(&authorizer);

    let none = create(User("ben"), &KeyDraft { permissions: vec!["a:b".into()], ..KeyDraft::default() });
    assert_eq!(
        (none.code(), none.fields().join(" ").as_str()),
        ("validation_error", "bindings name permissionMode permissions.0")
    );
    assert_eq!(
        none.to_string(),
        "refused: bindings (missing), name (missing), permissionMode (missing), permissions.0 (not-allowed)"
    );

    let excess = create(User("ben"), &draft(vec![at_shop(BindingRole::Viewer), at_shop(BindingRole::Admin)]));
    assert_eq!(excess.code(), "api_key_scope_violation");
    let KeyRefusal::ScopeViolation(OutOfReach::Ceiling { spot, permission }) = &excess else { panic!("{excess:?}") };
    assert_eq!((spot_name(*spot).as_str(), &**permission), ("bindings.1", "project:manage"));
    assert!(excess.fields().is_empty());

    let nowhere = create(User("ben"), &draft(vec![wanted(BindingRole::Viewer, Scope::Team("shop".into()))]));
    assert!(matches!(nowhere, KeyRefusal::ScopeViolation(OutOfReach::Scope(_))), "{nowhere:?}");
    let archived = create(User("ben"), &draft(vec![wanted(BindingRole::Viewer, Scope::Project("attic".into()))]));
    assert!(matches!(archived, KeyRefusal::ScopeViolation(OutOfReach::Scope(_))), "{archived:?}");

    // The projects count on from the bindings, and are named by their own position.
    let service = KeyDraft {
        kind: Some(clearance::key::Kind::Service),
        projects: vec!["shop".into(), "nope".into()],
        ..draft(vec![at_shop(BindingRole::Viewer)])
    };
    let over_http = create(Key("deploy"), &service);
    let KeyRefusal::ScopeViolation(OutOfReach::Scope(spot)) = over_http else { panic!("{over_http:?}") };
    assert_eq!(spot_name(spot), "projectIds.1");

    let personal = create(User("ana"), &draft(vec![wanted(BindingRole::Viewer, Scope::Team("ben-personal".into()))]));
    assert_eq!(personal.code(), "personal_workspace_not_managed_here");
    let assigned = KeyDraft { assignee: Some("dan".into()), ..draft(vec![at_shop(BindingRole::Viewer)]) };
    assert_eq!(create(User("ana"), &assigned), KeyRefusal::ScopeViolation(OutOfReach::Assignee));
    assert_eq!(create(User("ben"), &assigned), KeyRefusal::Forbidden { permission: None });
    assert_eq!(create(User("dan"), &draft(Vec::new())), KeyRefusal::ScopeViolation(OutOfReach::Caller));
    assert_eq!(create(User("nobody"), &draft(Vec::new())), KeyRefusal::ScopeViolation(OutOfReach::Caller));
    assert_eq!(create(User("ben"), &draft(Vec::new())), KeyRefusal::ScopeViolation(OutOfReach::NoBindings));
    let lacking = create(Key("ci"), &draft(vec![at_shop(BindingRole::Viewer)]));
    assert_eq!(lacking, KeyRefusal::Forbidden { permission: Some("organization:manage".into()) });
    assert_eq!(document(&authorizer), before);
}

#[test]
fn a_draft_without_end_is_refused() {
    let authorizer = cached();
    let many = KeyDraft {
        projects: vec!["shop".into(); 20_000],
        permissions: vec!["nothing".into(); 100],
        ..draft(vec![at_shop(BindingRole::Viewer); 20_000])
    };
    let refused = refusal(create(&authorizer, User("ben"), "mine", &many));
    assert_eq!(refused.code(), "validation_error");
    assert!(["bindings", "projectIds", "permissions.0"].iter().all(|field| refused.fields().iter().any(|named| named == field)));
}

#[test]
fn a_new_key_is_as_the_plan_says() {
    let authorizer = cached();
    let expires: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let born_expired = KeyDraft {
        description: Some("what for".into()),
        expires: Some(expires),
        assignee: Some("ben".into()),
        ..draft(vec![at_shop(BindingRole::Viewer)])
    };
    assert_eq!(create(&authorizer, User("ana"), "bens", &born_expired).unwrap(), [Warning::BornExpired]);
    let key = authorizer.read_directory(|directory| directory.key("bens")).unwrap();
    assert_eq!((key.owner.as_deref(), key.created_by.as_deref()), (Some("ben"), Some("ana")));
    assert_eq!((key.expires_at, key.created_at, key.mode), (Some(expires), Some(now()), Mode::All));
    assert_eq!((key.lookup_id.is_some(), key.hashed_secret.is_some(), key.description.is_some()), (true, true, true));

    let record = authorizer.view_at(now()).read_key(User("ben"), "acme", "bens").unwrap();
    assert_eq!((record.status, record.key.hashed_secret, record.key.lookup_id.is_some()), (KeyStatus::Expired, None, true));
    assert_eq!(authorizer.view_at(expires).read_key(User("ben"), "acme", "bens").unwrap().status, KeyStatus::Active);
    revoke(&authorizer, User("ana"), "bens").unwrap();
    assert_eq!(authorizer.view_at(expires).read_key(User("ben"), "acme", "bens").unwrap().status, KeyStatus::Revoked);

    let service = KeyDraft { kind: Some(clearance::key::Kind::Service), ..draft(Vec::new()) };
    assert_eq!(create(&authorizer, User("ana"), "all", &service).unwrap(), [Warning::WholeOrganization]);
    assert!(may(&authorizer, "all", "project:delete"));
}

#[test]
fn a_list_of_more_keys_than_are_shown_at_once_is_whole_and_newest_first() {
    let authorizer = cached();
    let key = |number: u64| {
        let at = Timestamp::from_millis(1_000_000 + number).unwrap();
        let text = format!(
            r#"{{"addKey": {{"id": "k{number}", "organization": "acme", "name": "n", "mode": "all", "createdAt": "{at}"{}}}}}"#,
            if number.is_multiple_of(2) { r#", "owner": "ben""# } else { "" }
        );
        serde_json::from_str::<Change>(&text).unwrap()
    };
    authorizer.apply_all((0..2_500).map(key).collect()).unwrap();
    let ids = |actor| -> Vec<String> {
        let keys = authorizer.view_at(now()).list_keys(actor, "acme").unwrap();
        keys.into_iter().map(|record| record.key.id.into()).filter(|id: &String| id.starts_with('k')).collect()
    };
    let newest_first: Vec<String> = (0..2_500).rev().map(|number| format!("k{number}")).collect();
    assert_eq!(ids(User("ben")), newest_first);
    let services: Vec<String> = newest_first.iter().filter(|id| id[1..].parse::<u32>().unwrap() % 2 == 1).cloned().collect();
    assert_eq!(ids(User("cleo")), services);
    assert_eq!(ids(Key("deploy")), newest_first);
}

#[test]
fn the_keys_that_can_be_read_are_those_that_each_by_itself_can() {
    let authorizer = cached();
    let at = authorizer.view_at(now());
    let keys: Vec<_> = document(&authorizer).keys.into_iter().map(|key| key.id).collect();
    let mut counts = Vec::new();
    for actor in [User("ana"), User("ben"), User("cleo"), Key("deploy")] {
        let mut readable: Vec<_> = at.readable_keys(actor, "acme").unwrap().into_iter().map(|record| record.key.id).collect();
        readable.sort_unstable();
        let mut expected = keys.clone();
        expected.retain(|key| at.read_key(actor, "acme", key).is_ok());
        expected.sort_unstable();
        assert_eq!(readable, expected, "{actor:?}");
        counts.push(readable.len());
    }
    assert!(counts.iter().all(|count| *count > 0) && counts[1] < counts[0], "{counts:?}");
    assert_eq!(refusal(at.readable_keys(User("dan"), "acme")).code(), "api_key_scope_violation");
}

#[test]
fn looking_takes_a_member_who_is_signed_in() {
    let authorizer = cached();
    let at = authorizer.view_at(now());
    let ids = |ids: Vec<Box<str>>| ids.join(" ");
    assert_eq!(ids(at.teams(User("cleo"), "acme").unwrap().into_iter().map(|row| row.id).collect()), "ben-personal data web");
    let projects = at.projects(User("cleo"), "acme").unwrap();
    assert!(projects.iter().all(|project| project.project_key.is_none()));
    assert_eq!(ids(projects.into_iter().map(|row| row.id).collect()), "blog lake shop");
    assert_eq!(ids(at.members(User("ana"), "acme").unwrap().into_iter().map(|row| row.user).collect()), "ana ben cleo eve");
    assert!(at.members(User("ben"), "acme").unwrap().is_empty());
    assert_eq!(ids(at.own_bindings(User("ana"), "acme").unwrap().into_iter().map(|row| row.id).collect()), "b01");
    assert!(at.own_bindings(User("ben"), "acme").unwrap().is_empty(), "those of groups are not one's own");
    assert_eq!(at.key_name(User("cleo"), "acme", "laptop").unwrap().unwrap().name, "Old laptop".into());
    assert_eq!(at.key_name(User("cleo"), "acme", "nope").unwrap(), None);
    for organization in ["acme", "elsewhere"] {
        assert_eq!(refusal(at.teams(User("dan"), organization)).code(), "api_key_scope_violation");
        assert_eq!(refusal(at.own_bindings(User("dan"), organization)).code(), "api_key_scope_violation");
        assert_eq!(refusal(at.key_name(User("dan"), organization, "nope")).code(), "api_key_scope_violation");
    }
    assert_eq!(refusal(at.teams(Key("deploy"), "acme")).code(), "Forbidden");
    assert_eq!(refusal(at.own_bindings(Key("deploy"), "acme")).code(), "Forbidden");
}

#[test]
fn a_project_key_is_for_who_may_manage_the_project() {
    let authorizer = cached();
    let at = authorizer.view_at(now());
    assert_eq!(at.project_key(User("ana"), "shop", ProjectKeyUse::Rotate), Ok(authorizer.live_version().digest()));
    let refused = refusal(at.project_key(User("ben"), "shop", ProjectKeyUse::Rotate));
    assert_eq!(refused, KeyRefusal::Forbidden { permission: Some("project:manage".into()) });
    assert!(at.project_key(User("ben"), "shop", ProjectKeyUse::Read).is_ok());
    assert_eq!(refusal(at.project_key(User("ana"), "nope", ProjectKeyUse::Read)), KeyRefusal::NotFound);
    assert_eq!(refusal(at.project_key(PrincipalId::ProjectKey("shop"), "shop", ProjectKeyUse::Rotate)).code(), "Forbidden");
}

#[test]
fn all_for_a_person_is_the_role_that_they_have_there() {
    let own: Vec<clearance::document::Binding> = serde_json::from_str(
        r#"[{"id": "1", "organization": "o", "user": "u", "role": "MEMBER", "scope": {"organization": "o"}},
            {"id": "2", "organization": "o", "user": "u", "role": "VIEWER", "scope": {"team": "t"}},
            {"id": "3", "organization": "o", "user": "u", "role": "ADMIN", "scope": {"team": "t"}},
            {"id": "4", "organization": "o", "user": "u", "role": "CUSTOM", "customRole": "r", "scope": {"project": "p"}},
            {"id": "5", "organization": "o2", "user": "u", "role": "ADMIN", "scope": {"project": "q"}}]"#,
    )
    .unwrap();
    let role = |scope: Scope, team| clearance::key::role_for_all(&own, "o", team, &scope);
    assert_eq!(role(Scope::Organization("o".into()), None), BindingRole::Member);
    assert_eq!(role(Scope::Team("t".into()), None), BindingRole::Admin);
    assert_eq!(role(Scope::Team("t2".into()), Some("t")), BindingRole::Member);
    assert_eq!(role(Scope::Project("p2".into()), Some("t")), BindingRole::Admin);
    assert_eq!(role(Scope::Project("p".into()), Some("t")), BindingRole::Viewer);
    // A binding that is stored under another organization is none.
    assert_eq!(role(Scope::Project("q".into()), Some("t2")), BindingRole::Member);
    assert_eq!(clearance::key::role_for_all(&[], "o", None, &Scope::Project("p".into())), BindingRole::Viewer);
}

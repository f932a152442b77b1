//! Batches of changes, and their JSON.

use clearance_directory::{Change, Directory, PlaceId, PrincipalId};

const TEXT: &str = r#"{
    "organizations": [{"id": "o"}], "users": [{"id": "ana"}], "teams": [{"id": "t", "organization": "o"}],
    "projects": [{"id": "p", "team": "t"}],
    "roles": [{"id": "own", "organization": "o", "kind": "key", "name": "", "permissions": ["a:b"]}],
    "keys": [{"id": "k", "organization": "o", "name": "", "mode": "all", "owner": "ana"}],
    "bindings": [{"id": "b", "organization": "o", "key": "k", "role": "CUSTOM", "customRole": "own", "scope": {"team": "t"}}]
}"#;

fn batch(text: &str) -> Vec<Change> {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_batch_that_fails_halfway_has_changed_nothing() {
    let mut directory = Directory::from_json(TEXT).unwrap();
    let (key, place) = (directory.principal(PrincipalId::Key("k")).unwrap(), directory.place(PlaceId::Project("p")).unwrap());
    let (document, epoch) = (directory.document(), directory.epoch(key, place));
    let error = directory
        .apply_all(batch(
            r#"[{"removeBinding": "b"}, {"removeRole": "own"}, {"revokeKey": {"key": "k", "at": "2026-01-02T00:00:00Z"}},
                {"removeUser": "ana"}, {"removeProject": "p"}, {"removeTeam": "t"},
                {"addUser": {"id": "new"}}, {"addUser": {"id": "new"}}, {"removeOrganization": "o"}]"#,
        ))
        .unwrap_err();
    assert_eq!(error.to_string(), "change 7: id: there is a user `new` already, write another id or keep only one of the two");
    assert_eq!((directory.document(), directory.epoch(key, place)), (document, epoch));
    assert_eq!(directory.user("new"), None);
    // Later changes still count up from there.
    let _ = directory.apply_all(batch(r#"[{"removeUser": "ana"}]"#)).unwrap();
    assert_ne!(directory.epoch(key, place), epoch);
}

#[test]
fn what_has_children_stays() {
    let mut directory = Directory::from_json(TEXT).unwrap();
    for (change, error) in [
        (
            r#"[{"removeOrganization": "o"}]"#,
            "change 0: id: the organization `o` still has teams, such as `t`: remove or move them first",
        ),
        (r#"[{"removeTeam": "t"}]"#, "change 0: id: the team `t` still has projects, such as `p`: remove or move them first"),
    ] {
        assert_eq!(directory.apply_all(batch(change)).unwrap_err().to_string(), error);
    }
    // What was undone before does not show in what is said: of several the first by id is named.
    let _ = directory
        .apply_all(batch(r#"[{"addProject": {"id": "a", "team": "t"}}, {"addProject": {"id": "z", "team": "t"}}]"#))
        .unwrap();
    let remove = r#"[{"removeTeam": "t"}]"#;
    let said = directory.apply_all(batch(remove)).unwrap_err().to_string();
    assert!(said.contains("such as `a`"), "{said}");
    directory.apply_all(batch(r#"[{"removeProject": "a"}, {"removeProject": "none"}]"#)).unwrap_err();
    assert_eq!(directory.apply_all(batch(remove)).unwrap_err().to_string(), said);
    let _ = directory.apply_all(batch(r#"[{"removeProject": "a"}, {"removeProject": "z"}]"#)).unwrap();
    // From below upwards all of it goes, and what is left over loads.
    let _ = directory.apply_all(batch(r#"[{"removeProject": "p"}, {"removeTeam": "t"}, {"removeOrganization": "o"}]"#)).unwrap();
    let left = Directory::from_document(directory.document()).unwrap();
    assert_eq!(left.document(), directory.document());
    assert_eq!((left.document().teams.len(), left.document().bindings.len()), (0, 1));
}

#[test]
fn the_json_of_a_change_is_strict() {
    for (text, error) in [
        (r#"{"addTeam": {"id": "t", "organization": "o", "color": "red"}}"#, "unknown field `color`"),
        (r#"{"addTeam": ["t", "o"]}"#, "expected an object"),
        (r#"{"addTeam": {"id": "t"}}"#, "missing field `organization`"),
        (r#"{"addBinding": {"id": "b", "organization": "o", "role": "ADMIN", "scope": {"team": "t"}}}"#, "names none"),
        (r#"{"revokeKey": {"key": "k", "at": "2026-01-02T00:00:00Z", "by": "ana"}}"#, "unknown field `by`"),
        (r#"{"revokeKey": ["k", "2026-01-02T00:00:00Z"]}"#, "expected an object"),
        (r#"{"revokeKey": {"key": "k"}}"#, "missing field `at`"),
        (r#"{"removeTeam": {"id": "t"}}"#, "expected a string"),
        (r#"{"removeTeam": "t", "removeUser": "u"}"#, ""),
        (r#"{"renameTeam": "t"}"#, "unknown variant `renameTeam`"),
        (r#"{"AddUser": {"id": "u"}}"#, "unknown variant `AddUser`"),
        (r#""removeTeam""#, ""),
        ("{}", ""),
    ] {
        let refused = serde_json::from_str::<Change>(text).expect_err(text).to_string();
        assert!(refused.contains(error), "{text}: {refused}");
    }
    // A secret in a wrong place is not repeated.
    let text = r#"{"addProject": {"id": "p", "team": "t", "projectKey": 4711}}"#;
    let refused = serde_json::from_str::<Change>(text).unwrap_err().to_string();
    assert!(!refused.contains("4711"), "{refused}");
}

#[test]
fn a_change_is_written_as_it_is_read() {
    for text in [
        r#"{"addOrganization":{"id":"o"}}"#,
        r#"{"editTeam":{"id":"t","organization":"o","personal":true,"owner":"u"}}"#,
        r#"{"removeTeamMembership":{"team":"t","user":"u"}}"#,
        r#"{"archiveProject":{"project":"p","at":"2026-01-02T00:00:00.000Z"}}"#,
        r#"{"editBinding":{"id":"b","organization":"o","key":"k","role":"ADMIN","scope":{"team":"t"}}}"#,
        r#"{"removeGroup":"g"}"#,
    ] {
        let change: Change = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&change).unwrap(), text);
    }
}

#[test]
fn what_only_the_life_of_keys_changes_is_known() {
    let directory = Directory::from_json(TEXT).unwrap();
    let row = |role: &str| format!(r#"{{"id": "{role}", "organization": "o", "kind": "custom", "name": "", "permissions": []}}"#);
    let binding = |id: &str, holder: &str, role: &str| {
        let custom = if role == "ADMIN" { String::new() } else { format!(r#", "customRole": "{role}""#) };
        let role = if role == "ADMIN" { role } else { "CUSTOM" };
        format!(r#"{{"id": "{id}", "organization": "o", "{holder}": "x", "role": "{role}"{custom}, "scope": {{"team": "t"}}}}"#)
    };
    let key = r#"{"id": "k", "organization": "o", "name": "", "mode": "all"}"#;
    let membership = |role: &str| format!(r#"{{"team": "t", "user": "ana", "role": "CUSTOM", "customRole": "{role}"}}"#);
    for (text, about_keys) in [
        (format!(r#"{{"addKey": {key}}}"#), true),
        (format!(r#"{{"editKey": {key}}}"#), true),
        (r#"{"revokeKey": {"key": "k", "at": "2026-01-02T00:00:00Z"}}"#.into(), true),
        (r#"{"removeKey": "k"}"#.into(), true),
        (format!(r#"{{"addRole": {}}}"#, row("new")), false),
        (format!(r#"{{"addRole": {}}}"#, row("new").replace("custom", "key")), true),
        // It would make the private role a shared one.
        (format!(r#"{{"editRole": {}}}"#, row("own")), true),
        (r#"{"removeRole": "own"}"#.into(), true),
        (r#"{"removeRole": "other"}"#.into(), false),
        (format!(r#"{{"addBinding": {}}}"#, binding("n", "user", "ADMIN")), false),
        (format!(r#"{{"addBinding": {}}}"#, binding("n", "user", "other")), false),
        (format!(r#"{{"addBinding": {}}}"#, binding("n", "group", "own")), true),
        (format!(r#"{{"addBinding": {}}}"#, binding("n", "key", "ADMIN")), true),
        // It would take the binding from the key.
        (format!(r#"{{"editBinding": {}}}"#, binding("b", "user", "ADMIN")), true),
        (r#"{"removeBinding": "b"}"#.into(), true),
        (r#"{"removeBinding": "n"}"#.into(), false),
        (format!(r#"{{"addTeamMembership": {}}}"#, membership("own")), true),
        (format!(r#"{{"editTeamMembership": {}}}"#, membership("other")), false),
        (r#"{"removeUser": "ana"}"#.into(), false),
    ] {
        let change: Change = serde_json::from_str(&text).unwrap();
        assert_eq!(directory.is_about_keys(&change), about_keys, "{text}");
    }
}

/// A batch that is taken back leaves a role as an older version stored it, beyond the bounds.
#[test]
fn a_role_beyond_the_bounds_comes_back_when_a_batch_fails() {
    let mut document = clearance_directory::Document::from_json(TEXT).unwrap();
    document.roles[0].permissions = vec![":".into(); 65_000];
    let mut directory = Directory::from_stored(document).unwrap();
    let before = directory.document();
    let edit = r#"{"editRole": {"id": "own", "organization": "o", "kind": "key", "name": "", "permissions": ["a:b"]}}"#;
    for change in [r#"{"removeRole": "own"}"#, edit] {
        let error = directory.apply_all(batch(&format!(r#"[{change}, {{"removeUser": "none"}}]"#))).unwrap_err();
        assert_eq!(error.index, 1);
        assert_eq!(directory.document(), before);
    }
    let _ = directory.apply_all(batch(&format!("[{edit}]"))).unwrap();
    assert_eq!(*directory.role("own").unwrap().permissions, ["a:b".into()]);
}

/// What a batch that fails meant to do again, and was done already, stays as it was the first time.
#[test]
fn a_batch_that_fails_leaves_the_first_time_of_what_was_done_already() {
    const FIRST: &str = "2026-01-02T00:00:00.000Z";
    let mut directory = Directory::from_json(TEXT).unwrap();
    let all = |at: &str| {
        format!(
            r#"{{"deactivateUser": {{"user": "ana", "at": "{at}"}}}}, {{"revokeKey": {{"key": "k", "at": "{at}"}}}},
               {{"archiveProject": {{"project": "p", "at": "{at}"}}}}"#
        )
    };
    let _ = directory.apply_all(batch(&format!("[{}]", all(FIRST)))).unwrap();
    let before = directory.document();
    let error =
        directory.apply_all(batch(&format!(r#"[{}, {{"removeUser": "none"}}]"#, all("2027-01-02T00:00:00Z")))).unwrap_err();
    assert_eq!(error.index, 3);
    assert_eq!(directory.document(), before);
    let times = [before.users[0].deactivated_at, before.keys[0].revoked_at, before.projects[0].archived_at];
    assert_eq!(times.map(|time| time.map(|time| time.to_string())), [const { FIRST }; 3].map(|time| Some(time.to_owned())));
}

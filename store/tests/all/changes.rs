//! Random changes: the store refuses what a directory in memory refuses, and holds what it holds.

use clearance_directory::document::Document;
use clearance_directory::{Change, Directory};
use clearance_store::{Mintable, Step, StepProblem, Store, StoreError, mint, mint_project_key};
use proptest::prelude::*;

use super::database::{Database, PEPPER, write};
use super::random::Bytes;

fn makes(database: &mut Database, change: &Change) {
    let expected = Directory::from_document(database.directory.document()).unwrap().apply(change.clone());
    match (database.change(change.clone()), expected) {
        (Ok(committed), Ok(_)) => assert_eq!(committed.changes.len(), 1),
        (Err(StoreError::Refused { step: 0, field, problem: StepProblem::Row(refusal) }), Err(expected)) => {
            assert_eq!((&*field, &refusal), (expected.field(), expected.refusal()), "{change:?}");
        }
        (found, expected) => panic!("{change:?}: {found:?} and {expected:?}"),
    }
}

/// Every change once where it is possible and, by the same words again, where it is not.
#[test]
fn each_row_is_added_edited_and_removed() {
    let mut database = Database::new(&Document::default());
    let changes = r#"[
        {"addOrganization": {"id": "o"}}, {"addOrganization": {"id": "p"}}, {"editOrganization": {"id": "o", "name": "O"}},
        {"addUser": {"id": "u"}}, {"editUser": {"id": "u", "name": "U", "email": "e"}},
        {"deactivateUser": {"user": "u", "at": "2026-01-02T00:00:00Z"}}, {"deactivateUser": {"user": "u", "at": "2027-01-02T00:00:00Z"}},
        {"addMember": {"organization": "o", "user": "u", "role": "MEMBER"}},
        {"editMember": {"organization": "o", "user": "u", "role": "EXTERNAL"}},
        {"addTeam": {"id": "t", "organization": "o"}},
        {"editTeam": {"id": "t", "organization": "p", "name": "T", "personal": true, "owner": "u"}},
        {"addTeamMembership": {"team": "t", "user": "u", "role": "ADMIN"}},
        {"editTeamMembership": {"team": "t", "user": "u", "role": "CUSTOM", "customRole": "r"}},
        {"addProject": {"id": "s", "team": "t"}}, {"editProject": {"id": "s", "team": "t", "name": "S"}},
        {"archiveProject": {"project": "s", "at": "2026-01-02T00:00:00Z"}},
        {"addGroup": {"id": "g", "organization": "o", "members": ["u", "v"]}},
        {"editGroup": {"id": "g", "organization": "p", "name": "G", "members": ["w", "u"]}},
        {"addGroupMember": {"group": "g", "user": "x"}}, {"removeGroupMember": {"group": "g", "user": "u"}},
        {"addRole": {"id": "r", "organization": "o", "kind": "custom", "name": "r", "permissions": ["b", "a", "b"]}},
        {"editRole": {"id": "r", "organization": "p", "kind": "key", "name": "R", "permissions": ["c"]}},
        {"addKey": {"id": "k", "organization": "o", "name": "k", "mode": "all"}},
        {"editKey": {"id": "k", "organization": "p", "name": "K", "mode": "restricted", "description": "d", "owner": "u",
            "createdBy": "v", "createdAt": "2026-01-02T00:00:00Z", "expiresAt": "2027-01-02T00:00:00Z", "ingestionSource": "i"}},
        {"revokeKey": {"key": "k", "at": "2026-01-02T00:00:00Z"}}, {"revokeKey": {"key": "k", "at": "2027-01-02T00:00:00Z"}},
        {"addBinding": {"id": "b", "organization": "o", "user": "u", "role": "ADMIN", "scope": {"team": "t"}}},
        {"editBinding": {"id": "b", "organization": "p", "key": "k", "role": "CUSTOM", "customRole": "r", "scope": {"project": "s"}}},
        {"editBinding": {"id": "b", "organization": "p", "group": "g", "role": "VIEWER", "scope": {"organization": "p"}}},
        {"removeOrganization": "p"}, {"removeTeam": "t"},
        {"removeBinding": "b"}, {"removeKey": "k"}, {"removeRole": "r"}, {"removeGroup": "g"}, {"removeProject": "s"},
        {"removeTeamMembership": {"team": "t", "user": "u"}}, {"removeTeam": "t"},
        {"removeMember": {"organization": "o", "user": "u"}}, {"removeUser": "u"}, {"removeOrganization": "p"}
    ]"#;
    let changes: Vec<Change> = serde_json::from_str(changes).unwrap();
    for change in &changes {
        makes(&mut database, change);
        database.check();
        makes(&mut database, change);
        database.check();
    }
}

/// The list of a role is bounded alike in memory and on the disk, and each name is kept once.
#[test]
fn the_list_of_a_role_is_bounded() {
    let mut database = Database::new(&Document::default());
    let role = |word: &str, names: Vec<String>| -> Change {
        let row = serde_json::json!({"id": "r", "organization": "o", "kind": "custom", "name": "r", "permissions": names});
        serde_json::from_value(serde_json::json!({ word: row })).unwrap()
    };
    let names = |count: usize| -> Vec<String> { (0..count).map(|number| format!("{number:0255}")).collect() };
    let hostile = vec![":".to_owned(); 65_000];
    for word in ["editRole", "addRole", "addRole", "editRole"] {
        for list in [hostile.clone(), names(1_001), vec!["x".repeat(256)], vec!["a".into(), "ä".repeat(128)]] {
            let change = role(word, list);
            makes(&mut database, &change);
            assert!(database.change(change).is_err());
        }
        makes(&mut database, &role(word, names(1_000)));
        database.check();
    }
    makes(&mut database, &role("editRole", ["b", "a", "b", "a"].map(Into::into).to_vec()));
    database.check();
    assert_eq!(*database.directory.role("r").unwrap().permissions, ["b".into(), "a".into()]);
}

/// A role as a version stored it that bounded nothing: it is there after the start, and can be edited and removed.
#[test]
fn a_role_beyond_the_bounds_is_loaded_and_can_be_mended() {
    let row = r#"{"organizations": [{"id": "o"}], "roles": [{"id": "r", "organization": "o", "kind": "custom", "name": "", "permissions": []}]}"#;
    for change in [
        r#"{"editRole": {"id": "r", "organization": "o", "kind": "custom", "name": "", "permissions": ["a"]}}"#,
        r#"{"removeRole": "r"}"#,
    ] {
        let database = Database::new(&Document::from_json(row).unwrap());
        let raw = rusqlite::Connection::open(database.path()).unwrap();
        raw.execute_batch(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 64999)
             INSERT INTO role_permissions (role, position, permission) SELECT 'r', i, ':' FROM n",
        )
        .unwrap();
        drop(raw);
        let mut database = database.reopened(PEPPER).unwrap();
        assert_eq!(database.directory.role("r").unwrap().permissions.len(), 65_000);
        database.check();
        database.change(serde_json::from_str(change).unwrap()).unwrap();
        assert!(database.directory.role("r").is_none_or(|role| *role.permissions == ["a".into()]));
        database.check();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_store_refuses_what_a_directory_refuses_and_holds_what_it_holds(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let mut database = Database::new(&Document::default());
        let mut bytes = Bytes(&bytes);
        while !bytes.0.is_empty() {
            match bytes.next() % 12 {
                0 => {
                    let token = mint_project_key().unwrap();
                    let _ = database.commit(&write([Step::RotateProjectKey { project: bytes.project(), token }]));
                }
                1 => {
                    let key = bytes.row_key();
                    let _ = database.commit(&write([Step::AddKey { key, token: mint(Mintable::Key).unwrap() }]));
                }
                _ => makes(&mut database, &bytes.change()),
            }
        }
        database.check();
        database.reopened(PEPPER).unwrap().check();
    }

    #[test]
    fn a_write_with_a_step_that_is_refused_leaves_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut database = Database::new(&super::database::small());
        let mut bytes = Bytes(&bytes);
        let mut accepted = Vec::new();
        let mut memory = Directory::from_document(database.directory.document()).unwrap();
        while !bytes.0.is_empty() {
            let change = bytes.change();
            if memory.apply(change.clone()).is_ok() {
                accepted.push(Step::Change(change));
            }
        }
        let before = database.store.load().unwrap().document;
        let position = accepted.len();
        let mut refused = accepted.clone();
        refused.push(Step::RotateProjectKey { project: "blog".into(), token: mint_project_key().unwrap() });
        refused.push(Step::AddKey { key: super::credentials::key("ci"), token: mint(Mintable::Key).unwrap() });
        refused.push(Step::Change(Change::RemoveBinding("none".into())));
        let mut refused = write(refused);
        refused.audit.push(super::database::entry("directory.change", "all"));
        refused.batch = Some(clearance_store::Batch::new("b1", b"content"));
        let error = database.commit(&refused).unwrap_err();
        let is_last = matches!(error, StoreError::Refused { step, .. } if step == position + 2);
        prop_assert!(is_last, "{error:?}");
        prop_assert_eq!(&database.store.load().unwrap().document, &before);
        prop_assert_eq!(database.store.audit_head().unwrap().count(), 0);
        database.check();
        // Without the last step, the same batch is written: nothing of it had been.
        refused.steps.pop();
        prop_assert!(!database.commit(&refused).unwrap().repeated);
        prop_assert_eq!(database.store.audit_head().unwrap().count(), 1);
        database.check();
    }
}

//! Writes: together, once, and seen by the next reader.

use clearance_directory::Change;
use clearance_directory::document::{Binding, BindingRole, Holder, Role, RoleKind, Scope, User};
use clearance_store::{Batch, Loaded, Mintable, Step, Store, StoreError, Write, mint};

use super::credentials::key;
use super::database::{Database, PEPPER, at, entry, small, write};

fn user(id: &str) -> Step {
    Step::Change(Change::AddUser(User { id: id.into(), name: None, email: None, deactivated_at: None }))
}

#[test]
fn a_restricted_key_is_made_whole() {
    let mut database = Database::new(&small());
    let token = mint(Mintable::Key).unwrap();
    let role = Role {
        id: "r1".into(),
        organization: "acme".into(),
        kind: RoleKind::Key,
        name: "apikey:ci".into(),
        permissions: vec!["traces:view".into(), "anything at all".into()],
    };
    let binding = Binding {
        id: "b1".into(),
        organization: "acme".into(),
        holder: Holder::Key("ci".into()),
        role: BindingRole::Custom,
        custom_role: Some("r1".into()),
        scope: Scope::Project("shop".into()),
    };
    let steps =
        [Step::Change(Change::AddRole(role)), Step::AddKey { key: key("ci"), token }, Step::Change(Change::AddBinding(binding))];
    let whole = Write { audit: vec![entry("key.create", "ci")], ..write(steps) };
    // As a key whose last step fails: nothing of it is there, and the audit does not say so either.
    let mut broken = whole.clone();
    broken.steps.push(broken.steps[2].clone());
    let error = database.commit(&broken).unwrap_err();
    assert!(error.is_refusal());
    assert_eq!(error.to_string(), "step 3, id: there is a binding `b1` already, write another id or keep only one of the two");
    assert_eq!((database.directory.key("ci"), database.store.audit_head().unwrap().count()), (None, 0));
    database.check();

    database.commit(&whole).unwrap();
    assert_eq!(database.store.audit_tail(5).unwrap()[0].entry.subject, "ci".into());
    database.check();
    database.reopened(PEPPER).unwrap().check();
}

#[test]
fn a_batch_is_written_once() {
    let mut database = Database::new(&small());
    let batch = |id: &str, content: &[u8], user_id: &str| Write {
        batch: Some(Batch::new(id, content)),
        audit: vec![entry("directory.change", user_id)],
        ..write([user(user_id)])
    };
    assert!(!database.commit(&batch("1", b"one", "u1")).unwrap().repeated);
    let again = database.commit(&batch("1", b"one", "u1")).unwrap();
    assert!(again.repeated && again.changes.is_empty() && again.credentials.is_empty());
    let error = database.commit(&batch("1", b"other", "u2")).unwrap_err();
    assert_eq!(error, StoreError::BatchConflict { id: "1".into() });
    assert!(matches!(database.commit(&batch("no id", b"x", "u3")), Err(StoreError::BadBatch { .. })));
    assert_eq!(database.store.audit_head().unwrap().count(), 1);
    let mut database = database.reopened(PEPPER).unwrap();
    assert!(database.commit(&batch("1", b"one", "u1")).unwrap().repeated, "also after a restart");
    assert!(!database.commit(&batch("2", b"one", "u2")).unwrap().repeated);
    database.check();
}

#[test]
fn a_change_carries_no_secret() {
    let mut database = Database::new(&small());
    let sensitive = clearance_directory::document::Sensitive::new("h1dden");
    let hashed = clearance_directory::document::Key { hashed_secret: Some(sensitive.clone()), ..key("ci") };
    let looked_up = clearance_directory::document::Key { lookup_id: Some("x".into()), ..key("ci") };
    let mut shop = database.directory.project("shop").unwrap();
    shop.project_key = Some(sensitive);
    let old = clearance_directory::document::Key {
        hashed_secret: hashed.hashed_secret.clone(),
        ..database.directory.key("old").unwrap()
    };
    for (step, field) in [
        (Step::Change(Change::AddKey(hashed.clone())), "hashedSecret"),
        (Step::Change(Change::AddKey(looked_up.clone())), "lookupId"),
        (Step::AddKey { key: hashed, token: mint(Mintable::Key).unwrap() }, "hashedSecret"),
        (Step::AddKey { key: looked_up, token: mint(Mintable::Key).unwrap() }, "lookupId"),
        (Step::Change(Change::EditKey(old)), "hashedSecret"),
        (Step::Change(Change::EditProject(shop)), "projectKey"),
    ] {
        let error = database.commit(&write([step])).unwrap_err();
        assert_eq!(error.to_string(), format!("step 0, {field}: a change of the directory carries no secret: leave it out"));
    }
    database.check();
}

#[test]
fn only_minted_tokens_are_stored() {
    let mut database = Database::new(&small());
    let operator = mint(Mintable::Operator).unwrap();
    let short = clearance_store::Token::new("pat-lw-aYZB_8p3x");
    for token in [operator, short, clearance_store::mint_project_key().unwrap()] {
        let error = database.commit(&write([Step::AddKey { key: key("ci"), token }])).unwrap_err();
        assert_eq!(error.to_string(), "step 0, token: the token is not one that was minted for this: mint one");
    }
    let empty = Step::RotateProjectKey { project: "shop".into(), token: clearance_store::Token::new("") };
    assert!(database.commit(&write([empty])).is_err());
    let nowhere = Step::RotateProjectKey { project: "none".into(), token: clearance_store::mint_project_key().unwrap() };
    let error = database.commit(&write([nowhere])).unwrap_err();
    assert_eq!(error.to_string(), "step 0, project: there is no project `none`, add it first or name one that exists");
    database.check();
}

#[test]
fn last_uses_are_written_together_and_never_go_back() {
    let mut database = Database::new(&small());
    let last_used = |database: &Database| {
        let Loaded { document, .. } = database.store.load().unwrap();
        document.keys[0].last_used_at
    };
    database.store.touch(&[("old".into(), at(9)), ("none".into(), at(1))]).unwrap();
    assert_eq!(last_used(&database), Some(at(9)));
    database.store.touch(&[("old".into(), at(8))]).unwrap();
    assert_eq!(last_used(&database), Some(at(9)));
    // Memory knows nothing of it, and an edit of what it knows loses nothing.
    let row = database.directory.key("old").unwrap();
    assert_eq!(row.last_used_at, None);
    database.change(Change::EditKey(row)).unwrap();
    assert_eq!(last_used(&database), Some(at(9)));
    database.check();
    database.store.touch(&[]).unwrap();
}

#[test]
fn a_last_use_of_a_clock_that_was_ahead_is_replaced_by_a_true_one() {
    let mut database = Database::new(&small());
    let last_used = |database: &Database| database.store.load().unwrap().document.keys[0].last_used_at;
    database.store.touch(&[("old".into(), at(500_000_000))]).unwrap();
    // As after a start: memory holds what was stored then.
    let row =
        clearance_directory::document::Key { last_used_at: Some(at(500_000_000)), ..database.directory.key("old").unwrap() };
    database.store.touch(&[("old".into(), at(9))]).unwrap();
    assert_eq!(last_used(&database), Some(at(9)));
    database.change(Change::EditKey(row)).unwrap();
    assert_eq!(last_used(&database), Some(at(9)));
    // Another thread that was a moment faster has not set any clock.
    database.store.touch(&[("old".into(), at(60_008))]).unwrap();
    database.store.touch(&[("old".into(), at(10))]).unwrap();
    assert_eq!(last_used(&database), Some(at(60_008)));
}

#[test]
fn a_commit_is_seen_by_other_connections_and_threads_at_once() {
    let mut database = Database::new(&small());
    let other = clearance_store::SqliteStore::open_read_only(database.path(), super::database::peppers(PEPPER)).unwrap();
    // As a server holds it.
    let other: std::sync::Arc<dyn Store> = std::sync::Arc::new(other);
    database.commit(&write([user("u1")])).unwrap();
    let seen = std::thread::spawn(move || other.load().unwrap().document).join().unwrap();
    assert_eq!(seen, database.store.load().unwrap().document);
    assert_eq!(seen.users.len(), 2);
}

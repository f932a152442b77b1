//! What only the inside can provoke or see.

use clearance_directory::Change;
use clearance_directory::document::{Document, User};

use super::*;
use crate::write::Step;

fn store(folder: &tempfile::TempDir) -> SqliteStore {
    let peppers = Peppers::parse("0123456789abcdef", "the test").unwrap();
    SqliteStore::create(folder.path().join("x.db"), &Document::default(), peppers, &Write::default()).unwrap()
}

fn user(number: usize) -> Step {
    let name = Some("x".repeat(500).into());
    Step::Change(Change::AddUser(User { id: format!("u{number}").into(), name, email: None, deactivated_at: None }))
}

#[test]
fn what_is_committed_is_synchronized() {
    let folder = tempfile::tempdir().unwrap();
    let durable = |store: &SqliteStore| {
        let connection = store.writer().unwrap().connection();
        let setting = |name: &str| connection::setting_of(&connection, name).unwrap();
        assert_eq!((&*setting("journal_mode"), &*setting("synchronous"), &*setting("foreign_keys")), ("wal", "2", "1"));
    };
    let created = store(&folder);
    durable(&created);
    drop(created);
    let peppers = Peppers::parse("0123456789abcdef", "the test").unwrap();
    durable(&SqliteStore::open(folder.path().join("x.db"), peppers).unwrap());
}

#[test]
fn a_setting_that_does_not_take_is_named() {
    // A database in memory keeps no write-ahead log.
    let connection = Connection::open_in_memory().unwrap();
    connection.pragma_update(None, "foreign_keys", "ON").unwrap();
    let expected = StoreError::Setting { setting: "journal_mode", found: "memory".into(), wanted: "wal" };
    assert_eq!(connection::make_durable(&connection), Err(expected));
}

#[test]
fn a_full_disk_has_a_name_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let limit = |pages: i64| {
        let connection = store.writer().unwrap().connection();
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    };
    limit(1);
    let many = Write { steps: (0..1000).map(user).collect(), ..Write::default() };
    assert_eq!(store.commit(&many).map(drop), Err(StoreError::Full));
    assert_eq!(store.load().unwrap().document, Document::default());
    assert_eq!(store.ready(), Ok(()));
    limit(1_000_000);
    store.commit(&many).map(drop).unwrap();
    assert_eq!(store.load().unwrap().document.users.len(), 1000);
}

#[test]
fn a_database_that_became_read_only_has_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    store.writer().unwrap().connection().pragma_update(None, "query_only", "ON").unwrap();
    let one = Write { steps: vec![user(1)], ..Write::default() };
    assert_eq!(store.commit(&one).map(drop), Err(StoreError::ReadOnly));
    assert_eq!(store.touch(&[("k".into(), Timestamp::from_millis(1).unwrap())]), Err(StoreError::ReadOnly));
    assert_eq!(store.load().unwrap().document, Document::default());
}

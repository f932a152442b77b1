//! What goes wrong around a database has a name, and leaves it as it was.

use std::fs;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _};

use clearance_directory::document::Document;
use clearance_store::{SqliteStore, Step, StepProblem, Store, StoreError, Write};
use rusqlite::Connection;

use super::database::{Database, PEPPER, document, path_in, peppers, small, write};

fn open(path: impl AsRef<std::path::Path>) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(path, peppers(PEPPER))
}

fn create(path: impl AsRef<std::path::Path>, document: &Document) -> Result<SqliteStore, StoreError> {
    SqliteStore::create(path, document, peppers(PEPPER), &Write::default())
}

fn some_change() -> Write {
    write([Step::Change(clearance_directory::Change::RemoveKey("old".into()))])
}

#[test]
fn a_second_writer_is_refused_and_readers_are_not() {
    let database = Database::new(&small());
    let path = database.path();
    let locked = open(&path).unwrap_err();
    assert!(matches!(locked, StoreError::Locked { .. }));
    assert!(locked.to_string().contains("is in use by another process"), "{locked}");
    // Also by another name of the same file.
    let link = path.with_file_name("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(matches!(open(&link), Err(StoreError::Locked { .. })));
    let reader = SqliteStore::open_read_only(&path, peppers(PEPPER)).unwrap();
    assert_eq!(reader.load().unwrap().document, small());
    assert_eq!(reader.commit(&some_change()).unwrap_err(), StoreError::ReadOnly);
    assert_eq!(reader.touch(&[]).unwrap_err(), StoreError::ReadOnly);
    let folder = database.closed();
    open(path_in(&folder)).unwrap().commit(&some_change()).map(drop).unwrap();
}

#[test]
fn what_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    assert_eq!(open(&path).unwrap_err(), StoreError::Absent { path: path.to_string_lossy().into() });
    assert!(matches!(SqliteStore::read(&path), Err(StoreError::Absent { .. })));
    for content in ["", "{\"organizations\": []}", &"x".repeat(5000)] {
        fs::write(&path, content).unwrap();
        assert!(matches!(open(&path), Err(StoreError::NotOurs { .. })), "{content:.20}");
        assert_eq!(fs::read_to_string(&path).unwrap(), content, "nothing is written to it");
    }
    fs::remove_file(&path).unwrap();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE a (b); PRAGMA user_version = 1;").unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(open(&path), Err(StoreError::NotOurs { .. })));
    assert!(matches!(SqliteStore::read(&path), Err(StoreError::NotOurs { .. })));
    assert_eq!(fs::read(&path).unwrap(), before, "somebody else's database is left alone");
}

#[test]
fn a_newer_database_is_refused() {
    let folder = Database::new(&small()).closed();
    let path = path_in(&folder);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 4711).unwrap();
    for error in [open(&path).unwrap_err(), SqliteStore::read(&path).unwrap_err()] {
        assert!(matches!(error, StoreError::NewerDatabase { found: 4711, .. }), "{error}");
    }
}

#[test]
fn a_database_is_not_made_over_a_file() {
    let database = Database::new(&small());
    let path = database.path();
    let folder = database.closed();
    assert!(matches!(create(&path, &small()), Err(StoreError::Exists { .. })));
    assert_eq!(SqliteStore::read(path_in(&folder)).unwrap(), small());
    assert!(matches!(create(folder.path().join("none").join("x.db"), &small()), Err(StoreError::Io { .. })));
    assert!(matches!(create("/", &small()), Err(StoreError::Exists { .. })));
}

#[test]
fn a_database_belongs_to_its_owner() {
    let database = Database::new(&small());
    assert_eq!(fs::metadata(database.path()).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn a_document_that_is_refused_leaves_no_file() {
    let keys = |first: &str, second: &str| {
        let key = r#"{"id": "ID", "organization": "o", "name": "k", "mode": "all""#;
        format!(r#"{{"keys": [{}{first}}}, {}{second}}}]}}"#, key.replace("ID", "k1"), key.replace("ID", "k2"))
    };
    let projects = |first: &str, second: &str| {
        format!(
            r#"{{"organizations": [{{"id": "o"}}], "teams": [{{"id": "t", "organization": "o"}}], "projects": [
                {{"id": "p1", "team": "t", "projectKey": "{first}"}}, {{"id": "p2", "team": "t", "projectKey": "{second}"}}]}}"#
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(&folder);
    let same = keys(r#", "lookupId": "a""#, r#", "lookupId": "a""#);
    for (json, expected) in [
        (same.as_str(), "keys[1].lookupId: another key or operator has this lookup id: mint another token"),
        (
            &projects("h1dden", "h1dden"),
            "projects[1].projectKey: another project has this project key: give each project its own",
        ),
        (&projects("h1dden", ""), "projects[1].projectKey: the project key is empty: leave it out, or write one"),
        (
            r#"{"organizations": [{"id": "o"}, {"id": "o"}]}"#,
            "organizations[1].id: there is a organization `o` already, write another id or keep only one of the two",
        ),
    ] {
        let error = create(&path, &document(json)).unwrap_err();
        assert!(error.is_refusal());
        assert_eq!(error.to_string(), expected);
        assert!(!path.exists() && !path.with_extension("db-wal").exists(), "{expected}");
    }
    let refused = SqliteStore::create(
        &path,
        &small(),
        peppers(PEPPER),
        &write([Step::Change(clearance_directory::Change::RemoveRole("none".into()))]),
    );
    assert!(matches!(refused, Err(StoreError::Refused { problem: StepProblem::Row(_), .. })) && !path.exists());
    create(&path, &small()).unwrap();
}

#[test]
fn damaged_pages_have_a_name() {
    let mut document = small();
    let user = document.users[0].clone();
    document.users.extend((0..2000).map(|number| {
        let id = format!("u{number}").into();
        clearance_directory::document::User { id, ..user.clone() }
    }));
    let folder = Database::new(&document).closed();
    let path = path_in(&folder);
    let length = fs::metadata(&path).unwrap().len();
    let file = fs::File::options().write(true).open(&path).unwrap();
    for page in 4..length / 4096 {
        file.write_all_at(&[0xa5; 4096], page * 4096).unwrap();
    }
    let damaged = |error: StoreError| assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    damaged(SqliteStore::read(&path).unwrap_err());
    match open(&path) {
        Err(error) => damaged(error),
        Ok(store) => {
            damaged(store.load().map(drop).unwrap_err());
            damaged(store.commit(&some_change()).map(drop).unwrap_err());
        }
    }
}

#[test]
fn a_value_that_no_program_wrote_has_a_name() {
    for (change, column) in [
        ("UPDATE keys SET created_at = -1", "created_at"),
        ("PRAGMA ignore_check_constraints = ON; UPDATE keys SET mode = 'h1dden'", "mode"),
    ] {
        let database = Database::new(&small());
        let raw = Connection::open(database.path()).unwrap();
        raw.execute_batch("UPDATE keys SET created_at = 0").unwrap();
        raw.execute_batch(change).unwrap();
        let error = database.store.load().map(drop).unwrap_err();
        assert!(matches!(error, StoreError::Corrupt { .. }), "{column}: {error}");
        assert!(!error.to_string().contains("h1dden"));
    }
}

#[test]
fn a_lock_of_another_program_is_waited_for_and_named() {
    let mut database = Database::new(&small());
    let raw = Connection::open(database.path()).unwrap();
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(database.commit(&some_change()).unwrap_err(), StoreError::Busy);
    assert_eq!(database.store.load().unwrap().document, small(), "reading goes on");
    raw.execute_batch("ROLLBACK").unwrap();
    database.commit(&some_change()).unwrap();
}

#[test]
fn a_file_that_cannot_be_written_has_a_name() {
    let folder = Database::new(&small()).closed();
    let path = path_in(&folder);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    if fs::File::options().write(true).open(&path).is_ok() {
        // This user may write whatever the rights say.
        return;
    }
    assert_eq!(open(&path).unwrap_err(), StoreError::ReadOnly);
    assert_eq!(SqliteStore::read(&path).unwrap(), small());
}

#[test]
fn a_path_in_the_present_folder_is_one() {
    // Without a folder before it, the name alone.
    assert!(matches!(open("no-such.db"), Err(StoreError::Absent { .. })));
    assert!(matches!(open(""), Err(StoreError::Absent { .. })));
}

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

const PEPPER: &str = "0123456789abcdef";

fn peppers(text: &str) -> Peppers {
    Peppers::parse(text, "the test").unwrap()
}

/// A database as a version of the schema without seals made it, with a key whose hash is the plain SHA-256 of `s3cret`.
fn old_database(path: &Path) {
    std::fs::write(path, "").unwrap();
    let mut connection = connection::open(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    connection::make_durable(&connection).unwrap();
    schema::migrate(&mut connection, 0, &schema::MIGRATIONS[..3]).unwrap();
    pepper::note(&connection, &peppers(PEPPER)).unwrap();
    let plain = crate::pepper::hex(&crate::pepper::plain(b"s3cret"));
    let hash = peppers(PEPPER).hash(crate::token::Secret::new("s3cret"));
    connection
        .execute_batch(&format!(
            "INSERT INTO organizations (id) VALUES ('acme');
            INSERT INTO keys (id, organization, name, mode, lookup_id, hash) VALUES ('imported', 'acme', 'k', 'all', 'one', '{plain}');
            INSERT INTO keys (id, organization, name, mode, lookup_id, hash, pepper)
                VALUES ('made', 'acme', 'k', 'all', 'two', '{hash}', 'default');
            INSERT INTO operators (id, name, created_at, lookup_id, hash, pepper) VALUES ('op', 'o', 1, 'three', '{hash}', 'default');
            INSERT INTO operator_purposes VALUES ('op', 'check');"
        ))
        .unwrap();
}

fn known(store: &SqliteStore, lookup_id: &str) -> bool {
    let credentials = store.load().unwrap().credentials;
    credentials.verify(&Token::new(format!("pat-lw-{lookup_id}_s3cret"))).is_some()
}

/// What an older program stored is trusted once, and the audit says how much it was.
#[test]
fn an_older_database_gets_its_seals_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    old_database_with_audit(&path);
    let store = SqliteStore::open(&path, peppers(PEPPER)).unwrap();
    assert!(known(&store, "one") && known(&store, "two"));
    assert!(store.load().unwrap().credentials.verify_operator(&Token::new("op-cl-three_s3cret")).is_some());
    let rows = store.audit_tail(10).unwrap();
    let after = serde_json::json!({"keys": 2, "imported": 1, "operators": 1, "projectKeys": 0});
    assert_eq!((rows.len(), &*rows[2].entry.verb, rows[2].entry.after.clone()), (3, "credentials.seal", Some(after)));
    drop(store);

    // Somebody who can write the file tries the same again.
    let raw = Connection::open(&path).unwrap();
    let plain = crate::pepper::hex(&crate::pepper::plain(b"s3cret"));
    raw.execute_batch(&format!(
        "INSERT INTO keys (id, organization, name, mode, lookup_id, hash) VALUES ('mine', 'acme', 'k', 'all', 'four', '{plain}');"
    ))
    .unwrap();
    drop(raw);
    let store = SqliteStore::open(&path, peppers(PEPPER)).unwrap();
    assert!(known(&store, "one") && !known(&store, "four"));
    assert_eq!(store.audit_head().unwrap().count(), 3, "nothing was sealed");
    let credentials = store.load().unwrap().credentials;
    let (refused, count) = credentials.unsealed();
    assert_eq!((count, refused[0].to_string().contains("key `mine`")), (1, true));
    drop(store);

    // And makes the file look as if it had no seals yet: the audit knows better.
    let raw = Connection::open(&path).unwrap();
    raw.execute_batch(
        "PRAGMA foreign_keys = OFF; DROP INDEX audit_of_policy; CREATE TABLE was AS SELECT * FROM keys; DROP TABLE keys;
        ALTER TABLE operators DROP COLUMN seal; ALTER TABLE project_keys DROP COLUMN seal; PRAGMA user_version = 3;
        CREATE TABLE keys (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, organization TEXT NOT NULL, name TEXT NOT NULL,
            description TEXT, mode TEXT NOT NULL, owner TEXT, created_by TEXT, created_at INTEGER, expires_at INTEGER,
            revoked_at INTEGER, last_used_at INTEGER, ingestion_source TEXT, lookup_id TEXT UNIQUE, hash TEXT,
            pepper TEXT REFERENCES peppers (name)) STRICT;
        INSERT INTO keys (id, organization, name, mode, lookup_id, hash, pepper)
            SELECT id, organization, name, mode, lookup_id, hash, pepper FROM was",
    )
    .unwrap();
    drop(raw);
    let refused = SqliteStore::open(&path, peppers(PEPPER)).map(drop);
    assert!(matches!(&refused, Err(StoreError::SealsMissing { problem, .. }) if problem.contains("have seals")), "{refused:?}");
}

#[test]
fn a_database_that_was_made_with_seals_adopts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    old_database(&path);
    let init = adopt::entry("database.init", "first", None, serde_json::json!({"sealed": true}));
    audit::append(&Connection::open(&path).unwrap(), &peppers(PEPPER), &init).unwrap();
    let refused = SqliteStore::open(&path, peppers(PEPPER)).map(drop);
    assert!(matches!(&refused, Err(StoreError::SealsMissing { problem, .. }) if problem.contains("have seals")), "{refused:?}");
}

/// The pepper that sealed what a directory file brought may go once another one is current.
#[test]
fn seals_follow_the_pepper() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    old_database_with_audit(&path);
    drop(SqliteStore::open(&path, peppers(PEPPER)).unwrap());
    let raw = Connection::open(&path).unwrap();
    raw.execute_batch("DELETE FROM keys WHERE id = 'made'; DELETE FROM operators").unwrap();
    drop(raw);
    let missing = SqliteStore::open(&path, peppers("fedcba9876543210"));
    assert!(matches!(missing, Err(StoreError::WrongPepper { .. })), "{missing:?}");
    let both = format!("new=fedcba9876543210\ndefault={PEPPER}");
    let missing = SqliteStore::open(&path, peppers("new=fedcba9876543210"));
    assert!(matches!(&missing, Err(StoreError::MissingPepper { name, rows: 1 }) if **name == *"default"), "{missing:?}");
    let store = SqliteStore::open(&path, peppers(&both)).unwrap();
    assert!(known(&store, "one"));
    drop(store);
    assert!(known(&SqliteStore::open(&path, peppers("new=fedcba9876543210")).unwrap(), "one"));
}

/// The start looks at few rows, however long the audit is.
#[test]
fn what_the_audit_says_of_the_policy_is_found_by_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let plan = |sql: &str| {
        let connection = store.reader().unwrap();
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, String>(3)).unwrap();
        rows.collect::<Result<Vec<_>, _>>().unwrap().join("; ")
    };
    let plan = plan(&format!("SELECT sequence FROM audit WHERE sequence IN ({}) ORDER BY sequence", audit::LAST_OF_POLICY));
    assert!(plan.contains("audit_of_policy") && !plan.contains("SCAN audit;"), "{plan}");
}

#[test]
fn a_panic_beside_the_connection_does_not_end_the_probes() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let writer = store.writer().unwrap();
    std::thread::scope(|threads| {
        let panicked = threads.spawn(|| {
            let connection = writer.connection();
            connection.pragma_update(None, "query_only", "ON").unwrap();
            panic!("on purpose");
        });
        assert!(panicked.join().is_err());
    });
    assert!(store.ready().is_err());
}

/// What somebody writes into the file without the pepper: a hash of the own secret for the key `made`.
fn forge(path: &Path, more: &str) {
    let raw = Connection::open(path).unwrap();
    let plain = crate::pepper::hex(&crate::pepper::plain(b"s3cret"));
    raw.execute_batch(&format!(
        "PRAGMA foreign_keys = OFF; DROP INDEX IF EXISTS audit_of_policy; DROP TRIGGER audit_is_not_edited;
        DROP TRIGGER audit_is_not_removed; {more};
        UPDATE keys SET lookup_id = 'forged', hash = '{plain}', pepper = NULL WHERE id = 'made'"
    ))
    .unwrap();
}

/// An older database that says in its audit how it began, with one key from the directory file and one that was made later.
fn old_database_with_audit(path: &Path) {
    old_database(path);
    let raw = Connection::open(path).unwrap();
    let init = adopt::entry("database.init", "first", None, serde_json::json!({"keys": 1, "operator": "op"}));
    audit::append(&raw, &peppers(PEPPER), &init).unwrap();
    let made = adopt::entry("key.create", "made", None, serde_json::json!({}));
    audit::append(&raw, &peppers(PEPPER), &made).unwrap();
}

#[test]
fn a_database_is_not_taken_for_an_older_one_when_its_audit_does_not_say_so() {
    let sealed = "UPDATE audit SET after = '{\"sealed\": true}' WHERE sequence = 1";
    for more in [
        sealed,
        "UPDATE audit SET verb = 'other' WHERE sequence = 1",
        "DELETE FROM audit WHERE sequence = 1",
        "DELETE FROM audit",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        old_database_with_audit(&path);
        forge(&path, more);
        let refused = SqliteStore::open(&path, peppers(PEPPER)).map(drop);
        let message = refused.unwrap_err().to_string();
        assert!(message.contains("of a version before credentials had seals"), "{more}: {message}");
        let raw = Connection::open(&path).unwrap();
        assert_eq!(schema::version(&raw, &path), Ok(3), "nothing is changed");
    }
}

#[test]
fn a_hash_without_pepper_of_a_key_that_was_made_later_is_not_adopted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    old_database_with_audit(&path);
    forge(&path, "SELECT 1");
    let store = SqliteStore::open(&path, peppers(PEPPER)).unwrap();
    assert!(known(&store, "one") && !known(&store, "forged"));
    assert_eq!(store.load().unwrap().credentials.unsealed().1, 1);
    drop(store);
    // More keys of which the audit says nothing than the database began with: nobody knows which of them is forged.
    let path = folder.path().join("y.db");
    old_database_with_audit(&path);
    forge(&path, "SELECT 1");
    let raw = Connection::open(&path).unwrap();
    raw.execute_batch("UPDATE keys SET id = 'mine' WHERE id = 'made'").unwrap();
    drop(raw);
    let store = SqliteStore::open(&path, peppers(PEPPER)).unwrap();
    assert!(!known(&store, "one") && !known(&store, "forged"));
    assert_eq!(store.load().unwrap().credentials.unsealed().1, 2);
}

/// The head that a restore names is one that the database has which it replaces, and not the one behind what the newer program
/// added.
#[test]
fn the_audit_of_an_older_backup_ends_where_the_backup_has_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup.db");
    old_database_with_audit(&backup);
    let head = SqliteStore::head_of(&backup, &peppers(PEPPER)).unwrap();
    assert_eq!(head.count(), 2);
    let path = folder.path().join("x.db");
    let entry = adopt::entry("database.restore", "x", None, serde_json::Value::Null);
    let restored = SqliteStore::restore(&backup, &path, peppers(PEPPER), entry, false).unwrap();
    assert_eq!((restored.backup, restored.head.count()), (head, 4));
}

/// A database as a version without seals made it, with these rows and an audit that says how it began.
fn old_database_of(path: &Path, rows: &str) {
    old_database(path);
    let raw = Connection::open(path).unwrap();
    raw.execute_batch(&format!("DELETE FROM keys; DELETE FROM operators; {rows}")).unwrap();
    let init = adopt::entry("database.init", "first", None, serde_json::json!({"keys": 0}));
    audit::append(&raw, &peppers(PEPPER), &init).unwrap();
}

/// A database may hold credentials of one kind alone, and all of them go on working.
#[test]
fn each_kind_of_credential_of_an_older_database_gets_its_seal() {
    let hash = peppers(PEPPER).hash(crate::token::Secret::new("s3cret"));
    let digest = crate::pepper::hex(&peppers(PEPPER).current().project_key(b"project-s3cret"));
    let key = format!(
        "INSERT INTO keys (id, organization, name, mode, lookup_id, hash, pepper)
            VALUES ('made', 'acme', 'k', 'all', 'two', '{hash}', 'default')"
    );
    let operator = format!(
        "INSERT INTO operators (id, name, created_at, lookup_id, hash, pepper) VALUES ('op', 'o', 1, 'three', '{hash}', 'default')"
    );
    let project_key = format!(
        "INSERT INTO teams (id, organization, personal) VALUES ('web', 'acme', 0); INSERT INTO projects (id, team) VALUES ('shop', 'web');
        INSERT INTO project_keys (project, pepper, digest, sealed) VALUES ('shop', 'default', x'{digest}', x'00')"
    );
    for rows in [key, operator, project_key] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        old_database_of(&path, &rows);
        let store = SqliteStore::open(&path, peppers(PEPPER)).unwrap();
        let credentials = store.load().unwrap().credentials;
        assert_eq!(credentials.unsealed().1, 0, "{rows}");
        let known = [
            credentials.verify(&Token::new("pat-lw-two_s3cret")).is_some(),
            credentials.verify_operator(&Token::new("op-cl-three_s3cret")).is_some(),
            credentials.verify_project_key(&Token::new("project-s3cret")).is_some(),
        ];
        assert_eq!(known.iter().filter(|known| **known).count(), 1, "{rows}");
        assert_eq!(&*store.audit_tail(1).unwrap()[0].entry.verb, "credentials.seal", "{rows}");
    }
}

/// An older database that was accepted keeps its credentials, and a database that has its seals gets none anew.
#[test]
fn an_accepted_database_has_its_seals() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    old_database_with_audit(&path);
    head_file::write(&path, &format!("9:{}", "0".repeat(64)).parse().unwrap()).unwrap();
    assert!(matches!(SqliteStore::open(&path, peppers(PEPPER)), Err(StoreError::OlderAudit { .. })));
    assert!(SqliteStore::accept_audit(&path, &peppers(PEPPER)).unwrap().accepted);
    let store = SqliteStore::open(&path, peppers(PEPPER)).unwrap();
    assert!(known(&store, "one") && known(&store, "two"));
    drop(store);

    head_file::write(&path, &format!("99:{}", "0".repeat(64)).parse().unwrap()).unwrap();
    assert!(SqliteStore::accept_audit(&path, &peppers(PEPPER)).unwrap().accepted);
    let store = SqliteStore::open(&path, peppers(PEPPER)).unwrap();
    let verbs: Vec<_> = store.audit_tail(10).unwrap().into_iter().map(|row| row.entry.verb).collect();
    let expected = ["database.init", "key.create", "credentials.seal", "audit.accept", "audit.accept"];
    assert_eq!(verbs.iter().map(|verb| &**verb).collect::<Vec<_>>(), expected);
}

/// A user who lacks no right is not told to get one.
#[test]
fn a_file_that_is_not_there_is_not_said_to_be_unreadable() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(connection::without_log(&folder.path().join("x.db")), Err(StoreError::Io { .. })));
}

/// A head that nobody can look at may have been noted all the same.
#[test]
fn a_head_that_cannot_be_looked_at_does_not_count_as_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert_eq!(head_file::read(&folder.path().join("x.db")), Ok(None));
    assert!(matches!(head_file::read(&file.join("x.db")), Err(StoreError::Io { .. })));
}

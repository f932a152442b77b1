//! What other programs do to the files of a database, and what becomes of what was acknowledged.

use std::fs;

use clearance_store::{SqliteStore, Store, StoreError, Write};
use rusqlite::{Connection, OpenFlags};

use super::database::{Database, PEPPER, entry, path_in, peppers, small};
use super::files::{add_user, beside, crashed, make_pipe, open, users};

/// A backup that SQLite copies into a database that is served is not a commit of the server.
#[test]
fn nothing_is_acknowledged_after_another_program_wrote_older_rows() {
    let mut database = Database::new(&small());
    database.commit(&Write { audit: vec![entry("thing.make", "x")], ..Write::default() }).unwrap();
    let path = database.path();
    let backup = beside(&path, ".backup");
    let _head = SqliteStore::backup(&path, &backup).unwrap();
    database.commit(&Write { audit: vec![entry("thing.end", "x")], ..Write::default() }).unwrap();
    database.store.note_head().unwrap();
    let noted = fs::read(beside(&path, ".head")).unwrap();
    // As `.restore` of the program `sqlite3` leaves it.
    let raw = Connection::open(&path).unwrap();
    raw.execute("ATTACH ?1 AS backup", [backup.to_str().unwrap()]).unwrap();
    raw.execute_batch(
        "BEGIN; DROP TRIGGER audit_is_not_removed; DELETE FROM audit WHERE sequence > 1;
        UPDATE lineage SET mark = (SELECT mark FROM backup.lineage); COMMIT",
    )
    .unwrap();
    drop(raw);
    assert!(matches!(database.store.ready(), Err(StoreError::Replaced { .. })));
    assert!(matches!(database.store.commit(&add_user("lost")), Err(StoreError::Replaced { .. })));
    assert!(matches!(database.store.ready(), Err(StoreError::Replaced { .. })));
    let _folder = database.closed();
    assert_eq!(fs::read(beside(&path, ".head")).ok().unwrap_or(noted.clone()), noted);
}

/// The inode stays the same, so that the names alone tell nothing.
#[test]
fn a_backup_copied_in_place_over_an_open_file_stops_writes() {
    let folder = Database::new(&small()).closed();
    let path = path_in(&folder);
    let backup = beside(&path, ".backup");
    fs::copy(&path, &backup).unwrap();
    let store = open(&path).unwrap();
    store.commit(&add_user("early")).map(drop).unwrap();
    assert_eq!(store.ready(), Ok(()));
    // The clock of a file system may tick rarely.
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    while fs::metadata(&path).unwrap().modified().unwrap() == modified {
        fs::write(&path, fs::read(&backup).unwrap()).unwrap();
    }
    assert!(matches!(store.ready(), Err(StoreError::Replaced { .. })));
    assert!(matches!(store.commit(&add_user("lost")), Err(StoreError::Replaced { .. })));
    drop(store);
    assert!(matches!(open(&path), Err(StoreError::LogForeign { .. })));
}

#[test]
fn a_new_database_leaves_the_log_of_another_alone() {
    let database = Database::new(&small());
    database.store.commit(&add_user("late")).map(drop).unwrap();
    let folder = crashed(&database.path());
    let path = path_in(&folder);
    let away = beside(&path, ".away");
    fs::rename(&path, &away).unwrap();
    let log = fs::read(beside(&path, "-wal")).unwrap();
    let made = SqliteStore::create(&path, &small(), peppers(PEPPER), &Write::default()).map(drop);
    assert!(made.unwrap_err().to_string().contains("-wal"));
    assert!(!path.exists());
    assert_eq!(fs::read(beside(&path, "-wal")).unwrap(), log);
    fs::rename(&away, &path).unwrap();
    assert_eq!(users(&open(&path).unwrap()), ["ana", "late"]);
    // An empty one has nothing that could be lost.
    let other = tempfile::tempdir().unwrap();
    fs::write(beside(&path_in(&other), "-wal"), "").unwrap();
    let made = SqliteStore::create(path_in(&other), &small(), peppers(PEPPER), &Write::default()).unwrap();
    assert_eq!(users(&made), ["ana"]);
}

/// A program that only read kept the first commit from the file: the next question whether the store is ready puts it there.
#[test]
fn the_file_says_that_it_is_open_once_no_reader_is_in_the_way() {
    let folder = Database::new(&small()).closed();
    let path = path_in(&folder);
    let reader = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM keys").unwrap();
    let count: i64 = reader.query_row("SELECT count(*) FROM keys", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 1);
    let store = open(&path).unwrap();
    store.commit(&add_user("late")).map(drop).unwrap();
    reader.execute_batch("COMMIT").unwrap();
    drop(reader);
    assert_eq!(store.ready(), Ok(()));
    let other = tempfile::tempdir().unwrap();
    fs::copy(&path, path_in(&other)).unwrap();
    match open(&path_in(&other)) {
        Ok(copy) => assert_eq!(users(&copy), ["ana", "late"]),
        Err(error) => assert!(matches!(error, StoreError::LogMissing { .. }), "{error}"),
    }
}

#[test]
fn a_log_whose_header_is_damaged_is_missed() {
    let database = Database::new(&small());
    database.store.commit(&add_user("late")).map(drop).unwrap();
    let folder = crashed(&database.path());
    let path = path_in(&folder);
    let log = beside(&path, "-wal");
    let whole = fs::read(&log).unwrap();
    let mut flipped = whole.clone();
    flipped[10] ^= 1;
    for damaged in [flipped, b"garbage!".repeat(13)] {
        fs::write(&log, damaged).unwrap();
        assert!(matches!(open(&path), Err(StoreError::LogMissing { .. })));
    }
    fs::write(&log, whole).unwrap();
    assert_eq!(users(&open(&path).unwrap()), ["ana", "late"]);
}

#[test]
fn an_accepted_audit_is_accepted_once() {
    let mut database = Database::new(&small());
    database.commit(&Write { audit: vec![entry("thing.make", "x")], ..Write::default() }).unwrap();
    let path = database.path();
    let _folder = database.closed();
    let head = beside(&path, ".head");
    fs::remove_file(&head).unwrap();
    fs::create_dir(&head).unwrap();
    for _ in 0..2 {
        let error = SqliteStore::accept_audit(&path, &peppers(PEPPER)).unwrap_err().to_string();
        assert!(error.contains(".head` is not a regular file"), "{error}");
        assert_eq!(SqliteStore::open_read_only(&path, peppers(PEPPER)).unwrap().audit_head().unwrap().count(), 1);
    }
}

#[test]
fn a_pipe_in_the_place_of_a_file_is_refused_and_not_waited_for() {
    // First what nobody would wait for.
    let kinds = [false, true].into_iter().flat_map(|is_pipe| ["-wal", "-shm", ""].map(|end| (is_pipe, end)));
    for (is_pipe, end) in kinds {
        let folder = Database::new(&small()).closed();
        let path = path_in(&folder);
        let backup = beside(&path, ".backup");
        fs::copy(&path, &backup).unwrap();
        let name = beside(&path, end);
        let _ = fs::remove_file(&name);
        if is_pipe {
            make_pipe(&name);
        } else {
            fs::create_dir(&name).unwrap();
        }
        let expected = format!("`{}` is not a regular file", name.display());
        for refused in [
            open(&path).map(drop),
            SqliteStore::open_read_only(&path, peppers(PEPPER)).map(drop),
            SqliteStore::backup(&path, beside(&path, ".copy")).map(drop),
            SqliteStore::restore(&backup, &path, peppers(PEPPER), entry("database.restore", "x"), false).map(drop),
        ] {
            assert!(refused.unwrap_err().to_string().starts_with(&expected), "{end}");
        }
    }
}

//! Copies of a database, and copies put in its place.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use clearance_store::{Restored, SqliteStore, Store, StoreError, Verdict, Write};
use rusqlite::Connection;

use super::database::{Database, PEPPER, entry, path_in, peppers, small};
use super::files::{add_user, beside, crashed, open, users};

fn restore(from: &std::path::Path, to: &std::path::Path, without_log: bool) -> Result<Restored, StoreError> {
    SqliteStore::restore(from, to, peppers(PEPPER), entry("database.restore", "db"), without_log)
}

/// The names in a folder.
fn names(folder: &tempfile::TempDir) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_backup_of_a_database_in_use_has_all_that_was_acknowledged() {
    let database = Database::new(&small());
    database.store.commit(&add_user("u1")).map(drop).unwrap();
    let backup = beside(&database.path(), ".backup");
    let head = SqliteStore::backup(database.path(), &backup).unwrap();
    assert_eq!(head, database.store.audit_head().unwrap());
    assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(SqliteStore::backup(database.path(), &backup), Err(StoreError::Exists { path: backup.to_str().unwrap().into() }));
    database.store.commit(&add_user("u2")).map(drop).unwrap();
    assert_eq!(users(&SqliteStore::open_read_only(&backup, peppers(PEPPER)).unwrap()), ["ana", "u1"]);
    assert_eq!(users(&open(&backup).unwrap()), ["ana", "u1"]);
    assert!(matches!(SqliteStore::backup(database.path(), "/no-such-folder/x"), Err(StoreError::Io { .. })));
    let left = names(&database.closed());
    assert!(!left.iter().any(|name| name.starts_with(".clearance-")), "{left:?}");
}

#[test]
fn a_backup_takes_the_place_of_a_database_which_is_kept() {
    let database = Database::new(&small());
    let path = database.path();
    let backup = beside(&path, ".backup");
    let head = SqliteStore::backup(&path, &backup).unwrap();
    database.store.commit(&add_user("late")).map(drop).unwrap();
    assert!(matches!(restore(&backup, &path, false), Err(StoreError::Locked { .. })));
    // It crashes, so that its log lies there.
    let folder = crashed(&path);
    let path = path_in(&folder);
    let restored = restore(&backup, &path, false).unwrap();
    let kept = beside(&path, ".replaced-1");
    assert_eq!((restored.backup, restored.replaced), (head, Some(kept.clone())));
    assert_eq!(
        names(&folder),
        ["clearance.db", "clearance.db.head", "clearance.db.lock", "clearance.db.replaced-1", "clearance.db.replaced-1-wal"]
    );
    let store = open(&path).unwrap();
    assert_eq!(users(&store), ["ana"]);
    assert_eq!(store.audit_tail(1).unwrap()[0].entry, entry("database.restore", "db"));
    assert_eq!(store.audit_verify(Some(&restored.head)).unwrap(), Verdict::Whole(restored.head));
    assert_eq!(users(&open(&kept).unwrap()), ["ana", "late"]);
    drop(store);
    // Again, and where there was none.
    assert_eq!(restore(&backup, &path, false).unwrap().replaced, Some(beside(&path, ".replaced-2")));
    let elsewhere = beside(&path, ".elsewhere");
    assert_eq!(restore(&backup, &elsewhere, false).unwrap().replaced, None);
    assert_eq!(users(&open(&elsewhere).unwrap()), ["ana"]);
    // What is damaged is kept as well.
    fs::write(&elsewhere, "x".repeat(5000)).unwrap();
    restore(&backup, &elsewhere, false).unwrap();
    assert_eq!(users(&open(&elsewhere).unwrap()), ["ana"]);
}

#[test]
fn a_restore_that_was_cut_off_is_made_again() {
    let database = Database::new(&small());
    let backup = beside(&database.path(), ".backup");
    let _head = SqliteStore::backup(database.path(), &backup).unwrap();
    database.store.commit(&add_user("late")).map(drop).unwrap();
    let folder = crashed(&database.path());
    let path = path_in(&folder);
    // The database has been put aside, and its log not yet.
    fs::rename(&path, beside(&path, ".replaced-1")).unwrap();
    let restored = restore(&backup, &path, false).unwrap();
    assert_eq!(users(&open(&path).unwrap()), ["ana"]);
    // The log is kept as well.
    assert_eq!(restored.replaced, Some(beside(&path, ".replaced-2")));
    fs::rename(beside(&path, ".replaced-2-wal"), beside(&path, ".replaced-1-wal")).unwrap();
    assert_eq!(users(&open(&beside(&path, ".replaced-1")).unwrap()), ["ana", "late"]);
}

#[test]
fn a_database_that_cannot_be_put_aside_whole_stays_where_it_is() {
    let folder = Database::new(&small()).closed();
    let path = path_in(&folder);
    let backup = beside(&path, ".backup");
    let _head = SqliteStore::backup(&path, &backup).unwrap();
    drop(open(&path).unwrap().commit(&add_user("late")).unwrap());
    let noted = fs::read(beside(&path, ".head")).unwrap();
    // Nothing can be moved to this name.
    fs::create_dir_all(beside(&path, ".replaced-1.head/in-use")).unwrap();
    assert!(matches!(restore(&backup, &path, false), Err(StoreError::Io { .. })));
    assert_eq!(fs::read(beside(&path, ".head")).unwrap(), noted);
    assert_eq!(users(&open(&path).unwrap()), ["ana", "late"]);
    assert!(!beside(&path, ".replaced-1").exists());
}

#[test]
fn what_is_no_sound_backup_takes_no_place() {
    let folder = Database::new(&small()).closed();
    let path = path_in(&folder);
    let before = fs::read(&path).unwrap();
    let backup: PathBuf = beside(&path, ".backup");
    let refused = |change: &dyn Fn(&Connection), part: &str| {
        let mut other = Database::new(&small());
        other.commit(&clearance_store::Write { audit: vec![entry("directory.change", "x")], ..add_user("u1") }).unwrap();
        let folder = other.closed();
        change(&Connection::open(path_in(&folder)).unwrap());
        let error = restore(&path_in(&folder), &path, false).unwrap_err();
        assert!(error.to_string().contains(part), "{part}: {error}");
        assert_eq!(fs::read(&path).unwrap(), before);
    };
    refused(
        &|raw| raw.execute_batch("DROP TRIGGER audit_is_not_edited; UPDATE audit SET verb = 'other'").unwrap(),
        "the audit of",
    );
    refused(&|raw| raw.pragma_update(None, "user_version", 4711).unwrap(), "use the newer program");
    refused(
        &|raw| raw.execute_batch("PRAGMA foreign_keys = OFF; UPDATE teams SET organization = 'none'").unwrap(),
        "teams[0].organization",
    );
    fs::write(&backup, "x".repeat(5000)).unwrap();
    assert!(matches!(restore(&backup, &path, false), Err(StoreError::NotOurs { .. })));
    let other = SqliteStore::restore(&path, beside(&path, ".x"), peppers("another-pepper-altogether"), entry("v", "s"), false);
    assert!(matches!(other, Err(StoreError::WrongPepper { .. })));
    // Reading left an index and an empty log.
    let mut left = names(&folder);
    left.retain(|name| !name.ends_with("-shm") && !name.ends_with("-wal"));
    assert_eq!(left, ["clearance.db", "clearance.db.backup", "clearance.db.head", "clearance.db.lock", "clearance.db.x.lock"]);
}

#[test]
fn a_file_whose_log_is_lost_is_taken_when_that_is_said() {
    let database = Database::new(&small());
    database.store.commit(&add_user("lost")).map(drop).unwrap();
    let folder = crashed(&database.path());
    let path = path_in(&folder);
    fs::remove_file(beside(&path, "-wal")).unwrap();
    assert!(matches!(restore(&path, &path, false), Err(StoreError::LogMissing { .. })));
    restore(&path, &path, true).unwrap();
    assert_eq!(users(&open(&path).unwrap()), ["ana"]);
}

#[test]
fn a_restored_file_is_as_private_as_the_one_that_it_replaces() {
    let folder = Database::new(&small()).closed();
    let path = path_in(&folder);
    let backup = beside(&path, ".backup");
    let _head = SqliteStore::backup(&path, &backup).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let _restored = restore(&backup, &path, false).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
}

/// A command of root leaves nothing that the user of the server cannot read.
#[test]
fn the_head_belongs_to_the_owner_of_the_database() {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let folder = Database::new(&small()).closed();
    let path = path_in(&folder);
    // Only root can give a file away.
    if chown(&path, Some(65534), Some(65534)).is_err() {
        return;
    }
    drop(open(&path).unwrap());
    assert_eq!(fs::metadata(beside(&path, ".head")).unwrap().uid(), 65534);
    let backup = beside(&path, ".backup");
    let _head = SqliteStore::backup(&path, &backup).unwrap();
    let _restored = restore(&backup, &path, false).unwrap();
    for end in ["", ".head"] {
        assert_eq!(fs::metadata(beside(&path, end)).unwrap().uid(), 65534, "{end}");
    }
}

/// The head beside the database says what the backup that takes its place does not have.
#[test]
fn a_restore_names_what_the_backup_does_not_have() {
    let database = Database::new(&small());
    let path = database.path();
    let say = |verb: &str| {
        let write = Write { audit: vec![entry(verb, "thing")], ..Write::default() };
        database.store.commit(&write).map(drop).unwrap();
    };
    let backup = beside(&path, ".backup");
    let head = SqliteStore::backup(&path, &backup).unwrap();
    ["thing.make", "thing.break"].into_iter().for_each(say);
    database.store.note_head().unwrap();
    let noted = database.store.audit_head().unwrap();
    let folder = crashed(&path);
    let path = path_in(&folder);
    let head_file = beside(&path, ".head");
    fs::write(&head_file, format!("{noted}\n")).unwrap();

    let lost = restore(&backup, &path, false).unwrap().lost.unwrap();
    assert_eq!((lost.noted, lost.verdict), (noted, Verdict::CutOff { sequence: head.count() + 1, noted: head.count() + 2 }));
    // Nothing is lost by the same backup again, up to the head that the restore noted.
    let again = SqliteStore::backup(&path, beside(&path, ".again")).unwrap();
    let restored = restore(&beside(&path, ".again"), &path, false).unwrap();
    assert_eq!((restored.backup, restored.lost), (again, None));
    // One row more than the backup has, and the row about the restore would take its number.
    let other = Database::new(&small());
    other.store.commit(&Write { audit: vec![entry("thing.make", "other")], ..Write::default() }).map(drop).unwrap();
    let foreign = beside(&other.path(), ".backup");
    SqliteStore::backup(other.path(), &foreign).unwrap();
    assert!(matches!(
        restore(&foreign, &path, false).unwrap().lost.unwrap().verdict,
        Verdict::Other { .. } | Verdict::CutOff { .. }
    ));
    // A head that cannot be read is in nobody's way.
    fs::write(&head_file, "not a head").unwrap();
    assert_eq!(restore(&backup, &path, false).unwrap().lost, None);
}

//! Whatever becomes of the files of a database: either all that was acknowledged is there, or nothing more is acknowledged.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use clearance_directory::Change;
use clearance_directory::document::User;
use clearance_store::{SqliteStore, Step, Store, StoreError, Write};
use rusqlite::Connection;

use super::database::{Database, PEPPER, at, path_in, peppers, small, write};

pub(crate) fn beside(path: &Path, end: &str) -> PathBuf {
    PathBuf::from(format!("{}{end}", path.display()))
}

pub(crate) fn add_user(id: &str) -> Write {
    write([Step::Change(Change::AddUser(User { id: id.into(), name: None, email: None, deactivated_at: None }))])
}

/// The files as a crash at this moment leaves them, in a folder of their own.
pub(crate) fn crashed(path: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for end in ["", "-wal"] {
        fs::copy(beside(path, end), beside(&path_in(&folder), end)).unwrap();
    }
    folder
}

pub(crate) fn open(path: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(path, peppers(PEPPER))
}

/// Makes a named pipe, and without a program that does: a process that is being started holds every lock of this one for a moment.
pub(crate) fn make_pipe(path: &Path) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}

pub(crate) fn users(store: &SqliteStore) -> Vec<String> {
    store.load().unwrap().document.users.iter().map(|user| user.id.to_string()).collect()
}

/// What opening and reading it in every way is refused for.
fn refusal(path: &Path) -> StoreError {
    let error = open(path).unwrap_err();
    assert_eq!(SqliteStore::open_read_only(path, peppers(PEPPER)).unwrap_err(), error);
    assert_eq!(SqliteStore::read(path).unwrap_err(), error);
    assert_eq!(SqliteStore::backup(path, beside(path, ".copied")).unwrap_err(), error);
    error
}

/// A database that crashed with a change in its log alone, and the path of a backup of the file from before the change.
fn crashed_after_a_change() -> (tempfile::TempDir, PathBuf) {
    let folder = Database::new(&small()).closed();
    let path = path_in(&folder);
    let backup = beside(&path, ".backup");
    fs::copy(&path, &backup).unwrap();
    let store = open(&path).unwrap();
    store.commit(&add_user("late")).map(drop).unwrap();
    let image = crashed(&path);
    fs::copy(backup, beside(&path_in(&image), ".backup")).unwrap();
    assert!(users(&open(&path_in(&crashed(&path_in(&image)))).unwrap()).contains(&"late".to_owned()), "a crash loses nothing");
    let backup = beside(&path_in(&image), ".backup");
    (image, backup)
}

#[test]
fn a_backup_copied_over_a_file_whose_log_still_lies_there_is_refused() {
    let (folder, backup) = crashed_after_a_change();
    let path = path_in(&folder);
    let original = fs::read(&path).unwrap();
    fs::copy(&backup, &path).unwrap();
    let error = refusal(&path);
    assert_eq!(error, StoreError::LogForeign { path: path.to_str().unwrap().into() });
    // Both ways out that it names.
    fs::write(&path, original).unwrap();
    assert_eq!(users(&SqliteStore::open_read_only(&path, peppers(PEPPER)).unwrap()), ["ana", "late"]);
    fs::copy(&backup, &path).unwrap();
    fs::remove_file(beside(&path, "-wal")).unwrap();
    assert_eq!(users(&open(&path).unwrap()), ["ana"]);
}

#[test]
fn a_copy_that_sqlite_made_is_refused_beside_the_log_of_another_and_good_by_itself() {
    let (folder, backup) = crashed_after_a_change();
    let path = path_in(&folder);
    let vacuumed = beside(&path, ".vacuumed");
    fs::remove_file(&backup).unwrap();
    // A copy of what the log goes on from, so that the marks alone would not tell.
    let raw = Connection::open_with_flags(&path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    raw.execute("VACUUM INTO ?1", [vacuumed.to_str().unwrap()]).unwrap();
    drop(raw);
    fs::rename(&vacuumed, &path).unwrap();
    assert!(matches!(refusal(&path), StoreError::LogForeign { .. }));
    fs::remove_file(beside(&path, "-wal")).unwrap();
    assert_eq!(users(&open(&path).unwrap()), ["ana", "late"]);
    // Also a copy of a database that is in use.
    let store = open(&path).unwrap();
    store.commit(&add_user("later")).map(drop).unwrap();
    Connection::open(&path).unwrap().execute("VACUUM INTO ?1", [vacuumed.to_str().unwrap()]).unwrap();
    assert_eq!(users(&open(&vacuumed).unwrap()), ["ana", "late", "later"]);
}

#[test]
fn a_log_that_is_missing_is_missed() {
    let (folder, backup) = crashed_after_a_change();
    let path = path_in(&folder);
    let away = beside(&path, ".away");
    fs::remove_file(&backup).unwrap();
    fs::rename(beside(&path, "-wal"), &away).unwrap();
    assert_eq!(refusal(&path), StoreError::LogMissing { path: path.to_str().unwrap().into() });
    fs::write(beside(&path, "-wal"), "").unwrap();
    assert!(matches!(refusal(&path), StoreError::LogMissing { .. }));
    // The first way out that it names.
    fs::rename(&away, beside(&path, "-wal")).unwrap();
    assert_eq!(users(&open(&path).unwrap()), ["ana", "late"]);
    // A file that was closed cleanly needs none, wherever it is copied.
    let copy = beside(&path, ".copy");
    fs::copy(&path, &copy).unwrap();
    assert!(!beside(&path, "-wal").exists());
    assert_eq!(users(&open(&copy).unwrap()), ["ana", "late"]);
}

#[test]
fn a_refused_start_loses_nothing() {
    let (folder, _) = crashed_after_a_change();
    let path = path_in(&folder);
    for _ in 0..2 {
        let refused = SqliteStore::open(&path, peppers("another-pepper-altogether"));
        assert!(matches!(refused, Err(StoreError::WrongPepper { .. })));
    }
    assert_eq!(users(&open(&path).unwrap()), ["ana", "late"]);
}

#[test]
fn a_file_with_a_second_name_is_refused() {
    let folder = Database::new(&small()).closed();
    let path = path_in(&folder);
    let other = beside(&path, ".other");
    fs::hard_link(&path, &other).unwrap();
    for path in [&path, &other] {
        assert_eq!(open(path).unwrap_err(), StoreError::Linked { path: path.to_str().unwrap().into(), names: 2 });
        assert_eq!(SqliteStore::read(path).unwrap(), small(), "reading does no harm");
    }
    fs::remove_file(&other).unwrap();
    let store = open(&path).unwrap();
    // A second name for a file that is open.
    fs::hard_link(&path, &other).unwrap();
    assert!(matches!(open(&other), Err(StoreError::Linked { .. })));
    store.commit(&add_user("u1")).map(drop).unwrap();
}

#[test]
fn nothing_is_written_to_a_file_that_lost_its_name() {
    for end in ["", "-wal", "-shm"] {
        for replaced in [true, false] {
            let database = Database::new(&small());
            let path = database.path();
            let name = beside(&path, end);
            let away = beside(&path, ".away");
            assert_eq!(database.store.ready(), Ok(()));
            fs::rename(&name, &away).unwrap();
            if replaced {
                fs::copy(&away, &name).unwrap();
            }
            let expected = StoreError::Replaced { path: name.to_str().unwrap().into() };
            assert_eq!(database.store.commit(&add_user("lost")).unwrap_err(), expected, "{end} {replaced}");
            assert_eq!(database.store.touch(&[("old".into(), at(9))]).unwrap_err(), expected);
            assert_eq!(database.store.ready().unwrap_err(), expected);
            assert_eq!(database.store.audit_head().unwrap_err(), expected, "nor is anything read from another one");
            // Put back, it goes on.
            fs::rename(&away, &name).unwrap();
            assert_eq!(database.store.ready(), Ok(()));
            database.store.commit(&add_user("found")).map(drop).unwrap();
            let folder = database.closed();
            assert_eq!(users(&open(&path_in(&folder)).unwrap()), ["ana", "found"]);
        }
    }
}

#[test]
fn a_stop_writes_nothing_to_files_that_nobody_finds() {
    let folder = Database::new(&small()).closed();
    let path = path_in(&folder);
    let store = open(&path).unwrap();
    store.commit(&add_user("late")).map(drop).unwrap();
    let away = beside(&path, ".away");
    fs::rename(beside(&path, "-wal"), &away).unwrap();
    let before = [&path, &away].map(|file| fs::read(file).unwrap());
    drop(store);
    assert_eq!([&path, &away].map(|file| fs::read(file).unwrap()), before);
    assert!(matches!(refusal(&path), StoreError::LogMissing { .. }));
    fs::rename(&away, beside(&path, "-wal")).unwrap();
    assert_eq!(users(&open(&path).unwrap()), ["ana", "late"]);
}

/// What cannot be looked at is not said to be another file.
#[test]
fn a_name_that_cannot_be_looked_at_says_why() {
    let database = Database::new(&small());
    let name = beside(&database.path(), "-shm");
    fs::remove_file(&name).unwrap();
    symlink(&name, &name).unwrap();
    assert!(matches!(database.store.commit(&add_user("lost")), Err(StoreError::Io { .. })));
    assert!(matches!(database.store.ready(), Err(StoreError::Io { .. })));
}

#[test]
fn a_backup_renamed_over_an_open_file_stops_writes_and_the_next_start() {
    let folder = Database::new(&small()).closed();
    let path = path_in(&folder);
    let backup = beside(&path, ".backup");
    fs::copy(&path, &backup).unwrap();
    let store = open(&path).unwrap();
    store.commit(&add_user("early")).map(drop).unwrap();
    fs::rename(&backup, &path).unwrap();
    assert!(matches!(store.commit(&add_user("lost")), Err(StoreError::Replaced { .. })));
    assert!(matches!(store.ready(), Err(StoreError::Replaced { .. })));
    // Nothing of what the log holds is thrown away, and nothing is guessed.
    drop(store);
    assert!(matches!(refusal(&path), StoreError::LogForeign { .. }));
}

#[test]
fn a_lock_belongs_to_its_owner_alone() {
    let folder = Database::new(&small()).closed();
    let path = path_in(&folder);
    let lock = beside(&path, ".lock");
    let mode = || fs::metadata(&lock).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    // As an older program left it.
    fs::set_permissions(&lock, Permissions::from_mode(0o644)).unwrap();
    drop(open(&path).unwrap());
    assert_eq!(mode(), 0o600);
}

#[test]
fn a_lock_is_a_file_and_nothing_is_waited_for() {
    let folder = Database::new(&small()).closed();
    let path = path_in(&folder);
    let lock = beside(&path, ".lock");
    let refused = || {
        assert_eq!(open(&path).unwrap_err(), StoreError::LockIsNoFile { path: lock.to_str().unwrap().into() });
    };
    fs::remove_file(&lock).unwrap();
    let target = beside(&path, ".target");
    symlink(&target, &lock).unwrap();
    refused();
    assert!(!target.exists(), "a link is not followed");
    File::create(&target).unwrap();
    refused();
    fs::remove_file(&lock).unwrap();
    make_pipe(&lock);
    refused();
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    refused();
    // The way out that it names.
    fs::remove_dir(&lock).unwrap();
    open(&path).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn without_its_lock_file_a_database_is_still_locked() {
    let database = Database::new(&small());
    let path = database.path();
    fs::remove_file(beside(&path, ".lock")).unwrap();
    assert!(matches!(open(&path), Err(StoreError::Locked { .. })));
    database.store.commit(&add_user("u1")).map(drop).unwrap();
}

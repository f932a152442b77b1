//! An older database in the place of the one that was there.

use std::fs;
use std::path::PathBuf;

use clearance_store::{AcceptedAudit, Entry, Head, SqliteStore, Store, StoreError, Verdict, Write};

use super::database::{Database, PEPPER, entry, peppers, small};

fn say(database: &mut Database, verb: &str) -> Head {
    let audit: Vec<Entry> = vec![entry(verb, "k")];
    database.commit(&Write { audit, ..Write::default() }).unwrap();
    database.store.audit_head().unwrap()
}

fn head_of(database: &Database) -> PathBuf {
    let mut path = database.path().into_os_string();
    path.push(".head");
    path.into()
}

fn copy(database: &Database, to: &std::path::Path) {
    let raw = rusqlite::Connection::open(database.path()).unwrap();
    raw.execute("VACUUM INTO ?1", [to.to_str().unwrap()]).unwrap();
}

#[test]
fn an_older_backup_is_refused_until_somebody_accepts_it() {
    let mut database = Database::new(&small());
    say(&mut database, "thing.make");
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup.db");
    copy(&database, &backup);
    let newer = say(&mut database, "thing.end");
    let (path, head) = (database.path(), head_of(&database));
    let kept = database.closed();
    assert_eq!(fs::read_to_string(&head).unwrap(), format!("{newer}\n"));

    for end in ["-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{end}", path.display()));
    }
    fs::copy(&backup, &path).unwrap();
    let refused = SqliteStore::open(&path, peppers(PEPPER)).map(drop);
    assert!(matches!(&refused, Err(StoreError::OlderAudit { noted, .. }) if **noted == newer.to_string()), "{refused:?}");
    let message = refused.unwrap_err().to_string();
    for part in ["row 2 and what followed is missing", "`clearance audit since`", "`clearance audit accept`"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    // A process that only reads is told by the one that writes.
    assert_eq!(SqliteStore::open_read_only(&path, peppers(PEPPER)).unwrap().audit_head().unwrap().count(), 1);

    let accepted = SqliteStore::accept_audit(&path, &peppers(PEPPER)).unwrap();
    assert_eq!((accepted.noted, accepted.found.count(), accepted.accepted), (Some(newer), 1, true));
    let store = SqliteStore::open(&path, peppers(PEPPER)).unwrap();
    let last = store.audit_tail(1).unwrap().remove(0).entry;
    assert_eq!((&*last.verb, last.before.unwrap()["head"].as_str()), ("audit.accept", Some(&*newer.to_string())));
    assert!(store.audit_verify(None).unwrap().is_whole());
    drop(store);
    let again = SqliteStore::accept_audit(&path, &peppers(PEPPER)).unwrap();
    assert_eq!((again.found.count(), again.accepted), (2, false), "there is nothing to accept");
    drop(kept);
}

#[test]
fn another_audit_of_the_same_length_is_refused() {
    let mut database = Database::new(&small());
    say(&mut database, "thing.make");
    let (path, head) = (database.path(), head_of(&database));
    let _kept = database.closed();
    let mut other = Database::new(&small());
    say(&mut other, "thing.edit");
    let other_path = other.path();
    let _other = other.closed();
    fs::copy(&other_path, &path).unwrap();
    let refused = SqliteStore::open(&path, peppers(PEPPER)).map(drop);
    assert!(matches!(&refused, Err(StoreError::OlderAudit { verdict, .. }) if verdict.contains("another one")), "{refused:?}");
    // A copy in another place has no head beside it.
    fs::remove_file(&head).unwrap();
    assert!(SqliteStore::open(&path, peppers(PEPPER)).is_ok());
    assert!(head.exists(), "from then on it has");
}

#[test]
fn what_holds_no_head_is_not_taken_for_one() {
    let mut database = Database::new(&small());
    say(&mut database, "thing.make");
    let (path, head) = (database.path(), head_of(&database));
    let _kept = database.closed();
    for text in [&b""[..], b"1:abc", "\u{202e}".as_bytes(), b"\xff"] {
        fs::write(&head, text).unwrap();
        let refused = SqliteStore::open(&path, peppers(PEPPER)).map(drop);
        assert!(matches!(&refused, Err(StoreError::HeadFile { .. })), "{text:?} {refused:?}");
    }
    let accepted = SqliteStore::accept_audit(&path, &peppers(PEPPER));
    assert!(matches!(&accepted, Ok(AcceptedAudit { noted: None, accepted: true, .. })), "{accepted:?}");
    assert!(SqliteStore::open(&path, peppers(PEPPER)).is_ok());
}

#[test]
fn the_head_is_noted_for_its_owner_alone_and_without_a_rest() {
    let mut database = Database::new(&small());
    let head = head_of(&database);
    for _ in 0..3 {
        let last = say(&mut database, "thing.make");
        database.store.note_head().unwrap();
        assert_eq!(fs::read_to_string(&head).unwrap().trim(), last.to_string());
    }
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&head).unwrap().permissions()) & 0o777, 0o600);
    assert!(!head.with_extension("head.new").exists());
}

/// A backup that is renamed over the file of a running server does not say what was the last.
#[test]
fn the_head_is_that_of_the_database_that_is_held() {
    let mut database = Database::new(&small());
    say(&mut database, "thing.make");
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup.db");
    copy(&database, &backup);
    let newer = say(&mut database, "thing.end");
    fs::copy(&backup, database.path().with_extension("new")).unwrap();
    fs::rename(database.path().with_extension("new"), database.path()).unwrap();
    database.store.note_head().unwrap();
    assert_eq!(fs::read_to_string(head_of(&database)).unwrap().trim(), newer.to_string());
}

#[test]
fn one_row_shows_whether_the_audit_goes_on_from_a_head() {
    let mut database = Database::new(&small());
    let heads: Vec<_> = (0..3).map(|_| say(&mut database, "thing.make")).collect();
    let whole = Verdict::Whole(heads[2]);
    for noted in heads.iter().chain([&Head::EMPTY]) {
        assert_eq!(database.store.audit_holds(noted).unwrap(), whole);
    }
    let other: Head = format!("2:{}", "0".repeat(64)).parse().unwrap();
    assert_eq!(database.store.audit_holds(&other).unwrap(), Verdict::Other { sequence: 2 });
    let longer: Head = format!("9:{}", "0".repeat(64)).parse().unwrap();
    assert_eq!(database.store.audit_holds(&longer).unwrap(), Verdict::CutOff { sequence: 4, noted: 9 });
    // Before the first row there is one link alone.
    let strange: Head = format!("0:{}", "1".repeat(64)).parse().unwrap();
    assert_eq!(database.store.audit_holds(&strange).unwrap(), Verdict::Other { sequence: 0 });
    assert_eq!(database.store.audit_verify(Some(&strange)).unwrap(), Verdict::Other { sequence: 0 });
    // A row that was taken out of the middle is neither cut off nor another one.
    let raw = rusqlite::Connection::open(database.path()).unwrap();
    raw.execute_batch("DROP TRIGGER audit_is_not_removed; DELETE FROM audit WHERE sequence = 2").unwrap();
    assert_eq!(database.store.audit_holds(&heads[1]).unwrap(), Verdict::Missing { sequence: 2, next: 3 });
}

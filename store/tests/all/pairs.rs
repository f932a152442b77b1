//! The file of one moment with the log of another: refused, or all of the later one.

use std::fs;
use std::path::Path;

use clearance_directory::Change;
use clearance_directory::document::User;
use clearance_store::{SqliteStore, Step, Store, StoreError};

use super::database::{Database, path_in, small, write};
use super::files::{add_user, beside, crashed, open, users};

/// Enough to copy the log into the file and begin it anew.
fn fill(store: &SqliteStore, round: usize) {
    let name: Box<str> = "x".repeat(4000).into();
    let steps = (0..1100).map(|number| {
        let id = format!("r{round}n{number}").into();
        Step::Change(Change::AddUser(User { id, name: Some(name.clone()), email: None, deactivated_at: None }))
    });
    store.commit(&write(steps)).map(drop).unwrap();
}

/// A database at one moment, as a crash leaves it, and who its users were.
struct Moment {
    folder: tempfile::TempDir,
    users: Vec<String>,
}

fn moment(path: &Path, store: &SqliteStore) -> Moment {
    Moment { folder: crashed(path), users: users(store) }
}

/// A life with clean stops, crashes, and logs that are copied and begun anew.
fn life() -> Vec<Moment> {
    let database = Database::new(&small());
    let mut folder;
    let mut moments = vec![moment(&database.path(), &database.store)];
    database.store.commit(&add_user("u0")).map(drop).unwrap();
    moments.push(moment(&database.path(), &database.store));
    folder = database.closed();
    for round in 1..4 {
        let path = path_in(&folder);
        let store = open(&path).unwrap();
        moments.push(moment(&path, &store));
        store.commit(&add_user(&format!("u{round}"))).map(drop).unwrap();
        moments.push(moment(&path, &store));
        if round == 2 {
            fill(&store, round);
            moments.push(moment(&path, &store));
            store.commit(&add_user("anew")).map(drop).unwrap();
            moments.push(moment(&path, &store));
        }
        // Every other time it crashes.
        if round % 2 == 0 {
            folder = crashed(&path);
        }
        drop(store);
    }
    moments
}

#[test]
fn a_file_with_the_log_of_another_moment_is_refused_or_has_all_that_was_acknowledged() {
    let moments = life();
    let (mut refused, mut accepted) = (0, 0);
    for (row, file) in moments.iter().enumerate() {
        for (column, log) in moments.iter().enumerate() {
            let folder = tempfile::tempdir().unwrap();
            let path = path_in(&folder);
            fs::copy(path_in(&file.folder), &path).unwrap();
            fs::copy(beside(&path_in(&log.folder), "-wal"), beside(&path, "-wal")).unwrap();
            match open(&path) {
                Ok(store) => {
                    accepted += 1;
                    assert_eq!(users(&store), log.users, "the file of {row} with the log of {column}");
                }
                Err(StoreError::LogForeign { .. }) => {
                    refused += 1;
                    assert_ne!(row, column, "a crash is not a reason to refuse");
                }
                Err(error) => panic!("the file of {row} with the log of {column}: {error}"),
            }
        }
    }
    assert!(refused > accepted && accepted > moments.len(), "{refused} {accepted}");
    // Without its log, none is taken for what it was.
    for moment in &moments {
        fs::remove_file(beside(&path_in(&moment.folder), "-wal")).unwrap();
        assert!(matches!(open(&path_in(&moment.folder)), Err(StoreError::LogMissing { .. })));
    }
}

//! Whether the database file and the write-ahead log beside it belong together.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;
use std::time::Duration;

use super::lineage::{self, BEGINNING, Mark};
use super::log::{self, Log};
use super::schema::shown;
use super::{connection, fault::io_fault, identity};
use crate::error::StoreError;

/// How often both are looked at while a program that writes changes them.
const MAX_LOOKS: usize = 50;
/// How long to wait in between.
const RETRY_PAUSE: Duration = Duration::from_millis(20);

/// Refuses a file with the log of another, and a file whose log is missing.
///
/// The two are not read at one moment, and a program may write meanwhile: a mismatch counts when it is seen twice alike.
pub(super) fn check(path: &Path) -> Result<(), StoreError> {
    identity::refuse_other_kinds(path)?;
    settle(path, || look(path))
}

/// Looks until both fit, or do not fit twice alike.
fn settle(path: &Path, mut look: impl FnMut() -> Result<Seen, StoreError>) -> Result<(), StoreError> {
    let mut seen_before = None;
    for _ in 0..MAX_LOOKS {
        let seen = look();
        let refused = match &seen {
            Ok((mark, log, keeps_log)) => match fit(mark.as_ref(), log, *keeps_log) {
                Fit::Good => return Ok(()),
                Fit::Missing => StoreError::LogMissing { path: shown(path) },
                Fit::Foreign => StoreError::LogForeign { path: shown(path) },
            },
            Err(error) => error.clone(),
        };
        if seen_before.as_ref() == Some(&seen) {
            return Err(refused);
        }
        seen_before = Some(seen);
        std::thread::sleep(RETRY_PAUSE);
    }
    Err(StoreError::Busy)
}

type Seen = (Option<Mark>, Log, bool);

fn look(path: &Path) -> Result<Seen, StoreError> {
    let mark = match connection::without_log(path).and_then(|connection| lineage::read(&connection)) {
        // The next step opens the file, and reports one that is not a database.
        Err(StoreError::Corrupt { detail }) if detail.contains("not a database") => None,
        mark => mark?,
    };
    let log = log::read(path)?;
    Ok((mark, log, keeps_log(path)?))
}

#[derive(Debug, PartialEq, Eq)]
enum Fit {
    Good,
    /// The file says that commits are beside it, and the log is missing.
    Missing,
    /// The log does not go on where the file ends.
    Foreign,
}

fn fit(mark: Option<&Mark>, log: &Log, keeps_log: bool) -> Fit {
    if !keeps_log {
        return if log.commits == 0 { Fit::Good } else { Fit::Foreign };
    }
    match (mark, log.marks.first()) {
        (Some(mark), None) if !log.there => {
            if mark.open {
                Fit::Missing
            } else {
                Fit::Good
            }
        }
        // A log that begins anew and has no commit yet: all that was acknowledged is in the file. With commits of another program
        // alone, nobody can tell.
        (Some(_), None) => {
            if log.commits == 0 {
                Fit::Good
            } else {
                Fit::Foreign
            }
        }
        (Some(mark), Some(first)) => {
            let follows = first.previous == mark.current || log.marks.iter().any(|other| other.current == mark.current);
            if follows { Fit::Good } else { Fit::Foreign }
        }
        // No program with marks has written to the file: what is in the log was either written without marks as well, or has the
        // first mark that there ever was.
        (None, first) => {
            if first.is_none_or(|first| first.previous == BEGINNING) {
                Fit::Good
            } else {
                Fit::Foreign
            }
        }
    }
}

/// Whether the header of the file says that commits go to a log. In a copy that SQLite made (`VACUUM INTO`) it does not: such a
/// copy has the mark of what it is a copy of, and its pages in other places.
///
/// Closing the file gives up the locks that SQLite has on it for this process, so nothing else may read it like this: where a
/// database is opened, this process has no such lock yet.
fn keeps_log(path: &Path) -> Result<bool, StoreError> {
    let mut header = [0; 20];
    match File::open(path).and_then(|mut file| file.read_exact(&mut header)) {
        Ok(()) => Ok(header.ends_with(&[2, 2])),
        // A file that is not a database.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(true),
        Err(error) => Err(io_fault(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(mark: Option<&Mark>, log: &Log) -> Fit {
        super::fit(mark, log, true)
    }

    #[test]
    fn a_log_goes_on_where_the_file_ends() {
        let mark = |previous: u8, current: u8, open| Mark { previous: [previous; 16], current: [current; 16], open };
        let log = |marks: &[Mark]| Log { there: true, commits: marks.len() as u64, marks: marks.to_vec() };
        let written = log(&[mark(3, 4, true), mark(4, 5, true), mark(5, 6, false)]);
        for (current, expected) in
            [(2, Fit::Foreign), (3, Fit::Good), (4, Fit::Good), (5, Fit::Good), (6, Fit::Good), (7, Fit::Foreign)]
        {
            for open in [true, false] {
                assert_eq!(fit(Some(&mark(1, current, open)), &written), expected, "{current}");
            }
        }
        let nothing = Log::default();
        assert_eq!(fit(Some(&mark(1, 2, true)), &nothing), Fit::Missing);
        assert_eq!(fit(Some(&mark(1, 2, false)), &nothing), Fit::Good);
        assert_eq!(fit(Some(&mark(1, 2, true)), &log(&[])), Fit::Good, "a log that begins anew");
        assert_eq!(fit(Some(&mark(1, 2, true)), &Log { commits: 1, ..log(&[]) }), Fit::Foreign);
        // What an older program wrote has no marks.
        assert_eq!(fit(None, &nothing), Fit::Good);
        assert_eq!(fit(None, &Log { commits: 1, ..log(&[]) }), Fit::Good);
        assert_eq!(fit(None, &log(&[mark(0, 1, true)])), Fit::Good, "it was brought to this version, and not copied yet");
        assert_eq!(fit(None, &written), Fit::Foreign);
        // A copy that SQLite made has no log, whatever its mark says.
        let copy = mark(1, 3, true);
        assert_eq!(super::fit(Some(&copy), &nothing, false), Fit::Good);
        assert_eq!(super::fit(Some(&copy), &written, false), Fit::Foreign);
    }
    #[test]
    fn a_mismatch_counts_when_it_is_seen_twice_alike() {
        let mark = |previous: u8, current: u8| Mark { previous: [previous; 16], current: [current; 16], open: true };
        let seen = |current: u8, first: u8| {
            Ok((Some(mark(0, current)), Log { there: true, commits: 1, marks: vec![mark(first, first + 1)] }, true))
        };
        let settled = |looks: &[Result<Seen, StoreError>]| {
            let mut looks = looks.iter().cycle().cloned();
            settle(Path::new("x"), || looks.next().unwrap())
        };
        let foreign = Err(StoreError::LogForeign { path: "x".into() });
        assert_eq!(settled(&[seen(1, 1)]), Ok(()));
        assert_eq!(settled(&[seen(1, 5), seen(1, 5)]), foreign);
        // A program writes meanwhile.
        assert_eq!(settled(&[seen(1, 5), seen(5, 5)]), Ok(()));
        assert_eq!(settled(&[seen(1, 5), seen(1, 6), seen(1, 6)]), foreign);
        assert_eq!(settled(&[Err(StoreError::Full), seen(5, 5)]), Ok(()));
        assert_eq!(settled(&[Err(StoreError::Full)]), Err(StoreError::Full));
        // It never ends.
        assert_eq!(settled(&[seen(1, 5), seen(1, 6)]), Err(StoreError::Busy));
    }

    #[test]
    fn what_cannot_be_read_does_not_count_as_a_file_without_a_mark() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        std::fs::write(&path, "x".repeat(5000)).unwrap();
        assert_eq!(look(&path).unwrap().0, None, "the process that opens it says what it is not");
        std::fs::remove_file(&path).unwrap();
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.execute_batch(include_str!("schema/lineage.sql")).unwrap();
        connection.execute("INSERT INTO lineage (row, mark) VALUES (1, x'00')", []).unwrap();
        drop(connection);
        assert!(matches!(look(&path), Err(StoreError::Corrupt { .. })));
        // No bytes can be read of a folder.
        assert!(matches!(keeps_log(folder.path()), Err(StoreError::Io { .. })));
    }
}

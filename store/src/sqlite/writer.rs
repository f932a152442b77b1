//! The one connection that writes, with all that must hold around each of its commits.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::fault::fault;
use super::identity::{Content, Identity};
use super::lineage::{self, Name};
use super::lock::Lock;
use super::schema::shown;
use crate::error::StoreError;

/// How long what is known of the disk holds, before a commit is tried to see whether there can be one.
const PROBE_INTERVAL: Duration = Duration::from_secs(5);

/// The one connection that writes.
pub(super) struct Writer {
    // It is closed before the lock is given back.
    connection: Mutex<Connection>,
    /// The state that the last own commit left. It is only read by a caller that holds the connection.
    left: Mutex<Left>,
    path: PathBuf,
    identity: Identity,
    /// Whether the file itself says that there are commits in the log.
    file_says_open: AtomicBool,
    /// When a commit was last tried, and what came of it.
    probed: Mutex<Option<(Instant, Result<(), StoreError>)>>,
    _lock: Lock,
}

/// What a commit leaves: until the next one, nobody else is to change either.
#[derive(Clone, Copy)]
struct Left {
    mark: Name,
    content: Content,
}

impl Writer {
    /// With a connection to a database of the newest version, after something that `first` does in a transaction.
    pub(super) fn open(
        path: &Path,
        mut connection: Connection,
        lock: Lock,
        first: impl FnOnce(&Transaction<'_>) -> Result<(), StoreError>,
    ) -> Result<Self, StoreError> {
        let ((), mark) = commit(&mut connection, true, first)?;
        // Both files beside it are there now.
        let identity = Identity::of(path)?;
        let file_says_open = AtomicBool::new(copy_log(&connection)?);
        let left = Mutex::new(Left { mark, content: Content::of(path)? });
        let (connection, path) = (Mutex::new(connection), path.to_owned());
        Ok(Self { connection, left, path, identity, file_says_open, probed: Mutex::default(), _lock: lock })
    }

    /// Does something in one transaction, and commits it.
    pub(super) fn write<T>(&self, perform: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut connection = self.connection();
        self.identity.check()?;
        let done = self.commit(&mut connection, true, perform);
        match &done {
            Ok(_) => *self.probed() = Some((Instant::now(), Ok(()))),
            Err(error) if error.is_refusal() => {}
            // The next question whether it can be written is not answered by what was known before.
            Err(_) => *self.probed() = None,
        }
        // What is committed is committed, whatever comes of this.
        if done.is_ok() {
            self.tell_file(&connection);
        }
        done
    }

    /// Has the file itself say that there are commits in the log, where a reader was in the way of it before.
    fn tell_file(&self, connection: &Connection) {
        if !self.file_says_open.load(Ordering::Relaxed) {
            self.file_says_open.store(self.copy_log(connection).unwrap_or(false), Ordering::Relaxed);
        }
    }

    /// Commits on top of the last own commit, and on nothing else.
    fn commit<T>(
        &self,
        connection: &mut Connection,
        open: bool,
        perform: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.check_content()?;
        let (done, mark) = commit(connection, open, |transaction| {
            self.check_mark(transaction)?;
            perform(transaction)
        })?;
        let mut left = self.left();
        left.mark = mark;
        // SQLite may have copied the log. Where nobody can tell, the next write is refused.
        left.content = Content::of(&self.path).unwrap_or(left.content);
        Ok(done)
    }

    fn copy_log(&self, connection: &Connection) -> Result<bool, StoreError> {
        let copied = copy_log(connection);
        let mut left = self.left();
        left.content = Content::of(&self.path).unwrap_or(left.content);
        copied
    }

    /// Refuses when another program wrote into the database file: by itself the file changes only when this writer copies the log.
    fn check_content(&self) -> Result<(), StoreError> {
        if Content::of(&self.path)? == self.left().content { Ok(()) } else { Err(self.replaced_error()) }
    }

    /// Refuses when the last commit that the connection sees is not this writer's: another program put other rows in the place of them.
    pub(super) fn check_mark(&self, connection: &Connection) -> Result<(), StoreError> {
        let seen = lineage::read(connection)?.map(|mark| mark.current);
        if seen == Some(self.left().mark) { Ok(()) } else { Err(self.replaced_error()) }
    }

    fn replaced_error(&self) -> StoreError {
        StoreError::Replaced { path: shown(&self.path) }
    }

    fn left(&self) -> MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses when a name of the database stands for another file than the one that was opened.
    pub(super) fn check_names(&self) -> Result<(), StoreError> {
        self.identity.check()
    }

    /// Whether a commit can be stored. Tries one where none was made for a while, and waits for no other.
    pub(super) fn ready(&self) -> Result<(), StoreError> {
        self.identity.check()?;
        let mut connection = match self.connection.try_lock() {
            Ok(connection) => connection,
            // A thread that panicked while it held the connection left no transaction open.
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            // A commit is under way, and it finds out.
            Err(TryLockError::WouldBlock) => return self.probed().as_ref().map_or(Ok(()), |(_, outcome)| outcome.clone()),
        };
        self.check_content()?;
        self.check_mark(&connection)?;
        self.tell_file(&connection);
        if let Some((at, outcome)) = &*self.probed()
            && at.elapsed() < PROBE_INTERVAL
        {
            return outcome.clone();
        }
        let patient = connection.busy_timeout(Duration::ZERO).map_err(fault);
        let outcome = patient.and_then(|()| self.commit(&mut connection, true, |_| Ok(())));
        super::connection::be_patient(&connection)?;
        *self.probed() = Some((Instant::now(), outcome.clone()));
        outcome
    }

    /// A thread that panicked while it held the connection left no transaction open.
    pub(super) fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn probed(&self) -> MutexGuard<'_, Option<(Instant, Result<(), StoreError>)>> {
        self.probed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clean end: the log is copied into the file and goes. Where that cannot be done, both stay as they are, and the next start goes on
/// from there, as it does after a crash.
impl Drop for Writer {
    fn drop(&mut self) {
        let mut connection = self.connection();
        if self.identity.check().is_err() || connection.busy_timeout(Duration::ZERO).is_err() {
            return;
        }
        let closed = self.commit(&mut connection, false, |_| Ok(())).and_then(|()| self.copy_log(&connection));
        if closed == Ok(true) {
            // SQLite removes a log that is copied when the last connection is closed. It fails only where the log stays, which is right.
            let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false);
        }
    }
}

/// Does something in one transaction, and commits it with a mark, whose name is answered.
fn commit<T>(
    connection: &mut Connection,
    open: bool,
    perform: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
) -> Result<(T, Name), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault)?;
    let done = perform(&transaction)?;
    let mark = lineage::advance(&transaction, open)?;
    transaction.commit().map_err(fault)?;
    Ok((done, mark))
}

/// Copies the log into the file as far as readers let it, and waits for none. Answers whether all of it is there.
fn copy_log(connection: &Connection) -> Result<bool, StoreError> {
    let counts = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?));
    let (logged, copied) = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], counts).map_err(fault)?;
    Ok(logged == copied)
}

#[cfg(test)]
mod tests {
    use super::super::SqliteStore;
    use super::*;
    use crate::pepper::Peppers;
    use crate::store::Store as _;
    use crate::write::Write;

    fn store(folder: &tempfile::TempDir) -> SqliteStore {
        let peppers = Peppers::parse("0123456789abcdef", "the test").unwrap();
        SqliteStore::create(folder.path().join("x.db"), &Default::default(), peppers, &Write::default()).unwrap()
    }

    /// A moment that lies ahead: what was known then is new, however long the test takes.
    fn ahead() -> Instant {
        Instant::now() + Duration::from_secs(100_000)
    }

    #[test]
    fn what_is_known_of_the_disk_is_asked_again_when_it_is_old() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        let writer = store.writer().unwrap();
        *writer.probed() = Some((ahead(), Err(StoreError::Full)));
        assert_eq!(store.ready(), Err(StoreError::Full));
        let Some(old) = Instant::now().checked_sub(PROBE_INTERVAL * 2) else { return };
        *writer.probed() = Some((old, Err(StoreError::Full)));
        assert_eq!(store.ready(), Ok(()));
        assert!(matches!(*writer.probed(), Some((_, Ok(())))));
    }

    #[test]
    fn a_write_that_fails_ends_what_was_known_of_the_disk_and_a_refused_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        let writer = store.writer().unwrap();
        *writer.probed() = Some((ahead(), Ok(())));
        let refused = writer.write(|_| Err::<(), _>(StoreError::BadBatch { id: "no id".into() }));
        assert!(refused.unwrap_err().is_refusal());
        assert!(writer.probed().is_some());
        assert_eq!(writer.write(|_| Err::<(), _>(StoreError::Full)), Err(StoreError::Full));
        assert!(writer.probed().is_none());
        assert_eq!(writer.write(|_| Ok(())), Ok(()));
        assert!(matches!(*writer.probed(), Some((_, Ok(())))));
    }
}

//! The one connection that writes, with all that must hold around each of its commits.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::fault::fault;
use super::identity::Identity;
use super::lineage;
use super::lock::Lock;
use crate::error::StoreError;

/// How long what is known of the disk holds, before a commit is tried to see whether there can be one.
const PROBE_INTERVAL: Duration = Duration::from_secs(5);

/// The one connection that writes.
pub(super) struct Writer {
    // It is closed before the lock is given back.
    connection: Mutex<Connection>,
    identity: Identity,
    /// Whether the file itself says that there are commits in the log.
    file_says_open: AtomicBool,
    /// When a commit was last tried, and what came of it.
    probed: Mutex<Option<(Instant, Result<(), StoreError>)>>,
    _lock: Lock,
}

impl Writer {
    /// With a connection to a database of the newest version, after something that `first` does in a transaction.
    pub(super) fn open(
        path: &Path,
        mut connection: Connection,
        lock: Lock,
        first: impl FnOnce(&Transaction<'_>) -> Result<(), StoreError>,
    ) -> Result<Self, StoreError> {
        commit(&mut connection, true, first)?;
        // Both files beside it are there now.
        let identity = Identity::of(path)?;
        let file_says_open = AtomicBool::new(copy_log(&connection)?);
        Ok(Self { connection: Mutex::new(connection), identity, file_says_open, probed: Mutex::default(), _lock: lock })
    }

    /// Does something in one transaction, and commits it.
    pub(super) fn write<T>(&self, perform: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut connection = self.connection();
        self.identity.check()?;
        let done = commit(&mut connection, true, perform);
        match &done {
            Ok(_) => *self.probed() = Some((Instant::now(), Ok(()))),
            Err(error) if error.is_refusal() => {}
            // The next question whether it can be written is not answered by what was known before.
            Err(_) => *self.probed() = None,
        }
        // What is committed is committed, whatever comes of this.
        if done.is_ok() && !self.file_says_open.load(Ordering::Relaxed) {
            self.file_says_open.store(copy_log(&connection).unwrap_or(false), Ordering::Relaxed);
        }
        done
    }

    /// Refuses when a name of the database stands for another file than the one that was opened.
    pub(super) fn check_names(&self) -> Result<(), StoreError> {
        self.identity.check()
    }

    /// Whether a commit can be stored. Tries one where none was made for a while, and waits for no other.
    pub(super) fn ready(&self) -> Result<(), StoreError> {
        self.identity.check()?;
        let mut probed = self.probed();
        if let Some((at, outcome)) = &*probed
            && at.elapsed() < PROBE_INTERVAL
        {
            return outcome.clone();
        }
        let mut connection = match self.connection.try_lock() {
            Ok(connection) => connection,
            // A thread that panicked while it held the connection left no transaction open.
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            // A commit is under way, and it finds out.
            Err(TryLockError::WouldBlock) => return Ok(()),
        };
        let patient = connection.busy_timeout(Duration::ZERO).map_err(fault);
        let outcome = patient.and_then(|()| commit(&mut connection, true, |_| Ok(())));
        super::connection::be_patient(&connection)?;
        *probed = Some((Instant::now(), outcome.clone()));
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
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if self.identity.check().is_err() || connection.busy_timeout(Duration::ZERO).is_err() {
            return;
        }
        let closed = commit(&mut connection, false, |_| Ok(())).and_then(|()| copy_log(&connection));
        if closed == Ok(true) {
            // SQLite removes a log that is copied when the last connection is closed. It fails only where the log stays, which is right.
            let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false);
        }
    }
}

/// Does something in one transaction, and commits it with a mark.
fn commit<T>(
    connection: &mut Connection,
    open: bool,
    perform: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault)?;
    let done = perform(&transaction)?;
    lineage::advance(&transaction, open)?;
    transaction.commit().map_err(fault)?;
    Ok(done)
}

/// Copies the log into the file as far as readers let it, and waits for none. Answers whether all of it is there.
fn copy_log(connection: &Connection) -> Result<bool, StoreError> {
    let counts = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?));
    let (logged, copied) = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], counts).map_err(fault)?;
    Ok(logged == copied)
}

//! The store in one SQLite file.

mod audit;
mod change;
mod connection;
mod credential;
mod fault;
mod init;
mod lock;
mod operator;
mod pepper;
mod put;
mod read;
mod refuse;
mod schema;
mod step;
#[cfg(test)]
mod tests;
mod word;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clearance_directory::document::{Document, Timestamp};
use rusqlite::{Connection, TransactionBehavior, params};

use self::fault::fault;
use self::lock::Lock;
use self::word::millis;
use crate::audit::{Head, Row, Verdict};
use crate::error::StoreError;
use crate::operator::Operator;
use crate::pepper::{Digest, Peppers};
use crate::store::{Loaded, Store};
use crate::token::Token;
use crate::write::{Batch, Committed, Write};

/// The store in one SQLite file, with a write-ahead log beside it.
///
/// A writing process holds a lock on the file `NAME.lock` beside it for as long as this value lives, so that there is one. Any number
/// of others may read.
pub struct SqliteStore {
    path: PathBuf,
    peppers: Arc<Peppers>,
    /// None when it is open for reading alone.
    writer: Option<Writer>,
}

struct Writer {
    connection: Mutex<Connection>,
    _lock: Lock,
}

impl SqliteStore {
    /// Opens a database for reading and writing, and brings it to the version of this program.
    ///
    /// # Errors
    ///
    /// There is no such file, it is no database of Clearance or a newer one, another process has it open for writing
    /// ([`StoreError::Locked`]), the file cannot be written, or the peppers are not those that it was made with.
    pub fn open(path: impl AsRef<Path>, peppers: Peppers) -> Result<Self, StoreError> {
        let path = connection::existing(path.as_ref())?;
        let lock = Lock::take(&path)?;
        let mut connection = connection::for_writing(&path)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault)?;
        pepper::check(&transaction, &peppers)?;
        pepper::note(&transaction, &peppers)?;
        transaction.commit().map_err(fault)?;
        let writer = Writer { connection: Mutex::new(connection), _lock: lock };
        Ok(Self { path, peppers: Arc::new(peppers), writer: Some(writer) })
    }

    /// Opens a database for reading, also while another process writes.
    ///
    /// # Errors
    ///
    /// As [`Self::open`], but for the lock; and an older database is refused.
    pub fn open_read_only(path: impl AsRef<Path>, peppers: Peppers) -> Result<Self, StoreError> {
        let path = connection::existing(path.as_ref())?;
        pepper::check(&connection::for_reading(&path)?, &peppers)?;
        Ok(Self { path, peppers: Arc::new(peppers), writer: None })
    }

    /// Makes a database from a directory file, and does a first write to it. Hashes are kept as they are; project keys are
    /// encrypted. Either all of it is there afterwards, or no file.
    ///
    /// # Errors
    ///
    /// There is such a file, the document is refused, two keys have the same lookup id, two projects have the same project key or one
    /// has an empty one, a step is refused, or the file cannot be written.
    pub fn create(path: impl AsRef<Path>, document: &Document, peppers: Peppers, first: &Write) -> Result<Self, StoreError> {
        let (path, lock, connection) = init::create(path.as_ref(), document, &peppers, first)?;
        let writer = Writer { connection: Mutex::new(connection), _lock: lock };
        Ok(Self { path, peppers: Arc::new(peppers), writer: Some(writer) })
    }

    /// The directory of a database, for questions that need no credential and so no pepper: as [`Loaded`] holds it.
    ///
    /// # Errors
    ///
    /// There is no such file, it is no database of Clearance or another version, or it cannot be read.
    pub fn read(path: impl AsRef<Path>) -> Result<Document, StoreError> {
        let path = connection::existing(path.as_ref())?;
        read::document(&connection::for_reading(&path)?)
    }

    fn reader(&self) -> Result<Connection, StoreError> {
        connection::for_reading(&self.path)
    }

    /// A thread that panicked while it held the connection left no transaction open.
    fn writer(&self) -> Result<MutexGuard<'_, Connection>, StoreError> {
        let writer = self.writer.as_ref().ok_or(StoreError::ReadOnly)?;
        Ok(writer.connection.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A directory as it may leave this crate: without project keys. Hashes are in none.
pub fn exported(mut document: Document) -> Document {
    document.projects.iter_mut().for_each(|project| project.project_key = None);
    document
}

impl Store for SqliteStore {
    fn load(&self) -> Result<Loaded, StoreError> {
        let mut connection = self.reader()?;
        // Both are read at one moment.
        let transaction = connection.transaction().map_err(fault)?;
        let document = read::document(&transaction)?;
        let credentials = credential::credentials(&transaction, &self.peppers).map_err(fault)?;
        Ok(Loaded { document, credentials })
    }

    fn commit(&self, write: &Write) -> Result<Committed, StoreError> {
        let mut connection = self.writer()?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault)?;
        let committed = perform(&transaction, &self.peppers, write)?;
        transaction.commit().map_err(fault)?;
        Ok(committed)
    }

    fn touch(&self, uses: &[(Box<str>, Timestamp)]) -> Result<(), StoreError> {
        let mut connection = self.writer()?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault)?;
        for (key, at) in uses {
            let sql = "UPDATE keys SET last_used_at = ?2 WHERE id = ?1 AND coalesce(last_used_at, -1) < ?2";
            put::run(&transaction, sql, params![key, millis(*at)]).map_err(fault)?;
        }
        transaction.commit().map_err(fault)
    }

    fn project_key(&self, project: &str) -> Result<Option<Token>, StoreError> {
        let sql = "SELECT pepper, sealed FROM project_keys WHERE project = ?1";
        let stored =
            read::one(&self.reader()?, sql, [project], |row| Ok((row.get::<_, Box<str>>(0)?, row.get::<_, Vec<u8>>(1)?)));
        let Some((pepper, sealed)) = stored.map_err(fault)? else { return Ok(None) };
        let Some(pepper) = self.peppers.find(&pepper) else { return Err(StoreError::MissingPepper { name: pepper, rows: 1 }) };
        let open = pepper.open(project, &sealed);
        let text = open.as_ref().and_then(|bytes| str::from_utf8(bytes).ok());
        let damaged = || StoreError::Corrupt { detail: format!("the project key of `{}`", refuse::shortened(project)).into() };
        text.map(|text| Some(Token::new(text))).ok_or_else(damaged)
    }

    fn operators(&self) -> Result<Vec<Operator>, StoreError> {
        operator::operators(&self.reader()?).map_err(fault)
    }

    fn export(&self) -> Result<Document, StoreError> {
        read::document(&self.reader()?).map(exported)
    }

    fn audit_head(&self) -> Result<Head, StoreError> {
        audit::head(&self.reader()?)
    }

    fn audit_tail(&self, count: usize) -> Result<Vec<Row>, StoreError> {
        audit::tail(&self.reader()?, count)
    }

    fn audit_verify(&self, noted: Option<&Head>) -> Result<Verdict, StoreError> {
        audit::verify(&self.reader()?, &self.peppers, noted)
    }

    fn ready(&self) -> Result<(), StoreError> {
        audit::head(&self.reader()?).map(drop)
    }
}

/// Does all of a write within a transaction, which the caller commits.
fn perform(connection: &Connection, peppers: &Peppers, write: &Write) -> Result<Committed, StoreError> {
    let mut committed = Committed::default();
    if let Some(batch) = &write.batch
        && was_written(connection, batch)?
    {
        return Ok(Committed { repeated: true, ..committed });
    }
    for (position, step) in write.steps.iter().enumerate() {
        step::take(connection, peppers, step, &mut committed).map_err(|stop| stop.at(position))?;
    }
    write.audit.iter().try_for_each(|entry| audit::append(connection, peppers, entry))?;
    Ok(committed)
}

/// Whether a batch was written before. Notes it when it was not.
fn was_written(connection: &Connection, batch: &Batch) -> Result<bool, StoreError> {
    let Batch { id, content } = batch;
    if !refuse::is_id(id) {
        return Err(StoreError::BadBatch { id: refuse::shortened(id) });
    }
    let stored: Option<Digest> =
        read::one(connection, "SELECT content FROM batches WHERE id = ?1", [id], |row| row.get(0)).map_err(fault)?;
    match stored {
        Some(stored) if stored == *content => Ok(true),
        Some(_) => Err(StoreError::BatchConflict { id: id.clone() }),
        None => {
            put::run(connection, "INSERT INTO batches (id, content) VALUES (?1, ?2)", params![id, content]).map_err(fault)?;
            Ok(false)
        }
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, peppers, writer } = self;
        out.debug_struct("SqliteStore").field("path", path).field("peppers", peppers).field("writes", &writer.is_some()).finish()
    }
}

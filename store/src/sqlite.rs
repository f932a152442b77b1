//! The store in one SQLite file.

mod accept;
mod adopt;
mod audit;
pub(crate) mod backup;
mod change;
mod compare;
mod connection;
mod credential;
mod fault;
mod head_file;
mod identity;
mod init;
mod lineage;
mod lock;
mod log;
mod lookup;
mod operator;
mod pairing;
mod pepper;
mod put;
mod read;
mod schema;
mod step;
mod stop;
#[cfg(test)]
mod tests;
mod word;
mod write;
mod writer;

use std::fmt;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clearance_directory::document::{Document, Timestamp};
use clearance_directory::shorten;
use rusqlite::{Connection, params};

pub use self::accept::AcceptedAudit;
use self::fault::fault;
use self::lock::Lock;
use self::word::millis;
use self::write::perform;
use self::writer::Writer;
use crate::audit::{Head, Row, Verdict};
use crate::error::StoreError;
use crate::last_used::MAX_DISORDER;
use crate::operator::Operator;
use crate::pepper::Peppers;
use crate::store::{Loaded, Store};
use crate::token::Token;
use crate::write::{Committed, Write};

/// The store in one SQLite file, with a write-ahead log beside it.
///
/// A writing process holds a lock on the file `NAME.lock` beside it for as long as this value lives, and on Linux one on the database
/// file itself, so that there is one. Any number of others may read.
pub struct SqliteStore {
    path: PathBuf,
    peppers: Arc<Peppers>,
    /// `None` when it is open for reading alone.
    writer: Option<Writer>,
    /// Whether the audit may have another head than the one that is noted beside the database.
    unnoted: AtomicBool,
}

impl SqliteStore {
    /// Opens a database for reading and writing, and brings it to the version of this program.
    ///
    /// # Errors
    ///
    /// There is no such file, it is not a database of Clearance or a newer one, another process has it open for writing
    /// ([`StoreError::Locked`]), the file has a second name, the write-ahead log beside it is missing or belongs to another file, the file
    /// cannot be written, or the peppers are not those that it was made with.
    pub fn open(path: impl AsRef<Path>, peppers: Peppers) -> Result<Self, StoreError> {
        let path = connection::canonical_path(path.as_ref())?;
        identity::refuse_other_kinds(&path)?;
        identity::refuse_second_name(&path)?;
        let lock = Lock::of_name(&path)?.and_of_file(&path)?;
        pairing::check(&path)?;
        Self::refuse_unmeant(&path, &peppers)?;
        let (connection, version) = connection::for_writing(&path)?;
        let writer = Writer::open(&path, connection, lock, |transaction| {
            schema::migrate_within(transaction, version, schema::MIGRATIONS)?;
            pepper::check(transaction, &peppers)?;
            pepper::note(transaction, &peppers)?;
            if version < schema::SEALS {
                adopt::adopt(transaction, &peppers, &path)?;
            }
            adopt::follow_pepper(transaction, &peppers)
        })?;
        Ok(Self::with(path, peppers, writer))
    }

    /// Refuses what is not the database that is meant, before anything is written to it: a copy that is refused stays as it is.
    fn refuse_unmeant(path: &Path, peppers: &Peppers) -> Result<(), StoreError> {
        let noted = head_file::read(path)?;
        let connection = connection::for_copying(path)?;
        // What an older program wrote is asked once it is brought to this version.
        if schema::version(&connection, path)? == schema::newest(schema::MIGRATIONS) {
            pepper::check(&connection, peppers)?;
        }
        match noted {
            Some(noted) => head_file::refuse_older(path, &noted, &audit::holds(&connection, &noted)?),
            None => Ok(()),
        }
    }

    fn with(path: PathBuf, peppers: Peppers, writer: Writer) -> Self {
        Self { path, peppers: Arc::new(peppers), writer: Some(writer), unnoted: AtomicBool::new(true) }
    }

    /// Takes a database whose audit is shorter than the head that was noted beside it, or another one, as the one that is meant. The audit
    /// says so from then on. Answers what was noted, as far as it could be read, and what is there.
    ///
    /// # Errors
    ///
    /// As for [`Self::open`], but for [`StoreError::OlderAudit`] and [`StoreError::HeadFile`].
    pub fn accept_audit(path: impl AsRef<Path>, peppers: &Peppers) -> Result<AcceptedAudit, StoreError> {
        let path = connection::canonical_path(path.as_ref())?;
        identity::refuse_other_kinds(&path)?;
        identity::refuse_second_name(&path)?;
        let lock = Lock::of_name(&path)?.and_of_file(&path)?;
        pairing::check(&path)?;
        accept::accept(&path, lock, peppers)
    }

    /// Opens a database for reading, also while another process writes.
    ///
    /// # Errors
    ///
    /// As [`Self::open`], but for the lock and the second name; and an older database is refused.
    pub fn open_read_only(path: impl AsRef<Path>, peppers: Peppers) -> Result<Self, StoreError> {
        let path = connection::canonical_path(path.as_ref())?;
        pairing::check(&path)?;
        pepper::check(&connection::for_reading(&path)?, &peppers)?;
        Ok(Self { path, peppers: Arc::new(peppers), writer: None, unnoted: AtomicBool::new(false) })
    }

    /// Makes a database from a directory file, and does a first write to it. Hashes are kept as they are; project keys are
    /// encrypted. Either all of it is there afterwards, or no file.
    ///
    /// # Errors
    ///
    /// There is such a file, the document is refused, two keys have the same lookup id, two projects have the same project key or one
    /// has an empty one, a step is refused, or the file cannot be written.
    pub fn create(path: impl AsRef<Path>, document: &Document, peppers: Peppers, first: &Write) -> Result<Self, StoreError> {
        let (path, writer) = init::create(path.as_ref(), document, &peppers, first)?;
        let store = Self::with(path, peppers, writer);
        // In the place of one that another database of this name may have left. The next writer tries again.
        let _ = store.note_head();
        Ok(store)
    }

    /// The directory of a database, for questions that need no credential and so no pepper: as [`Loaded`] holds it.
    ///
    /// # Errors
    ///
    /// There is no such file, it is not a database of Clearance or another version, or it cannot be read.
    pub fn read(path: impl AsRef<Path>) -> Result<Document, StoreError> {
        let path = connection::canonical_path(path.as_ref())?;
        pairing::check(&path)?;
        read::document(&connection::for_reading(&path)?)
    }

    /// Where the audit of a database ends, which may be of an older version.
    ///
    /// # Errors
    ///
    /// As [`Self::open_read_only`], but for the older database, whose peppers are not compared.
    pub fn head_of(path: impl AsRef<Path>, peppers: &Peppers) -> Result<Head, StoreError> {
        let path = connection::canonical_path(path.as_ref())?;
        pairing::check(&path)?;
        let connection = connection::for_copying(&path)?;
        if schema::version(&connection, &path)? == schema::newest(schema::MIGRATIONS) {
            pepper::check(&connection, peppers)?;
        }
        audit::head(&connection)
    }

    fn reader(&self) -> Result<Connection, StoreError> {
        // What another file by this name holds is none of what this one was asked for.
        self.writer.as_ref().map_or(Ok(()), Writer::check_names)?;
        connection::for_reading(&self.path)
    }

    fn writer(&self) -> Result<&Writer, StoreError> {
        self.writer.as_ref().ok_or(StoreError::ReadOnly)
    }
}

/// A directory as it may leave this crate: without project keys. Hashes are in none.
pub fn without_project_keys(mut document: Document) -> Document {
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
        let committed = self.writer()?.write(|transaction| perform(transaction, &self.peppers, write))?;
        self.unnoted.store(true, Ordering::Release);
        Ok(committed)
    }

    fn touch(&self, uses: &[(Box<str>, Timestamp)]) -> Result<(), StoreError> {
        self.writer()?.write(|transaction| {
            // The newest of them tells the time: what is stored and lies far behind it is of a clock that was ahead.
            let newest = uses.iter().map(|(_, at)| at.millis()).max().unwrap_or_default();
            let ahead = Timestamp::saturating_from_millis(newest.saturating_add(MAX_DISORDER));
            for (key, at) in uses {
                let sql = "UPDATE keys SET last_used_at = ?2
                    WHERE id = ?1 AND (coalesce(last_used_at, -1) < ?2 OR last_used_at > ?3)";
                put::run(transaction, sql, params![key, millis(*at), millis(ahead)]).map_err(fault)?;
            }
            Ok(())
        })
    }

    fn project_key(&self, project: &str) -> Result<Option<Token>, StoreError> {
        let sql = "SELECT pepper, sealed FROM project_keys WHERE project = ?1";
        let stored =
            read::one(&self.reader()?, sql, [project], |row| Ok((row.get::<_, Box<str>>(0)?, row.get::<_, Vec<u8>>(1)?)));
        let Some((pepper, sealed)) = stored.map_err(fault)? else { return Ok(None) };
        let Some(pepper) = self.peppers.find(&pepper) else { return Err(StoreError::MissingPepper { name: pepper, rows: 1 }) };
        let open = pepper.open(project, &sealed);
        let text = open.as_ref().and_then(|bytes| str::from_utf8(bytes).ok());
        let damaged = || StoreError::Corrupt { detail: format!("the project key of `{}`", shorten(project)).into() };
        text.map(|text| Some(Token::new(text))).ok_or_else(damaged)
    }

    fn operators(&self) -> Result<Vec<Operator>, StoreError> {
        operator::operators(&self.reader()?).map_err(fault)
    }

    fn export(&self) -> Result<Document, StoreError> {
        read::document(&self.reader()?).map(without_project_keys)
    }

    fn audit_head(&self) -> Result<Head, StoreError> {
        audit::head(&self.reader()?)
    }

    fn audit_tail(&self, count: usize) -> Result<Vec<Row>, StoreError> {
        audit::tail(&self.reader()?, count)
    }

    fn audit_verify(&self, noted: Option<&Head>) -> Result<Verdict, StoreError> {
        let mut connection = self.reader()?;
        // The audit and what it is about are read at one moment.
        let transaction = connection.transaction().map_err(fault)?;
        audit::verify(&transaction, &self.peppers, noted)
    }

    fn audit_rows(&self, after: u64, each: &mut dyn FnMut(Row) -> ControlFlow<()>) -> Result<(), StoreError> {
        audit::rows(&self.reader()?, after, each)
    }

    fn audit_of_policy(&self) -> Result<Vec<Row>, StoreError> {
        audit::of_policy(&self.reader()?)
    }

    fn audit_holds(&self, noted: &Head) -> Result<Verdict, StoreError> {
        audit::holds(&self.reader()?, noted)
    }

    fn note_head(&self) -> Result<(), StoreError> {
        let writer = self.writer()?;
        if !self.unnoted.swap(false, Ordering::AcqRel) {
            return Ok(());
        }
        // By the connection that writes: another file may have this name by now, and its head is not the one to note.
        let connection = writer.connection();
        // What another program put in the place of our rows is not what was acknowledged.
        let head = writer.check_mark(&connection).and_then(|()| audit::head(&connection));
        drop(connection);
        let noted = head.and_then(|head| head_file::write(&self.path, &head));
        noted.inspect_err(|_| self.unnoted.store(true, Ordering::Release))
    }

    fn ready(&self) -> Result<(), StoreError> {
        self.writer.as_ref().map_or(Ok(()), Writer::ready)?;
        audit::head(&self.reader()?).map(drop)
    }
}

impl Drop for SqliteStore {
    /// A command writes once and ends. A head that could not be noted is noted by the next writer.
    fn drop(&mut self) {
        if self.writer.is_some() {
            let _ = self.note_head();
        }
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, peppers, writer, .. } = self;
        out.debug_struct("SqliteStore").field("path", path).field("peppers", peppers).field("writes", &writer.is_some()).finish()
    }
}

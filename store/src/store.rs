//! What any database must be able to do.

use clearance_directory::document::{Document, Timestamp};

use crate::audit::{Head, Row, Verdict};
use crate::credentials::Credentials;
use crate::error::StoreError;
use crate::operator::Operator;
use crate::token::Token;
use crate::write::{Committed, Write};

/// Keeps the directory, the credentials and the audit.
///
/// What is written is durable before a call returns. Calls block; an asynchronous caller makes them where blocking is allowed.
/// Writes happen one after the other; the order in which memory follows them is the caller's, who holds one lock around
/// [`commit`](Store::commit) and the application of what it returns.
///
/// After any error nothing is written.
pub trait Store: Send + Sync {
    /// Everything that is needed in memory to answer.
    ///
    /// # Errors
    ///
    /// The database cannot be read, or a row is not as this program wrote it.
    fn load(&self) -> Result<Loaded, StoreError>;

    /// Writes all of it, or nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError::Refused`] names the step that is refused, [`StoreError::BatchConflict`] a batch whose id was used for other
    /// content; everything else is a fault of the database.
    fn commit(&self, write: &Write) -> Result<Committed, StoreError>;

    /// Records when keys were last used. Ids that are no key's are passed over. No time goes back, but for one that lies more than a
    /// minute behind the newest of these: the clock was ahead when it was recorded.
    ///
    /// # Errors
    ///
    /// The database cannot be written.
    fn touch(&self, uses: &[(Box<str>, Timestamp)]) -> Result<(), StoreError>;

    /// The project key of a project, to be shown to whoever may see it. None when it has none or there is no such project.
    ///
    /// # Errors
    ///
    /// The database cannot be read, or what is stored cannot be decrypted.
    fn project_key(&self, project: &str) -> Result<Option<Token>, StoreError>;

    /// All operators, revoked ones too, in the order in which they were added.
    ///
    /// # Errors
    ///
    /// The database cannot be read.
    fn operators(&self) -> Result<Vec<Operator>, StoreError>;

    /// The directory without hashes and project keys, in an order that does not change from call to call.
    ///
    /// # Errors
    ///
    /// The database cannot be read.
    fn export(&self) -> Result<Document, StoreError>;

    /// How many rows the audit has, and the link of the last one.
    ///
    /// # Errors
    ///
    /// The database cannot be read.
    fn audit_head(&self) -> Result<Head, StoreError>;

    /// The last rows of the audit, at most so many, oldest first.
    ///
    /// # Errors
    ///
    /// The database cannot be read.
    fn audit_tail(&self, count: usize) -> Result<Vec<Row>, StoreError>;

    /// Reads the whole audit and says whether it is as it was written.
    ///
    /// Rows that are cut off at the end leave a chain that is whole: only a head that was noted earlier shows it.
    ///
    /// # Errors
    ///
    /// The database cannot be read. An audit that was tampered with is no error but a [`Verdict`].
    fn audit_verify(&self, noted: Option<&Head>) -> Result<Verdict, StoreError>;

    /// Whether the database answers, and whether a write could be stored now: reads a little, and commits a little if no write was made
    /// in the last seconds. A database that is open for reading alone is only read.
    ///
    /// # Errors
    ///
    /// Why not.
    fn ready(&self) -> Result<(), StoreError>;
}

/// What is needed in memory to answer.
#[derive(Debug)]
pub struct Loaded {
    /// The directory: keys with their lookup ids and without hashes, projects with an empty project key where they have one.
    pub document: Document,
    /// What tokens are verified with.
    pub credentials: Credentials,
}

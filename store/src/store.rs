//! What any database must be able to do.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

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

    /// Records when keys were last used. Ids that do not belong to a key are ignored. No time goes back, but for one that lies more than a
    /// minute behind the newest of these: the clock was ahead when it was recorded.
    ///
    /// # Errors
    ///
    /// The database cannot be written.
    fn touch(&self, uses: &[(Box<str>, Timestamp)]) -> Result<(), StoreError>;

    /// The project key of a project, for a caller that may see it. `None` means that the project has no key or does not exist.
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

    /// The last rows of the audit, at most `count`, oldest first.
    ///
    /// # Errors
    ///
    /// The database cannot be read.
    fn audit_tail(&self, count: usize) -> Result<Vec<Row>, StoreError>;

    /// Reads the whole audit and says whether it is as it was written, and then whether the keys, operators and credentials that are
    /// stored are as the audit says.
    ///
    /// Rows that are cut off at the end leave a chain that is whole: only a head that was noted earlier shows it.
    ///
    /// # Errors
    ///
    /// The database cannot be read. An audit that was tampered with is not an error: the [`Verdict`] says so.
    fn audit_verify(&self, noted: Option<&Head>) -> Result<Verdict, StoreError>;

    /// Hands over the rows of the audit after the first `count`, oldest first, until the last row or until `each` breaks off.
    ///
    /// # Errors
    ///
    /// The database cannot be read.
    fn audit_rows(&self, after: u64, each: &mut dyn FnMut(Row) -> ControlFlow<()>) -> Result<(), StoreError> {
        let rows = self.audit_tail(usize::MAX)?;
        let _ = rows.into_iter().filter(|row| row.sequence > after).try_for_each(each);
        Ok(())
    }

    /// What the audit says last of the policy: of the rows whose verb begins with `policy.`, the last for each verb and subject, oldest
    /// first. It costs as much as there are such rows, however long the audit is.
    ///
    /// # Errors
    ///
    /// The database cannot be read.
    fn audit_of_policy(&self) -> Result<Vec<Row>, StoreError> {
        let mut last: BTreeMap<(Box<str>, Box<str>), Row> = BTreeMap::new();
        self.audit_rows(0, &mut |row| {
            if row.entry.verb.starts_with("policy.") {
                last.insert((row.entry.verb.clone(), row.entry.subject.clone()), row);
            }
            ControlFlow::Continue(())
        })?;
        let mut rows: Vec<_> = last.into_values().collect();
        rows.sort_unstable_by_key(|row| row.sequence);
        Ok(rows)
    }

    /// Whether the audit still has the row that was the last when this head was noted. It looks at that row alone: that the rows before
    /// it are as they were written, [`audit_verify`](Self::audit_verify) says.
    ///
    /// # Errors
    ///
    /// The database cannot be read. An audit that is shorter or another one is not an error: the [`Verdict`] says so.
    fn audit_holds(&self, noted: &Head) -> Result<Verdict, StoreError> {
        self.audit_verify(Some(noted))
    }

    /// Notes the head of the audit beside the database, if it changed since. A later opening for writing compares it, and so finds that an
    /// older database was put in the place of this one. To be called when there is time, and at a clean stop.
    ///
    /// # Errors
    ///
    /// It cannot be noted. What was noted before stays.
    fn note_head(&self) -> Result<(), StoreError> {
        Ok(())
    }

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

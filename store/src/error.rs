//! Why the database does not do what it was asked.

use std::borrow::Cow;

use clearance_directory::{DocumentError, Refusal};

use crate::pepper::PepperError;
use crate::token::MintError;

/// Why the database does not do what it was asked. Nothing is written then. No message repeats a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process has the database open for writing.
    #[error("`{path}` is in use by another process, such as a server: stop it, and try again")]
    Locked {
        /// The path of the database.
        path: Box<str>,
    },
    /// The file that the lock is on belongs to another user.
    #[error(
        "the lock file `{path}` belongs to another user: run this command as that user; or, if no server runs, remove the file and try \
         again"
    )]
    LockOfAnother {
        /// The path of the lock file.
        path: Box<str>,
    },
    /// The name of the lock file belongs to something that is not a regular file.
    #[error("the lock file `{path}` is a link, or not a regular file: remove it, and try again")]
    LockIsNoFile {
        /// The path of the lock file.
        path: Box<str>,
    },
    /// The database has more than one name.
    #[error(
        "`{path}` is one of {names} names (hard links) of the same file, and each would have a write-ahead log of its own: remove the \
         other names, or make a real copy with `clearance backup`"
    )]
    Linked {
        /// The path of the database.
        path: Box<str>,
        /// How many names the file has.
        names: u64,
    },
    /// The name of a file of the database stands for another file, or for none, than the one that was opened.
    #[error(
        "`{path}` is not the file that this program opened, it was replaced, renamed or removed meanwhile, and nothing more is written: \
         stop this program, put the right file there, and start it again"
    )]
    Replaced {
        /// The path of the file.
        path: Box<str>,
    },
    /// The name of a database file belongs to something that is not a regular file.
    #[error("`{path}` is not a regular file: move it away, and put the right file there")]
    NoFile {
        /// The path.
        path: Box<str>,
    },
    /// A write-ahead log lies where a new database is to be made.
    #[error(
        "`{path}-wal` is the write-ahead log of another database that was `{path}`, and what it holds may be nowhere else: put that \
         database back, or move its log away, or name another file"
    )]
    LogLeft {
        /// The path of the database that was to be made.
        path: Box<str>,
    },
    /// The write-ahead log beside the database belongs to another file.
    #[error(
        "the write-ahead log `{path}-wal` does not belong to `{path}`, one of the two was copied or moved there: to have what `{path}` \
         holds, move `{path}-wal` away; to have what was written last, put back the file that the log belongs to"
    )]
    LogForeign {
        /// The path of the database.
        path: Box<str>,
    },
    /// The write-ahead log that the database needs is not there.
    #[error(
        "the write-ahead log `{path}-wal` is missing, and what was written last is only there: put it back beside `{path}`, or restore a \
         backup with `clearance restore`; `clearance restore --without-log` takes `{path}` as it is"
    )]
    LogMissing {
        /// The path of the database.
        path: Box<str>,
    },
    /// The write-ahead log cannot be read without writing beside it.
    #[error(
        "the write-ahead log `{path}-wal` is not empty, and this user cannot write beside it, which reading it takes: copy `{path}` and \
         `{path}-wal` together to a folder of this user, and name the copy"
    )]
    LogUnreadable {
        /// The path of the database.
        path: Box<str>,
    },
    /// The audit of a backup is not whole.
    #[error("the audit of `{path}` is not whole ({problem}): restore another backup")]
    AuditBroken {
        /// The path of the backup.
        path: Box<str>,
        /// Which row is not as it was written.
        problem: Box<str>,
    },
    /// A database says that it is older than seals of credentials, and its audit does not.
    #[error(
        "`{path}` says that it is of a version before credentials had seals, and that is not believed ({problem}): nothing was \
         changed. Put back the file that was there before, or restore a backup whose audit is whole with `clearance restore`"
    )]
    SealsMissing {
        /// The path of the database.
        path: Box<str>,
        /// Why it is not believed.
        problem: Box<str>,
    },
    /// This user may not read the database.
    #[error("`{path}` cannot be read by this user: give this user the right to read the file and to enter its folder")]
    Unreadable {
        /// The path of the database.
        path: Box<str>,
    },
    /// The database does not exist.
    #[error("there is no database `{path}`: make one with `clearance init`")]
    Absent {
        /// The path of the database.
        path: Box<str>,
    },
    /// There is a file already where a database should be made.
    #[error("`{path}` exists already: name another file, or move it away")]
    Exists {
        /// The path of the database.
        path: Box<str>,
    },
    /// The file is not a database of this program.
    #[error("`{path}` is not a database of Clearance: name another file, or make one with `clearance init`")]
    NotOurs {
        /// The path of the database.
        path: Box<str>,
    },
    /// The database was written by a newer program.
    #[error("`{path}` has version {found} and this program knows {known}: use the newer program")]
    NewerDatabase {
        /// The path of the database.
        path: Box<str>,
        /// The version of the database.
        found: u32,
        /// The newest version that this program knows.
        known: u32,
    },
    /// The database was written by an older program and is open for reading alone.
    #[error(
        "`{path}` has version {found} and this program wants {known}: open it once for writing, such as with `clearance serve`"
    )]
    OlderDatabase {
        /// The path of the database.
        path: Box<str>,
        /// The version of the database.
        found: u32,
        /// The version that this program wants.
        known: u32,
    },
    /// A setting that durability depends on did not take.
    #[error("the database keeps `{setting}` at `{found}` and not `{wanted}`: move it to a local disk")]
    Setting {
        /// The setting.
        setting: &'static str,
        /// What it is.
        found: Box<str>,
        /// What it should be.
        wanted: &'static str,
    },
    /// Another program holds a lock on the database.
    #[error("another program holds a lock on the database: close it, and try again")]
    Busy,
    /// The disk is full.
    #[error("the disk is full: make room, and try again")]
    Full,
    /// The database cannot be written.
    #[error("the database is read-only: give this program the right to write the file and its folder")]
    ReadOnly,
    /// What is stored is damaged.
    #[error(
        "the database is damaged ({detail}): stop, keep a copy of the file, and restore the last backup with `clearance restore`"
    )]
    Corrupt {
        /// What is damaged.
        detail: Box<str>,
    },
    /// The operating system refuses to read or write.
    #[error("the database cannot be read or written ({detail}): look at the disk and at the rights of the file")]
    Io {
        /// What happened.
        detail: Box<str>,
    },
    /// Something that no other name fits.
    #[error("the database failed ({detail}): this is a defect of Clearance, please report it")]
    Unexpected {
        /// What happened.
        detail: Box<str>,
    },
    /// The audit is not the one whose head was noted beside the database.
    #[error(
        "`{path}` is older than its file `{file}` says, or another database ({verdict}): what was revoked since then counts again. \
         Restore the newer database; or, if this one is meant, look at `clearance audit since` on the newer one, then say \
         `clearance audit accept`. The head that was noted is {noted}"
    )]
    OlderAudit {
        /// The path of the database.
        path: Box<str>,
        /// The file with the head.
        file: Box<str>,
        /// The head.
        noted: Box<str>,
        /// How the audit differs.
        verdict: Box<str>,
    },
    /// The name of the head file belongs to something that is not a regular file.
    #[error(
        "`{file}` is not a regular file: move it away. If nobody knows why it is there, see with `clearance audit verify` whether this is \
         the database that you want"
    )]
    HeadIsNoFile {
        /// The path of the file with the head.
        file: Box<str>,
    },
    /// This user may not read or write the file with the head of the audit.
    #[error(
        "`{file}` cannot be read or written by this user: give the file, and the right to write its folder, to the user that runs the \
         server"
    )]
    HeadDenied {
        /// The path of the file with the head.
        file: Box<str>,
    },
    /// The file with the head of the audit is not as this program wrote it.
    #[error(
        "`{file}` holds no head of an audit: if nobody knows why, see with `clearance audit verify` whether this is the database that \
         you want, then say `clearance audit accept`"
    )]
    HeadFile {
        /// The file.
        file: Box<str>,
    },
    /// The peppers are refused before the database is asked.
    #[error(transparent)]
    Pepper(#[from] PepperError),
    /// A pepper is not the one of this name that the database was made with.
    #[error(
        "the pepper `{name}` is not the one that this database was made with: give the old one, and another name to a new one"
    )]
    WrongPepper {
        /// The name of the pepper.
        name: Box<str>,
    },
    /// A pepper has another name than the one that the database knows it by.
    #[error("the pepper `{name}` is known to this database as `{known}`: write `{known}=…`")]
    RenamedPepper {
        /// The name that it was given with.
        name: Box<str>,
        /// The name that the database knows.
        known: Box<str>,
    },
    /// Rows need a pepper that is not given.
    #[error("{rows} credentials were stored with the pepper `{name}`, which is not given: add `{name}=…` to the peppers")]
    MissingPepper {
        /// The name of the pepper.
        name: Box<str>,
        /// How many rows need it.
        rows: u64,
    },
    /// No pepper is given that the database knows.
    #[error("none of the peppers is known to this database: add the one that it was made with")]
    UnknownPepper,
    /// No random numbers.
    #[error(transparent)]
    Mint(#[from] MintError),
    /// The directory file cannot become a database.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A row of the directory file has a secret that cannot be stored.
    #[error("{path}: {problem}")]
    DocumentSecret {
        /// Where in the document, such as `keys[3].lookupId`.
        path: Box<str>,
        /// What is wrong there.
        problem: StepProblem,
    },
    /// A step of a write is refused.
    #[error("step {step}, {field}: {problem}")]
    Refused {
        /// The position of the step, counted from 0.
        step: usize,
        /// The field of the step, such as `scope.team`.
        field: Cow<'static, str>,
        /// What is wrong there.
        problem: StepProblem,
    },
    /// The id of a batch does not have the form of an id.
    #[error("`{id}` is not an id for a batch, write 1 to 255 visible ASCII characters")]
    BadBatch {
        /// What stands there, shortened.
        id: Box<str>,
    },
    /// The id of a batch was used for other content.
    #[error("the batch `{id}` was stored with other content: give a new batch a new id")]
    BatchConflict {
        /// The id of the batch.
        id: Box<str>,
    },
}

/// What is wrong with a step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StepProblem {
    /// The row is refused, as a directory in memory refuses it.
    #[error(transparent)]
    Row(#[from] Refusal),
    /// A secret stands in a change of the directory.
    #[error("a change of the directory carries no secret: leave it out")]
    Secret,
    /// The token cannot be stored here.
    #[error("the token is not one that was minted for this: mint one")]
    Token,
    /// Another row has the lookup id.
    #[error("another key or operator has this lookup id: mint another token")]
    LookupIdTaken,
    /// Another project has the project key.
    #[error("another project has this project key: give each project its own")]
    ProjectKeyTaken,
    /// A project key is the empty text, which nobody can present.
    #[error("the project key is empty: leave it out, or write one")]
    EmptyProjectKey,
    /// There is such an operator.
    #[error("there is an operator `{id}` already, write another id")]
    OperatorTaken {
        /// The id of the operator.
        id: Box<str>,
    },
    /// The operator does not exist.
    #[error("there is no operator `{id}`, name one that exists")]
    NoOperator {
        /// The id of the operator.
        id: Box<str>,
    },
    /// An operator that may do nothing.
    #[error("the operator is for nothing, write at least one of `check`, `directory`, `policy`, `keys` and `operators`")]
    NoPurpose,
}

impl StoreError {
    /// Whether it is the fault of what was asked and not of the database: the same call fails again.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Refused { .. }
                | Self::BadBatch { .. }
                | Self::BatchConflict { .. }
                | Self::Document(_)
                | Self::DocumentSecret { .. }
        )
    }
}

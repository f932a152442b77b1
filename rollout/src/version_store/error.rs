//! Why a version store refuses a request.

use std::{io, path::PathBuf, time::Duration};

use clearance::Digest;
use clearance_host::{LoadError, stored_file::ReadError};
use thiserror::Error;

use crate::{ActivationError, TrustError, folder_lock::LockError};

/// Fewer digits of a digest name nothing.
pub(super) const MIN_DIGEST_DIGITS: usize = 4;

/// Why a version store refuses a request. Nothing in it has changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VersionStoreError {
    /// A file or the folder cannot be read or written.
    #[error("`{}`: {problem}", path.display())]
    Io {
        /// The file or the folder.
        path: PathBuf,
        /// What the operating system says.
        problem: io::Error,
    },
    /// Something else is where a file should be. It is not opened: reading a named pipe would wait without end.
    #[error("`{}` is {found}, where a file should be: take it away", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What is there.
        found: &'static str,
    },
    /// A file is larger than a file of its kind may be.
    #[error("`{}` has more than {most} bytes, which is the most that such a file may have", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most bytes that it may have.
        most: usize,
    },
    /// Another process was changing the folder during the whole wait.
    #[error("another process holds `{}`, and did not let go of it within {waited:?}: try again when it is done, or end it", path.display())]
    Busy {
        /// The file that a process locks while it changes the folder.
        path: PathBuf,
        /// How long this process has waited.
        waited: Duration,
    },
    /// No version has this digest.
    #[error("`{}` has no version `{wanted}`: `clearance policy list` shows those that it has", folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// A digest, or how one begins.
        wanted: String,
    },
    /// Several digests begin like this.
    #[error("{count} versions begin with `{wanted}`: give more digits")]
    Ambiguous {
        /// The text that was given.
        wanted: String,
        /// The number of versions that begin like this.
        count: usize,
    },
    /// The text cannot be the beginning of a digest.
    #[error(
        "`{wanted}` is not a digest: write `sha256:` and its digits, or at least the first {MIN_DIGEST_DIGITS} of them, `0` to `9` and `a` to `f`"
    )]
    NoDigest {
        /// The text that was given.
        wanted: String,
    },
    /// A file has another digest than its name says.
    #[error("`{}` is damaged: its digest is {found}: add the version again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The digest of the bytes in it.
        found: Digest,
    },
    /// The version is not trusted.
    #[error(transparent)]
    Untrusted(#[from] TrustError),
    /// The component is not a policy.
    #[error("{digest} is not a policy")]
    Load {
        /// The digest of the version.
        digest: Digest,
        /// Why the component is not a policy.
        #[source]
        error: LoadError,
    },
    /// The version is live, so it cannot be removed.
    #[error("{digest} is live: activate another version before this one is removed")]
    Live {
        /// The digest of the version.
        digest: Digest,
    },
    /// An organization is pinned to the version, so it cannot be removed.
    #[error("{digest} answers for the organization `{organization}`: `clearance policy unpin` it before this version is removed")]
    Pinned {
        /// The digest of the version.
        digest: Digest,
        /// The id of the organization.
        organization: String,
    },
    /// The organization is not pinned.
    #[error("no version is pinned for the organization `{organization}`")]
    NotPinned {
        /// The id of the organization.
        organization: String,
    },
    /// The file of pins cannot be understood.
    #[error("`{}` is not a list of pins: {problem}", path.display())]
    Pins {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The history cannot be understood.
    #[error("`{}` is not a history of versions: {problem}", path.display())]
    History {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The history does not permit that the version becomes live.
    #[error(transparent)]
    Refused(#[from] ActivationError),
}

impl VersionStoreError {
    /// The operating system refuses something about a file or the folder.
    pub(super) fn io(path: impl Into<PathBuf>, problem: io::Error) -> Self {
        Self::Io { path: path.into(), problem }
    }

    /// A file is not read.
    pub(super) fn read(path: impl Into<PathBuf>, error: ReadError) -> Self {
        let path = path.into();
        match error {
            ReadError::Io(problem) => Self::Io { path, problem },
            ReadError::NotAFile(found) => Self::NotAFile { path, found },
            ReadError::TooLarge { most } => Self::TooLarge { path, most },
            other => Self::Io { path, problem: io::Error::other(other) },
        }
    }

    /// The folder is not to be changed now.
    pub(super) fn lock(path: impl Into<PathBuf>, error: LockError) -> Self {
        let path = path.into();
        match error {
            LockError::Open(error) => Self::read(path, error),
            LockError::Lock(problem) => Self::Io { path, problem },
            LockError::Busy { waited } => Self::Busy { path, waited },
        }
    }
}

//! Why a server does not run.

use std::io;

use clearance_keeper::{Fault, FolderError, LostRecord};

/// Why the server did not start, or did not stop cleanly.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The operating system refuses what the server needs to run.
    #[error("the server cannot start")]
    Start(#[source] io::Error),
    /// The server cannot listen on an address.
    #[error("cannot listen on `{address}`")]
    Listen {
        /// The address, as it was given.
        address: String,
        /// What the operating system says.
        #[source]
        error: io::Error,
    },
    /// An organization is pinned to a version that cannot answer for it.
    #[error("cannot apply what organizations are pinned to, and nothing is guessed")]
    Pins(#[source] Box<FolderError>),
    /// The folder of versions remembers less than the audit says, or the start does not name it.
    #[error("the record of what was live or pinned is lost, and nothing takes its place")]
    Lost(#[from] LostRecord),
    /// The server cannot compare the audit with the folder of versions.
    #[error("cannot compare the audit with the folder of versions")]
    Record(#[source] Box<Fault>),
    /// The server stopped, and could not write what it had put off.
    #[error("the server stopped, but could not write when keys were last used")]
    Flush(#[source] Box<Fault>),
    /// A second signal came, and what was under way did not end in time.
    #[error(
        "the server stopped at once after a second signal, before it wrote everything: a revocation that was answered with 503 may not \
         be stored"
    )]
    Hurried,
}

impl From<FolderError> for ServeError {
    fn from(error: FolderError) -> Self {
        match error {
            FolderError::Lost(lost) => Self::Lost(lost),
            FolderError::Fault(fault) => Self::Record(fault.into()),
            error => Self::Pins(error.into()),
        }
    }
}

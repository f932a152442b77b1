//! Why a server does not run.

use clearance_keeper::{Fault, LostRecord};

/// Why the server did not start, or did not stop cleanly.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The operating system refuses what the server needs to run.
    #[error("the server cannot start: {0}")]
    Start(std::io::Error),
    /// The address cannot be listened on.
    #[error("cannot listen on `{address}`: {problem}")]
    Listen {
        /// The address, as it was given.
        address: String,
        /// What the operating system says.
        problem: std::io::Error,
    },
    /// An organization is pinned to a version that cannot answer for it.
    #[error("cannot apply what organizations are pinned to, and nothing is guessed: {0}")]
    Pins(String),
    /// The folder of versions remembers less than the audit says, or it is not named.
    #[error("what was live or pinned is lost, and nothing is put in its place: {0}")]
    Lost(#[from] LostRecord),
    /// The audit cannot be held against the folder of versions.
    #[error("cannot look up what was live and pinned: {0}")]
    Record(Box<Fault>),
    /// What could wait could not be written at the end.
    #[error("the server stopped, but could not write when keys were last used: {0}")]
    Flush(Box<Fault>),
    /// A second signal came, and what was under way did not end in time.
    #[error(
        "the server stopped at once, as it was told, before all was written that could wait: a revocation that was answered with 503 may not be stored"
    )]
    Hurried,
}

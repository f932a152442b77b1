//! Processes that a process makes of itself.
//!
//! The thread that enforces the deadlines of policies does not live on in a forked process, and locks stay as they were. So an authorizer
//! does not work there, and says so.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use clearance_native::Error;
use pyo3::pyfunction;

/// How many forks lie between the first process and this one.
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// Called in a process that was just forked.
#[pyfunction]
#[pyo3(name = "_forked")]
pub(crate) fn forked() {
    GENERATION.fetch_add(1, Relaxed);
}

/// Remembers in which process something was made.
pub(crate) struct Generation(u32);

impl Generation {
    pub(crate) fn current() -> Self {
        Self(GENERATION.load(Relaxed))
    }

    /// Whether this is still the same process.
    #[inline]
    pub(crate) fn is_current(&self) -> bool {
        self.0 == GENERATION.load(Relaxed)
    }
}

/// What an authorizer of another process answers.
#[cold]
pub(crate) fn error() -> Error {
    let mut error = Error::lost();
    error.message =
        "the authorizer was loaded before this process was forked, and does not work here: load it in this process".into();
    error
}

//! Why there is no diff.

use clearance::{Digest, EvalError};
use thiserror::Error;

/// Why two policy versions could not be compared.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DiffError {
    /// A version cannot compile the custom roles of the directory.
    #[error("cannot compile the custom roles")]
    Compile(#[source] EvalError),
    /// A version does not answer.
    #[error("no answer for {principal} at {place}")]
    Eval {
        /// Who was asked about.
        principal: String,
        /// Where.
        place: String,
        /// What the version did instead.
        #[source]
        error: EvalError,
    },
    /// A version answers the same question once like this and once like that. It is no function of its facts, so it cannot be
    /// compared with anything.
    #[error("policy {policy} answers the same question about {principal} at {place} once like this and once like that")]
    Unsteady {
        /// The version.
        policy: Digest,
        /// Who was asked about.
        principal: String,
        /// Where.
        place: String,
    },
}

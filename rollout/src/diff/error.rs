//! Why two policy versions could not be compared.

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
        /// The principal of the question, for people.
        principal: String,
        /// The place of the question, for people.
        place: String,
        /// What the version did instead.
        #[source]
        error: EvalError,
    },
    /// A version gives two answers to the same question. It is not a function of its facts, so it cannot be compared.
    #[error("policy {policy} gives two answers to the same question about {principal} at {place}")]
    Unsteady {
        /// The digest of the version.
        policy: Digest,
        /// The principal of the question, for people.
        principal: String,
        /// The place of the question, for people.
        place: String,
    },
}

//! Why a version did not become the live one.

use std::error::Error;

use clearance::{Digest, DocumentError, EvalError, swap::CopyError, swap::SwapError};
use thiserror::Error;

use crate::{CarriedError, ShadowError, case_check::CaseCheckError, diff::DiffError};

/// Why a version did not become the live one.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StageError {
    /// Another version is being made live.
    #[error("another version is being activated")]
    Busy,
    /// The directory cannot be copied to judge it.
    #[error("the directory cannot be copied")]
    Directory(#[from] DocumentError),
    /// The version cannot compile the custom roles.
    #[error("the version cannot compile the custom roles")]
    Compile(#[source] EvalError),
    /// The cases that the version carries cannot be read.
    #[error("the cases that the version carries cannot be read")]
    Carried(#[from] CarriedError),
    /// The version fails at a case that it carries itself.
    #[error("the version does not answer as its own cases say")]
    CarriedCase(#[source] CaseCheckError),
    /// The version fails at a case of the plan.
    #[error(transparent)]
    Case(#[from] CaseCheckError),
    /// The versions cannot be compared.
    #[error("the versions cannot be compared")]
    Diff(#[from] DiffError),
    /// More is gained than may be.
    #[error("{found} permissions would be gained, {most} may be: the first is `{permission}` of {principal} at {place}")]
    Gains {
        /// How many are.
        found: u64,
        /// How many may be.
        most: u64,
        /// The first of them.
        permission: String,
        /// The principal that gains it.
        principal: String,
        /// The place.
        place: String,
    },
    /// More is lost than may be.
    #[error("{found} permissions would be lost, {most} may be: the first is `{permission}` of {principal} at {place}")]
    Losses {
        /// How many are.
        found: u64,
        /// How many may be.
        most: u64,
        /// The first of them.
        permission: String,
        /// The principal that loses it.
        principal: String,
        /// The place.
        place: String,
    },
    /// The version cannot shadow the live one.
    #[error("the version cannot shadow")]
    Shadow(#[from] ShadowError),
    /// While it shadowed, something went wrong.
    #[error("while it shadowed, {0}")]
    Trial(TrialFailure),
    /// The activation could not be recorded.
    #[error("cannot record that the version is live")]
    Record(#[source] Box<dyn Error + Send + Sync>),
    /// It was live, something went wrong, and the version that was live before is so again.
    #[error("while it was live, {failure}: rolled back to {to}")]
    RolledBack {
        /// What went wrong.
        failure: TrialFailure,
        /// The version that is live.
        to: Digest,
    },
    /// It was live, something went wrong, and the version before could not take its place again. It is still live.
    #[error("while it was live, {failure}, and the version before cannot come back")]
    Stuck {
        /// What went wrong.
        failure: TrialFailure,
        /// Why the version before cannot come back.
        #[source]
        error: Box<dyn Error + Send + Sync>,
    },
}

/// What went wrong while two versions ran beside each other.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TrialFailure {
    /// Too many questions stayed unanswered.
    #[error("{found} questions stayed unanswered, {most} may: {last}")]
    Failures {
        /// How many.
        found: u64,
        /// How many may.
        most: u64,
        /// How the last of them failed.
        last: String,
    },
    /// Too many answers differ that should not.
    #[error("{found} checks were answered differently though the diff does not show it, {most} may be: the first is {first}")]
    Unexpected {
        /// How many.
        found: u64,
        /// How many may be.
        most: u64,
        /// The first of them.
        first: String,
    },
}

impl From<SwapError> for StageError {
    fn from(error: SwapError) -> Self {
        match error {
            SwapError::Compile(error) => Self::Compile(error),
            SwapError::Record(error) => Self::Record(error),
            error => Self::Record(Box::new(error)),
        }
    }
}

impl From<CopyError> for StageError {
    fn from(error: CopyError) -> Self {
        match error {
            CopyError::Directory(error) => Self::Directory(error),
            CopyError::Compile(error) => Self::Compile(error),
            error => Self::Record(Box::new(error)),
        }
    }
}

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
    /// The directory cannot be copied, so that the version cannot be asked about it.
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
    /// More permissions would be gained than the plan permits.
    #[error("{found} permissions would be gained, {most} may be: the first is `{permission}` of {principal} at {place}")]
    Gains {
        /// The number of permissions that would be gained.
        found: u64,
        /// The most that the plan permits.
        most: u64,
        /// The name of the first permission that would be gained.
        permission: String,
        /// The principal that would gain it, for people.
        principal: String,
        /// The place where it would be gained, for people.
        place: String,
    },
    /// More permissions would be lost than the plan permits.
    #[error("{found} permissions would be lost, {most} may be: the first is `{permission}` of {principal} at {place}")]
    Losses {
        /// The number of permissions that would be lost.
        found: u64,
        /// The most that the plan permits.
        most: u64,
        /// The name of the first permission that would be lost.
        permission: String,
        /// The principal that would lose it, for people.
        principal: String,
        /// The place where it would be lost, for people.
        place: String,
    },
    /// The version cannot shadow the live one.
    #[error("the version cannot shadow")]
    Shadow(#[from] ShadowError),
    /// Something went wrong while the version shadowed the live one.
    #[error("while it shadowed, {0}")]
    Trial(TrialFailure),
    /// The activation log could not record the version, which is not live.
    #[error("cannot record that the version is live")]
    Record(#[source] Box<dyn Error + Send + Sync>),
    /// The version was live, something went wrong during the watch, and the version before is live again.
    #[error("while it was live, {failure}: rolled back to {to}")]
    RolledBack {
        /// What went wrong.
        failure: TrialFailure,
        /// The digest of the version that is live again.
        to: Digest,
    },
    /// The version was live, something went wrong during the watch, and the version before could not take its place again. The new version
    /// is still live.
    #[error("while it was live, {failure}, and the version before cannot come back")]
    Stuck {
        /// What went wrong.
        failure: TrialFailure,
        /// Why the version before cannot become live again.
        #[source]
        error: Box<dyn Error + Send + Sync>,
    },
}

/// What went wrong while two versions ran beside each other.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TrialFailure {
    /// The version left too many questions unanswered.
    #[error("{found} questions stayed unanswered, {most} may: {last}")]
    Failures {
        /// The number of them.
        found: u64,
        /// The most that the options permit.
        most: u64,
        /// How the last of them failed.
        last: String,
    },
    /// Too many gains and losses occurred that the diff did not show.
    #[error("{found} checks were answered differently though the diff does not show it, {most} may be: the first is {first}")]
    Unexpected {
        /// The number of them.
        found: u64,
        /// The most that the options permit.
        most: u64,
        /// The first of these answers, for people.
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

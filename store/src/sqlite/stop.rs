//! Why a step of a write is not done.

use std::borrow::Cow;

use clearance_directory::{ChangeError, Refusal, ValidateError};

use super::fault::fault;
use crate::error::{StepProblem, StoreError};

/// Why a step is not done.
#[derive(Debug, PartialEq)]
pub(super) enum Stop {
    /// The step is refused: the field, and what is wrong there.
    Refused(Cow<'static, str>, StepProblem),
    /// The database failed.
    Fault(StoreError),
}

pub(super) type Done<T = ()> = Result<T, Stop>;

impl Stop {
    pub(super) fn row(field: impl Into<Cow<'static, str>>, refusal: Refusal) -> Self {
        Self::Refused(field.into(), refusal.into())
    }

    /// What the caller hears.
    pub(super) fn at(self, step: usize) -> StoreError {
        match self {
            Self::Refused(field, problem) => StoreError::Refused { step, field, problem },
            Self::Fault(error) => error,
        }
    }
}

impl From<ChangeError> for Stop {
    fn from(error: ChangeError) -> Self {
        let (field, refusal) = error.into_parts();
        Self::row(field, refusal)
    }
}

impl From<ValidateError<rusqlite::Error>> for Stop {
    fn from(error: ValidateError<rusqlite::Error>) -> Self {
        match error {
            ValidateError::Refused(error) => error.into(),
            ValidateError::Lookup(error) => error.into(),
        }
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Fault(fault(error))
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Fault(error)
    }
}

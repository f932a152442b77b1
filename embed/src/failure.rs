//! Why something was not done, by a name that is the same in every language.

use std::error::Error as _;

use clearance::{
    EvalError,
    change::{ApplyError, BatchError},
};
use clearance_question::SelfCheckError;
use serde::Serialize;

use crate::{OpenError, SignatureError};

/// Why a call of the module was not answered. It is never a denial: the caller must refuse.
///
/// In JSON it is `{"error", "message"}` and, where it is about one change of several, `index`, or about one field, `field`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct Failure {
    /// Its name: a word with hyphens, such as `wrong-answer`. The names of what a policy does are those of the Rust crates.
    pub error: &'static str,
    /// A sentence for people: what is wrong, where, and what to do.
    pub message: String,
    /// Which change of a batch is refused, counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// The field that is wrong, as a path: `at.project`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl Failure {
    /// A failure with this name.
    pub(crate) fn new(error: &'static str, message: impl Into<String>) -> Self {
        Self { error, message: message.into(), index: None, field: None }
    }

    /// Nothing can be asked before data is loaded.
    pub(crate) fn not_loaded() -> Self {
        Self::new("not-loaded", "no directory is loaded: call `load` first")
    }

    /// A text that is not JSON of the form that is wanted.
    pub(crate) fn malformed(error: &serde_path_to_error::Error<serde_json::Error>) -> Self {
        let path = error.path().to_string();
        let field = (path != ".").then(|| path.trim_end_matches(".?").to_owned());
        let message = match &field {
            Some(field) => format!("field `{field}`: {}", error.inner()),
            None => error.inner().to_string(),
        };
        Self { field, ..Self::new("malformed", message) }
    }
}

impl From<EvalError> for Failure {
    fn from(error: EvalError) -> Self {
        Self::new(error.name(), error.to_string())
    }
}

impl From<SelfCheckError> for Failure {
    fn from(error: SelfCheckError) -> Self {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        Self::new(error.name(), format!("{error}{cause}"))
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::new(error.name(), error.to_string())
    }
}

impl From<SignatureError> for Failure {
    fn from(error: SignatureError) -> Self {
        Self::new(error.name(), error.to_string())
    }
}

impl From<BatchError> for Failure {
    fn from(BatchError { index, error, .. }: BatchError) -> Self {
        let failure = match error {
            ApplyError::Compile(error) => error.into(),
            error => Self::new("refused", error.to_string()),
        };
        Self { index: Some(index), ..failure }
    }
}

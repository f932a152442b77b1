//! Why a call was not answered.

use clearance_embed::Failure;
use clearance_host::{CodeCacheError, EngineError, LoadError};

/// Why a call was not answered. It is never a denial: the caller must refuse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct Error {
    /// A word with hyphens, the same in every language: `malformed`, `trap`, `refused`, `lost`.
    pub code: &'static str,
    /// A sentence for people: what is wrong, where, and what to do.
    pub message: String,
    /// The field that is wrong, as a path: `at.project`.
    pub field: Option<String>,
    /// Which change of a batch is refused, counted from 0.
    pub index: Option<usize>,
}

impl Error {
    /// An error that a language finds at its own boundary, such as a value of the wrong type.
    #[must_use]
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new("malformed", message)
    }

    /// The same error, about one field.
    #[must_use]
    pub fn in_field(self, field: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..self }
    }

    /// What a language was given is not a moment.
    #[must_use]
    pub fn time(message: impl Into<String>) -> Self {
        Self { field: Some("now".into()), ..Self::new("time", message) }
    }

    /// What a call may find half done is never asked again.
    #[must_use]
    pub fn lost() -> Self {
        Self::new("lost", "the authorizer stopped and its data is lost: load it again")
    }

    /// This machine cannot run a policy now.
    pub(crate) fn runtime(message: impl Into<String>) -> Self {
        Self::new("runtime", message)
    }

    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None, index: None }
    }

    /// An error with its cause in the message: other languages show no chain.
    fn with_cause(code: &'static str, error: &dyn std::error::Error) -> Self {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        Self::new(code, format!("{error}{cause}"))
    }
}

impl From<Failure> for Error {
    fn from(Failure { error, message, field, index, .. }: Failure) -> Self {
        Self { code: error, message, field, index }
    }
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Self {
        Self::with_cause(error.name(), &error)
    }
}

impl From<EngineError> for Error {
    fn from(error: EngineError) -> Self {
        let code = match &error {
            EngineError::Limit { .. } => "limit",
            _ => "runtime",
        };
        Self::with_cause(code, &error)
    }
}

impl From<CodeCacheError> for Error {
    fn from(error: CodeCacheError) -> Self {
        Self::with_cause("code-cache", &error)
    }
}

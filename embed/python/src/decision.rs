//! The answer to one question.

use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::{prelude::*, types::PyString};

/// Whether a principal may do something at a place, and the rule that decided. It is true exactly when it allows.
#[pyclass(frozen, eq, module = "clearance")]
#[derive(PartialEq)]
pub(crate) struct Decision(pub(crate) clearance_native::Decision);

#[pymethods]
impl Decision {
    #[classattr]
    fn __match_args__() -> (&'static str, &'static str, &'static str, &'static str) {
        ("allow", "reason", "binding", "policy")
    }

    /// Whether the principal has the permission.
    #[getter]
    fn allow(&self) -> bool {
        self.0.allow
    }

    /// The rule that decided, as a word of the contract: `binding`, `owner-lacks`, `key-revoked`.
    #[getter]
    fn reason(&self) -> &'static str {
        self.0.reason.as_str()
    }

    /// The id of the binding that grants. There exactly when the reason is `binding`.
    #[getter]
    fn binding(&self) -> Option<&str> {
        self.0.binding.as_deref()
    }

    /// The digest of the policy version that decided.
    #[getter]
    fn policy(&self) -> String {
        self.0.policy.to_string()
    }

    /// Without it, `if authorizer.check(…)` would let everything through.
    fn __bool__(&self) -> bool {
        self.0.allow
    }

    fn __hash__(&self) -> u64 {
        let clearance_native::Decision { allow, reason, binding, policy } = &self.0;
        let mut hasher = DefaultHasher::new();
        (allow, reason.as_str(), binding, policy).hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let clearance_native::Decision { allow, reason, binding, policy } = &self.0;
        let allow = if *allow { "True" } else { "False" };
        let binding = match binding {
            Some(id) => PyString::new(py, id).repr()?.to_string(),
            None => "None".to_owned(),
        };
        Ok(format!("Decision(allow={allow}, reason='{reason}', binding={binding}, policy='{policy}')"))
    }
}

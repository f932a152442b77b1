//! The authorizer, with the calls that the package builds the others of.

use std::{mem, path::PathBuf, time::Duration};

use clearance_native::{Authorizer as Native, Limits, Options, Policy};
use pyo3::{prelude::*, types::PyBytes};

use crate::{
    decision::Decision,
    error::{exception, wrong},
    fork::{self, Generation},
    names::{place, principal, text},
    time::millis,
};

/// Permission checks over a directory in memory. `clearance.Authorizer` is what to use.
#[pyclass(frozen, subclass, weakref, module = "clearance._native")]
pub(crate) struct Authorizer {
    /// There until it is dropped.
    native: Option<Native>,
    generation: Generation,
}

/// `deadline_ms`, `timeout_ms`, `memory`, `stack`, `answer` and `instances` of the limits. `None` stands for the default.
type LimitValues = (Option<u64>, Option<u64>, Option<usize>, Option<usize>, Option<usize>, Option<usize>);

/// A principal, a permission and a place.
type Question<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>, Bound<'py, PyAny>);

#[pymethods]
impl Authorizer {
    #[new]
    #[pyo3(signature = (directory, policy, trusted_keys, allow_unsigned, limits, code_cache))]
    fn new(
        py: Python<'_>,
        directory: &Bound<'_, PyAny>,
        policy: Option<(Bound<'_, PyBytes>, Option<String>)>,
        trusted_keys: Vec<String>,
        allow_unsigned: bool,
        limits: LimitValues,
        code_cache: Option<PathBuf>,
    ) -> PyResult<Self> {
        let directory = text(directory, "directory")?;
        let policy = policy.as_ref().map(self::policy);
        let options = Options { trusted_keys, allow_unsigned, limits: self::limits(limits), code_cache };
        let native = py.detach(|| Native::load(directory, policy, options)).map_err(exception)?;
        Ok(Self { native: Some(native), generation: Generation::current() })
    }

    /// May this principal do this here?
    ///
    /// `now` is a `datetime` with a time zone, and the present moment by default. Raises `ClearanceError` where there is no answer, which is
    /// neither a denial nor an allow.
    #[pyo3(signature = (principal, permission, place, *, now = None))]
    fn check(
        &self,
        principal: &Bound<'_, PyAny>,
        permission: &Bound<'_, PyAny>,
        place: &Bound<'_, PyAny>,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Decision> {
        let (principal, place) = (self::principal(principal)?, self::place(place)?);
        let permission = text(permission, "permission")?;
        let (native, now) = (self.native()?, millis(now)?);
        // To let other threads run takes as long as most checks, so this one keeps the lock of Python.
        native.check(principal, permission, place, now).map(Decision).map_err(exception)
    }

    /// Many decisions: each question is a tuple of a principal, a permission and a place.
    #[pyo3(signature = (questions, *, now = None))]
    fn check_many(
        &self,
        py: Python<'_>,
        questions: &Bound<'_, PyAny>,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Vec<Decision>> {
        let wrong_questions = |_| wrong("questions", "tuples of a principal, a permission and a place");
        let questions = questions.try_iter().map_err(wrong_questions)?;
        let questions = questions.map(|question| question?.extract::<Question<'_>>().map_err(wrong_questions));
        let questions: Vec<Question<'_>> = questions.collect::<PyResult<_>>()?;
        let mut read = Vec::with_capacity(questions.len());
        for (who, what, at) in &questions {
            read.push((principal(who)?, text(what, "permission")?, place(at)?));
        }
        let (native, now) = (self.native()?, millis(now)?);
        let decisions = py.detach(|| native.check_many(read, now)).map_err(exception)?;
        Ok(decisions.into_iter().map(Decision).collect())
    }

    /// Answers a request in JSON. `now` is in milliseconds since 1970-01-01T00:00:00Z.
    fn _ask(&self, py: Python<'_>, request: &Bound<'_, PyAny>, now: f64) -> PyResult<String> {
        let (native, request) = (self.native()?, text(request, "request")?);
        py.detach(|| native.ask(request, now)).map_err(exception)
    }

    /// Makes all changes of the data, or none.
    fn _apply(&self, py: Python<'_>, changes: &Bound<'_, PyAny>) -> PyResult<()> {
        let (native, changes) = (self.native()?, text(changes, "changes")?);
        py.detach(|| native.apply(changes)).map_err(exception)
    }

    /// Makes another policy version the live one.
    fn _swap(&self, py: Python<'_>, policy: (Bound<'_, PyBytes>, Option<String>)) -> PyResult<()> {
        let (native, policy) = (self.native()?, self::policy(&policy));
        py.detach(|| native.swap(policy)).map_err(exception)
    }

    /// Lets another version answer for one organization.
    fn _pin(
        &self,
        py: Python<'_>,
        organization: &Bound<'_, PyAny>,
        policy: (Bound<'_, PyBytes>, Option<String>),
    ) -> PyResult<()> {
        let (native, organization, policy) = (self.native()?, text(organization, "organization")?, self::policy(&policy));
        py.detach(|| native.pin(organization, policy)).map_err(exception)
    }

    /// Lets the live version answer for an organization again.
    fn unpin(&self, py: Python<'_>, organization: &Bound<'_, PyAny>) -> PyResult<()> {
        let (native, organization) = (self.native()?, text(organization, "organization")?);
        py.detach(|| native.unpin(organization)).map_err(exception)
    }
}

impl Authorizer {
    #[inline]
    fn native(&self) -> PyResult<&Native> {
        let native = self.native.as_ref().filter(|_| self.generation.is_current());
        native.ok_or_else(|| exception(fork::error()))
    }
}

impl Drop for Authorizer {
    fn drop(&mut self) {
        // It would wait for the end of a thread that is not in this process.
        if !self.generation.is_current() {
            mem::forget(self.native.take());
        }
    }
}

fn policy<'a>((component, signature): &'a (Bound<'_, PyBytes>, Option<String>)) -> Policy<'a> {
    Policy { component: component.as_bytes(), signature: signature.as_deref() }
}

fn limits((deadline, timeout, memory, stack, answer, instances): LimitValues) -> Limits {
    let default = Limits::default();
    Limits {
        deadline: deadline.map_or(default.deadline, Duration::from_millis),
        timeout: timeout.map_or(default.timeout, Duration::from_millis),
        memory: memory.unwrap_or(default.memory),
        stack: stack.unwrap_or(default.stack),
        answer: answer.unwrap_or(default.answer),
        instances: instances.unwrap_or(default.instances),
    }
}

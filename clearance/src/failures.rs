//! How often each version gave no answer.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use clearance_question::{Digest, EvalError};

/// Counts the questions without an answer, by the version that was asked, and keeps the last of each.
#[derive(Debug, Default)]
pub(crate) struct Failures(Mutex<HashMap<Digest, (u64, EvalError)>>);

impl Failures {
    pub(crate) fn add(&self, error: &EvalError) {
        let mut failures = self.failures();
        let (count, last) = failures.entry(error.policy()).or_insert_with(|| (0, error.clone()));
        *count = count.saturating_add(1);
        last.clone_from(error);
    }

    pub(crate) fn of(&self, version: Digest) -> u64 {
        self.failures().get(&version).map_or(0, |(count, _)| *count)
    }

    pub(crate) fn last(&self, version: Digest) -> Option<EvalError> {
        self.failures().get(&version).map(|(_, last)| last.clone())
    }

    fn failures(&self) -> MutexGuard<'_, HashMap<Digest, (u64, EvalError)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

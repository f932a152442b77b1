//! Keys and operators that were revoked while the store failed: refused from memory until the revocation is stored.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use clearance_store::Write;

/// The most operators whose revocation can wait. Keys need no bound of their own: only a key that is stored can be revoked.
const MAX_WAITING_OPERATORS: usize = 1_000;

/// Whose token is refused. It is shown as its kind and its id, never as its token.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// A key, by id.
    Key(Box<str>),
    /// An operator, by id.
    Operator(Box<str>),
}

impl fmt::Display for Subject {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => write!(out, "key `{id}`"),
            Self::Operator(id) => write!(out, "operator `{id}`"),
        }
    }
}

/// What was revoked and is not stored, each with the write that stores it.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    /// The number of refusals, so that a question does not read the map while it is empty.
    count: AtomicUsize,
    waiting: RwLock<BTreeMap<Subject, Write>>,
}

impl Refusals {
    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    pub(crate) fn key(&self, id: &str) -> bool {
        self.count() > 0 && self.read().contains_key(&Subject::Key(id.into()))
    }

    pub(crate) fn operator(&self, id: &str) -> bool {
        self.count() > 0 && self.read().contains_key(&Subject::Operator(id.into()))
    }

    /// Refuses the subject from now on. Answers whether there was room.
    pub(crate) fn add(&self, subject: Subject, write: Write) -> bool {
        let mut waiting = self.write();
        if let Subject::Operator(_) = subject {
            let operators = waiting.keys().filter(|subject| matches!(subject, Subject::Operator(_))).count();
            if operators >= MAX_WAITING_OPERATORS && !waiting.contains_key(&subject) {
                return false;
            }
        }
        if !waiting.contains_key(&subject) {
            tracing::error!(%subject, "revoked in this process and not yet stored: a restart before it is stored revives it");
        }
        waiting.insert(subject, write);
        self.count.store(waiting.len(), Ordering::Release);
        true
    }

    pub(crate) fn remove(&self, subject: &Subject) {
        if self.count() > 0 {
            let mut waiting = self.write();
            waiting.remove(subject);
            self.count.store(waiting.len(), Ordering::Release);
        }
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, BTreeMap<Subject, Write>> {
        self.waiting.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<Subject, Write>> {
        self.waiting.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str) -> Subject {
        Subject::Key(id.into())
    }

    fn operator(id: &str) -> Subject {
        Subject::Operator(id.into())
    }

    #[test]
    fn what_is_refused_is_that_subject_alone() {
        let refusals = Refusals::default();
        assert!(refusals.add(key("one"), Write::default()) && refusals.add(operator("two"), Write::default()));
        assert_eq!(refusals.count(), 2);
        assert_eq!(["one", "two"].map(|id| (refusals.key(id), refusals.operator(id))), [(true, false), (false, true)]);
        refusals.remove(&key("one"));
        assert_eq!((refusals.count(), refusals.key("one"), refusals.operator("two")), (1, false, true));
        assert_eq!((key("one").to_string(), operator("two").to_string()), ("key `one`".into(), "operator `two`".into()));
    }

    #[test]
    fn operators_that_wait_are_bounded_and_keys_are_not() {
        let refusals = Refusals::default();
        (0..MAX_WAITING_OPERATORS).for_each(|number| assert!(refusals.add(operator(&number.to_string()), Write::default())));
        assert!(!refusals.add(operator("more"), Write::default()));
        assert!(refusals.add(operator("0"), Write::default()), "it waits already");
        assert!(refusals.add(key("more"), Write::default()));
        assert_eq!(refusals.count(), MAX_WAITING_OPERATORS + 1);
    }
}

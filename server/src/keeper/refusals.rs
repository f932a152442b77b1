//! Keys and operators that were revoked while the store failed: refused from memory until the revocation is stored.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use clearance::{Change, PrincipalId};
use clearance_store::{Step, StoreError, Write};
use serde_json::Value;

use super::queue::Lane;
use super::turn::Turn;
use super::{Fault, Keeper};

/// The most operators whose revocation can wait. Keys need no bound of their own: only a key that is stored can be revoked.
const MAX_WAITING_OPERATORS: usize = 1_000;

/// Whose token is refused. It is shown as its kind and its id, never as its token.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
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
pub(super) struct Refusals {
    /// How many there are, so that a question reads no map where there are none.
    count: AtomicUsize,
    waiting: RwLock<BTreeMap<Subject, Write>>,
}

impl Refusals {
    pub(super) fn count(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    pub(super) fn key(&self, id: &str) -> bool {
        self.count() > 0 && self.read().contains_key(&Subject::Key(id.into()))
    }

    pub(super) fn operator(&self, id: &str) -> bool {
        self.count() > 0 && self.read().contains_key(&Subject::Operator(id.into()))
    }

    /// Refuses the subject from now on. Answers whether there was room.
    fn add(&self, subject: Subject, write: Write) -> bool {
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

    fn remove(&self, subject: &Subject) {
        if self.count() > 0 {
            let mut waiting = self.write();
            waiting.remove(subject);
            self.count.store(waiting.len(), Ordering::Release);
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<Subject, Write>> {
        self.waiting.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<Subject, Write>> {
        self.waiting.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keeper {
    /// Whether this principal is a key whose revocation is not stored yet.
    pub(super) fn is_refused(&self, principal: PrincipalId<'_>) -> bool {
        matches!(principal, PrincipalId::Key(key) if self.refusals.key(key))
    }

    /// How many revocations count in this process and are not stored yet.
    pub fn unstored_revocations(&self) -> usize {
        self.refusals.count()
    }

    /// Stores a revocation. Where the store fails, the subject is refused from now on all the same, and
    /// [`tend`](Self::tend) stores it later.
    pub(super) fn commit_revocation(&self, turn: &Turn<'_>, subject: Subject, write: Write) -> Result<(), Fault> {
        match turn.commit(&write) {
            Ok(_) => {
                self.refusals.remove(&subject);
                Ok(())
            }
            Err(Fault::Store(error)) if !error.is_refusal() => {
                // Nobody can be let in as an operator that memory does not know.
                let is_known = match &subject {
                    Subject::Key(_) => true,
                    Subject::Operator(id) => self.credentials().operator(id).is_some(),
                };
                if !is_known || !self.refusals.add(subject, write) {
                    return Err(Fault::Store(error));
                }
                // Who a key is may be remembered.
                self.memo.forget();
                Err(Fault::RevokedNotStored(error))
            }
            Err(fault) => Err(fault),
        }
    }

    /// Tries again to store every revocation that waits. One that the store fails at keeps no other from being stored.
    ///
    /// # Errors
    ///
    /// The first failure. What was not stored is still refused.
    pub(super) fn store_revocations(&self) -> Result<(), Fault> {
        if self.refusals.count() == 0 {
            return Ok(());
        }
        let subjects: Vec<Subject> = self.refusals.read().keys().cloned().collect();
        let mut result = Ok(());
        for subject in subjects {
            let turn = self.own_turn(Lane::Revocation)?;
            // Another revocation of the same subject may have been stored meanwhile.
            let Some(write) = self.refusals.read().get(&subject).cloned() else { continue };
            match self.store_revocation(&turn, &subject, &write) {
                Ok(()) => {}
                Err(Fault::Store(error)) if error.is_refusal() => {
                    tracing::error!(%subject, %error, "a revocation is refused by the store: the subject is gone");
                }
                Err(fault) => {
                    result = result.and(Err(fault));
                    continue;
                }
            }
            self.refusals.remove(&subject);
        }
        result
    }

    /// Names in the log what a restart would revive now.
    ///
    /// # Errors
    ///
    /// [`Fault::RevocationsWait`], where there is any such thing.
    pub(super) fn name_unstored_revocations(&self) -> Result<(), Fault> {
        let waiting = self.refusals.read();
        for subject in waiting.keys() {
            tracing::error!(%subject, "the revocation is not stored: a restart now revives it");
        }
        if waiting.is_empty() { Ok(()) } else { Err(Fault::RevocationsWait { count: waiting.len() }) }
    }

    fn store_revocation(&self, turn: &Turn<'_>, subject: &Subject, write: &Write) -> Result<(), Fault> {
        let mut write = write.clone();
        if let Subject::Key(id) = subject {
            let row = self.authorizer.read_directory(|directory| directory.key(id));
            if row.is_none_or(|row| row.revoked_at.is_some()) {
                return Ok(());
            }
            for entry in &mut write.audit {
                entry.before = Some(as_before(entry.before.take(), self.told(id)?));
            }
        }
        match turn.commit(&write) {
            // The bindings of the key were changed meanwhile. The revocation itself is what must not be lost.
            Err(Fault::Store(StoreError::Refused { .. })) if matches!(subject, Subject::Key(_)) => {
                let is_revocation = |step: &Step| matches!(step, Step::Change(Change::RevokeKey { .. }));
                let steps = write.steps.iter().filter(|step| is_revocation(step)).cloned().collect();
                turn.commit(&Write { steps, ..write }).map(drop)
            }
            other => other.map(drop),
        }
    }
}

/// The key as it is now, where the audit was to say how it was. As whom it was revoked stays.
fn as_before(before: Option<Value>, mut now: Value) -> Value {
    let acting = before.and_then(|mut before| before.get_mut("as").map(Value::take));
    if let (Some(acting), Value::Object(fields)) = (acting, &mut now) {
        fields.insert("as".into(), acting);
    }
    now
}

//! Keys and operators that were revoked while the store failed: refused from memory until the revocation is stored.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use clearance::{Change, PrincipalId};
use clearance_store::{Step, StoreError, Write};

use super::turn::Turn;
use super::{Fault, Keeper};

/// The most operators whose revocation can wait. Keys need no bound of their own: only a key that is stored can be revoked.
const MAX_WAITING_OPERATORS: usize = 1_000;

/// Whose token is refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    /// A key, by id.
    Key(Box<str>),
    /// An operator, by id.
    Operator(Box<str>),
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
                if !self.refusals.add(subject, write) {
                    return Err(Fault::Store(error));
                }
                // Who a key is may be remembered.
                self.memo.forget();
                Err(Fault::RevokedNotStored(error))
            }
            Err(fault) => Err(fault),
        }
    }

    /// Tries again to store every revocation that waits.
    ///
    /// # Errors
    ///
    /// The store failed. What was not stored is still refused.
    pub(super) fn store_revocations(&self) -> Result<(), Fault> {
        if self.refusals.count() == 0 {
            return Ok(());
        }
        let subjects: Vec<Subject> = self.refusals.read().keys().cloned().collect();
        for subject in subjects {
            let turn = self.turn_to_revoke()?;
            // Another revocation of the same subject may have been stored meanwhile.
            let Some(write) = self.refusals.read().get(&subject).cloned() else { continue };
            match self.store_revocation(&turn, &subject, &write) {
                Ok(()) => {}
                Err(Fault::Store(error)) if error.is_refusal() => {
                    tracing::error!(?subject, %error, "a revocation is refused by the store: the subject is gone");
                }
                Err(fault) => return Err(fault),
            }
            self.refusals.remove(&subject);
        }
        Ok(())
    }

    fn store_revocation(&self, turn: &Turn<'_>, subject: &Subject, write: &Write) -> Result<(), Fault> {
        if let Subject::Key(id) = subject {
            let row = self.authorizer.read_directory(|directory| directory.key(id));
            if row.is_none_or(|row| row.revoked_at.is_some()) {
                return Ok(());
            }
        }
        match turn.commit(write) {
            // The bindings of the key were changed meanwhile. The revocation itself is what must not be lost.
            Err(Fault::Store(StoreError::Refused { .. })) if matches!(subject, Subject::Key(_)) => {
                let is_revocation = |step: &Step| matches!(step, Step::Change(Change::RevokeKey { .. }));
                let steps = write.steps.iter().filter(|step| is_revocation(step)).cloned().collect();
                turn.commit(&Write { steps, ..write.clone() }).map(drop)
            }
            other => other.map(drop),
        }
    }
}

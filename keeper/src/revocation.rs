//! Revocations that could not be stored, stored later.

use clearance::{Change, PrincipalId};
use clearance_store::{Step, StoreError, Write};
use serde_json::Value;

use crate::fault::Fault;
use crate::keeper::Keeper;
use crate::queue::Lane;
use crate::refusals::Subject;
use crate::turn::Turn;

impl Keeper {
    /// Whether this principal is a key whose revocation is not stored yet.
    pub(crate) fn is_refused(&self, principal: PrincipalId<'_>) -> bool {
        matches!(principal, PrincipalId::Key(key) if self.refusals.key(key))
    }

    /// How many revocations count in this process and are not stored yet.
    pub fn unstored_revocations(&self) -> usize {
        self.refusals.count()
    }

    /// Stores a revocation. Where the store fails, the subject is refused from now on all the same, and
    /// [`tend`](Self::tend) stores it later.
    pub(crate) fn commit_revocation(&self, turn: &Turn<'_>, subject: Subject, write: Write) -> Result<(), Fault> {
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
    pub(crate) fn store_revocations(&self) -> Result<(), Fault> {
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
    pub(crate) fn name_unstored_revocations(&self) -> Result<(), Fault> {
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
                entry.before = Some(with_acting_user_of(entry.before.take(), self.audit_fields(id)?));
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
fn with_acting_user_of(before: Option<Value>, mut now: Value) -> Value {
    let acting = before.and_then(|mut before| before.get_mut("as").map(Value::take));
    if let (Some(acting), Value::Object(fields)) = (acting, &mut now) {
        fields.insert("as".into(), acting);
    }
    now
}

//! One write after the other.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use clearance::document::Timestamp;
use clearance::{
    Authorizer, Digest, View,
    change::{CompileError, PreparedChanges},
};
use clearance_store::{Committed, Entry, Step, Who, Write};
use serde_json::Value;

use crate::caller::Origin;
use crate::clock::now;
use crate::fault::Fault;
use crate::keeper::Keeper;
use crate::queue::{Lane, WriteRight};

/// The turn of one writer: nobody else writes while it lives.
pub(crate) struct Turn<'a> {
    keeper: &'a Keeper,
    /// The time to record.
    pub(crate) now: Timestamp,
    _right: WriteRight<'a>,
}

impl Keeper {
    /// Waits for the turn to write what somebody wants.
    ///
    /// # Errors
    ///
    /// Too many writes wait already, memory is out of step with the store, or it is an operator who wants it and was revoked
    /// meanwhile: much time may pass between the head of a request, which the token is judged from, and the turn.
    pub(crate) fn turn(&self, origin: &Origin) -> Result<Turn<'_>, Fault> {
        self.turn_for(origin, Lane::Ordinary)
    }

    /// Waits for the turn to revoke, which passes the ordinary writes that wait, but for one after every eight revocations.
    ///
    /// # Errors
    ///
    /// As for [`turn`](Self::turn).
    pub(crate) fn turn_to_revoke(&self, origin: &Origin) -> Result<Turn<'_>, Fault> {
        self.turn_for(origin, Lane::Revocation)
    }

    fn turn_for(&self, origin: &Origin, lane: Lane) -> Result<Turn<'_>, Fault> {
        let turn = self.own_turn(lane)?;
        if let Who::Operator(id) = &origin.who
            && !self.is_operator_in_use(id)
        {
            return Err(Fault::OperatorRevoked);
        }
        Ok(turn)
    }

    /// Waits for the turn to write what nobody asks for: the keeper does it by itself, or once more.
    ///
    /// # Errors
    ///
    /// Too many writes wait already, or memory is out of step with the store.
    pub(crate) fn own_turn(&self, lane: Lane) -> Result<Turn<'_>, Fault> {
        let right = self.writers.enter(lane).map_err(|_| Fault::Busy)?;
        // A writer that panicked left a mark if memory has not followed.
        self.check_in_step()?;
        Ok(Turn { keeper: self, now: now(), _right: right })
    }
}

impl Turn<'_> {
    /// The policy and the directory. Nothing changes while the turn lasts.
    pub(crate) fn authorizer(&self) -> &Authorizer {
        &self.keeper.authorizer
    }

    /// The policy and the directory, at the time that is recorded.
    pub(crate) fn moment(&self) -> View<'_> {
        self.authorizer().view_at(self.now)
    }

    /// What the audit is to say of something that no policy was asked about.
    pub(crate) fn entry(&self, origin: &Origin, verb: &str, subject: &str, before: Option<Value>, after: Option<Value>) -> Entry {
        Entry {
            at: self.now,
            who: origin.who.clone(),
            verb: verb.into(),
            subject: subject.into(),
            before,
            after,
            peer: origin.peer.clone(),
            policy: None,
        }
    }

    /// What the audit is to say of something that a policy version allowed.
    pub(crate) fn entry_by(
        &self,
        origin: &Origin,
        verb: &str,
        subject: &str,
        before: Option<Value>,
        after: Option<Value>,
        policy: Digest,
    ) -> Entry {
        Entry { policy: Some(policy.to_string().into()), ..self.entry(origin, verb, subject, before, after) }
    }

    /// Stores all of it and makes memory follow, or does nothing. Answers whether the batch had been stored before.
    ///
    /// Everything that the policy can fail at is done before anything is stored: afterwards memory can follow.
    pub(crate) fn commit(&self, write: &Write) -> Result<bool, Fault> {
        let keeper = self.keeper;
        let prepared = self.prepare(write)?;
        let Committed { repeated, changes, credentials } = keeper.store.commit(write).inspect_err(|error| {
            if !error.is_refusal() {
                tracing::error!(%error, "nothing was written");
            }
        })?;
        let following = Following(keeper);
        let unusable = if changes.is_empty() { Vec::new() } else { prepared.unusable_roles().to_vec() };
        if !changes.is_empty()
            && let Err(error) = prepared.apply(changes)
        {
            tracing::error!(%error, "what was stored cannot be followed");
            return Err(Fault::OutOfStep);
        }
        keeper.memo.forget();
        if !credentials.is_empty() {
            let mut known = keeper.credentials.write().unwrap_or_else(PoisonError::into_inner);
            credentials.into_iter().for_each(|update| known.apply(update));
        }
        following.complete();
        for unusable in unusable {
            tracing::error!(
                "{unusable}: where that policy is pinned, no question that depends on the role is answered until then"
            );
        }
        Ok(repeated)
    }

    /// Compiles the custom roles that a write brings. Until what is answered is made, no version comes to answer or ceases to.
    fn prepare(&self, write: &Write) -> Result<PreparedChanges<'_>, Fault> {
        let changes = write.steps.iter().enumerate().filter_map(|(index, step)| match step {
            Step::Change(change) => Some((index, change)),
            _ => None,
        });
        self.keeper.authorizer.prepare_changes(changes).map_err(|CompileError { index, error, .. }| {
            tracing::error!(step = index, %error, "nothing was written: the policy cannot compile a custom role");
            Fault::Policy(error)
        })
    }
}

/// Something is stored, and memory has not followed yet. Should it never, nothing is answered from it any more.
struct Following<'a>(&'a Keeper);

impl Following<'_> {
    fn complete(self) {
        std::mem::forget(self);
    }
}

impl Drop for Following<'_> {
    fn drop(&mut self) {
        self.0.out_of_step.store(true, Ordering::Release);
        tracing::error!("memory is not what is stored: nothing is answered until it is loaded anew");
    }
}

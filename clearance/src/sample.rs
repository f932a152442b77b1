//! Checks that were answered, for somebody who asks another version the same.
//!
//! A [`SampleSink`] gets them from an [`Authorizer`](crate::Authorizer), and a [`Rehearsal`](crate::rehearsal::Rehearsal) asks another
//! version about the same facts. What both are good for is the business of others: `clearance-rollout` lets a version shadow the live one.

use std::any::Any;

use clearance_directory::{Epoch, PlaceSlot, PrincipalSlot};
use clearance_policy::types::Reason;

/// Takes checks that were answered by the live version. Those that a pinned version answered are not among them.
pub trait SampleSink: Any + Send + Sync {
    /// Whether it wants the check that is about to be answered.
    fn wants(&self) -> bool;

    /// Takes a check that it wanted. The check waits for this: it must not take long.
    fn take(&self, sample: Sample);
}

/// Whether it is allowed, and why.
pub type Answer = (bool, Reason);

/// A check, and what was answered.
#[derive(Clone, Debug)]
pub struct Sample {
    pub(crate) principal: PrincipalSlot,
    pub(crate) place: PlaceSlot,
    pub(crate) permission: Box<str>,
    pub(crate) now: u64,
    pub(crate) epoch: Epoch,
    pub(crate) generation: u64,
    pub(crate) answer: Answer,
}

impl Sample {
    /// The name of the permission.
    #[must_use]
    pub fn permission(&self) -> &str {
        &self.permission
    }

    /// The moment of the question, in milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.now
    }

    /// What was answered.
    #[must_use]
    pub fn answer(&self) -> Answer {
        self.answer
    }
}

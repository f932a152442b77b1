//! Checks that the live version answered, so that another version can be asked the same.
//!
//! A [`SampleSink`] gets them from an [`Authorizer`](crate::Authorizer), and a [`Rehearsal`](crate::rehearsal::Rehearsal) asks
//! another version about the same facts. `clearance-rollout` uses both to let a version shadow the live one.

use std::any::Any;

use clearance_directory::{Epoch, PlaceSlot, PrincipalSlot};
use clearance_policy::types::Reason;

/// Gets the checks that the live version answered, without those that a pinned version answered.
pub trait SampleSink: Any + Send + Sync {
    /// Whether the sink wants the next check. Called before each check, so it must be fast.
    fn wants(&self) -> bool;

    /// Takes a check that it wanted. The caller of the check waits for this, so it must be fast.
    fn take(&self, sample: Sample);
}

/// Whether the permission was granted, and the rule that decided.
pub type Answer = (bool, Reason);

/// A check, and the answer of the live version.
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

    /// The answer of the live version.
    #[must_use]
    pub fn answer(&self) -> Answer {
        self.answer
    }
}

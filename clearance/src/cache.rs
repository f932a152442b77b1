//! The cache of answers.

use std::sync::Arc;

use clearance_directory::{Epoch, PlaceSlot, PrincipalSlot};
use clearance_policy::types::{PermissionSet, Reason};
use clearance_question::{Digest, EvalError};
use hashbrown::DefaultHashBuilder;
use quick_cache::{UnitWeighter, sync::DefaultLifecycle};

use crate::Decision;

/// All answers for one principal at one place, with the names that they need.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) permissions: PermissionSet,
    pub(crate) outcomes: Box<[Outcome]>,
    pub(crate) since: u64,
    pub(crate) until: u64,
}

/// One answer, and the permissions for which it is the answer.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) allow: bool,
    pub(crate) reason: Reason,
    pub(crate) binding: Option<Arc<str>>,
    pub(crate) permissions: PermissionSet,
}

impl Entry {
    /// The decision about a permission of the catalog.
    pub(crate) fn decision(&self, permission: u32, policy: Digest) -> Result<Decision, EvalError> {
        let outcome = self.outcomes.iter().find(|outcome| outcome.permissions.contains(permission));
        let missing = EvalError::WrongAnswer { policy, question: "effective", what: "a permission has no outcome" };
        let Outcome { allow, reason, ref binding, .. } = *outcome.ok_or(missing)?;
        Ok(Decision { allow, reason, binding: binding.clone(), policy })
    }

    fn holds_at(&self, now: u64) -> bool {
        (self.since..=self.until).contains(&now)
    }
}

/// The whole of what an answer depends on, but for `now`, which each entry bounds by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    /// Which of the versions that were live.
    pub(crate) generation: u64,
    pub(crate) principal: PrincipalSlot,
    pub(crate) place: PlaceSlot,
}

/// Questions are numbers that this process gives out, so their hash need not withstand anybody.
type Entries = quick_cache::sync::Cache<Question, (Epoch, Arc<Entry>), UnitWeighter, DefaultHashBuilder>;

/// Answers by question. An entry of an older epoch or another time is not found, and is replaced by the next answer.
#[derive(Debug)]
pub(crate) struct Cache {
    entries: Option<Entries>,
}

impl Cache {
    /// A cache for at most this many questions; 0 keeps nothing.
    pub(crate) fn new(capacity: usize) -> Self {
        let weight = u64::try_from(capacity).unwrap_or(u64::MAX);
        let (hasher, lifecycle) = (DefaultHashBuilder::default(), DefaultLifecycle::default());
        let entries = || Entries::with(capacity, weight, UnitWeighter, hasher, lifecycle);
        Self { entries: (capacity > 0).then(entries) }
    }

    pub(crate) fn is_on(&self) -> bool {
        self.entries.is_some()
    }

    pub(crate) fn get(&self, question: &Question, epoch: Epoch, now: u64) -> Option<Arc<Entry>> {
        let (stored, entry) = self.entries.as_ref()?.get(question)?;
        (stored == epoch && entry.holds_at(now)).then_some(entry)
    }

    pub(crate) fn insert(&self, question: Question, epoch: Epoch, entry: Arc<Entry>) {
        if let Some(entries) = &self.entries {
            entries.insert(question, (epoch, entry));
        }
    }
}

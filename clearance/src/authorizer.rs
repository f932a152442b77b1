//! The data, the versions that answer, and a cache of answers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};

use clearance_directory::Directory;
use clearance_question::{Digest, EvalError, PolicyVersion};
use crossbeam_utils::sync::{ShardedLock, ShardedLockReadGuard, ShardedLockWriteGuard};

use crate::{
    active_version::FailedRole,
    cache::Cache,
    failures::Failures,
    live::Live,
    roles::{CompiledRoles, UnusableRole},
    version_map::VersionMap,
};

/// A policy version, a directory and a cache of answers.
///
/// It is `Send + Sync`: share one among all threads. Ask it through a [`View`](crate::View), which has the time of the questions.
/// Every answer comes from one version and one state of the directory. Every check that begins after [`apply`](Self::apply) has
/// returned sees the change.
pub struct Authorizer {
    /// Sharded: threads that check at the same time must not write to the same place in memory to say that they read.
    live: Arc<ShardedLock<Live>>,
    pub(crate) cache: Cache,
    failures: Failures,
    /// Held while a version is being activated.
    activation: Mutex<()>,
    /// A thread that changes the data or the versions holds this first, and then `live`.
    alone: Mutex<()>,
    /// The role that was last compiled again.
    last_retried: Mutex<Option<FailedRole>>,
}

impl Authorizer {
    /// An authorizer with the custom roles compiled.
    pub(crate) fn with_roles(version: PolicyVersion, directory: Directory, capacity: usize, roles: CompiledRoles) -> Self {
        let versions = VersionMap::new(version, roles);
        let live = Live { directory, versions, sink: None, role_listeners: Vec::new(), era: 0 };
        Self {
            live: Arc::new(ShardedLock::new(live)),
            cache: Cache::new(capacity),
            failures: Failures::default(),
            activation: Mutex::default(),
            alone: Mutex::default(),
            last_retried: Mutex::default(),
        }
    }

    /// Replaces all data, for instance because memory no longer matches the database. The versions that answer stay; a custom
    /// role that one of them cannot compile is unusable. Waits until no other thread changes the data or the versions.
    pub fn replace_directory(&self, directory: Directory) {
        let _alone = self.lock_changes();
        let versions = self.read().versions.policy_versions();
        let roles = versions.iter().map(|version| CompiledRoles::tolerant(version, &directory)).collect();
        let before = {
            let mut live = self.write();
            let Live { versions, role_listeners, era, .. } = &mut *live;
            versions.start_over(roles, &directory);
            *era += 1;
            role_listeners.iter().filter_map(Weak::upgrade).for_each(|listener| listener.start_over());
            std::mem::replace(&mut live.directory, directory)
        };
        // Nobody waits until all of it is gone.
        drop(before);
    }

    /// The custom roles that one of the versions which answer cannot use, in the order of their ids. A question that depends on
    /// such a role ends in [`EvalError::UnusableRole`].
    #[must_use]
    pub fn unusable_roles(&self) -> Vec<UnusableRole> {
        let mut unusable: Vec<_> = {
            let live = self.read();
            live.versions.all().flat_map(|active| active.unusable_roles(&live.directory)).collect()
        };
        // Nobody who changes the data waits for this.
        unusable.sort_unstable_by(|one, other| (&one.role, one.policy).cmp(&(&other.role, other.policy)));
        unusable
    }

    /// How many custom roles one of the versions which answer cannot use.
    #[must_use]
    pub fn count_unusable_roles(&self) -> usize {
        let mut slots: Vec<_> = {
            let live = self.read();
            live.versions.all().flat_map(|active| active.roles.unusable_slots()).collect()
        };
        slots.sort_unstable();
        slots.dedup();
        slots.len()
    }

    /// The live policy version: the one that answers wherever no other is pinned.
    #[must_use]
    pub fn live_version(&self) -> PolicyVersion {
        self.read().versions.live().version.clone()
    }

    /// How many questions a policy version left unanswered since this authorizer was made. Questions of a
    /// [`Rehearsal`](crate::rehearsal::Rehearsal) do not count.
    #[must_use]
    pub fn failures(&self, version: Digest) -> u64 {
        self.failures.of(version)
    }

    /// Calls a function with the directory, and returns what it returns. Changes of the data wait until then.
    pub fn read_directory<T>(&self, read: impl FnOnce(&Directory) -> T) -> T {
        read(&self.read().directory)
    }

    pub(crate) fn read(&self) -> ShardedLockReadGuard<'_, Live> {
        // A panic elsewhere cannot leave half a change: each is checked whole before it touches anything.
        self.live.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// How a policy version failed the last time that it left a question unanswered. `None` means that it never did. Questions of a
    /// [`Rehearsal`](crate::rehearsal::Rehearsal) do not count.
    #[must_use]
    pub fn last_failure(&self, version: Digest) -> Option<EvalError> {
        self.failures.last(version)
    }

    /// Reserves the right to activate a version in several steps, until the guard is dropped. `None` means that another thread has
    /// reserved it.
    #[must_use]
    pub fn reserve_activation(&self) -> Option<MutexGuard<'_, ()>> {
        match self.activation.try_lock() {
            Ok(turn) => Some(turn),
            Err(TryLockError::Poisoned(turn)) => Some(turn.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    pub(crate) fn weak_live(&self) -> Weak<ShardedLock<Live>> {
        Arc::downgrade(&self.live)
    }

    pub(crate) fn count_failure(&self, error: &EvalError) {
        self.failures.add(error);
    }

    /// Waits until nobody else changes the data or the versions. A thread holds this before the data.
    pub(crate) fn lock_changes(&self) -> MutexGuard<'_, ()> {
        self.alone.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until nobody else compiles roles again. A thread holds this before anything else.
    pub(crate) fn lock_last_retried(&self) -> MutexGuard<'_, Option<FailedRole>> {
        self.last_retried.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> ShardedLockWriteGuard<'_, Live> {
        self.live.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Authorizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authorizer").field("policy", &self.read().versions.live().version.digest()).finish_non_exhaustive()
    }
}

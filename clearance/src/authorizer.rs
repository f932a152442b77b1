//! The authorizer.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, Weak},
    time::{SystemTime, UNIX_EPOCH},
};

use clearance_directory::{
    Applied, Change, ChangeError, Directory, PlaceId, PlaceSlot, PrincipalId, RoleSets,
    document::{Role, Timestamp},
};
use clearance_host::{Digest, Engine, EngineError, EvalError, Limits, LoadError, PolicyVersion};
use clearance_policy::types::PermissionSet;
use crossbeam_utils::sync::{ShardedLock, ShardedLockReadGuard, ShardedLockWriteGuard};

use crate::{
    Capsule, Decision, Effective, Explanation, Moment, VisibleProjects,
    activation::Turn,
    cache::Cache,
    failures::Failures,
    judge::{Followers, Judge, Judges},
    shadow::Shadow,
};

/// A policy version, a directory and a cache of answers.
///
/// It is `Send + Sync`: share one among all threads. Every answer comes from one version and one state of the directory, and a
/// change is visible to every check that begins after [`apply`](Self::apply) has returned.
pub struct Authorizer {
    /// Sharded: threads that check at the same time must not write to the same place in memory to say that they read.
    live: Arc<ShardedLock<Live>>,
    pub(crate) cache: Cache,
    failures: Failures,
    turn: Turn,
}

/// How many answers are kept unless the caller says otherwise. One takes some 300 bytes.
const CACHED: usize = 100_000;

/// What changes together: the data, and the versions that judge it.
pub(crate) struct Live {
    pub(crate) directory: Directory,
    pub(crate) judges: Judges,
    pub(crate) shadow: Option<Arc<Shadow>>,
    pub(crate) followers: Followers,
}

impl Live {
    /// The version that answers at a place. Where the place is unknown, the live one does.
    pub(crate) fn judge(&self, place: Option<PlaceSlot>) -> &Judge {
        if self.judges.is_pinned() {
            self.judges.of(place.and_then(|place| self.directory.organization_of(place)))
        } else {
            self.judges.live()
        }
    }

    /// The version that answers for an organization and its keys.
    pub(crate) fn in_organization(&self, organization: &str) -> &Judge {
        self.judge(self.directory.place(PlaceId::Organization(organization)))
    }
}

/// Why an [`Authorizer`] could not be made.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The engine could not be made.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The policy could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The policy could not compile the custom roles of the directory.
    #[error("the policy could not compile the custom roles")]
    Compile(#[from] EvalError),
}

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The directory refuses it.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// The policy could not compile the role that it brings.
    #[error("the policy could not compile the custom role")]
    Compile(#[from] EvalError),
}

/// Why a batch of changes was not made: the first of them that could not be.
#[derive(Debug, thiserror::Error)]
#[error("change {index}: {error}")]
pub struct BatchError {
    /// The position of the change in the batch, counted from 0.
    pub index: usize,
    /// Why it was not made.
    pub error: ApplyError,
}

impl Authorizer {
    /// An authorizer with the default policy, `langwatch`, under default limits.
    ///
    /// # Errors
    ///
    /// [`OpenError`] where the machine refuses what the policy needs to run.
    pub fn langwatch(directory: Directory) -> Result<Self, OpenError> {
        let engine = Engine::new(Limits::default())?;
        let version = PolicyVersion::load(&engine, clearance_policy::LANGWATCH)?;
        Ok(Self::new(version, directory)?)
    }

    /// An authorizer with any policy version.
    ///
    /// # Errors
    ///
    /// [`EvalError`] where the version fails to compile the custom roles of the directory.
    pub fn new(version: PolicyVersion, directory: Directory) -> Result<Self, EvalError> {
        Self::with_cache(version, directory, CACHED)
    }

    /// An authorizer that keeps the answers to so many questions, one for each principal and place; 0 asks the policy every
    /// time. [`new`](Self::new) keeps 100,000.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn with_cache(version: PolicyVersion, directory: Directory, capacity: usize) -> Result<Self, EvalError> {
        let roles = RoleSets::compile(&directory, |names| version.compile(names))?;
        let judges = Judges::new(version, roles);
        let live = Live { directory, judges, shadow: None, followers: Vec::new() };
        Ok(Self {
            live: Arc::new(ShardedLock::new(live)),
            cache: Cache::new(capacity),
            failures: Failures::default(),
            turn: Turn::default(),
        })
    }

    /// May this principal do this here, now?
    ///
    /// An unknown principal, permission or place is denied with a reason of its own.
    ///
    /// # Errors
    ///
    /// [`EvalError`] where the policy gave no answer: refuse.
    pub fn check(&self, principal: PrincipalId<'_>, permission: &str, place: PlaceId<'_>) -> Result<Decision, EvalError> {
        self.now().check(principal, permission, place)
    }

    /// All that this principal may do here, now.
    ///
    /// # Errors
    ///
    /// As for [`check`](Self::check).
    pub fn effective(&self, principal: PrincipalId<'_>, place: PlaceId<'_>) -> Result<Effective, EvalError> {
        self.now().effective(principal, place)
    }

    /// The same decision as [`check`](Self::check), with the walk to it.
    ///
    /// # Errors
    ///
    /// As for [`check`](Self::check).
    pub fn explain(&self, principal: PrincipalId<'_>, permission: &str, place: PlaceId<'_>) -> Result<Explanation, EvalError> {
        self.now().explain(principal, permission, place)
    }

    /// The same decision as [`check`](Self::check), with all that is needed to make it again.
    ///
    /// # Errors
    ///
    /// As for [`check`](Self::check).
    pub fn capsule(&self, principal: PrincipalId<'_>, permission: &str, place: PlaceId<'_>) -> Result<Capsule, EvalError> {
        self.now().capsule(principal, permission, place)
    }

    /// The projects that a key can see, now.
    ///
    /// # Errors
    ///
    /// As for [`check`](Self::check).
    pub fn visible_projects(&self, key: &str) -> Result<VisibleProjects, EvalError> {
        self.now().visible_projects(key)
    }

    /// The same questions at another moment.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Moment<'_> {
        Moment { authorizer: self, now: now.millis() }
    }

    /// Makes one change of the data. A change that is refused has changed nothing.
    ///
    /// # Errors
    ///
    /// [`ApplyError`] says what is wrong with it.
    pub fn apply(&self, change: Change) -> Result<(), ApplyError> {
        self.apply_all(vec![change]).map_err(|BatchError { error, .. }| error)
    }

    /// Makes all changes of the data, one after the other, or none. No check sees only some of them.
    ///
    /// # Errors
    ///
    /// [`BatchError`] says which change is refused, and what is wrong with it. Nothing is changed then.
    pub fn apply_all(&self, changes: Vec<Change>) -> Result<(), BatchError> {
        let mut live = self.write();
        let Live { directory, judges, followers, .. } = &mut *live;
        // The lists are compiled first: a failing policy must not leave a role that is stored and reads as empty.
        let mut compiled = Vec::with_capacity(changes.len());
        for (index, change) in changes.iter().enumerate() {
            compiled.push(match change {
                Change::AddRole(Role { permissions, .. }) | Change::EditRole(Role { permissions, .. }) => {
                    let compile = |judge: &Judge| judge.version.compile(permissions);
                    let live = compile(judges.live()).map_err(|error| BatchError { index, error: error.into() })?;
                    // What answers for a few may not stop the others: it answers nobody any more.
                    (live, judges.pinned().map(compile).collect())
                }
                // A role that was removed holds nothing.
                _ => (PermissionSet::EMPTY, vec![Ok(PermissionSet::EMPTY); judges.pinned().count()]),
            });
        }
        let added = |change: &Change| match change {
            Change::AddOrganization(organization) if judges.is_pinned() => Some(organization.id.clone()),
            _ => None,
        };
        let added: Vec<_> = changes.iter().filter_map(added).collect();
        let applied = directory
            .apply_all(changes)
            .map_err(|clearance_directory::BatchError { index, error }| BatchError { index, error: error.into() })?;
        let mut last = HashMap::new();
        for (Applied { recompile }, sets) in applied.into_iter().zip(compiled) {
            // Only the last list of a role is the one that it now has.
            last.extend(recompile.map(|role| (role, sets)));
        }
        for (role, sets) in last {
            followers.iter().filter_map(Weak::upgrade).for_each(|follower| follower.add(role));
            let (set, sets): (_, Vec<_>) = sets;
            judges.live_mut().roles.set(role, set);
            for (judge, set) in judges.pinned_mut().zip(sets) {
                match set {
                    Ok(set) => judge.roles.set(role, set),
                    Err(error) => judge.version = judge.version.failing(error),
                }
            }
        }
        for organization in added {
            if let Some(at) = directory.place(PlaceId::Organization(&organization)) {
                judges.place(&organization, at);
            }
        }
        Ok(())
    }

    /// The live policy version: the one that answers wherever no other is pinned.
    #[must_use]
    pub fn version(&self) -> PolicyVersion {
        self.read().judges.live().version.clone()
    }

    /// How many questions a policy version left unanswered since this authorizer was made. Those of a version that only shadows are
    /// not among them.
    #[must_use]
    pub fn failures(&self, version: Digest) -> u64 {
        self.failures.of(version)
    }

    /// Reads the directory. Changes wait until the reading is done.
    pub fn read_directory<T>(&self, read: impl FnOnce(&Directory) -> T) -> T {
        read(&self.read().directory)
    }

    pub(crate) fn read(&self) -> ShardedLockReadGuard<'_, Live> {
        // A panic elsewhere cannot leave half a change: each is checked whole before it touches anything.
        self.live.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn last_failure(&self, version: Digest) -> Option<EvalError> {
        self.failures.last(version)
    }

    pub(crate) fn turn(&self) -> &Turn {
        &self.turn
    }

    pub(crate) fn shared(&self) -> Weak<ShardedLock<Live>> {
        Arc::downgrade(&self.live)
    }

    pub(crate) fn failed(&self, error: &EvalError) {
        self.failures.add(error);
    }

    pub(crate) fn write(&self) -> ShardedLockWriteGuard<'_, Live> {
        self.live.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Moment<'_> {
        // A clock that cannot be read counts as the end of time, when every key that expires has expired.
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).ok();
        let now = elapsed.and_then(|elapsed| u64::try_from(elapsed.as_millis()).ok()).unwrap_or(u64::MAX);
        Moment { authorizer: self, now }
    }
}

impl std::fmt::Debug for Authorizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authorizer").field("policy", &self.read().judges.live().version.digest()).finish_non_exhaustive()
    }
}

//! The authorizer.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::{SystemTime, UNIX_EPOCH},
};

use clearance_directory::{
    Applied, Change, ChangeError, Directory, PlaceId, PrincipalId, RoleSets,
    document::{Role, Timestamp},
};
use clearance_host::{Engine, EngineError, EvalError, Limits, LoadError, PolicyVersion};
use clearance_policy::types::PermissionSet;

use crate::{Decision, Effective, Explanation, Moment, VisibleProjects, cache::Cache};

/// A policy version, a directory and a cache of answers.
///
/// It is `Send + Sync`: share one among all threads. Every answer comes from one version and one state of the directory, and a
/// change is visible to every check that begins after [`apply`](Self::apply) has returned.
pub struct Authorizer {
    live: RwLock<Live>,
    pub(crate) cache: Cache,
}

/// How many answers are kept unless the caller says otherwise. One takes some 300 bytes.
const CACHED: usize = 100_000;

/// What changes together: the data, the version that judges it, and the data compiled for that version.
pub(crate) struct Live {
    pub(crate) directory: Directory,
    pub(crate) version: PolicyVersion,
    /// Counts the versions that were live, so that no cached answer outlives its version.
    pub(crate) generation: u64,
    pub(crate) roles: RoleSets,
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
        let live = RwLock::new(Live { directory, version, generation: 0, roles });
        Ok(Self { live, cache: Cache::new(capacity) })
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
        let Live { directory, version, roles, .. } = &mut *live;
        // The lists are compiled first: a failing policy must not leave a role that is stored and reads as empty.
        let mut compiled = Vec::with_capacity(changes.len());
        for (index, change) in changes.iter().enumerate() {
            compiled.push(match change {
                Change::AddRole(Role { permissions, .. }) | Change::EditRole(Role { permissions, .. }) => {
                    Some(version.compile(permissions).map_err(|error| BatchError { index, error: error.into() })?)
                }
                _ => None,
            });
        }
        let applied = directory
            .apply_all(changes)
            .map_err(|clearance_directory::BatchError { index, error }| BatchError { index, error: error.into() })?;
        let mut last = HashMap::new();
        for (Applied { recompile }, set) in applied.into_iter().zip(compiled) {
            // Only the last list of a role is the one that it now has.
            last.extend(recompile.map(|role| (role, set)));
        }
        for (role, set) in last {
            let Ok(()) = roles.update(directory, role, |_| Ok::<_, Infallible>(set.unwrap_or(PermissionSet::EMPTY)));
        }
        Ok(())
    }

    /// Replaces the policy version, and answers the one that was live. Checks that began before finish on the old one.
    ///
    /// # Errors
    ///
    /// [`EvalError`] where the new version fails to compile the custom roles: the old one stays live.
    pub fn swap(&self, version: PolicyVersion) -> Result<PolicyVersion, EvalError> {
        let mut live = self.write();
        live.roles = RoleSets::compile(&live.directory, |names| version.compile(names))?;
        live.generation += 1;
        Ok(std::mem::replace(&mut live.version, version))
    }

    /// The live policy version.
    #[must_use]
    pub fn version(&self) -> PolicyVersion {
        self.read().version.clone()
    }

    /// Reads the directory. Changes wait until the reading is done.
    pub fn read_directory<T>(&self, read: impl FnOnce(&Directory) -> T) -> T {
        read(&self.read().directory)
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Live> {
        // A panic elsewhere cannot leave half a change: each is checked whole before it touches anything.
        self.live.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Live> {
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
        f.debug_struct("Authorizer").field("policy", &self.read().version.digest()).finish_non_exhaustive()
    }
}

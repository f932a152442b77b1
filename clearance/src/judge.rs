//! A policy version that answers, with the custom roles in its numbers.

use std::{
    collections::{HashMap, HashSet},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use clearance_directory::{Directory, PlaceSlot, RoleSets, RoleSlot};
use clearance_host::{Digest, EvalError, PolicyVersion};

use crate::authorizer::Live;

/// So many roles are copied while the directory is held.
const ROLES_AT_ONCE: usize = 1_000;

/// A version that answers, and the directory's custom roles compiled for it.
#[derive(Debug)]
pub(crate) struct Judge {
    pub(crate) version: PolicyVersion,
    /// Which version this is: equal for equal digests, so that what the cache holds of a version counts again once it is back.
    pub(crate) generation: u64,
    pub(crate) roles: RoleSets,
}

/// The versions that answer: one for all places but those of the organizations that are pinned to another.
#[derive(Debug)]
pub(crate) struct Judges {
    live: Judge,
    pinned: Vec<Pinned>,
    generations: HashMap<Digest, u64>,
}

/// A version that answers for some organizations, whichever is live.
#[derive(Debug)]
struct Pinned {
    judge: Judge,
    /// The organizations, each with its place if it is or was there: one that comes back has the place that it had.
    organizations: HashMap<Box<str>, Option<PlaceSlot>>,
    /// These places.
    places: HashSet<PlaceSlot>,
}

impl Judges {
    pub(crate) fn new(version: PolicyVersion, roles: RoleSets) -> Self {
        let generations = HashMap::from([(version.digest(), 0)]);
        Self { live: Judge { version, generation: 0, roles }, pinned: Vec::new(), generations }
    }

    /// The one that answers wherever no other is pinned.
    pub(crate) fn live(&self) -> &Judge {
        &self.live
    }

    /// The one that answers in an organization.
    pub(crate) fn of(&self, organization: Option<PlaceSlot>) -> &Judge {
        let pinned = organization.and_then(|at| self.pinned.iter().find(|pinned| pinned.places.contains(&at)));
        pinned.map_or(&self.live, |pinned| &pinned.judge)
    }

    /// Whether it is the one that answers wherever no other is pinned.
    pub(crate) fn is_live(&self, judge: &Judge) -> bool {
        judge.generation == self.live.generation
    }

    pub(crate) fn is_pinned(&self) -> bool {
        !self.pinned.is_empty()
    }

    /// Every organization that is pinned, with its version.
    pub(crate) fn pins(&self) -> impl Iterator<Item = (&str, &PolicyVersion)> {
        self.pinned.iter().flat_map(|pinned| pinned.organizations.keys().map(|id| (&**id, &pinned.judge.version)))
    }

    /// Those that answer for some organizations.
    pub(crate) fn pinned(&self) -> impl Iterator<Item = &Judge> {
        self.pinned.iter().map(|pinned| &pinned.judge)
    }

    /// The live one, to be changed.
    pub(crate) fn live_mut(&mut self) -> &mut Judge {
        &mut self.live
    }

    /// Those that answer for some organizations, to be changed.
    pub(crate) fn pinned_mut(&mut self) -> impl Iterator<Item = &mut Judge> {
        self.pinned.iter_mut().map(|pinned| &mut pinned.judge)
    }

    /// Says that an organization is there now.
    pub(crate) fn place(&mut self, organization: &str, at: PlaceSlot) {
        for pinned in &mut self.pinned {
            if let Some(place) = pinned.organizations.get_mut(organization) {
                *place = Some(at);
                pinned.places.insert(at);
            }
        }
    }

    /// Makes a version the one that answers wherever no other is pinned, and answers the one that did.
    pub(crate) fn replace(&mut self, version: PolicyVersion, roles: RoleSets) -> PolicyVersion {
        let judge = self.judge(version, roles);
        mem::replace(&mut self.live, judge).version
    }

    /// Makes a version the one that answers in an organization, which is at this place if it is there.
    pub(crate) fn pin(&mut self, organization: &str, at: Option<PlaceSlot>, version: PolicyVersion, roles: RoleSets) {
        self.unpin(organization);
        let digest = version.digest();
        let judge = self.judge(version, roles);
        match self.pinned.iter_mut().find(|pinned| pinned.judge.version.digest() == digest) {
            Some(pinned) => {
                // The one that was just prepared: the other may have failed since.
                pinned.judge = judge;
                pinned.organizations.insert(organization.into(), at);
                pinned.places.extend(at);
            }
            None => self.pinned.push(Pinned {
                judge,
                organizations: HashMap::from([(organization.into(), at)]),
                places: at.into_iter().collect(),
            }),
        }
    }

    /// Lets an organization be answered by the live version again, and answers the one that it was pinned to.
    pub(crate) fn unpin(&mut self, organization: &str) -> Option<PolicyVersion> {
        let index = self.pinned.iter().position(|pinned| pinned.organizations.contains_key(organization))?;
        let pinned = self.pinned.get_mut(index)?;
        if let Some(at) = pinned.organizations.remove(organization).flatten() {
            pinned.places.remove(&at);
        }
        let version = pinned.judge.version.clone();
        if pinned.organizations.is_empty() {
            self.pinned.swap_remove(index);
        }
        Some(version)
    }

    fn judge(&mut self, version: PolicyVersion, roles: RoleSets) -> Judge {
        let next = u64::try_from(self.generations.len()).unwrap_or(u64::MAX);
        let generation = *self.generations.entry(version.digest()).or_insert(next);
        Judge { version, generation, roles }
    }
}

/// The custom roles that changed since somebody compiled them.
#[derive(Debug, Default)]
pub(crate) struct Stale(Mutex<HashSet<RoleSlot>>);

impl Stale {
    pub(crate) fn add(&self, role: RoleSlot) {
        self.roles().insert(role);
    }

    fn take(&self) -> HashSet<RoleSlot> {
        mem::take(&mut *self.roles())
    }

    fn is_empty(&self) -> bool {
        self.roles().is_empty()
    }

    fn roles(&self) -> MutexGuard<'_, HashSet<RoleSlot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A version that answers nothing yet, and the custom roles compiled for it while the directory goes on changing.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) version: PolicyVersion,
    pub(crate) roles: RoleSets,
    stale: Arc<Stale>,
}

impl Prepared {
    /// Follows the changes from here on. Nothing is compiled yet.
    pub(crate) fn follow(version: PolicyVersion, live: &mut Live) -> Self {
        let stale = Arc::new(Stale::default());
        live.followers.retain(|follower| follower.strong_count() > 0);
        live.followers.push(Arc::downgrade(&stale));
        Self { version, roles: RoleSets::default(), stale }
    }

    /// Compiles all roles. The directory is held for moments only, and never while the policy works.
    pub(crate) fn compile(&mut self, part: impl Fn(usize, usize) -> Vec<(RoleSlot, Vec<Box<str>>)>) -> Result<(), EvalError> {
        let mut known = HashMap::new();
        let mut first = 0_usize;
        loop {
            let lists = part(first, ROLES_AT_ONCE);
            if lists.is_empty() {
                return Ok(());
            }
            first = first.saturating_add(lists.len());
            for (role, names) in lists {
                let set = match known.get(&names) {
                    Some(set) => *set,
                    None => {
                        let set = self.version.compile(&names)?;
                        known.insert(names, set);
                        set
                    }
                };
                self.roles.set(role, set);
            }
        }
    }

    /// Whether every role is compiled as it is now. To be asked while the directory is held.
    pub(crate) fn is_current(&self) -> bool {
        self.stale.is_empty()
    }

    /// The lists that changed since they were compiled.
    pub(crate) fn changed(&self, directory: &Directory) -> Vec<(RoleSlot, Vec<Box<str>>)> {
        self.stale.take().into_iter().map(|role| (role, directory.role_list(role))).collect()
    }

    /// Compiles these lists.
    pub(crate) fn update(&mut self, lists: Vec<(RoleSlot, Vec<Box<str>>)>) -> Result<(), EvalError> {
        for (role, names) in lists {
            let set = self.version.compile(&names)?;
            self.roles.set(role, set);
        }
        Ok(())
    }
}

/// Whoever compiles roles apart from the directory.
pub(crate) type Followers = Vec<Weak<Stale>>;

//! Which policy version answers where.

use std::{
    collections::{HashMap, HashSet},
    iter, mem,
};

use clearance_directory::{Directory, PlaceId, PlaceSlot};
use clearance_question::{Digest, PolicyVersion};

use crate::{active_version::ActiveVersion, roles::CompiledRoles};

/// The versions that answer: one for all places but those of the organizations that are pinned to another.
#[derive(Debug)]
pub(crate) struct VersionMap {
    live: ActiveVersion,
    pinned: Vec<Pinned>,
    generations: HashMap<Digest, u64>,
    /// The generation of the next version that is not among them.
    next: u64,
}

/// A version that answers for some organizations, whichever is live.
#[derive(Debug)]
struct Pinned {
    active: ActiveVersion,
    /// The organizations, each with its place if it is or was there: one that comes back has the place that it had.
    organizations: HashMap<Box<str>, Option<PlaceSlot>>,
    /// These places.
    places: HashSet<PlaceSlot>,
}

impl VersionMap {
    pub(crate) fn new(version: PolicyVersion, roles: CompiledRoles) -> Self {
        let generations = HashMap::from([(version.digest(), 0)]);
        Self { live: ActiveVersion { version, generation: 0, roles }, pinned: Vec::new(), generations, next: 1 }
    }

    /// The one that answers wherever no other is pinned.
    pub(crate) fn live(&self) -> &ActiveVersion {
        &self.live
    }

    /// The one that answers in an organization.
    pub(crate) fn in_organization(&self, organization: Option<PlaceSlot>) -> &ActiveVersion {
        let pinned = organization.and_then(|at| self.pinned.iter().find(|pinned| pinned.places.contains(&at)));
        pinned.map_or(&self.live, |pinned| &pinned.active)
    }

    /// Whether it is the one that answers wherever no other is pinned.
    pub(crate) fn is_live(&self, active: &ActiveVersion) -> bool {
        active.generation == self.live.generation
    }

    pub(crate) fn is_pinned(&self) -> bool {
        !self.pinned.is_empty()
    }

    /// Every organization that is pinned, with its version.
    pub(crate) fn pins(&self) -> impl Iterator<Item = (&str, &PolicyVersion)> {
        self.pinned.iter().flat_map(|pinned| pinned.organizations.keys().map(|id| (&**id, &pinned.active.version)))
    }

    /// Every one: the live one first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &ActiveVersion> {
        iter::once(&self.live).chain(self.pinned.iter().map(|pinned| &pinned.active))
    }

    /// Every one in the same order, to be changed.
    pub(crate) fn all_mut(&mut self) -> impl Iterator<Item = &mut ActiveVersion> {
        iter::once(&mut self.live).chain(self.pinned.iter_mut().map(|pinned| &mut pinned.active))
    }

    /// Every version, in the same order.
    pub(crate) fn policy_versions(&self) -> Vec<PolicyVersion> {
        self.all().map(|active| active.version.clone()).collect()
    }

    /// Takes the custom roles of other data, compiled for each version in the order of [`all`](Self::all). Nothing that was answered
    /// before counts any more: a slot of the data before is another thing now.
    pub(crate) fn start_over(&mut self, roles: Vec<CompiledRoles>, directory: &Directory) {
        self.generations.clear();
        let mut next = self.next;
        for (active, roles) in self.all_mut().zip(roles) {
            (active.generation, active.roles) = (next, roles);
            next += 1;
        }
        self.next = next;
        self.generations = self.all().map(|active| (active.version.digest(), active.generation)).collect();
        for pinned in &mut self.pinned {
            pinned.organizations.iter_mut().for_each(|(id, at)| *at = directory.place(PlaceId::Organization(id)));
            pinned.places = pinned.organizations.values().copied().flatten().collect();
        }
    }

    /// Notes the place of an organization that was added.
    pub(crate) fn set_place(&mut self, organization: &str, at: PlaceSlot) {
        for pinned in &mut self.pinned {
            if let Some(place) = pinned.organizations.get_mut(organization) {
                *place = Some(at);
                pinned.places.insert(at);
            }
        }
    }

    /// Makes a version the one that answers wherever no other is pinned, and returns the one that did.
    pub(crate) fn replace(&mut self, version: PolicyVersion, roles: CompiledRoles) -> PolicyVersion {
        let active = self.add(version, roles);
        mem::replace(&mut self.live, active).version
    }

    /// Makes a version the one that answers in an organization, which is at this place if it is there.
    pub(crate) fn pin(&mut self, organization: &str, at: Option<PlaceSlot>, version: PolicyVersion, roles: CompiledRoles) {
        self.unpin(organization);
        let digest = version.digest();
        let active = self.add(version, roles);
        match self.pinned.iter_mut().find(|pinned| pinned.active.version.digest() == digest) {
            Some(pinned) => {
                // The one that was just prepared: the other may have failed since.
                pinned.active = active;
                pinned.organizations.insert(organization.into(), at);
                pinned.places.extend(at);
            }
            None => self.pinned.push(Pinned {
                active,
                organizations: HashMap::from([(organization.into(), at)]),
                places: at.into_iter().collect(),
            }),
        }
    }

    /// Lets an organization be answered by the live version again, and returns the one that it was pinned to.
    pub(crate) fn unpin(&mut self, organization: &str) -> Option<PolicyVersion> {
        let index = self.pinned.iter().position(|pinned| pinned.organizations.contains_key(organization))?;
        let pinned = self.pinned.get_mut(index)?;
        if let Some(at) = pinned.organizations.remove(organization).flatten() {
            pinned.places.remove(&at);
        }
        let version = pinned.active.version.clone();
        if pinned.organizations.is_empty() {
            self.pinned.swap_remove(index);
        }
        Some(version)
    }

    fn add(&mut self, version: PolicyVersion, roles: CompiledRoles) -> ActiveVersion {
        let next = &mut self.next;
        let generation = *self.generations.entry(version.digest()).or_insert_with(|| {
            let new = *next;
            *next += 1;
            new
        });
        ActiveVersion { version, generation, roles }
    }
}

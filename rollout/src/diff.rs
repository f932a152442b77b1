//! Which principals gain or lose what between two policy versions.
//!
//! [`Diff::compare`] asks both versions for everything that every principal may do at every place of a directory, and keeps each
//! permission about which they answer differently. Permissions are compared by name, because numbers mean something within one
//! version only, and custom roles are compiled by each version for itself. A permission that one version alone knows is denied by
//! the other, so it is gained or lost as well. A different reason for the same answer is not a difference.
//!
//! ```
//! use clearance::Directory;
//! use clearance_host::{Engine, LANGWATCH, Limits};
//! use clearance_rollout::diff::Diff;
//!
//! let directory = Directory::from_json(include_str!("../../examples/company/directory.json"))?;
//! let policy = Engine::new(Limits::default())?.load(LANGWATCH)?;
//!
//! let diff = Diff::compare(&directory, &policy, &policy, "2026-06-01T12:00:00Z".parse()?, &|_| ())?;
//! assert_eq!((diff.summary().gains, diff.summary().losses), (0, 0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Why it is enough not to ask about each place
//!
//! A policy compares handles and does nothing else with them. At two places on which nothing stored bears for a principal, the
//! facts are the same once the places themselves are renamed, and so are the answers: one of them is asked about, and what it
//! answers is counted and listed for all. In the same way one organization that knows nothing of a principal, and a team and a
//! project of it, stand for all such organizations.

mod catalogs;
mod entry;
mod error;
mod summary;
mod worker;

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use clearance::{Digest, PolicyVersion};
use clearance_directory::{
    Directory, PlaceId, PrincipalId, PrincipalSlot, RoleSets, RoleSlot, Survey, document::Timestamp, role_list,
};
use clearance_policy::types::PermissionSet;

use self::{catalogs::Catalogs, worker::Worker};
pub use self::{
    entry::{Change, Entry, Through},
    error::DiffError,
    summary::{Group, Summary},
};

/// How many principals a thread takes at a time.
const PRINCIPALS_AT_ONCE: usize = 64;

/// Everything that two policy versions answer differently over one directory.
#[derive(Debug)]
pub struct Diff<'d> {
    directory: &'d Directory,
    survey: Survey<'d>,
    before: Version,
    after: Version,
    now: Timestamp,
    permissions: Vec<String>,
    entries: Vec<Entry>,
    asked: Asked,
}

/// A version that was compared.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Version {
    /// The digest of its component.
    pub digest: Digest,
    /// The name of the policy.
    pub policy: String,
    /// The semantic version of the policy.
    pub version: String,
}

/// How much a comparison looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asked {
    /// The number of users, keys and project keys.
    pub principals: usize,
    /// The number of organizations, teams and projects.
    pub places: usize,
    /// How many sets of permissions each version was asked for. At all other places the facts of the principal are the same.
    pub sets: usize,
}

/// How far a comparison has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The number of principals that were compared so far.
    pub done: usize,
    /// The number of principals to compare.
    pub total: usize,
}

impl<'d> Diff<'d> {
    /// Compares what two versions answer at one moment, on all cores. Calls `progress` now and then, from several threads.
    ///
    /// # Errors
    ///
    /// [`DiffError`] where a version does not answer a question. There is no result then.
    pub fn compare(
        directory: &'d Directory,
        before: &PolicyVersion,
        after: &PolicyVersion,
        now: Timestamp,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Self, DiffError> {
        let sets = compile_roles(directory, before, after)?;
        let catalogs = Catalogs::new(before.description(), after.description());
        let survey = directory.survey();
        let principals = directory.principals();
        let worker = Worker {
            directory,
            survey: &survey,
            versions: (before, after),
            roles: (&sets.0, &sets.1),
            catalogs: &catalogs,
            now: now.millis(),
        };
        let (entries, asked) = run(&worker, &principals, progress)?;
        let asked = Asked { principals: principals.len(), places: survey.places_in_all(), sets: asked };
        let permissions = catalogs.into_names();
        Ok(Self { directory, before: before.into(), after: after.into(), now, permissions, entries, asked, survey })
    }

    /// The version before.
    pub fn before(&self) -> &Version {
        &self.before
    }

    /// The version after.
    pub fn after(&self) -> &Version {
        &self.after
    }

    /// The moment of all questions.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// How much was looked at.
    pub fn asked(&self) -> Asked {
        self.asked
    }

    /// The names of the permissions of both versions: those of the version before in the order of its catalog, then the others.
    pub fn permissions(&self) -> &[String] {
        &self.permissions
    }

    /// Everything that changes, for users, then keys, then project keys, each in the order of the ids. Two comparisons of the same
    /// versions over the same data give equal lists.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The principal of an entry.
    pub fn principal(&self, entry: &Entry) -> PrincipalId<'d> {
        self.directory.principal_id(entry.principal)
    }

    /// All places of an entry.
    pub fn places(&self, entry: &Entry) -> Vec<PlaceId<'d>> {
        let places = self.survey.places(entry.principal, &entry.region);
        places.into_iter().map(|place| self.directory.place_id(place)).collect()
    }

    /// One of the places of an entry, to show as an example.
    pub fn place(&self, entry: &Entry) -> PlaceId<'d> {
        self.directory.place_id(entry.region.place)
    }

    /// The names of the permissions of a change.
    pub fn names(&self, change: &Change) -> impl Iterator<Item = &str> {
        change.permissions.iter().filter_map(|&index| self.permissions.get(usize::from(index))).map(|name| &**name)
    }

    /// The id of a custom role.
    pub fn role_id(&self, role: RoleSlot) -> &'d str {
        self.directory.role_id(role)
    }
}

impl From<&PolicyVersion> for Version {
    fn from(version: &PolicyVersion) -> Self {
        let description = version.description();
        Self { digest: version.digest(), policy: description.policy.clone(), version: description.version.clone() }
    }
}

/// The custom roles in the numbers of both versions. One that cannot be used holds nothing under either, so that nothing changes
/// by it: one whose list is beyond the bounds, and one that the version before cannot compile.
fn compile_roles(
    directory: &Directory,
    before: &PolicyVersion,
    after: &PolicyVersion,
) -> Result<(RoleSets, RoleSets), DiffError> {
    let mut known: HashMap<Vec<Box<str>>, Option<(PermissionSet, PermissionSet)>> = HashMap::new();
    let (mut of_before, mut of_after) = (RoleSets::default(), RoleSets::default());
    for (role, names) in directory.role_lists(0, usize::MAX) {
        let sets = match known.get(&names) {
            Some(sets) => *sets,
            None => {
                let set = if role_list::is_within_bounds(&names) { before.compile(&names).ok() } else { None };
                let sets = match set {
                    Some(set) => Some((set, after.compile(&names).map_err(DiffError::Compile)?)),
                    None => None,
                };
                known.insert(names, sets);
                sets
            }
        };
        let (set_before, set_after) = sets.unwrap_or((PermissionSet::EMPTY, PermissionSet::EMPTY));
        of_before.set(role, set_before);
        of_after.set(role, set_after);
    }
    Ok((of_before, of_after))
}

type Found = (usize, Result<(Vec<Entry>, usize), DiffError>);

/// Gives each core some principals at a time. What they find is put in order at the end.
fn run(
    worker: &Worker<'_>,
    principals: &[PrincipalSlot],
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<(Vec<Entry>, usize), DiffError> {
    let total = principals.len();
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let found: Mutex<Vec<Found>> = Mutex::default();
    let work = || {
        let mut deltas = catalogs::Deltas::default();
        loop {
            let first = next.fetch_add(PRINCIPALS_AT_ONCE, Ordering::Relaxed);
            let Some(taken) =
                principals.get(first..total.min(first.saturating_add(PRINCIPALS_AT_ONCE))).filter(|taken| !taken.is_empty())
            else {
                return;
            };
            let result = worker.compare(taken, &mut deltas);
            if result.is_err() {
                // Nobody takes more.
                next.store(total, Ordering::Relaxed);
            }
            found.lock().unwrap_or_else(PoisonError::into_inner).push((first, result));
            let done = done.fetch_add(taken.len(), Ordering::Relaxed) + taken.len();
            progress(Progress { done, total });
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 1..cores.min(total.div_ceil(PRINCIPALS_AT_ONCE)) {
            // Where there is no other thread to be had, this one does the work.
            if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_unstable_by_key(|(first, _)| *first);
    let mut all = (Vec::new(), 0);
    for (_, result) in found {
        let (entries, sets) = result?;
        all.0.extend(entries);
        all.1 += sets;
    }
    Ok(all)
}

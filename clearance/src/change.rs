//! Changes of the data, in two steps: first everything that can fail, and then what only a defect can stop.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{MutexGuard, Weak},
};

use clearance_directory::{Applied, PlaceId, document::Role, role_list};
pub use clearance_directory::{Change, ChangeError};
use clearance_policy::types::PermissionSet;
use clearance_question::{EvalError, PolicyVersion};

use crate::{
    Authorizer,
    live::Live,
    roles::{self, Compiled, UnusableRole},
};

/// How many roles are named that pinned versions cannot compile.
const MAX_NAMED_FAILURES: usize = 100;

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// The directory refuses it.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// The policy could not compile the custom role that the change brings.
    #[error("the policy could not compile the custom role")]
    Compile(#[from] EvalError),
}

/// Why a batch of changes was not made: the first of them that could not be.
#[derive(Debug, thiserror::Error)]
#[error("change {index}")]
#[non_exhaustive]
pub struct BatchError {
    /// The position of the change in the batch, counted from 0.
    pub index: usize,
    /// Why it was not made.
    #[source]
    pub error: ApplyError,
}

/// Why a batch of changes was not prepared: the first of them whose custom role the live version could not compile.
#[derive(Clone, Debug, thiserror::Error)]
#[error("change {index}: the policy could not compile the custom role")]
#[non_exhaustive]
pub struct CompileError {
    /// The position of the change, as it was given.
    pub index: usize,
    /// How the version failed.
    #[source]
    pub error: EvalError,
}

impl From<CompileError> for BatchError {
    fn from(CompileError { index, error }: CompileError) -> Self {
        Self { index, error: error.into() }
    }
}

/// Changes that are about to be made, with their custom roles compiled for every version that answers. While it lives, the
/// versions that answer stay the same, and no other thread changes the data. Questions are answered meanwhile.
#[must_use = "nothing is changed yet"]
pub struct PreparedChanges<'a> {
    authorizer: &'a Authorizer,
    /// The version that is live, and then those that are pinned.
    versions: Vec<PolicyVersion>,
    /// What each of them reads in each list.
    compiled: HashMap<Vec<Box<str>>, Vec<Compiled>>,
    /// What pinned versions cannot compile.
    unusable: Vec<UnusableRole>,
    _alone: MutexGuard<'a, ()>,
}

impl Authorizer {
    /// Makes one change of the data. A change that is refused has changed nothing.
    ///
    /// # Errors
    ///
    /// [`ApplyError`] says what is wrong with it.
    pub fn apply(&self, change: Change) -> Result<(), ApplyError> {
        self.apply_all(vec![change]).map_err(|BatchError { error, .. }| error)
    }

    /// Makes all of these changes of the data, in their order, or none. No check sees only some of them.
    ///
    /// # Errors
    ///
    /// [`BatchError`] says which change is refused, and what is wrong with it. Nothing is changed then.
    pub fn apply_all(&self, changes: Vec<Change>) -> Result<(), BatchError> {
        self.prepare_changes(changes.iter().enumerate())?.apply(changes)
    }

    /// Does everything about these changes at which a policy can fail. Each change comes with its position, which an error names.
    /// A program that stores changes does this first. Waits until no other thread changes the data or the versions. Changes
    /// nothing yet.
    ///
    /// A role that a pinned version cannot compile is not an error: it is unusable where the version answers.
    ///
    /// # Errors
    ///
    /// [`CompileError`] says which custom role the live version cannot compile.
    pub fn prepare_changes<'c>(
        &self,
        changes: impl IntoIterator<Item = (usize, &'c Change)>,
    ) -> Result<PreparedChanges<'_>, CompileError> {
        let alone = self.lock_changes();
        let versions = self.read().versions.policy_versions();
        let mut prepared =
            PreparedChanges { authorizer: self, versions, compiled: HashMap::new(), unusable: Vec::new(), _alone: alone };
        changes
            .into_iter()
            .try_for_each(|(index, change)| prepared.compile(change).map_err(|error| CompileError { index, error }))?;
        Ok(prepared)
    }
}

impl PreparedChanges<'_> {
    /// Compiles the list that a change brings, if it brings one. Nothing is held but what keeps others from changing anything.
    fn compile(&mut self, change: &Change) -> Result<(), EvalError> {
        let (Change::AddRole(Role { id, permissions, .. }) | Change::EditRole(Role { id, permissions, .. })) = change else {
            return Ok(());
        };
        // The directory refuses what is beyond the bounds.
        if !role_list::is_within_bounds(permissions) {
            return Ok(());
        }
        let names = role_list::distinct(permissions);
        let Self { versions, compiled, unusable, .. } = self;
        let compiled = match compiled.entry(names) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let compiled: Vec<_> = versions.iter().map(|version| roles::compile(version, unknown.key())).collect();
                if let Some(Err(Some(error))) = compiled.first() {
                    return Err(error.clone());
                }
                unknown.insert(compiled)
            }
        };
        let failed = versions.iter().zip(compiled).filter_map(|(version, compiled)| {
            let error = compiled.as_ref().err()?.clone();
            Some(UnusableRole { role: id.clone(), policy: version.digest(), error })
        });
        for failed in failed {
            if unusable.len() < MAX_NAMED_FAILURES {
                unusable.push(failed);
            }
        }
        Ok(())
    }

    /// The custom roles among these changes that a pinned version cannot compile, the first 100 of them. They are unusable where
    /// that version answers, once the changes are made.
    #[must_use]
    pub fn unusable_roles(&self) -> &[UnusableRole] {
        &self.unusable
    }

    /// Makes all of these changes, one after the other, or none. Custom roles among them that were not prepared are compiled first.
    ///
    /// # Errors
    ///
    /// [`BatchError`] says which change the directory refuses. Nothing is changed then. Where the changes were prepared and another
    /// directory with the same content accepted them, none is refused.
    pub fn apply(mut self, changes: Vec<Change>) -> Result<(), BatchError> {
        for (index, change) in changes.iter().enumerate() {
            self.compile(change).map_err(|error| BatchError { index, error: error.into() })?;
        }
        let mut live = self.authorizer.write();
        let Live { directory, versions, role_listeners, .. } = &mut *live;
        let added = |change: &Change| match change {
            Change::AddOrganization(organization) if versions.is_pinned() => Some(organization.id.clone()),
            _ => None,
        };
        let added: Vec<_> = changes.iter().filter_map(added).collect();
        let applied = directory
            .apply_all(changes)
            .map_err(|clearance_directory::BatchError { index, error, .. }| BatchError { index, error: error.into() })?;
        for Applied { recompile, .. } in applied {
            let Some(role) = recompile else { continue };
            role_listeners.iter().filter_map(Weak::upgrade).for_each(|listener| listener.add(role));
            // Only the last list of a role is the one that it now has. A role that was removed holds nothing.
            let names = directory.role_list(role);
            match self.compiled.get(&names) {
                None if names.is_empty() => {
                    versions.all_mut().for_each(|active| active.roles.set(role, Ok(PermissionSet::EMPTY)))
                }
                None => versions.all_mut().for_each(|active| active.roles.set(role, Err(None))),
                Some(compiled) => {
                    versions.all_mut().zip(compiled).for_each(|(active, compiled)| active.roles.set(role, compiled.clone()));
                }
            }
        }
        for organization in added {
            if let Some(at) = directory.place(PlaceId::Organization(&organization)) {
                versions.set_place(&organization, at);
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for PreparedChanges<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("PreparedChanges").field("roles", &self.compiled.len()).finish_non_exhaustive()
    }
}

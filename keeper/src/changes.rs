//! Changes of the directory that come from outside.

use clearance::document::{Binding, Holder, Project, Role, RoleKind};
use clearance::{Change, Directory};
use clearance_store::{Batch, Step, StoreError, Write};
use serde_json::json;

use crate::caller::Origin;
use crate::fault::Fault;
use crate::keeper::Keeper;

/// Why a batch of changes was not made. Nothing was changed then.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ChangesError {
    /// A change is refused.
    #[error("change {index}, {field}: {problem}")]
    Refused {
        /// The position of the change, counted from 0.
        index: usize,
        /// The field of the change.
        field: Box<str>,
        /// What is wrong there.
        problem: Box<str>,
    },
    /// The id of the batch was used for other content.
    #[error("the batch `{id}` was stored with other content: give a new batch a new id")]
    Conflict {
        /// The id of the batch.
        id: Box<str>,
    },
    /// It is not the batch.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Keeper {
    /// Makes all changes, in their order, or none. Answers whether the batch had been made before: then nothing is changed.
    ///
    /// Keys, private roles, the bindings of keys and project keys are not changed this way: only the life cycle of keys, which the
    /// policy decides, writes them.
    ///
    /// # Errors
    ///
    /// [`ChangesError`] says which change is refused, and why.
    pub fn change_directory(
        &self,
        batch: &str,
        content: &[u8],
        changes: Vec<Change>,
        origin: &Origin,
    ) -> Result<bool, ChangesError> {
        let turn = self.turn(origin)?;
        let refused = turn.authorizer().read_directory(|directory| {
            let mut each = (0..).zip(&changes);
            each.find_map(|(index, change)| life_cycle(directory, change).map(|(field, problem)| (index, field, problem)))
        });
        if let Some((index, field, problem)) = refused {
            return Err(ChangesError::Refused { index, field: field.into(), problem: problem.into() });
        }
        let entry = turn.entry(origin, "directory.change", batch, None, Some(json!({ "changes": changes })));
        let steps = changes.into_iter().map(Step::Change).collect();
        let write = Write { steps, batch: Some(Batch::new(batch, content)), audit: vec![entry] };
        turn.commit(&write).map_err(|fault| match fault {
            Fault::Store(StoreError::Refused { step, field, problem }) => {
                ChangesError::Refused { index: step, field: field.into(), problem: problem.to_string().into() }
            }
            Fault::Store(StoreError::BatchConflict { id }) => ChangesError::Conflict { id },
            fault => fault.into(),
        })
    }
}

/// Whether only the life of keys makes this change: the field that shows it, and what to do instead.
fn life_cycle(directory: &Directory, change: &Change) -> Option<(&'static str, &'static str)> {
    const KEY: &str = "keys are not changed this way: create, edit and revoke them with the keys API";
    const BINDING: &str = "the bindings of a key are not changed this way: edit the key with the keys API";
    const ROLE: &str = "a private role belongs to its key and is not changed this way: edit the key with the keys API";
    const NAMED: &str = "a private role belongs to its key and nothing else may name it: name a shared role";
    const PROJECT_KEY: &str = "project keys are not set this way: regenerate the one of the project";
    if let Change::AddProject(Project { project_key: Some(_), .. }) | Change::EditProject(Project { project_key: Some(_), .. }) =
        change
    {
        return Some(("projectKey", PROJECT_KEY));
    }
    directory.is_about_keys(change).then_some(match change {
        Change::AddRole(Role { kind: RoleKind::Key, .. }) | Change::EditRole(Role { kind: RoleKind::Key, .. }) => ("kind", ROLE),
        Change::AddRole(_) | Change::EditRole(_) | Change::RemoveRole(_) => ("id", ROLE),
        Change::AddBinding(Binding { holder: Holder::Key(_), .. })
        | Change::EditBinding(Binding { holder: Holder::Key(_), .. }) => ("key", BINDING),
        Change::AddBinding(Binding { id, .. }) | Change::EditBinding(Binding { id, .. }) if !is_of_key(directory, id) => {
            ("customRole", NAMED)
        }
        Change::AddBinding(_) | Change::EditBinding(_) | Change::RemoveBinding(_) => ("id", BINDING),
        Change::AddTeamMembership(_) | Change::EditTeamMembership(_) => ("customRole", NAMED),
        _ => ("key", KEY),
    })
}

fn is_of_key(directory: &Directory, binding: &str) -> bool {
    directory.binding(binding).is_some_and(|binding| matches!(binding.holder, Holder::Key(_)))
}

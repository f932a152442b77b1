//! What the custom roles hold, in the numbers of one policy version.

use clearance_policy::types::PermissionSet;
use hashbrown::HashMap;

use crate::directory::Directory;
use crate::slot::{RoleSlot, to_index};

/// The compiled permission sets of all custom roles of one directory, for one policy version.
///
/// A directory does not know what the strings in its roles mean. A caller that knows a policy version compiles them once, keeps the
/// sets beside that version, and updates the role that [`Applied`](crate::Applied) names after a change. A role that was never
/// compiled reads as holding nothing.
#[derive(Clone, Debug, Default)]
pub struct RoleSets {
    by_role: Vec<PermissionSet>,
}

const NOTHING: PermissionSet = PermissionSet { w0: 0, w1: 0, w2: 0, w3: 0 };

impl RoleSets {
    /// Compiles every custom role. Roles with equal lists are compiled once.
    ///
    /// # Errors
    ///
    /// The first error of `compile`.
    pub fn compile<E>(
        directory: &Directory,
        mut compile: impl FnMut(&[Box<str>]) -> Result<PermissionSet, E>,
    ) -> Result<Self, E> {
        let mut known: HashMap<&[Box<str>], PermissionSet> = HashMap::new();
        let mut by_role = Vec::with_capacity(directory.roles.len());
        for (_, _, row) in directory.roles.iter() {
            by_role.push(match row.stored.as_ref().map(|stored| &*stored.permissions) {
                None => NOTHING,
                Some(names) => match known.get(names) {
                    Some(set) => *set,
                    None => {
                        let set = compile(names)?;
                        known.insert(names, set);
                        set
                    }
                },
            });
        }
        Ok(Self { by_role })
    }

    /// Notes what a custom role holds: for a caller that compiles the lists of [`Directory::role_lists`] apart from the directory.
    pub fn set(&mut self, role: RoleSlot, set: PermissionSet) {
        let index = to_index(role.0);
        if index >= self.by_role.len() {
            self.by_role.resize(index.saturating_add(1), NOTHING);
        }
        if let Some(held) = self.by_role.get_mut(index) {
            *held = set;
        }
    }

    /// Compiles one custom role again. A role that was removed holds nothing.
    ///
    /// # Errors
    ///
    /// The error of `compile`. The role holds nothing then.
    pub fn update<E>(
        &mut self,
        directory: &Directory,
        role: RoleSlot,
        compile: impl FnOnce(&[Box<str>]) -> Result<PermissionSet, E>,
    ) -> Result<(), E> {
        let index = to_index(role.0);
        if directory.roles.len() > self.by_role.len() {
            self.by_role.resize(directory.roles.len(), NOTHING);
        }
        let Some(set) = self.by_role.get_mut(index) else { return Ok(()) };
        // First, so that an error leaves nothing of what the role held before.
        *set = NOTHING;
        if let Some(stored) = &directory.roles.row(role.0).stored {
            *set = compile(&stored.permissions)?;
        }
        Ok(())
    }

    /// The permissions that a role holds.
    pub fn of(&self, role: RoleSlot) -> PermissionSet {
        self.get(role.0)
    }

    pub(crate) fn get(&self, role: u32) -> PermissionSet {
        self.by_role.get(to_index(role)).copied().unwrap_or(NOTHING)
    }
}

impl Directory {
    /// The lists of at most `most` custom roles, from the position `first` on: a copy, so that they can be compiled while the directory changes.
    /// A role that was removed has an empty list. An empty answer means that no role is at or behind the position.
    #[must_use]
    pub fn role_lists(&self, first: usize, most: usize) -> Vec<(RoleSlot, Vec<Box<str>>)> {
        let rows = self.roles.iter().skip(first).take(most);
        rows.map(|(slot, _, row)| (RoleSlot(slot), row.stored.as_ref().map_or_else(Vec::new, |role| role.permissions.to_vec())))
            .collect()
    }

    /// The list of one custom role, as [`role_lists`](Self::role_lists) answers it.
    #[must_use]
    pub fn role_list(&self, role: RoleSlot) -> Vec<Box<str>> {
        self.roles.row(role.0).stored.as_ref().map_or_else(Vec::new, |role| role.permissions.to_vec())
    }
}

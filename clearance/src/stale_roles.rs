//! The custom roles that changed since somebody compiled them.

use std::{
    collections::HashSet,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use clearance_directory::RoleSlot;

/// The custom roles that changed since somebody compiled them.
#[derive(Debug, Default)]
pub(crate) struct StaleRoles(Mutex<StaleSlots>);

#[derive(Debug, Default)]
pub(crate) struct StaleSlots {
    pub(crate) roles: HashSet<RoleSlot>,
    /// All data was replaced: each slot is another role.
    pub(crate) all: bool,
}

impl StaleRoles {
    pub(crate) fn add(&self, role: RoleSlot) {
        self.roles().roles.insert(role);
    }

    /// Notes that all data was replaced.
    pub(crate) fn start_over(&self) {
        *self.roles() = StaleSlots { roles: HashSet::new(), all: true };
    }

    pub(crate) fn take(&self) -> StaleSlots {
        mem::take(&mut *self.roles())
    }

    pub(crate) fn is_empty(&self) -> bool {
        let StaleSlots { roles, all } = &*self.roles();
        roles.is_empty() && !all
    }

    fn roles(&self) -> MutexGuard<'_, StaleSlots> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

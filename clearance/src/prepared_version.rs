//! A policy version that is about to answer, with the custom roles in its numbers.

use std::{collections::HashMap, sync::Arc};

use clearance_directory::RoleSlot;
use clearance_question::{EvalError, PolicyVersion};

use crate::{
    live::Live,
    roles::{self, Compiled, CompiledRoles},
    stale_roles::{StaleRoles, StaleSlots},
};

/// At most this many roles are copied while the directory is held.
const ROLES_AT_ONCE: usize = 1_000;

/// A custom role that is to be compiled.
#[derive(Debug)]
pub(crate) struct ListedRole {
    role: RoleSlot,
    names: Vec<Box<str>>,
    /// Whether the live version cannot use it.
    is_unusable: bool,
}

/// Custom roles that are to be compiled.
#[derive(Debug)]
pub(crate) struct RoleChanges {
    roles: Vec<ListedRole>,
    /// These are all roles of other data than those that were compiled before.
    all: bool,
}

impl RoleChanges {
    pub(crate) fn is_empty(&self) -> bool {
        self.roles.is_empty() && !self.all
    }
}

impl Live {
    /// Copies at most `most` custom roles, from the position `first` on. An empty list means that there are no more.
    pub(crate) fn listed_roles(&self, first: usize, most: usize) -> Vec<ListedRole> {
        self.directory.role_lists(first, most).into_iter().map(|(role, names)| self.listed_role(role, names)).collect()
    }

    fn listed_role(&self, role: RoleSlot, names: Vec<Box<str>>) -> ListedRole {
        ListedRole { role, names, is_unusable: self.versions.live().roles.is_unusable(role) }
    }
}

/// What a version that is prepared may fail at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tolerance {
    /// Custom roles that the live version cannot use either: it is not to be worse than that one.
    AsLive,
    /// Any custom role. What is stored must not stop a start.
    All,
}

/// A version that answers nothing yet, and the custom roles compiled for it while the directory goes on changing.
#[derive(Debug)]
pub(crate) struct PreparedVersion {
    pub(crate) version: PolicyVersion,
    pub(crate) roles: CompiledRoles,
    tolerance: Tolerance,
    stale: Arc<StaleRoles>,
}

impl PreparedVersion {
    /// Follows the changes from here on. Nothing is compiled yet.
    pub(crate) fn follow(version: PolicyVersion, tolerance: Tolerance, live: &mut Live) -> Self {
        let stale = Arc::new(StaleRoles::default());
        live.role_listeners.retain(|listener| listener.strong_count() > 0);
        live.role_listeners.push(Arc::downgrade(&stale));
        Self { version, roles: CompiledRoles::default(), tolerance, stale }
    }

    /// Compiles all roles. The directory is held for moments only, and never while the policy works.
    pub(crate) fn compile(&mut self, part: impl Fn(usize, usize) -> Vec<ListedRole>) -> Result<(), EvalError> {
        let mut known: HashMap<Vec<Box<str>>, Compiled> = HashMap::new();
        let mut first = 0_usize;
        loop {
            let roles = part(first, ROLES_AT_ONCE);
            if roles.is_empty() {
                return Ok(());
            }
            first = first.saturating_add(roles.len());
            for ListedRole { role, names, is_unusable } in roles {
                let version = &self.version;
                let compiled = known.entry(names).or_insert_with_key(|names| roles::compile(version, names)).clone();
                self.set(role, compiled, is_unusable)?;
            }
        }
    }

    /// Whether every role is compiled as it is now. Ask while the directory is held.
    pub(crate) fn is_current(&self) -> bool {
        self.stale.is_empty()
    }

    /// The roles that changed since they were compiled.
    pub(crate) fn take_changes(&self, live: &Live) -> RoleChanges {
        let StaleSlots { roles, all } = self.stale.take();
        let roles = if all {
            live.listed_roles(0, usize::MAX)
        } else {
            roles.into_iter().map(|role| live.listed_role(role, live.directory.role_list(role))).collect()
        };
        RoleChanges { roles, all }
    }

    /// Compiles these roles.
    pub(crate) fn update(&mut self, RoleChanges { roles, all }: RoleChanges) -> Result<(), EvalError> {
        if all {
            self.roles = CompiledRoles::default();
        }
        for ListedRole { role, names, is_unusable } in roles {
            let compiled = roles::compile(&self.version, &names);
            self.set(role, compiled, is_unusable)?;
        }
        Ok(())
    }

    /// Notes what a role holds; where that is an error, it is unusable from then on.
    fn set(&mut self, role: RoleSlot, compiled: Compiled, is_unusable: bool) -> Result<(), EvalError> {
        let refused = match &compiled {
            Err(Some(error)) if self.tolerance == Tolerance::AsLive && !is_unusable => Some(error.clone()),
            _ => None,
        };
        self.roles.set(role, compiled);
        refused.map_or(Ok(()), Err)
    }
}

//! A policy version that answers, with the custom roles in its numbers.

use clearance_directory::{Directory, RoleSlot};
use clearance_question::PolicyVersion;

use crate::roles::{CompiledRoles, UnusableRole};

/// A version that answers, and the directory's custom roles compiled for it.
#[derive(Debug)]
pub(crate) struct ActiveVersion {
    pub(crate) version: PolicyVersion,
    /// Which version this is: equal for equal digests, so that what the cache holds from a version counts again once it is back.
    pub(crate) generation: u64,
    pub(crate) roles: CompiledRoles,
}

impl ActiveVersion {
    /// The custom roles that the version cannot use.
    pub(crate) fn unusable_roles(&self, directory: &Directory) -> impl Iterator<Item = UnusableRole> {
        self.roles.unusable(directory, self.version.digest())
    }
}

/// A custom role that one of the versions could not compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FailedRole {
    /// The generation of the version.
    pub(crate) generation: u64,
    pub(crate) role: RoleSlot,
}

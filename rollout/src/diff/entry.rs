//! The changes for one principal.

use clearance_directory::{PrincipalSlot, Region, RoleSlot};
use clearance_policy::types::Reason;

/// The changes for one principal, at all places where its facts are the same.
#[derive(Clone, Debug)]
pub struct Entry {
    pub(super) principal: PrincipalSlot,
    pub(super) region: Region,
    pub(super) places: usize,
    pub(super) changes: Vec<Change>,
}

/// Permissions that one principal gains, or loses, for the same reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// Whether the permissions are gained. Otherwise they are lost.
    pub gain: bool,
    /// The rule that decided before.
    pub before: Reason,
    /// The rule that decides after.
    pub after: Reason,
    /// The role of the binding that grants them, in the version that allows them.
    pub role: Through,
    pub(super) permissions: Vec<u16>,
}

/// The role through which something is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Through {
    /// The role ADMIN.
    Admin,
    /// The role MEMBER.
    Member,
    /// The role VIEWER.
    Viewer,
    /// A custom role.
    Custom(RoleSlot),
    /// A custom role that does not exist.
    Missing,
    /// No binding grants it: the reason says what does.
    NoBinding,
}

impl Entry {
    /// The changes, each a list of permissions with the same reasons.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// How many places the entry stands for.
    pub fn count(&self) -> usize {
        self.places
    }

    /// Whether the entry stands for all organizations, all teams or all projects where nothing is stored about the principal.
    pub fn is_elsewhere(&self) -> bool {
        self.region.is_elsewhere()
    }

    /// Whether the entry stands for all archived projects in such organizations. Projects that are not archived have an entry of
    /// their own.
    pub fn is_archived_elsewhere(&self) -> bool {
        self.region.is_archived_elsewhere()
    }
}

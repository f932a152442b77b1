//! What changes for one principal.

use clearance_directory::{PrincipalSlot, Region, RoleSlot};
use clearance_policy::types::Reason;

/// What changes for one principal at places where its facts are the same.
#[derive(Clone, Debug)]
pub struct Entry {
    pub(super) principal: PrincipalSlot,
    pub(super) region: Region,
    pub(super) places: usize,
    pub(super) changes: Vec<Change>,
}

/// Permissions that one principal gains, or loses, for the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// Allowed after and not before. Otherwise it is lost.
    pub gain: bool,
    /// The rule that decided before.
    pub before: Reason,
    /// The rule that decides after.
    pub after: Reason,
    /// The role of the binding that grants it on the side where it is allowed.
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
    /// What changes.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// How many places it has.
    pub fn count(&self) -> usize {
        self.places
    }

    /// Whether its places are all that there are of one tier in organizations that know nothing of the principal.
    pub fn is_elsewhere(&self) -> bool {
        self.region.is_elsewhere()
    }

    /// Whether they are the archived projects of those; other projects have an entry of their own.
    pub fn is_archived_elsewhere(&self) -> bool {
        self.region.is_archived_elsewhere()
    }
}

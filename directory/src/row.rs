//! What the directory keeps for each id.
//!
//! A row exists for every id that was ever met; `stored` says whether the thing itself is there. What refers to a thing (the
//! bindings that it holds, the groups that a user is in, …) stands in its row whether it is there or not, so that adding it
//! later brings everything to life.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use crate::binding_list::{BindingList, NamedRole};
use crate::document::{MemberRole, Mode, RoleKind, Sensitive, Timestamp};
use crate::slot::HolderSlot;

#[derive(Debug, Default)]
pub(crate) struct OrganizationRow {
    pub(crate) stored: Option<StoredOrganization>,
    /// When the organization came or went.
    pub(crate) place_stamp: u64,
    /// Slots of the stored teams, in no order.
    pub(crate) teams: Vec<u32>,
    /// Slots of the stored keys, in no order.
    pub(crate) keys: Vec<u32>,
    /// Slots of the users with a membership here, in no order.
    pub(crate) members: Vec<u32>,
}

#[derive(Debug)]
pub(crate) struct StoredOrganization {
    pub(crate) name: Option<Box<str>>,
}

#[derive(Debug, Default)]
pub(crate) struct UserRow {
    pub(crate) stored: Option<Box<StoredUser>>,
    /// When a fact about the user last changed, bindings included.
    pub(crate) stamp: u64,
    pub(crate) memberships: SmallVec<[Membership; 2]>,
    /// Slots of the groups that the user is in. Groups that are not stored have no members.
    pub(crate) groups: SmallVec<[u32; 4]>,
    pub(crate) team_memberships: SmallVec<[TeamRole; 2]>,
    pub(crate) bindings: BindingList,
    /// Slots of the stored keys that the user made.
    pub(crate) created: Vec<u32>,
}

#[derive(Debug)]
pub(crate) struct StoredUser {
    pub(crate) name: Option<Box<str>>,
    pub(crate) email: Option<Box<str>>,
    pub(crate) deactivated_at: Option<Timestamp>,
}

impl UserRow {
    /// False for a user who is not stored.
    pub(crate) fn is_deactivated(&self) -> bool {
        self.stored.as_ref().is_some_and(|stored| stored.deactivated_at.is_some())
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Membership {
    pub(crate) organization: u32,
    pub(crate) role: MemberRole,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct TeamRole {
    pub(crate) team: u32,
    pub(crate) role: NamedRole,
}

#[derive(Debug, Default)]
pub(crate) struct TeamRow {
    pub(crate) stored: Option<StoredTeam>,
    /// When a fact about the team as a place last changed.
    pub(crate) place_stamp: u64,
    /// Slots of the users with a team membership here, in no order.
    pub(crate) members: Vec<u32>,
    /// Slots of the stored projects, in no order.
    pub(crate) projects: Vec<u32>,
}

#[derive(Debug)]
pub(crate) struct StoredTeam {
    pub(crate) organization: u32,
    pub(crate) name: Option<Box<str>>,
    pub(crate) personal: bool,
    pub(crate) owner: Option<u32>,
}

#[derive(Debug, Default)]
pub(crate) struct ProjectRow {
    pub(crate) stored: Option<StoredProject>,
    /// When a fact about the project as a place last changed.
    pub(crate) place_stamp: u64,
    /// When the project got or lost its project key.
    pub(crate) key_stamp: u64,
}

#[derive(Debug)]
pub(crate) struct StoredProject {
    pub(crate) team: u32,
    pub(crate) name: Option<Box<str>>,
    pub(crate) project_key: Option<Sensitive>,
    pub(crate) archived_at: Option<Timestamp>,
}

#[derive(Debug, Default)]
pub(crate) struct GroupRow {
    pub(crate) stored: Option<StoredGroup>,
    pub(crate) bindings: BindingList,
}

#[derive(Debug)]
pub(crate) struct StoredGroup {
    pub(crate) organization: u32,
    pub(crate) name: Option<Box<str>>,
    /// Slots of users, in no order.
    pub(crate) members: Vec<u32>,
}

#[derive(Debug, Default)]
pub(crate) struct RoleRow {
    pub(crate) stored: Option<StoredRole>,
    /// Everything that names the role, and how often.
    pub(crate) named_by: BTreeMap<Namer, u32>,
}

#[derive(Debug)]
pub(crate) struct StoredRole {
    pub(crate) organization: u32,
    pub(crate) kind: RoleKind,
    pub(crate) name: Box<str>,
    pub(crate) permissions: Box<[Box<str>]>,
}

/// What names a custom role: bindings of one holder, or team memberships of one user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Namer {
    User(u32),
    Group(u32),
    Key(u32),
    /// The user.
    TeamMembership(u32),
}

impl From<HolderSlot> for Namer {
    fn from(holder: HolderSlot) -> Self {
        match holder {
            HolderSlot::User(slot) => Self::User(slot),
            HolderSlot::Group(slot) => Self::Group(slot),
            HolderSlot::Key(slot) => Self::Key(slot),
        }
    }
}

impl RoleRow {
    /// The key whose bindings alone name the role, as it is meant for a private one. `None` where nothing names it, or something else.
    pub(crate) fn private_user(&self) -> Option<u32> {
        let mut namers = self.named_by.keys();
        match (namers.next(), namers.next()) {
            (Some(Namer::Key(key)), None) => Some(*key),
            _ => None,
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct KeyRow {
    pub(crate) stored: Option<StoredKey>,
    /// When a fact about the key last changed, bindings included.
    pub(crate) stamp: u64,
    pub(crate) bindings: BindingList,
}

/// What facts are made of stands in the row; the rest apart, so that deciding for many keys touches less memory.
#[derive(Debug)]
pub(crate) struct StoredKey {
    pub(crate) organization: u32,
    pub(crate) mode: Mode,
    pub(crate) owner: Option<u32>,
    pub(crate) created_by: Option<u32>,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) revoked: bool,
    pub(crate) detail: Box<KeyDetail>,
}

#[derive(Debug)]
pub(crate) struct KeyDetail {
    pub(crate) name: Box<str>,
    pub(crate) description: Option<Box<str>>,
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) revoked_at: Option<Timestamp>,
    pub(crate) last_used_at: Option<Timestamp>,
    pub(crate) ingestion_source: Option<Box<str>>,
    pub(crate) lookup_id: Option<Box<str>>,
    pub(crate) hashed_secret: Option<Sensitive>,
}

/// Everything else about a binding stands in its holder's [`BindingList`].
#[derive(Debug, Default)]
pub(crate) struct BindingRow {
    /// Present in every binding that is there.
    pub(crate) holder: Option<HolderSlot>,
}

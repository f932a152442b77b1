//! Small numbers that stand for things of one directory, and the handles that they become in facts.

use std::fmt;

use clearance_policy::types::{Handle, Tier};

use crate::document::{PlaceKind, Scope};
use crate::word::words;

/// Who asks, by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrincipalId<'a> {
    /// A user.
    User(&'a str),
    /// An API key.
    Key(&'a str),
    /// The older kind of key, named by the id of its project.
    ProjectKey(&'a str),
}

/// A node of the tree, by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlaceId<'a> {
    /// An organization.
    Organization(&'a str),
    /// A team.
    Team(&'a str),
    /// A project.
    Project(&'a str),
}

/// What kind of principal asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// `user`.
    User,
    /// `key`.
    Key,
    /// `projectKey`.
    ProjectKey,
}

words!(PrincipalKind, "a kind of principal", { User = "user", Key = "key", ProjectKey = "projectKey" });

impl<'a> PrincipalId<'a> {
    /// What kind of principal it is.
    pub fn kind(self) -> PrincipalKind {
        match self {
            Self::User(_) => PrincipalKind::User,
            Self::Key(_) => PrincipalKind::Key,
            Self::ProjectKey(_) => PrincipalKind::ProjectKey,
        }
    }

    /// The id, whatever the kind: of a project key, that of its project.
    pub fn id(self) -> &'a str {
        match self {
            Self::User(id) | Self::Key(id) | Self::ProjectKey(id) => id,
        }
    }
}

impl<'a> PlaceId<'a> {
    /// A node of this kind.
    pub fn new(kind: PlaceKind, id: &'a str) -> Self {
        match kind {
            PlaceKind::Organization => Self::Organization(id),
            PlaceKind::Team => Self::Team(id),
            PlaceKind::Project => Self::Project(id),
        }
    }

    /// What kind of node it is.
    pub fn kind(self) -> PlaceKind {
        match self {
            Self::Organization(_) => PlaceKind::Organization,
            Self::Team(_) => PlaceKind::Team,
            Self::Project(_) => PlaceKind::Project,
        }
    }

    /// The id, whatever the kind.
    pub fn id(self) -> &'a str {
        match self {
            Self::Organization(id) | Self::Team(id) | Self::Project(id) => id,
        }
    }
}

/// For messages, with the id in backticks.
impl fmt::Display for PrincipalId<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(out, "user `{id}`"),
            Self::Key(id) => write!(out, "key `{id}`"),
            Self::ProjectKey(project) => write!(out, "project key of `{project}`"),
        }
    }
}

/// For messages, with the id in backticks.
impl fmt::Display for PlaceId<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} `{}`", self.kind(), self.id())
    }
}

impl<'a> From<&'a Scope> for PlaceId<'a> {
    fn from(scope: &'a Scope) -> Self {
        Self::new(scope.kind(), scope.id())
    }
}

impl From<PlaceId<'_>> for Scope {
    fn from(place: PlaceId<'_>) -> Self {
        Self::new(place.kind(), place.id())
    }
}

/// A principal of one directory. It stands for the same principal for as long as that directory lives, and means nothing to
/// another directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PrincipalSlot(pub(crate) Principal);

/// A node of the tree of one directory. It stands for the same node for as long as that directory lives, and means nothing to
/// another directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PlaceSlot(pub(crate) Node);

/// A custom role of one directory. It stands for the same role for as long as that directory lives, and means nothing to another
/// directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleSlot(pub(crate) u32);

/// A binding of one directory. After a binding is removed its slot may stand for another one, so keep it no longer than the epoch
/// of the principal for which it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BindingSlot(pub(crate) u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Principal {
    User(u32),
    Key(u32),
    /// The project.
    ProjectKey(u32),
}

/// A node of the tree, known or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Node {
    Organization(u32),
    Team(u32),
    Project(u32),
}

/// Who holds a binding, known or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HolderSlot {
    User(u32),
    Group(u32),
    Key(u32),
}

/// The kinds of things that have handles. The number of the kind stands in the upper half of a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Organization = 1,
    Team = 2,
    Project = 3,
    User = 4,
    Key = 5,
}

impl Kind {
    /// The handle of a thing of this kind.
    pub(crate) fn handle(self, slot: u32) -> Handle {
        (self as u64) << 32 | u64::from(slot)
    }

    /// The slot in a handle of this kind.
    pub(crate) fn slot(self, handle: Handle) -> Option<u32> {
        let slot = u32::try_from(handle & u64::from(u32::MAX)).ok()?;
        (self.handle(slot) == handle).then_some(slot)
    }
}

impl Node {
    pub(crate) fn tier(self) -> Tier {
        match self {
            Self::Organization(_) => Tier::Organization,
            Self::Team(_) => Tier::Team,
            Self::Project(_) => Tier::Project,
        }
    }

    pub(crate) fn handle(self) -> Handle {
        match self {
            Self::Organization(slot) => Kind::Organization.handle(slot),
            Self::Team(slot) => Kind::Team.handle(slot),
            Self::Project(slot) => Kind::Project.handle(slot),
        }
    }
}

pub(crate) fn to_index(slot: u32) -> usize {
    usize::try_from(slot).unwrap_or(usize::MAX)
}

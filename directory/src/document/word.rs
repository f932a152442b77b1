//! The words of the closed sets in a document; and holders and scopes as a kind and an id.

use std::fmt;

use super::{BindingRole, Holder, HolderKind, MemberRole, Mode, PlaceKind, RoleKind, Scope};
use crate::word::words;

words!(MemberRole, "a role of a member", { Admin = "ADMIN", Member = "MEMBER", External = "EXTERNAL" });
words!(BindingRole, "a role of a binding", { Admin = "ADMIN", Member = "MEMBER", Viewer = "VIEWER", Custom = "CUSTOM" });
words!(RoleKind, "a kind of custom role", { Custom = "custom", Key = "key" });
words!(Mode, "a mode of a key", { All = "all", Readonly = "readonly", Restricted = "restricted" });

impl Holder {
    /// A holder of this kind.
    pub fn new(kind: HolderKind, id: impl Into<Box<str>>) -> Self {
        match kind {
            HolderKind::User => Self::User(id.into()),
            HolderKind::Group => Self::Group(id.into()),
            HolderKind::Key => Self::Key(id.into()),
        }
    }

    /// What kind of thing it is.
    pub fn kind(&self) -> HolderKind {
        match self {
            Self::User(_) => HolderKind::User,
            Self::Group(_) => HolderKind::Group,
            Self::Key(_) => HolderKind::Key,
        }
    }

    /// The id, whatever the kind.
    pub fn id(&self) -> &str {
        match self {
            Self::User(id) | Self::Group(id) | Self::Key(id) => id,
        }
    }
}

/// For messages, with the id in backticks.
impl fmt::Display for Holder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} `{}`", self.kind(), self.id())
    }
}

impl Scope {
    /// A node of this kind.
    pub fn new(kind: PlaceKind, id: impl Into<Box<str>>) -> Self {
        match kind {
            PlaceKind::Organization => Self::Organization(id.into()),
            PlaceKind::Team => Self::Team(id.into()),
            PlaceKind::Project => Self::Project(id.into()),
        }
    }

    /// What kind of node it is.
    pub fn kind(&self) -> PlaceKind {
        match self {
            Self::Organization(_) => PlaceKind::Organization,
            Self::Team(_) => PlaceKind::Team,
            Self::Project(_) => PlaceKind::Project,
        }
    }

    /// The id of the node, whatever its kind.
    pub fn id(&self) -> &str {
        match self {
            Self::Organization(id) | Self::Team(id) | Self::Project(id) => id,
        }
    }
}

//! The kinds of holders, scopes and places.

use crate::word::words;

/// What kind of thing holds a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HolderKind {
    /// `user`.
    User,
    /// `group`.
    Group,
    /// `key`.
    Key,
}

/// What kind of node of the tree a place or a scope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlaceKind {
    /// `organization`.
    Organization,
    /// `team`.
    Team,
    /// `project`.
    Project,
}

words!(HolderKind, "a kind of holder", { User = "user", Group = "group", Key = "key" });
words!(PlaceKind, "a kind of place", { Organization = "organization", Team = "team", Project = "project" });

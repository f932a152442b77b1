//! The directory as JSON: one public struct for each kind of row, with the words of the JSON and nothing computed.
//!
//! Names are camelCase, unknown fields are refused, every list may be left out and then is empty. An id is 1 to 255 visible ASCII
//! characters. A [`Document`] by itself promises nothing about its references: [`Directory`](crate::Directory) checks them when
//! it loads one.

use serde::{Deserialize, Serialize};

pub use self::kind::{HolderKind, PlaceKind};
pub use crate::sensitive::Sensitive;
pub use crate::timestamp::{Timestamp, TimestampError};

/// All the data of a directory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Document {
    /// The roots of the tree.
    #[serde(deserialize_with = "object::objects")]
    pub organizations: Vec<Organization>,
    /// The people, whatever organizations they are members of.
    #[serde(deserialize_with = "object::objects")]
    pub users: Vec<User>,
    /// Who is a member of which organization.
    #[serde(deserialize_with = "object::objects")]
    pub members: Vec<Member>,
    /// The middle of the tree.
    #[serde(deserialize_with = "object::objects")]
    pub teams: Vec<Team>,
    /// The older way to give access: a user has a role in a team.
    #[serde(deserialize_with = "object::objects")]
    pub team_memberships: Vec<TeamMembership>,
    /// The leaves of the tree.
    #[serde(deserialize_with = "object::objects")]
    pub projects: Vec<Project>,
    /// Named sets of users.
    #[serde(deserialize_with = "object::objects")]
    pub groups: Vec<Group>,
    /// The custom roles, shared and private.
    #[serde(deserialize_with = "object::objects")]
    pub roles: Vec<Role>,
    /// The API keys, as policy sees them.
    #[serde(deserialize_with = "object::objects")]
    pub keys: Vec<Key>,
    /// Who has which role at which scope.
    #[serde(deserialize_with = "object::objects")]
    pub bindings: Vec<Binding>,
}

/// The root of a tree of teams and projects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Organization {
    /// Unique among organizations.
    pub id: Box<str>,
    /// The name for people. Where it is absent, the id is the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct User {
    /// Unique among users.
    pub id: Box<str>,
    /// The name for people. Where it is absent, the id is the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
    /// For people. Nothing is ever sent there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Box<str>>,
    /// Present exactly when the user is deactivated, whatever the date says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deactivated_at: Option<Timestamp>,
}

/// A user belongs to an organization. At most one row for each pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Member {
    /// The id of an organization.
    pub organization: Box<str>,
    /// The id of a user.
    pub user: Box<str>,
    /// What the user is there.
    pub role: MemberRole,
}

/// What a user is in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum MemberRole {
    /// `ADMIN`. The membership alone makes nobody powerful: bindings do.
    Admin,
    /// `MEMBER`.
    Member,
    /// `EXTERNAL`, also called a lite member.
    External,
}

/// A node below an organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Team {
    /// Unique among teams.
    pub id: Box<str>,
    /// The id of an organization, which must exist.
    pub organization: Box<str>,
    /// The name for people. Where it is absent, the id is the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
    /// The team is somebody's personal one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub personal: bool,
    /// The id of the user whose personal team it is. Grants nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Box<str>>,
}

/// A user has a role in a team. At most one row for each pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TeamMembership {
    /// The id of a team.
    pub team: Box<str>,
    /// The id of a user.
    pub user: Box<str>,
    /// The role that it gives.
    pub role: BindingRole,
    /// The id of the custom role. Only where the role is [`BindingRole::Custom`], and it may be absent even there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_role: Option<Box<str>>,
}

/// A node below a team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Project {
    /// Unique among projects.
    pub id: Box<str>,
    /// The id of a team, which must exist.
    pub team: Box<str>,
    /// The name for people. Where it is absent, the id is the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
    /// The older kind of key. Present exactly when the project has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_key: Option<Sensitive>,
    /// Present exactly when the project is archived, whatever the date says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived_at: Option<Timestamp>,
}

/// A named set of users.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Group {
    /// Unique among groups.
    pub id: Box<str>,
    /// The id of an organization.
    pub organization: Box<str>,
    /// The name for people. Where it is absent, the id is the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
    /// The ids of users, each at most once.
    #[serde(default)]
    pub members: Vec<Box<str>>,
}

/// A custom role: a list of permissions with a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Role {
    /// Unique among custom roles.
    pub id: Box<str>,
    /// The id of an organization.
    pub organization: Box<str>,
    /// Which rows may name it.
    pub kind: RoleKind,
    /// The name for people.
    pub name: Box<str>,
    /// The names of permissions, in any order, within the [bounds](crate::role_list). Any string may stand here: only a policy knows
    /// what it means. A name that stands there twice is kept once.
    pub permissions: Vec<Box<str>>,
}

/// Which rows may name a custom role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum RoleKind {
    /// `custom`: shared by all of its organization.
    Custom,
    /// `key`: private to one restricted key.
    Key,
}

/// An API key, as policy sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Key {
    /// Unique among keys.
    pub id: Box<str>,
    /// The id of the organization that the key belongs to.
    pub organization: Box<str>,
    /// The name for people.
    pub name: Box<str>,
    /// The description for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Box<str>>,
    /// The label that the key carries.
    pub mode: Mode,
    /// The id of the user whose grants cap the key. Absent exactly when it is a service key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Box<str>>,
    /// The id of the user who made the key. Only recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<Box<str>>,
    /// When the key was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// The last moment at which the key works. Absent exactly when it never expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Present exactly when the key is revoked, whatever the date says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// When the key was last used with success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
    /// Where an ingestion key takes its data from. Present exactly when it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingestion_source: Option<Box<str>>,
    /// The public half of the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup_id: Option<Box<str>>,
    /// The hash of the hidden half of the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hashed_secret: Option<Sensitive>,
}

/// The label that a key carries. Power comes from bindings and roles unless a policy version says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// `all`.
    All,
    /// `readonly`.
    Readonly,
    /// `restricted`.
    Restricted,
}

/// A user, group or key has a role at a scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "binding::Flat", into = "binding::Flat")]
pub struct Binding {
    /// Unique among bindings. Answers name a binding by it.
    pub id: Box<str>,
    /// The id of the organization that the binding is stored under.
    pub organization: Box<str>,
    /// Who has the role. In JSON exactly one of the fields `user`, `group` and `key`.
    pub holder: Holder,
    /// The role that it gives.
    pub role: BindingRole,
    /// The id of the custom role. Present exactly when the role is [`BindingRole::Custom`].
    pub custom_role: Option<Box<str>>,
    /// Where the role applies.
    pub scope: Scope,
}

/// Who holds a binding, by id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// A user.
    User(Box<str>),
    /// A group: each of its members.
    Group(Box<str>),
    /// A key.
    Key(Box<str>),
}

/// The role that a binding or a team membership gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum BindingRole {
    /// `ADMIN`.
    Admin,
    /// `MEMBER`.
    Member,
    /// `VIEWER`.
    Viewer,
    /// `CUSTOM`: the custom role that the row names.
    Custom,
}

/// One node of the tree, by id. In JSON an object with exactly one of the fields `organization`, `team` and `project`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "binding::FlatScope", into = "binding::FlatScope")]
pub enum Scope {
    /// An organization and everything below it.
    Organization(Box<str>),
    /// A team and its projects.
    Team(Box<str>),
    /// A project.
    Project(Box<str>),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

mod binding;
mod kind;
pub(crate) mod object;
mod word;

//! Changes, as data.

mod json;

use serde::{Deserialize, Serialize};

use crate::document::object::object;
use crate::document::{Binding, Group, Key, Member, Organization, Project, Role, Team, TeamMembership, Timestamp, User};

/// One change of the data. `Add` wants an id or pair that is free, `Edit` replaces the row of an id or pair that is there, and
/// `Remove` takes away the row alone: what refers to it stays, grants nothing as long as what it refers to is gone, and counts
/// again when that comes back. Only what could not be loaded afterwards is refused: to remove an organization that still has
/// teams, or a team that still has projects.
///
/// In JSON it is an object whose one field is the name of the change: `{"addTeam": {"id": "web", "organization": "acme"}}`,
/// `{"removeTeam": "web"}`, `{"addGroupMember": {"group": "admins", "user": "ana"}}`. Rows stand there as in a [`Document`](crate::Document).
/// Unknown names and fields are refused.
///
/// ```
/// use clearance_directory::{Change, Directory};
///
/// let batch = r#"[{"addOrganization": {"id": "acme"}}, {"addTeam": {"id": "web", "organization": "acme"}}]"#;
/// let mut directory = Directory::default();
/// directory.apply_all(serde_json::from_str(batch)?)?;
/// assert!(directory.team("web").is_some());
///
/// let batch = r#"[{"removeTeam": "web"}, {"removeTeam": "other"}]"#;
/// let error = directory.apply_all(serde_json::from_str(batch)?).unwrap_err();
/// assert_eq!(error.index, 1);
/// assert!(directory.team("web").is_some(), "all or nothing");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Change {
    /// Adds an organization.
    #[serde(deserialize_with = "object")]
    AddOrganization(Organization),
    /// Replaces the row of an organization.
    #[serde(deserialize_with = "object")]
    EditOrganization(Organization),
    /// Removes an organization that has no teams.
    RemoveOrganization(Box<str>),
    /// Adds a user.
    #[serde(deserialize_with = "object")]
    AddUser(User),
    /// Replaces the row of a user, for instance to reactivate one.
    #[serde(deserialize_with = "object")]
    EditUser(User),
    /// Deactivates a user.
    #[serde(deserialize_with = "json::user_at")]
    DeactivateUser {
        /// The id of the user.
        user: Box<str>,
        /// The time to record.
        at: Timestamp,
    },
    /// Removes a user. A key that the user owns has an unknown owner then, which is not to have none.
    RemoveUser(Box<str>),
    /// Makes a user a member of an organization.
    #[serde(deserialize_with = "object")]
    AddMember(Member),
    /// Changes what a member is in an organization.
    #[serde(deserialize_with = "object")]
    EditMember(Member),
    /// Ends a membership. The bindings of the user stay.
    #[serde(deserialize_with = "json::organization_user")]
    RemoveMember {
        /// The id of the organization.
        organization: Box<str>,
        /// The id of the user.
        user: Box<str>,
    },
    /// Adds a team to an organization that is there.
    #[serde(deserialize_with = "object")]
    AddTeam(Team),
    /// Replaces the row of a team. In another organization, its projects go with it.
    #[serde(deserialize_with = "object")]
    EditTeam(Team),
    /// Removes a team that has no projects.
    RemoveTeam(Box<str>),
    /// Gives a user a role in a team, in the older way.
    #[serde(deserialize_with = "object")]
    AddTeamMembership(TeamMembership),
    /// Changes the role that a user has in a team.
    #[serde(deserialize_with = "object")]
    EditTeamMembership(TeamMembership),
    /// Ends a team membership.
    #[serde(deserialize_with = "json::team_user")]
    RemoveTeamMembership {
        /// The id of the team.
        team: Box<str>,
        /// The id of the user.
        user: Box<str>,
    },
    /// Adds a project to a team that is there.
    #[serde(deserialize_with = "object")]
    AddProject(Project),
    /// Replaces the row of a project.
    #[serde(deserialize_with = "object")]
    EditProject(Project),
    /// Removes a project, and its project key with it.
    RemoveProject(Box<str>),
    /// Archives a project.
    #[serde(deserialize_with = "json::project_at")]
    ArchiveProject {
        /// The id of the project.
        project: Box<str>,
        /// The time to record.
        at: Timestamp,
    },
    /// Adds a group with its members.
    #[serde(deserialize_with = "object")]
    AddGroup(Group),
    /// Replaces the row of a group and who its members are.
    #[serde(deserialize_with = "object")]
    EditGroup(Group),
    /// Removes a group and who its members are. Bindings of the group stay.
    RemoveGroup(Box<str>),
    /// Puts a user into a group.
    #[serde(deserialize_with = "json::group_user")]
    AddGroupMember {
        /// The id of the group.
        group: Box<str>,
        /// The id of the user.
        user: Box<str>,
    },
    /// Takes a user out of a group.
    #[serde(deserialize_with = "json::group_user")]
    RemoveGroupMember {
        /// The id of the group.
        group: Box<str>,
        /// The id of the user.
        user: Box<str>,
    },
    /// Adds a custom role.
    #[serde(deserialize_with = "object")]
    AddRole(Role),
    /// Replaces the row of a custom role.
    #[serde(deserialize_with = "object")]
    EditRole(Role),
    /// Removes a custom role. What names it stays.
    RemoveRole(Box<str>),
    /// Adds a key.
    #[serde(deserialize_with = "object")]
    AddKey(Key),
    /// Replaces the row of a key.
    #[serde(deserialize_with = "object")]
    EditKey(Key),
    /// Revokes a key. A key that is revoked already keeps the time of the first revocation.
    #[serde(deserialize_with = "json::key_at")]
    RevokeKey {
        /// The id of the key.
        key: Box<str>,
        /// The time to record.
        at: Timestamp,
    },
    /// Removes a key. Its bindings stay.
    RemoveKey(Box<str>),
    /// Adds a binding.
    #[serde(deserialize_with = "object")]
    AddBinding(Binding),
    /// Replaces the row of a binding.
    #[serde(deserialize_with = "object")]
    EditBinding(Binding),
    /// Removes a binding.
    RemoveBinding(Box<str>),
}

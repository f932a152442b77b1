//! Changes, one at a time or in batches.
//!
//! Loading a document is applying its rows one by one, so both refuse the same things. Every change is checked whole before
//! anything is touched: one that is refused has changed nothing.

mod about_keys;
mod batch;
mod binding;
mod group;
mod json;
mod key;
mod people;
mod role;
mod tree;

use serde::{Deserialize, Serialize};

use crate::directory::Directory;
use crate::document::object::object;
use crate::document::{
    Binding, Document, Group, Key, Member, Organization, Project, Role, Team, TeamMembership, Timestamp, User,
};
use crate::error::{ChangeError, DocumentError, Refusal};
use crate::slot::RoleSlot;

/// One change of the data. `Add` wants an id or pair that is free, `Edit` replaces the row of an id or pair that is there, and
/// `Remove` takes away the row alone: what refers to it stays, grants nothing as long as what it refers to is gone, and counts
/// again when that comes back. Only what could not be loaded afterwards is refused: to remove an organization that still has
/// teams, or a team that still has projects.
///
/// In JSON it is an object whose one field is the name of the change: `{"addTeam": {"id": "web", "organization": "acme"}}`,
/// `{"removeTeam": "web"}`, `{"addGroupMember": {"group": "admins", "user": "ana"}}`. Rows stand there as in a [`Document`].
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

/// Where the rows of a document come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowOrigin {
    /// Somebody sent them, and they are judged.
    File,
    /// A database holds them, and accepted them once.
    Store,
}

/// What is left to do after a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "a role that is not recompiled grants nothing, or what it granted before"]
pub struct Applied {
    /// The custom role whose permissions changed: every [`RoleSets`](crate::RoleSets) of this directory has to
    /// [`update`](crate::RoleSets::update) it before the next facts are gathered.
    pub recompile: Option<RoleSlot>,
}

impl Directory {
    /// Changes the data.
    ///
    /// # Errors
    ///
    /// The field of the change that is refused: an id or pair that is taken (`Add`) or not there (`Edit`, `Remove`), a team
    /// without its organization, a project without its team or the other way round, a text that is no id, a `customRole`
    /// without a CUSTOM binding or the other way round, or a list beyond the [bounds](crate::role_list). Nothing is changed then.
    pub fn apply(&mut self, change: Change) -> Result<Applied, ChangeError> {
        self.apply_stored(crate::role_list::accepted(change)?)
    }

    /// As [`apply`](Self::apply), for a row that was accepted once: its list stays as it is, even beyond the bounds.
    fn apply_stored(&mut self, change: Change) -> Result<Applied, ChangeError> {
        self.check_room(&change)?;
        self.make(change)
    }

    /// Changes the data, when there is room.
    fn make(&mut self, change: Change) -> Result<Applied, ChangeError> {
        self.clock += 1;
        match change {
            Change::AddOrganization(organization) => self.add_organization(organization)?,
            Change::EditOrganization(organization) => self.edit_organization(organization)?,
            Change::RemoveOrganization(id) => self.remove_organization(&id)?,
            Change::AddUser(user) => self.add_user(user)?,
            Change::EditUser(user) => self.edit_user(user)?,
            Change::DeactivateUser { user, at } => self.deactivate_user(&user, at)?,
            Change::RemoveUser(id) => self.remove_user(&id)?,
            Change::AddMember(member) => self.add_member(&member)?,
            Change::EditMember(member) => self.edit_member(&member)?,
            Change::RemoveMember { organization, user } => self.remove_member(&organization, &user)?,
            Change::AddTeam(team) => self.add_team(team)?,
            Change::EditTeam(team) => self.edit_team(team)?,
            Change::RemoveTeam(id) => self.remove_team(&id)?,
            Change::AddTeamMembership(membership) => self.add_team_membership(&membership)?,
            Change::EditTeamMembership(membership) => self.edit_team_membership(&membership)?,
            Change::RemoveTeamMembership { team, user } => self.remove_team_membership(&team, &user)?,
            Change::AddProject(project) => self.add_project(project)?,
            Change::EditProject(project) => self.edit_project(project)?,
            Change::RemoveProject(id) => self.remove_project(&id)?,
            Change::ArchiveProject { project, at } => self.archive_project(&project, at)?,
            Change::AddGroup(group) => self.add_group(group)?,
            Change::EditGroup(group) => self.edit_group(group)?,
            Change::RemoveGroup(id) => self.remove_group(&id)?,
            Change::AddGroupMember { group, user } => self.add_group_member(&group, &user)?,
            Change::RemoveGroupMember { group, user } => self.remove_group_member(&group, &user)?,
            Change::AddRole(role) => return self.add_role(role),
            Change::EditRole(role) => return self.edit_role(role),
            Change::RemoveRole(id) => return self.remove_role(&id),
            Change::AddKey(key) => self.add_key(key)?,
            Change::EditKey(key) => self.edit_key(key)?,
            Change::RevokeKey { key, at } => self.revoke_key(&key, at)?,
            Change::RemoveKey(id) => self.remove_key(&id)?,
            Change::AddBinding(binding) => self.add_binding(&binding)?,
            Change::EditBinding(binding) => self.edit_binding(&binding)?,
            Change::RemoveBinding(id) => self.remove_binding(&id)?,
        }
        Ok(Applied::default())
    }

    /// Adds the rows of a document.
    pub(crate) fn load(&mut self, document: Document, origin: RowOrigin) -> Result<(), DocumentError> {
        let Document { organizations, users, members, teams, team_memberships, projects, groups, roles, keys, bindings } =
            document;
        self.load_rows(("organizations", origin), organizations, Change::AddOrganization)?;
        self.load_rows(("users", origin), users, Change::AddUser)?;
        self.load_rows(("members", origin), members, Change::AddMember)?;
        self.load_rows(("teams", origin), teams, Change::AddTeam)?;
        self.load_rows(("teamMemberships", origin), team_memberships, Change::AddTeamMembership)?;
        self.load_rows(("projects", origin), projects, Change::AddProject)?;
        self.load_rows(("groups", origin), groups, Change::AddGroup)?;
        self.load_rows(("roles", origin), roles, Change::AddRole)?;
        self.load_rows(("keys", origin), keys, Change::AddKey)?;
        self.load_rows(("bindings", origin), bindings, Change::AddBinding)
    }

    fn load_rows<T>(
        &mut self,
        (list, origin): (&str, RowOrigin),
        rows: Vec<T>,
        change: impl Fn(T) -> Change,
    ) -> Result<(), DocumentError> {
        for (index, row) in rows.into_iter().enumerate() {
            let loaded = match origin {
                RowOrigin::File => self.apply(change(row)),
                RowOrigin::Store => self.apply_stored(change(row)),
            };
            // Role sets are compiled from the whole directory after loading.
            let Applied { recompile: _ } = loaded.map_err(|error| DocumentError::row(list, index, error))?;
        }
        Ok(())
    }

    /// Refuses a change that could need more slots than there are numbers for.
    fn check_room(&self, change: &Change) -> Result<(), ChangeError> {
        let members = if let Change::AddGroup(group) | Change::EditGroup(group) = change { group.members.len() } else { 0 };
        // No row names more than five other things besides group members.
        let needed = members.saturating_add(5);
        let fullest = [
            self.organizations.len(),
            self.users.len(),
            self.teams.len(),
            self.projects.len(),
            self.groups.len(),
            self.roles.len(),
            self.keys.len(),
            self.bindings.len(),
        ]
        .into_iter()
        .max()
        .unwrap_or(0);
        match u32::try_from(fullest.saturating_add(needed)) {
            Ok(_) => Ok(()),
            Err(_) => Err(ChangeError::new("id", Refusal::Full)),
        }
    }
}

//! Changes of a directory in memory, one at a time or in batches.
//!
//! The [validator](crate::validator) judges each change whole before anything is touched: one that is refused has changed nothing.
//! What is below writes.

mod about_keys;
mod applied;
mod batch;
mod binding;
mod group;
mod key;
mod people;
mod role;
mod tree;

pub use applied::Applied;

use crate::change::Change;
use crate::directory::Directory;
use crate::error::{ChangeError, Refusal};

impl Directory {
    /// Changes the data.
    ///
    /// # Errors
    ///
    /// The field of the change that is refused: see [`Change::validate`]. Nothing is changed then.
    pub fn apply(&mut self, change: Change) -> Result<Applied, ChangeError> {
        change.validate(self)?;
        self.check_room(&change)?;
        Ok(self.make(role::with_distinct_names(change)))
    }

    /// As [`apply`](Self::apply), for a row that was accepted once: its list stays as it is, even beyond the bounds.
    pub(crate) fn apply_stored(&mut self, change: Change) -> Result<Applied, ChangeError> {
        change.validate_stored(self)?;
        self.check_room(&change)?;
        Ok(self.make(change))
    }

    /// Makes a change that was accepted, when there is room.
    fn make(&mut self, change: Change) -> Applied {
        self.clock += 1;
        match change {
            Change::AddOrganization(organization) => self.add_organization(organization),
            Change::EditOrganization(organization) => self.edit_organization(organization),
            Change::RemoveOrganization(id) => self.remove_organization(&id),
            Change::AddUser(user) => self.add_user(user),
            Change::EditUser(user) => self.edit_user(user),
            Change::DeactivateUser { user, at } => self.deactivate_user(&user, at),
            Change::RemoveUser(id) => self.remove_user(&id),
            Change::AddMember(member) => self.add_member(&member),
            Change::EditMember(member) => self.edit_member(&member),
            Change::RemoveMember { organization, user } => self.remove_member(&organization, &user),
            Change::AddTeam(team) | Change::EditTeam(team) => self.put_team(team),
            Change::RemoveTeam(id) => self.remove_team(&id),
            Change::AddTeamMembership(membership) => self.add_team_membership(&membership),
            Change::EditTeamMembership(membership) => self.edit_team_membership(&membership),
            Change::RemoveTeamMembership { team, user } => self.remove_team_membership(&team, &user),
            Change::AddProject(project) | Change::EditProject(project) => self.put_project(project),
            Change::RemoveProject(id) => self.remove_project(&id),
            Change::ArchiveProject { project, at } => self.archive_project(&project, at),
            Change::AddGroup(group) | Change::EditGroup(group) => self.put_group(group),
            Change::RemoveGroup(id) => self.remove_group(&id),
            Change::AddGroupMember { group, user } => self.add_group_member(&group, &user),
            Change::RemoveGroupMember { group, user } => self.remove_group_member(&group, &user),
            Change::AddRole(role) | Change::EditRole(role) => return self.put_role(role),
            Change::RemoveRole(id) => return self.remove_role(&id),
            Change::AddKey(key) | Change::EditKey(key) => self.put_key(key),
            Change::RevokeKey { key, at } => self.revoke_key(&key, at),
            Change::RemoveKey(id) => self.remove_key(&id),
            Change::AddBinding(binding) => self.add_binding(&binding),
            Change::EditBinding(binding) => self.edit_binding(&binding),
            Change::RemoveBinding(id) => self.remove_binding(&id),
        }
        Applied::default()
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

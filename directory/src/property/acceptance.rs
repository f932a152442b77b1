//! Which changes of well-formed rows are refused, by loops over a plain document.

use crate::change::Change;
use crate::document::{Binding, BindingRole, Document, Group, TeamMembership};

/// Whether a document cannot take the change. The ids of the change are ids, and its lists are within the bounds.
pub(super) fn refuses(document: &Document, change: &Change) -> bool {
    let d = document;
    let organization = |id: &str| d.organizations.iter().any(|row| *row.id == *id);
    let user = |id: &str| d.users.iter().any(|row| *row.id == *id);
    let team = |id: &str| d.teams.iter().any(|row| *row.id == *id);
    let project = |id: &str| d.projects.iter().any(|row| *row.id == *id);
    let group = |id: &str| d.groups.iter().any(|row| *row.id == *id);
    let role = |id: &str| d.roles.iter().any(|row| *row.id == *id);
    let key = |id: &str| d.keys.iter().any(|row| *row.id == *id);
    let binding = |id: &str| d.bindings.iter().any(|row| *row.id == *id);
    let member = |at: &str, user: &str| d.members.iter().any(|row| (&*row.organization, &*row.user) == (at, user));
    let in_team = |at: &str, user: &str| d.team_memberships.iter().any(|row| (&*row.team, &*row.user) == (at, user));
    let in_group =
        |at: &str, user: &str| d.groups.iter().any(|row| *row.id == *at && row.members.iter().any(|member| **member == *user));
    match change {
        Change::AddOrganization(row) => organization(&row.id),
        Change::EditOrganization(row) => !organization(&row.id),
        Change::RemoveOrganization(id) => !organization(id) || d.teams.iter().any(|row| row.organization == *id),
        Change::AddUser(row) => user(&row.id),
        Change::EditUser(row) => !user(&row.id),
        Change::DeactivateUser { user: id, .. } | Change::RemoveUser(id) => !user(id),
        Change::AddMember(row) => member(&row.organization, &row.user),
        Change::EditMember(row) => !member(&row.organization, &row.user),
        Change::RemoveMember { organization, user } => !member(organization, user),
        Change::AddTeam(row) => team(&row.id) || !organization(&row.organization),
        Change::EditTeam(row) => !team(&row.id) || !organization(&row.organization),
        Change::RemoveTeam(id) => !team(id) || d.projects.iter().any(|row| row.team == *id),
        Change::AddTeamMembership(row) => in_team(&row.team, &row.user) || !says_its_role(row),
        Change::EditTeamMembership(row) => !in_team(&row.team, &row.user) || !says_its_role(row),
        Change::RemoveTeamMembership { team, user } => !in_team(team, user),
        Change::AddProject(row) => project(&row.id) || !team(&row.team),
        Change::EditProject(row) => !project(&row.id) || !team(&row.team),
        Change::RemoveProject(id) | Change::ArchiveProject { project: id, .. } => !project(id),
        Change::AddGroup(row) => group(&row.id) || has_somebody_twice(row),
        Change::EditGroup(row) => !group(&row.id) || has_somebody_twice(row),
        Change::RemoveGroup(id) => !group(id),
        Change::AddGroupMember { group: id, user } => !group(id) || in_group(id, user),
        Change::RemoveGroupMember { group, user } => !in_group(group, user),
        Change::AddRole(row) => role(&row.id),
        Change::EditRole(row) => !role(&row.id),
        Change::RemoveRole(id) => !role(id),
        Change::AddKey(row) => key(&row.id),
        Change::EditKey(row) => !key(&row.id),
        Change::RevokeKey { key: id, .. } | Change::RemoveKey(id) => !key(id),
        Change::AddBinding(row) => binding(&row.id) || !names_its_role(row),
        Change::EditBinding(row) => !binding(&row.id) || !names_its_role(row),
        Change::RemoveBinding(id) => !binding(id),
    }
}

/// A custom role is named only where the role is CUSTOM.
fn says_its_role(row: &TeamMembership) -> bool {
    row.custom_role.is_none() || row.role == BindingRole::Custom
}

/// A custom role is named exactly where the role is CUSTOM.
fn names_its_role(row: &Binding) -> bool {
    row.custom_role.is_some() == (row.role == BindingRole::Custom)
}

fn has_somebody_twice(row: &Group) -> bool {
    row.members.iter().enumerate().any(|(index, user)| row.members.iter().skip(index + 1).any(|other| other == user))
}

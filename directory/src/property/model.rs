//! The same changes on a plain document, without any index.

use crate::change::Change;
use crate::document::{Document, Key, Role};

/// Changes a document as a directory that accepted the change should have.
pub(super) fn apply(document: &mut Document, change: Change) {
    let Document { organizations, users, members, teams, team_memberships, projects, groups, roles, keys, bindings } = document;
    match change {
        Change::AddOrganization(row) => organizations.push(row),
        Change::EditOrganization(row) => replace(organizations, row, |one, other| one.id == other.id),
        Change::RemoveOrganization(id) => organizations.retain(|row| row.id != id),
        Change::AddUser(row) => users.push(row),
        Change::EditUser(row) => replace(users, row, |one, other| one.id == other.id),
        Change::DeactivateUser { user, at } => {
            users.iter_mut().filter(|row| row.id == user).for_each(|row| row.deactivated_at = row.deactivated_at.or(Some(at)));
        }
        Change::RemoveUser(id) => users.retain(|row| row.id != id),
        Change::AddMember(row) => members.push(row),
        Change::EditMember(row) => {
            replace(members, row, |one, other| (&one.organization, &one.user) == (&other.organization, &other.user))
        }
        Change::RemoveMember { organization, user } => {
            members.retain(|row| (&row.organization, &row.user) != (&organization, &user))
        }
        Change::AddTeam(row) => teams.push(row),
        Change::EditTeam(row) => replace(teams, row, |one, other| one.id == other.id),
        Change::RemoveTeam(id) => teams.retain(|row| row.id != id),
        Change::AddTeamMembership(row) => team_memberships.push(row),
        Change::EditTeamMembership(row) => {
            replace(team_memberships, row, |one, other| (&one.team, &one.user) == (&other.team, &other.user))
        }
        Change::RemoveTeamMembership { team, user } => team_memberships.retain(|row| (&row.team, &row.user) != (&team, &user)),
        Change::AddProject(row) => projects.push(row),
        Change::EditProject(row) => replace(projects, row, |one, other| one.id == other.id),
        Change::RemoveProject(id) => projects.retain(|row| row.id != id),
        Change::ArchiveProject { project, at } => {
            projects.iter_mut().filter(|row| row.id == project).for_each(|row| row.archived_at = row.archived_at.or(Some(at)));
        }
        Change::AddGroup(row) => groups.push(row),
        Change::EditGroup(row) => replace(groups, row, |one, other| one.id == other.id),
        Change::RemoveGroup(id) => groups.retain(|row| row.id != id),
        Change::AddGroupMember { group, user } => {
            groups.iter_mut().filter(|row| row.id == group).for_each(|row| row.members.push(user.clone()));
        }
        Change::RemoveGroupMember { group, user } => {
            groups.iter_mut().filter(|row| row.id == group).for_each(|row| row.members.retain(|member| *member != user));
        }
        Change::AddRole(row) => roles.push(each_name_once(row)),
        Change::EditRole(row) => replace(roles, each_name_once(row), |one, other| one.id == other.id),
        Change::RemoveRole(id) => roles.retain(|row| row.id != id),
        Change::AddKey(row) => keys.push(row),
        Change::EditKey(row) => replace(keys, row, |one: &Key, other| one.id == other.id),
        Change::RevokeKey { key, at } => {
            keys.iter_mut().filter(|row| row.id == key).for_each(|row| row.revoked_at = row.revoked_at.or(Some(at)));
        }
        Change::RemoveKey(id) => keys.retain(|row| row.id != id),
        Change::AddBinding(row) => bindings.push(row),
        Change::EditBinding(row) => replace(bindings, row, |one, other| one.id == other.id),
        Change::RemoveBinding(id) => bindings.retain(|row| row.id != id),
    }
}

fn replace<T>(rows: &mut [T], row: T, same: impl Fn(&T, &T) -> bool) {
    let place = rows.iter_mut().find(|other| same(other, &row)).expect("only what is there can be replaced");
    *place = row;
}

/// The document with its lists in one order.
pub(super) fn sorted(mut document: Document) -> Document {
    let Document { organizations, users, members, teams, team_memberships, projects, groups, roles, keys, bindings } =
        &mut document;
    groups.iter_mut().for_each(|group| group.members.sort());
    organizations.sort_by(|one, other| one.id.cmp(&other.id));
    users.sort_by(|one, other| one.id.cmp(&other.id));
    members.sort_by(|one, other| (&one.organization, &one.user).cmp(&(&other.organization, &other.user)));
    teams.sort_by(|one, other| one.id.cmp(&other.id));
    team_memberships.sort_by(|one, other| (&one.team, &one.user).cmp(&(&other.team, &other.user)));
    projects.sort_by(|one, other| one.id.cmp(&other.id));
    groups.sort_by(|one, other| one.id.cmp(&other.id));
    roles.sort_by(|one, other| one.id.cmp(&other.id));
    keys.sort_by(|one, other| one.id.cmp(&other.id));
    bindings.sort_by(|one, other| one.id.cmp(&other.id));
    document
}

/// The list as it is stored.
fn each_name_once(row: Role) -> Role {
    let mut permissions: Vec<Box<str>> = Vec::new();
    for name in row.permissions {
        if !permissions.contains(&name) {
            permissions.push(name);
        }
    }
    Role { permissions, ..row }
}

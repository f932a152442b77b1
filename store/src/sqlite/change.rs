//! Changes of the directory: the rules of the directory judge each, and then it is written.

use clearance_directory::Change;
use clearance_directory::document::{Key, Project, Timestamp};
use rusqlite::{Connection, Params, params};

use super::lookup::{Tables, exists};
use super::put::{self, run};
use super::read::{one, placeholder};
use super::stop::{Done, Stop};
use super::word::{Moment, millis};
use crate::credentials::update::{CredentialUpdate, Update};
use crate::error::StepProblem;
use crate::write::Committed;

pub(super) const PROJECT_KEY: &str = "SELECT digest FROM project_keys WHERE project = ?1";

/// Makes a change, and notes what memory must do to follow.
pub(super) fn make(connection: &Connection, change: &Change, committed: &mut Committed) -> Done {
    judge(connection, change)?;
    let followed = write(connection, change, committed)?;
    committed.changes.push(followed);
    Ok(())
}

/// Refuses what a directory refuses, and a change that carries a secret.
pub(super) fn judge(connection: &Connection, change: &Change) -> Done {
    change.validate(&Tables(connection))?;
    let secret = match change {
        Change::AddProject(row) | Change::EditProject(row) => {
            row.project_key.as_ref().filter(|project_key| !project_key.expose().is_empty()).map(|_| "projectKey")
        }
        Change::AddKey(row) if row.hashed_secret.is_none() => row.lookup_id.as_ref().map(|_| "lookupId"),
        Change::AddKey(row) | Change::EditKey(row) => row.hashed_secret.as_ref().map(|_| "hashedSecret"),
        _ => None,
    };
    secret.map_or(Ok(()), |field| Err(Stop::Refused(field.into(), StepProblem::Secret)))
}

/// Writes a change that was judged, and answers the one that memory must make to follow.
fn write(connection: &Connection, change: &Change, committed: &mut Committed) -> Done<Change> {
    match change {
        Change::AddOrganization(row) | Change::EditOrganization(row) => put::organization(connection, row)?,
        Change::RemoveOrganization(id) => remove(connection, "DELETE FROM organizations WHERE id = ?1", [id])?,
        Change::AddUser(row) | Change::EditUser(row) => put::user(connection, row)?,
        Change::DeactivateUser { user, at } => set_once(connection, "users", "deactivated_at", user, *at)?,
        Change::RemoveUser(id) => remove(connection, "DELETE FROM users WHERE id = ?1", [id])?,
        Change::AddMember(row) | Change::EditMember(row) => put::member(connection, row)?,
        Change::RemoveMember { organization, user } => {
            remove(connection, "DELETE FROM members WHERE organization = ?1 AND user = ?2", [organization, user])?;
        }
        Change::AddTeam(row) | Change::EditTeam(row) => put::team(connection, row)?,
        Change::RemoveTeam(id) => remove(connection, "DELETE FROM teams WHERE id = ?1", [id])?,
        Change::AddTeamMembership(row) | Change::EditTeamMembership(row) => put::team_membership(connection, row)?,
        Change::RemoveTeamMembership { team, user } => {
            remove(connection, "DELETE FROM team_memberships WHERE team = ?1 AND user = ?2", [team, user])?;
        }
        Change::AddProject(row) => return Ok(Change::AddProject(project(connection, row)?)),
        Change::EditProject(row) => return Ok(Change::EditProject(project(connection, row)?)),
        Change::RemoveProject(id) => {
            if let Some(digest) = one(connection, PROJECT_KEY, [id], |row| row.get(0))? {
                committed.credentials.push(CredentialUpdate(Update::RemoveProjectKey { digest }));
            }
            remove(connection, "DELETE FROM projects WHERE id = ?1", [id])?;
        }
        Change::ArchiveProject { project, at } => set_once(connection, "projects", "archived_at", project, *at)?,
        Change::AddGroup(row) | Change::EditGroup(row) => put::group(connection, row)?,
        Change::RemoveGroup(id) => remove(connection, "DELETE FROM groups WHERE id = ?1", [id])?,
        Change::AddGroupMember { group, user } => put::group_member(connection, group, user)?,
        Change::RemoveGroupMember { group, user } => {
            remove(connection, "DELETE FROM group_members WHERE of_group = ?1 AND user = ?2", [group, user])?;
        }
        Change::AddRole(row) | Change::EditRole(row) => put::role(connection, row)?,
        Change::RemoveRole(id) => remove(connection, "DELETE FROM roles WHERE id = ?1", [id])?,
        Change::AddKey(row) => put::key(connection, row)?,
        Change::EditKey(row) => return Ok(Change::EditKey(edit_key(connection, row)?)),
        Change::RevokeKey { key, at } => set_once(connection, "keys", "revoked_at", key, *at)?,
        Change::RemoveKey(id) => {
            let lookup_id = "SELECT lookup_id FROM keys WHERE id = ?1 AND lookup_id IS NOT NULL";
            if let Some(lookup_id) = one(connection, lookup_id, [id], |row| row.get(0))? {
                committed.credentials.push(CredentialUpdate(Update::RemoveKey { lookup_id }));
            }
            remove(connection, "DELETE FROM keys WHERE id = ?1", [id])?;
        }
        Change::AddBinding(row) | Change::EditBinding(row) => put::binding(connection, row)?,
        Change::RemoveBinding(id) => remove(connection, "DELETE FROM bindings WHERE id = ?1", [id])?,
    }
    Ok(change.clone())
}

/// Writes the row, and answers how memory must have it: with a project key exactly when there is one.
fn project(connection: &Connection, row: &Project) -> Result<Project, rusqlite::Error> {
    put::project(connection, row)?;
    let has_key = exists(connection, PROJECT_KEY, [&row.id])?;
    Ok(Project { project_key: has_key.then(placeholder), ..row.clone() })
}

/// Writes the row, and answers how memory must have it: with the lookup id that it has, and last used when it was last used. Memory
/// holds that as of the start, and writes it apart.
fn edit_key(connection: &Connection, row: &Key) -> Result<Key, rusqlite::Error> {
    let stored = "SELECT lookup_id, last_used_at FROM keys WHERE id = ?1";
    let stored = one(connection, stored, [&row.id], |row| {
        Ok((row.get(0)?, row.get::<_, Option<Moment>>(1)?.map(|Moment(moment)| moment)))
    })?;
    let (lookup_id, last_used_at) = stored.unwrap_or_default();
    let row = Key { lookup_id, last_used_at: last_used_at.or(row.last_used_at), ..row.clone() };
    put::key(connection, &row)?;
    Ok(row)
}

fn remove(connection: &Connection, sql: &str, ids: impl Params) -> Result<(), rusqlite::Error> {
    run(connection, sql, ids).map(drop)
}

/// Writes a moment where none is yet.
fn set_once(connection: &Connection, table: &str, column: &str, id: &str, at: Timestamp) -> Result<(), rusqlite::Error> {
    let sql = format!("UPDATE {table} SET {column} = ?2 WHERE id = ?1 AND {column} IS NULL");
    run(connection, &sql, params![id, millis(at)]).map(drop)
}

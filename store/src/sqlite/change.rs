//! Changes of the directory: each is checked as a directory in memory checks it, then written.

use std::collections::HashSet;

use clearance_directory::document::{Binding, Group, Holder, Key, Project, Role, Scope, Team, TeamMembership, Timestamp};
use clearance_directory::{Change, Refusal};
use rusqlite::{Connection, Params};

use super::put;
use super::read::{one, placeholder};
use super::refuse::{self, Done, Stop};
use super::word::millis;
use crate::credentials::{CredentialUpdate, Update};
use crate::error::StepProblem;
use crate::write::Committed;

/// Makes a change, and notes what memory must do to follow.
pub(super) fn make(connection: &Connection, change: &Change, committed: &mut Committed) -> Done {
    match change {
        Change::AddOrganization(row) => {
            free(connection, "organizations", "organization", &row.id)?;
            put::organization(connection, row)?;
        }
        Change::EditOrganization(row) => {
            there(connection, "organizations", "id", "organization", &row.id)?;
            put::organization(connection, row)?;
        }
        Change::RemoveOrganization(id) => {
            there(connection, "organizations", "id", "organization", id)?;
            let team = "SELECT id FROM teams WHERE organization = ?1 ORDER BY row LIMIT 1";
            no_children(connection, ("organization", id), ("teams", team))?;
            put::run(connection, "DELETE FROM organizations WHERE id = ?1", [id])?;
        }
        Change::AddUser(row) => {
            free(connection, "users", "user", &row.id)?;
            put::user(connection, row)?;
        }
        Change::EditUser(row) => {
            there(connection, "users", "id", "user", &row.id)?;
            put::user(connection, row)?;
        }
        Change::DeactivateUser { user, at } => {
            there(connection, "users", "user", "user", user)?;
            set_once(connection, "users", "deactivated_at", user, *at)?;
        }
        Change::RemoveUser(id) => {
            there(connection, "users", "id", "user", id)?;
            put::run(connection, "DELETE FROM users WHERE id = ?1", [id])?;
        }
        Change::AddMember(row) => {
            refuse::id("organization", &row.organization)?;
            refuse::id("user", &row.user)?;
            if exists(connection, MEMBER, [&row.organization, &row.user])? {
                return Err(duplicate_pair("user", "organization", &row.organization, &row.user));
            }
            put::member(connection, row)?;
        }
        Change::EditMember(row) => {
            pair_there(connection, MEMBER, "organization", &row.organization, &row.user)?;
            put::member(connection, row)?;
        }
        Change::RemoveMember { organization, user } => {
            pair_there(connection, MEMBER, "organization", organization, user)?;
            put::run(connection, "DELETE FROM members WHERE organization = ?1 AND user = ?2", [organization, user])?;
        }
        Change::AddTeam(row) => {
            free(connection, "teams", "team", &row.id)?;
            team(connection, row)?;
        }
        Change::EditTeam(row) => {
            there(connection, "teams", "id", "team", &row.id)?;
            team(connection, row)?;
        }
        Change::RemoveTeam(id) => {
            there(connection, "teams", "id", "team", id)?;
            let project = "SELECT id FROM projects WHERE team = ?1 ORDER BY row LIMIT 1";
            no_children(connection, ("team", id), ("projects", project))?;
            put::run(connection, "DELETE FROM teams WHERE id = ?1", [id])?;
        }
        Change::AddTeamMembership(row) => add_team_membership(connection, row)?,
        Change::EditTeamMembership(row) => {
            pair_there(connection, TEAM_MEMBERSHIP, "team", &row.team, &row.user)?;
            refuse::custom_role(row.role, row.custom_role.as_deref(), false)?;
            put::team_membership(connection, row)?;
        }
        Change::RemoveTeamMembership { team, user } => {
            pair_there(connection, TEAM_MEMBERSHIP, "team", team, user)?;
            put::run(connection, "DELETE FROM team_memberships WHERE team = ?1 AND user = ?2", [team, user])?;
        }
        Change::AddProject(row) => {
            free(connection, "projects", "project", &row.id)?;
            committed.changes.push(Change::AddProject(project(connection, row)?));
            return Ok(());
        }
        Change::EditProject(row) => {
            there(connection, "projects", "id", "project", &row.id)?;
            committed.changes.push(Change::EditProject(project(connection, row)?));
            return Ok(());
        }
        Change::RemoveProject(id) => {
            there(connection, "projects", "id", "project", id)?;
            if let Some(digest) = one(connection, PROJECT_KEY, [id], |row| row.get(0))? {
                committed.credentials.push(CredentialUpdate(Update::RemoveProjectKey { digest }));
            }
            put::run(connection, "DELETE FROM projects WHERE id = ?1", [id])?;
        }
        Change::ArchiveProject { project, at } => {
            there(connection, "projects", "project", "project", project)?;
            set_once(connection, "projects", "archived_at", project, *at)?;
        }
        Change::AddGroup(row) => {
            free(connection, "groups", "group", &row.id)?;
            group(connection, row)?;
        }
        Change::EditGroup(row) => {
            there(connection, "groups", "id", "group", &row.id)?;
            group(connection, row)?;
        }
        Change::RemoveGroup(id) => {
            there(connection, "groups", "id", "group", id)?;
            put::run(connection, "DELETE FROM groups WHERE id = ?1", [id])?;
        }
        Change::AddGroupMember { group, user } => {
            refuse::id("user", user)?;
            there(connection, "groups", "group", "group", group)?;
            if exists(connection, GROUP_MEMBER, [group, user])? {
                return Err(duplicate_pair("user", "group", group, user));
            }
            put::group_member(connection, group, user)?;
        }
        Change::RemoveGroupMember { group, user } => {
            there(connection, "groups", "group", "group", group)?;
            pair_there(connection, GROUP_MEMBER, "group", group, user)?;
            put::run(connection, "DELETE FROM group_members WHERE of_group = ?1 AND user = ?2", [group, user])?;
        }
        Change::AddRole(row) => {
            refuse::role_list(&row.permissions)?;
            free(connection, "roles", "custom role", &row.id)?;
            role(connection, row)?;
        }
        Change::EditRole(row) => {
            refuse::role_list(&row.permissions)?;
            there(connection, "roles", "id", "custom role", &row.id)?;
            role(connection, row)?;
        }
        Change::RemoveRole(id) => {
            there(connection, "roles", "id", "custom role", id)?;
            put::run(connection, "DELETE FROM roles WHERE id = ?1", [id])?;
        }
        Change::AddKey(row) => {
            add_key(connection, row)?;
        }
        Change::EditKey(row) => {
            committed.changes.push(Change::EditKey(edit_key(connection, row)?));
            return Ok(());
        }
        Change::RevokeKey { key, at } => {
            there(connection, "keys", "key", "key", key)?;
            set_once(connection, "keys", "revoked_at", key, *at)?;
        }
        Change::RemoveKey(id) => {
            there(connection, "keys", "id", "key", id)?;
            let lookup_id = "SELECT lookup_id FROM keys WHERE id = ?1 AND lookup_id IS NOT NULL";
            if let Some(lookup_id) = one(connection, lookup_id, [id], |row| row.get(0))? {
                committed.credentials.push(CredentialUpdate(Update::RemoveKey { lookup_id }));
            }
            put::run(connection, "DELETE FROM keys WHERE id = ?1", [id])?;
        }
        Change::AddBinding(row) => {
            binding(row)?;
            if exists(connection, &by_id("bindings"), [&row.id])? {
                return Err(Stop::duplicate("binding", &row.id));
            }
            put::binding(connection, row)?;
        }
        Change::EditBinding(row) => {
            there(connection, "bindings", "id", "binding", &row.id)?;
            binding(row)?;
            put::binding(connection, row)?;
        }
        Change::RemoveBinding(id) => {
            there(connection, "bindings", "id", "binding", id)?;
            put::run(connection, "DELETE FROM bindings WHERE id = ?1", [id])?;
        }
    }
    committed.changes.push(change.clone());
    Ok(())
}

const MEMBER: &str = "SELECT 1 FROM members WHERE organization = ?1 AND user = ?2";
const TEAM_MEMBERSHIP: &str = "SELECT 1 FROM team_memberships WHERE team = ?1 AND user = ?2";
const GROUP_MEMBER: &str = "SELECT 1 FROM group_members WHERE of_group = ?1 AND user = ?2";
pub(super) const PROJECT_KEY: &str = "SELECT digest FROM project_keys WHERE project = ?1";

fn team(connection: &Connection, row: &Team) -> Done {
    refuse::id("organization", &row.organization)?;
    refuse::optional_id("owner", row.owner.as_deref())?;
    there(connection, "organizations", "organization", "organization", &row.organization)?;
    Ok(put::team(connection, row)?)
}

fn add_team_membership(connection: &Connection, row: &TeamMembership) -> Done {
    refuse::id("team", &row.team)?;
    refuse::id("user", &row.user)?;
    refuse::custom_role(row.role, row.custom_role.as_deref(), false)?;
    if exists(connection, TEAM_MEMBERSHIP, [&row.team, &row.user])? {
        return Err(duplicate_pair("user", "team", &row.team, &row.user));
    }
    Ok(put::team_membership(connection, row)?)
}

/// Writes the row, and answers how memory must have it: with a project key exactly when there is one.
fn project(connection: &Connection, row: &Project) -> Done<Project> {
    refuse::id("team", &row.team)?;
    there(connection, "teams", "team", "team", &row.team)?;
    if row.project_key.as_ref().is_some_and(|project_key| !project_key.expose().is_empty()) {
        return Err(Stop::Refused("projectKey".into(), StepProblem::Secret));
    }
    put::project(connection, row)?;
    let has_key = exists(connection, PROJECT_KEY, [&row.id])?;
    Ok(Project { project_key: has_key.then(placeholder), ..row.clone() })
}

fn group(connection: &Connection, row: &Group) -> Done {
    refuse::id("organization", &row.organization)?;
    let mut seen = HashSet::new();
    for (index, user) in row.members.iter().enumerate() {
        refuse::id(format!("members[{index}]"), user)?;
        if !seen.insert(user) {
            return Err(duplicate_pair(format!("members[{index}]"), "group", &row.id, user));
        }
    }
    Ok(put::group(connection, row)?)
}

fn role(connection: &Connection, row: &Role) -> Done {
    refuse::id("organization", &row.organization)?;
    Ok(put::role(connection, row)?)
}

/// Writes a key that has no token.
pub(super) fn add_key(connection: &Connection, row: &Key) -> Done {
    free(connection, "keys", "key", &row.id)?;
    key(row)?;
    if row.lookup_id.is_some() {
        return Err(Stop::Refused("lookupId".into(), StepProblem::Secret));
    }
    Ok(put::key(connection, row)?)
}

/// Writes the row, and answers how memory must have it: with the lookup id that it has, and last used when it was last used. Memory
/// holds that as of the start, and writes it apart.
fn edit_key(connection: &Connection, row: &Key) -> Done<Key> {
    there(connection, "keys", "id", "key", &row.id)?;
    key(row)?;
    let stored = "SELECT lookup_id, last_used_at FROM keys WHERE id = ?1";
    let stored = one(connection, stored, [&row.id], |row| {
        Ok((row.get(0)?, row.get::<_, Option<super::word::Moment>>(1)?.map(|super::word::Moment(moment)| moment)))
    })?;
    let (lookup_id, last_used_at) = stored.unwrap_or_default();
    let row = Key { lookup_id, last_used_at: last_used_at.or(row.last_used_at), ..row.clone() };
    put::key(connection, &row)?;
    Ok(row)
}

fn key(row: &Key) -> Done {
    refuse::id("organization", &row.organization)?;
    refuse::optional_id("owner", row.owner.as_deref())?;
    refuse::optional_id("createdBy", row.created_by.as_deref())?;
    if row.hashed_secret.is_some() {
        return Err(Stop::Refused("hashedSecret".into(), StepProblem::Secret));
    }
    Ok(())
}

fn binding(row: &Binding) -> Done {
    refuse::id("id", &row.id)?;
    refuse::id("organization", &row.organization)?;
    match &row.holder {
        Holder::User(user) => refuse::id("user", user)?,
        Holder::Group(group) => refuse::id("group", group)?,
        Holder::Key(key) => refuse::id("key", key)?,
    }
    refuse::custom_role(row.role, row.custom_role.as_deref(), true)?;
    match &row.scope {
        Scope::Organization(organization) => refuse::id("scope.organization", organization),
        Scope::Team(team) => refuse::id("scope.team", team),
        Scope::Project(project) => refuse::id("scope.project", project),
    }
}

pub(super) fn exists(connection: &Connection, sql: &str, params: impl Params) -> Done<bool> {
    Ok(connection.prepare_cached(sql)?.exists(params)?)
}

fn by_id(table: &str) -> String {
    format!("SELECT 1 FROM {table} WHERE id = ?1")
}

/// Refuses what is no id, and an id that is taken.
fn free(connection: &Connection, table: &str, kind: &'static str, id: &str) -> Done {
    refuse::id("id", id)?;
    if exists(connection, &by_id(table), [id])? { Err(Stop::duplicate(kind, id)) } else { Ok(()) }
}

/// Refuses an id that nothing has.
pub(super) fn there(connection: &Connection, table: &str, field: &'static str, kind: &'static str, id: &str) -> Done {
    if exists(connection, &by_id(table), [id])? { Ok(()) } else { Err(Stop::not_found(field, kind, id)) }
}

fn pair_there(connection: &Connection, sql: &str, kind: &'static str, id: &str, user: &str) -> Done {
    if exists(connection, sql, [id, user])? {
        return Ok(());
    }
    Err(Stop::row("user", Refusal::PairNotFound { kind, id: id.into(), user: user.into() }))
}

fn duplicate_pair(field: impl Into<std::borrow::Cow<'static, str>>, kind: &'static str, id: &str, user: &str) -> Stop {
    Stop::row(field, Refusal::DuplicatePair { kind, id: id.into(), user: user.into() })
}

fn no_children(connection: &Connection, (kind, id): (&'static str, &str), (children, sql): (&'static str, &str)) -> Done {
    match one(connection, sql, [id], |row| row.get(0))? {
        None => Ok(()),
        Some(child) => Err(Stop::row("id", Refusal::HasChildren { kind, id: id.into(), children, child })),
    }
}

/// Writes a moment where none is yet.
fn set_once(connection: &Connection, table: &str, column: &str, id: &str, at: Timestamp) -> Done {
    let sql = format!("UPDATE {table} SET {column} = ?2 WHERE id = ?1 AND {column} IS NULL");
    put::run(connection, &sql, rusqlite::params![id, millis(at)])?;
    Ok(())
}

//! The directory, read from its tables.

use std::str::FromStr;

use clearance_directory::document::{
    Binding, Document, Group, Holder, Key, Member, Organization, Project, Role, Scope, Sensitive, Team, TeamMembership,
    Timestamp, User,
};
use rusqlite::{Connection, Error, Params, Row};

use super::fault::fault;
use super::word::{Moment, Word};
use crate::error::StoreError;

type Read<T> = Result<T, Error>;

/// All rows of the directory, without secrets, each list in its order.
pub(super) fn document(connection: &Connection) -> Result<Document, StoreError> {
    read(connection).map_err(fault)
}

fn read(connection: &Connection) -> Read<Document> {
    Ok(Document {
        organizations: all(connection, "SELECT id, name FROM organizations ORDER BY row", [], |row| {
            Ok(Organization { id: row.get(0)?, name: row.get(1)? })
        })?,
        users: all(connection, "SELECT id, name, email, deactivated_at FROM users ORDER BY row", [], |row| {
            Ok(User { id: row.get(0)?, name: row.get(1)?, email: row.get(2)?, deactivated_at: moment(row, 3)? })
        })?,
        members: all(connection, "SELECT organization, user, role FROM members ORDER BY row", [], |row| {
            Ok(Member { organization: row.get(0)?, user: row.get(1)?, role: word(row, 2)? })
        })?,
        teams: all(connection, "SELECT id, organization, name, personal, owner FROM teams ORDER BY row", [], |row| {
            let (id, organization, name) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(Team { id, organization, name, personal: row.get(3)?, owner: row.get(4)? })
        })?,
        team_memberships: all(
            connection,
            "SELECT team, user, role, custom_role FROM team_memberships ORDER BY row",
            [],
            |row| Ok(TeamMembership { team: row.get(0)?, user: row.get(1)?, role: word(row, 2)?, custom_role: row.get(3)? }),
        )?,
        projects: all(connection, &format!("{PROJECTS} ORDER BY projects.row"), [], project_row)?,
        groups: groups(connection)?,
        roles: roles(connection)?,
        keys: all(connection, &format!("{KEYS} ORDER BY row"), [], key_row)?,
        bindings: all(
            connection,
            "SELECT id, organization, holder_kind, holder, role, custom_role, scope_kind, scope FROM bindings ORDER BY row",
            [],
            binding_row,
        )?,
    })
}

const PROJECTS: &str = "SELECT projects.id, team, name, project_keys.project IS NOT NULL, archived_at
    FROM projects LEFT JOIN project_keys ON project_keys.project = projects.id";

const KEYS: &str = "SELECT id, organization, name, description, mode, owner, created_by, created_at, expires_at, revoked_at,
    last_used_at, ingestion_source, lookup_id FROM keys";

/// The row of a project, as the directory in memory has it.
pub(super) fn project(connection: &Connection, id: &str) -> Read<Option<Project>> {
    one(connection, &format!("{PROJECTS} WHERE projects.id = ?1"), [id], project_row)
}

/// What stands in memory where a project has a project key. Nobody can present it: no credential is empty.
pub(super) fn placeholder() -> Sensitive {
    Sensitive::new("")
}

fn project_row(row: &Row<'_>) -> Read<Project> {
    let has_key: bool = row.get(3)?;
    Ok(Project {
        id: row.get(0)?,
        team: row.get(1)?,
        name: row.get(2)?,
        project_key: has_key.then(placeholder),
        archived_at: moment(row, 4)?,
    })
}

fn groups(connection: &Connection) -> Read<Vec<Group>> {
    let mut groups = all(connection, "SELECT id, organization, name FROM groups ORDER BY row", [], |row| {
        Ok(Group { id: row.get(0)?, organization: row.get(1)?, name: row.get(2)?, members: Vec::new() })
    })?;
    let members = "SELECT user FROM group_members WHERE of_group = ?1 ORDER BY row";
    for group in &mut groups {
        group.members = all(connection, members, [&group.id], |row| row.get(0))?;
    }
    Ok(groups)
}

fn roles(connection: &Connection) -> Read<Vec<Role>> {
    let mut roles = all(connection, "SELECT id, organization, kind, name FROM roles ORDER BY row", [], |row| {
        let (id, organization, kind, name) = (row.get(0)?, row.get(1)?, word(row, 2)?, row.get(3)?);
        Ok(Role { id, organization, kind, name, permissions: Vec::new() })
    })?;
    let permissions = "SELECT permission FROM role_permissions WHERE role = ?1 ORDER BY position";
    for role in &mut roles {
        role.permissions = all(connection, permissions, [&role.id], |row| row.get(0))?;
    }
    Ok(roles)
}

fn key_row(row: &Row<'_>) -> Read<Key> {
    Ok(Key {
        id: row.get(0)?,
        organization: row.get(1)?,
        name: row.get(2)?,
        description: row.get(3)?,
        mode: word(row, 4)?,
        owner: row.get(5)?,
        created_by: row.get(6)?,
        created_at: moment(row, 7)?,
        expires_at: moment(row, 8)?,
        revoked_at: moment(row, 9)?,
        last_used_at: moment(row, 10)?,
        ingestion_source: row.get(11)?,
        lookup_id: row.get(12)?,
        hashed_secret: None,
    })
}

fn binding_row(row: &Row<'_>) -> Read<Binding> {
    let holder = Holder::new(word(row, 2)?, row.get::<_, Box<str>>(3)?);
    let scope = Scope::new(word(row, 6)?, row.get::<_, Box<str>>(7)?);
    let (id, organization, role, custom_role) = (row.get(0)?, row.get(1)?, word(row, 4)?, row.get(5)?);
    Ok(Binding { id, organization, holder, role, custom_role, scope })
}

/// Every row that a question answers.
pub(super) fn all<T, P: Params>(
    connection: &Connection,
    sql: &str,
    params: P,
    read: impl FnMut(&Row<'_>) -> Read<T>,
) -> Read<Vec<T>> {
    connection.prepare_cached(sql)?.query_map(params, read)?.collect()
}

/// The first row that a question answers.
pub(super) fn one<T, P: Params>(
    connection: &Connection,
    sql: &str,
    params: P,
    read: impl FnOnce(&Row<'_>) -> Read<T>,
) -> Read<Option<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(read).transpose()
}

fn moment(row: &Row<'_>, column: usize) -> Read<Option<Timestamp>> {
    row.get::<_, Option<Moment>>(column).map(|moment| moment.map(|Moment(moment)| moment))
}

fn word<T: FromStr>(row: &Row<'_>, column: usize) -> Read<T> {
    row.get::<_, Word<T>>(column).map(|Word(member)| member)
}

//! Rows of the directory, written to their tables: as new ones, or in the place of the one that has the same id.

use clearance_directory::document::{Binding, Group, Key, Member, Organization, Project, Role, Team, TeamMembership, User};
use clearance_directory::role_list;
use rusqlite::{Connection, Error, Params, params};

use super::word::millis;

type Done = Result<(), Error>;

/// Executes one statement, which is prepared once. Answers how many rows it concerned.
pub(super) fn run(connection: &Connection, sql: &str, params: impl Params) -> Result<usize, Error> {
    connection.prepare_cached(sql)?.execute(params)
}

fn put(connection: &Connection, sql: &str, params: impl Params) -> Done {
    run(connection, sql, params).map(drop)
}

pub(super) fn organization(connection: &Connection, row: &Organization) -> Done {
    let sql = "INSERT INTO organizations (id, name) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET name = ?2";
    put(connection, sql, params![row.id, row.name])
}

pub(super) fn user(connection: &Connection, row: &User) -> Done {
    let sql = "INSERT INTO users (id, name, email, deactivated_at) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (id) DO UPDATE SET name = ?2, email = ?3, deactivated_at = ?4";
    put(connection, sql, params![row.id, row.name, row.email, row.deactivated_at.map(millis)])
}

pub(super) fn member(connection: &Connection, row: &Member) -> Done {
    let sql = "INSERT INTO members (organization, user, role) VALUES (?1, ?2, ?3)
        ON CONFLICT (organization, user) DO UPDATE SET role = ?3";
    put(connection, sql, params![row.organization, row.user, row.role.as_str()])
}

pub(super) fn team(connection: &Connection, row: &Team) -> Done {
    let sql = "INSERT INTO teams (id, organization, name, personal, owner) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (id) DO UPDATE SET organization = ?2, name = ?3, personal = ?4, owner = ?5";
    put(connection, sql, params![row.id, row.organization, row.name, row.personal, row.owner])
}

pub(super) fn team_membership(connection: &Connection, row: &TeamMembership) -> Done {
    let sql = "INSERT INTO team_memberships (team, user, role, custom_role) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (team, user) DO UPDATE SET role = ?3, custom_role = ?4";
    put(connection, sql, params![row.team, row.user, row.role.as_str(), row.custom_role])
}

/// Not the project key.
pub(super) fn project(connection: &Connection, row: &Project) -> Done {
    let sql = "INSERT INTO projects (id, team, name, archived_at) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (id) DO UPDATE SET team = ?2, name = ?3, archived_at = ?4";
    put(connection, sql, params![row.id, row.team, row.name, row.archived_at.map(millis)])
}

pub(super) fn group(connection: &Connection, row: &Group) -> Done {
    let sql = "INSERT INTO groups (id, organization, name) VALUES (?1, ?2, ?3)
        ON CONFLICT (id) DO UPDATE SET organization = ?2, name = ?3";
    put(connection, sql, params![row.id, row.organization, row.name])?;
    put(connection, "DELETE FROM group_members WHERE of_group = ?1", [&row.id])?;
    row.members.iter().try_for_each(|user| group_member(connection, &row.id, user))
}

pub(super) fn group_member(connection: &Connection, group: &str, user: &str) -> Done {
    put(connection, "INSERT INTO group_members (of_group, user) VALUES (?1, ?2)", [group, user])
}

pub(super) fn role(connection: &Connection, row: &Role) -> Done {
    let sql = "INSERT INTO roles (id, organization, kind, name) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (id) DO UPDATE SET organization = ?2, kind = ?3, name = ?4";
    put(connection, sql, params![row.id, row.organization, row.kind.as_str(), row.name])?;
    put(connection, "DELETE FROM role_permissions WHERE role = ?1", [&row.id])?;
    let sql = "INSERT INTO role_permissions (role, position, permission) VALUES (?1, ?2, ?3)";
    let mut permissions = (0_i64..).zip(role_list::distinct(&row.permissions));
    permissions.try_for_each(|(position, permission)| put(connection, sql, params![row.id, position, permission]))
}

/// Not lookup id and hash.
pub(super) fn key(connection: &Connection, row: &Key) -> Done {
    let sql =
        "INSERT INTO keys (id, organization, name, description, mode, owner, created_by, created_at, expires_at, revoked_at,
            last_used_at, ingestion_source)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
        ON CONFLICT (id) DO UPDATE SET organization = ?2, name = ?3, description = ?4, mode = ?5, owner = ?6, created_by = ?7,
            created_at = ?8, expires_at = ?9, revoked_at = ?10, last_used_at = ?11, ingestion_source = ?12";
    let params = params![
        row.id,
        row.organization,
        row.name,
        row.description,
        row.mode.as_str(),
        row.owner,
        row.created_by,
        row.created_at.map(millis),
        row.expires_at.map(millis),
        row.revoked_at.map(millis),
        row.last_used_at.map(millis),
        row.ingestion_source,
    ];
    put(connection, sql, params)
}

pub(super) fn binding(connection: &Connection, row: &Binding) -> Done {
    let (holder_kind, scope_kind) = (row.holder.kind().as_str(), row.scope.kind().as_str());
    let sql = "INSERT INTO bindings (id, organization, holder_kind, holder, role, custom_role, scope_kind, scope)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (id) DO UPDATE SET organization = ?2, holder_kind = ?3, holder = ?4, role = ?5, custom_role = ?6,
            scope_kind = ?7, scope = ?8";
    let (holder, scope, role) = (row.holder.id(), row.scope.id(), row.role.as_str());
    let params = params![row.id, row.organization, holder_kind, holder, role, row.custom_role, scope_kind, scope];
    put(connection, sql, params)
}

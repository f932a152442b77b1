//! A new database, from a directory file.

use std::fs::File;
use std::path::{Path, PathBuf};

use clearance_directory::Directory;
use clearance_directory::document::{Document, Sensitive};
use rusqlite::{Connection, OpenFlags, Transaction, params};

use super::fault::{fault, io_fault};
use super::lock::Lock;
use super::log::beside;
use super::schema::{self, MIGRATIONS, shown};
use super::stop::Stop;
use super::write::perform;
use super::writer::Writer;
use super::{connection, credential, pepper, put, step};
use crate::error::{StepProblem, StoreError};
use crate::pepper::Peppers;
use crate::token::Token;
use crate::write::{Committed, Write};

/// Makes the file with all that is in the document and the first write, or no file.
pub(super) fn create(
    path: &Path,
    document: &Document,
    peppers: &Peppers,
    first: &Write,
) -> Result<(PathBuf, Writer), StoreError> {
    // The same refusals as those of a directory file, with the same places.
    Directory::from_document(document.clone())?;
    let name = path.file_name().ok_or_else(|| StoreError::Exists { path: shown(path) })?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = parent.canonicalize().map_err(|error| io_fault(&error))?;
    let path = folder.join(name);
    let lock = Lock::of_name(&path)?;
    // Its database was moved away, or is lost: what was acknowledged last may be in it alone. What only reads leaves an empty one.
    if std::fs::symlink_metadata(beside(&path, "-wal")).is_ok_and(|log| !log.is_file() || log.len() > 0) {
        return Err(StoreError::LogLeft { path: shown(&path) });
    }
    new_file(&path)?;
    let fill = |lock: Lock| -> Result<Writer, StoreError> {
        let lock = lock.and_of_file(&path)?;
        let connection = connection::open(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection::keep_log(&connection)?;
        connection::make_durable(&connection)?;
        let writer = Writer::open(&path, connection, lock, |transaction| fill(transaction, document, peppers, first))?;
        sync(&folder).map(|()| writer)
    };
    match fill(lock) {
        Ok(writer) => Ok((path, writer)),
        Err(error) => {
            remove(&path);
            Err(error)
        }
    }
}

fn fill(transaction: &Transaction<'_>, document: &Document, peppers: &Peppers, first: &Write) -> Result<(), StoreError> {
    schema::migrate_within(transaction, 0, MIGRATIONS)?;
    pepper::note(transaction, peppers)?;
    rows(transaction, document, peppers)?;
    let _: Committed = perform(transaction, peppers, first)?;
    Ok(())
}

/// Writes the rows of a document that a directory accepts.
fn rows(connection: &Connection, document: &Document, peppers: &Peppers) -> Result<(), StoreError> {
    let Document { organizations, users, members, teams, team_memberships, projects, groups, roles, keys, bindings } = document;
    organizations.iter().try_for_each(|row| put::organization(connection, row)).map_err(fault)?;
    users.iter().try_for_each(|row| put::user(connection, row)).map_err(fault)?;
    members.iter().try_for_each(|row| put::member(connection, row)).map_err(fault)?;
    teams.iter().try_for_each(|row| put::team(connection, row)).map_err(fault)?;
    team_memberships.iter().try_for_each(|row| put::team_membership(connection, row)).map_err(fault)?;
    projects.iter().try_for_each(|row| put::project(connection, row)).map_err(fault)?;
    groups.iter().try_for_each(|row| put::group(connection, row)).map_err(fault)?;
    roles.iter().try_for_each(|row| put::role(connection, row)).map_err(fault)?;
    keys.iter().try_for_each(|row| put::key(connection, row)).map_err(fault)?;
    bindings.iter().try_for_each(|row| put::binding(connection, row)).map_err(fault)?;

    for (index, key) in keys.iter().enumerate() {
        let taken = "SELECT 1 FROM keys WHERE lookup_id = ?1";
        if let Some(lookup_id) = &key.lookup_id
            && connection.prepare_cached(taken).and_then(|mut taken| taken.exists([lookup_id])).map_err(fault)?
        {
            let path = format!("keys[{index}].lookupId").into();
            return Err(StoreError::DocumentSecret { path, problem: StepProblem::LookupIdTaken });
        }
        let hash = key.hashed_secret.as_ref().map(Sensitive::expose);
        let sql = "UPDATE keys SET lookup_id = ?2, hash = ?3 WHERE id = ?1";
        put::run(connection, sql, params![key.id, key.lookup_id, hash]).map_err(fault)?;
        if key.lookup_id.is_some() && hash.is_some() {
            credential::seal_key(connection, peppers.current(), &key.id).map_err(fault)?;
        }
    }
    let mut nobody_follows = Committed::default();
    for (index, project) in projects.iter().enumerate() {
        let Some(project_key) = &project.project_key else { continue };
        let token = Token::new(project_key.expose());
        step::set_project_key(connection, peppers, &project.id, &token, &mut nobody_follows).map_err(|stop| match stop {
            Stop::Refused(_, problem) => {
                StoreError::DocumentSecret { path: format!("projects[{index}].projectKey").into(), problem }
            }
            Stop::Fault(error) => error,
        })?;
    }
    Ok(())
}

/// Makes an empty file that its owner alone may read.
fn new_file(path: &Path) -> Result<(), StoreError> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => StoreError::Exists { path: shown(path) },
        _ => io_fault(&error),
    })
}

/// Makes the name of the file stay when the power fails.
pub(super) fn sync(folder: &Path) -> Result<(), StoreError> {
    // Windows opens no folders, and keeps names by itself.
    if cfg!(unix) { File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| io_fault(&error)) } else { Ok(()) }
}

/// Removes the files that were begun. No log held anything before, and SQLite makes the index of a log again when it needs one. The next
/// start refuses what cannot be removed.
fn remove(path: &Path) {
    for end in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        let _ = std::fs::remove_file(name);
    }
}

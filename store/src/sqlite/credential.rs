//! Credentials, read from their tables. A row without the right seal lets nobody in.

use std::sync::Arc;

use rusqlite::{Connection, Error, Row, params};

use super::operator;
use super::put::run;
use super::read::one;
use crate::credentials::Credentials;
use crate::credentials::update::{CredentialUpdate, Update};
use crate::pepper::{Digest, Pepper, Peppers, unhex};
use crate::seal::{Sealed, Unsealed};

/// The hashes of keys.
pub(super) const KEYS: &str = "SELECT lookup_id, id, hash, pepper, coalesce(pepper, sealed_with), seal FROM keys
    WHERE lookup_id IS NOT NULL AND hash IS NOT NULL";

/// The project keys.
pub(super) const PROJECT_KEYS: &str = "SELECT project, pepper, digest, seal FROM project_keys";

/// All that tokens are verified with.
pub(super) fn credentials(connection: &Connection, peppers: &Arc<Peppers>) -> Result<Credentials, Error> {
    let mut credentials = Credentials::new(Arc::clone(peppers));
    let mut take = |sealed: Result<Option<CredentialUpdate>, Unsealed>| match sealed {
        Ok(update) => update.into_iter().for_each(|update| credentials.apply(update)),
        Err(unsealed) => credentials.refuse(unsealed),
    };
    let mut keys = connection.prepare_cached(KEYS)?;
    let mut rows = keys.query([])?;
    while let Some(row) = rows.next()? {
        take(key_update(peppers, row)?);
    }
    let mut project_keys = connection.prepare_cached(PROJECT_KEYS)?;
    let mut rows = project_keys.query([])?;
    while let Some(row) = rows.next()? {
        take(project_key_update(peppers, row)?);
    }
    operator::updates(connection, peppers)?.into_iter().for_each(take);
    Ok(credentials)
}

/// What memory must know of one key. `None` means that its row has no right seal, or that no secret matches it.
pub(super) fn of_key(connection: &Connection, peppers: &Peppers, id: &str) -> Result<Option<CredentialUpdate>, Error> {
    let update = one(connection, &format!("{KEYS} AND id = ?1"), [id], |row| key_update(peppers, row))?;
    Ok(update.and_then(Result::ok).flatten())
}

/// Whether the row of a key has the right seal.
pub(super) fn is_right(connection: &Connection, peppers: &Peppers, id: &str) -> Result<bool, Error> {
    let update = one(connection, &format!("{KEYS} AND id = ?1"), [id], |row| key_update(peppers, row))?;
    Ok(update.is_some_and(|update| update.is_ok()))
}

/// `None` stands for a hash that no secret matches.
pub(super) fn key_update(peppers: &Peppers, row: &Row<'_>) -> Result<Result<Option<CredentialUpdate>, Unsealed>, Error> {
    let (lookup_id, id) = (row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?);
    // A value that is not text has no seal, and stops nothing else.
    let text = row.get_ref(2)?.as_str().unwrap_or_default();
    let (pepper, sealed_with) = (row.get_ref(3)?.as_str_or_null()?, row.get_ref(4)?.as_str_or_null()?);
    let sealed = Sealed::Key { id, lookup_id, hash: text, pepper };
    if !sealed.has_seal(peppers, sealed_with, row.get_ref(5)?.as_blob_or_null().unwrap_or_default()) {
        return Ok(Err(Unsealed { what: "key", id: id.into() }));
    }
    let set = |hash| Update::SetKey { lookup_id: lookup_id.into(), key: id.into(), hash, pepper: pepper.map(Box::from) };
    Ok(Ok(unhex(text).map(|hash| CredentialUpdate(set(hash)))))
}

pub(super) fn project_key_update(peppers: &Peppers, row: &Row<'_>) -> Result<Result<Option<CredentialUpdate>, Unsealed>, Error> {
    let (project, pepper) = (row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?);
    let digest: Digest = row.get(2).unwrap_or_default();
    let sealed = Sealed::ProjectKey { project, digest: &digest, pepper };
    if !sealed.has_seal(peppers, Some(pepper), row.get_ref(3)?.as_blob_or_null().unwrap_or_default()) {
        return Ok(Err(Unsealed { what: "project key", id: project.into() }));
    }
    let (project, pepper) = (project.into(), pepper.into());
    Ok(Ok(Some(CredentialUpdate(Update::SetProjectKey { digest, project, pepper }))))
}

/// Seals the credential of a key as it is stored. One that a directory file brought is sealed with this pepper, every other must have
/// been hashed with it.
pub(super) fn seal_key(connection: &Connection, with: &Pepper, id: &str) -> Result<(), Error> {
    let seal = one(connection, &format!("{KEYS} AND id = ?1"), [id], |row| {
        let (lookup_id, id, hash) = (row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?);
        Ok(Sealed::Key { id, lookup_id, hash, pepper: row.get_ref(3)?.as_str_or_null()? }.seal(with))
    })?;
    let sql = "UPDATE keys SET seal = ?2, sealed_with = iif(pepper IS NULL, ?3, NULL) WHERE id = ?1";
    run(connection, sql, params![id, seal, with.name()]).map(drop)
}

/// Seals a project key as it is stored, with the pepper that it was made with.
pub(super) fn seal_project_key(connection: &Connection, with: &Pepper, project: &str) -> Result<(), Error> {
    let seal = one(connection, &format!("{PROJECT_KEYS} WHERE project = ?1"), [project], |row| {
        let (pepper, digest) = (row.get_ref(1)?.as_str()?, row.get::<_, Digest>(2)?);
        Ok(Sealed::ProjectKey { project, digest: &digest, pepper }.seal(with))
    })?;
    run(connection, "UPDATE project_keys SET seal = ?2 WHERE project = ?1", params![project, seal]).map(drop)
}

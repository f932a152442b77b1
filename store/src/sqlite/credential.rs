//! Credentials, read from their tables.

use std::sync::Arc;

use rusqlite::{Connection, Row};

use super::operator;
use super::read::one;
use crate::credentials::{CredentialUpdate, Credentials, Update};
use crate::pepper::{Peppers, unhex};

const KEYS: &str = "SELECT lookup_id, id, hash, pepper FROM keys WHERE lookup_id IS NOT NULL AND hash IS NOT NULL";

/// All that tokens are verified with.
pub(super) fn credentials(connection: &Connection, peppers: &Arc<Peppers>) -> Result<Credentials, rusqlite::Error> {
    let mut credentials = Credentials::new(Arc::clone(peppers));
    let mut keys = connection.prepare_cached(KEYS)?;
    let mut rows = keys.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(update) = key_update(row)? {
            credentials.apply(update);
        }
    }
    let mut project_keys = connection.prepare_cached("SELECT project, pepper, digest FROM project_keys")?;
    let mut rows = project_keys.query([])?;
    while let Some(row) = rows.next()? {
        let (project, pepper, digest) = (row.get(0)?, row.get(1)?, row.get(2)?);
        credentials.apply(CredentialUpdate(Update::SetProjectKey { digest, project, pepper }));
    }
    operator::updates(connection)?.into_iter().for_each(|update| credentials.apply(update));
    Ok(credentials)
}

/// What memory must know of one key.
pub(super) fn of_key(connection: &Connection, id: &str) -> Result<Option<CredentialUpdate>, rusqlite::Error> {
    one(connection, &format!("{KEYS} AND id = ?1"), [id], key_update).map(Option::flatten)
}

/// None for a hash that no secret matches.
fn key_update(row: &Row<'_>) -> Result<Option<CredentialUpdate>, rusqlite::Error> {
    let Some(hash) = unhex(row.get_ref(2)?.as_str().unwrap_or_default()) else { return Ok(None) };
    let (lookup_id, key, pepper) = (row.get(0)?, row.get(1)?, row.get(3)?);
    Ok(Some(CredentialUpdate(Update::SetKey { lookup_id, key, hash, pepper })))
}

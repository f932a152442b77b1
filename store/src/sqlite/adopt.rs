//! Credentials that were stored before there were seals, and seals that were made with an older pepper.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use clearance_directory::document::Timestamp;
use rusqlite::{Connection, Error};
use serde_json::{Value, json};

use super::fault::fault;
use super::read::all;
use super::schema::shown;
use super::{audit, credential, operator};
use crate::audit::{Claims, Entry, Head, Stored, Verdict, Who};
use crate::error::StoreError;
use crate::pepper::Peppers;

/// The verb of the audit row for credentials that got their first seal. There is at most one such row: the database must come from a
/// version without seals.
const SEAL: &str = "credentials.seal";

/// Rows without a seal, each with the name of the pepper that made it.
const UNSEALED_KEYS: &str =
    "SELECT id, pepper FROM keys WHERE seal IS NULL AND lookup_id IS NOT NULL AND hash IS NOT NULL ORDER BY row";
const UNSEALED_OPERATORS: &str = "SELECT id, pepper FROM operators WHERE seal IS NULL ORDER BY row";
const UNSEALED_PROJECT_KEYS: &str = "SELECT project, pepper FROM project_keys WHERE seal IS NULL ORDER BY project";

type Unsealed = Vec<(Box<str>, Option<Box<str>>)>;

/// Seals what an older program stored, and says in the audit how much it was: it is trusted to be as that program left it. To be called
/// while the database is brought to the version that has seals.
///
/// The file itself says its version, and anybody who can write the file can make it older than it is. So the whole audit is verified first,
/// and it must be one of before there were seals. A plain hash is sealed only for a key that came with the directory file.
pub(super) fn adopt(connection: &Connection, peppers: &Peppers, path: &Path) -> Result<(), StoreError> {
    let refused = |problem: &str| StoreError::SealsMissing { path: shown(path), problem: problem.into() };
    let (mut claims, mut has_seals) = (Claims::default(), false);
    let verdict = audit::walk(connection, peppers, None, |row| {
        has_seals |= says_seals(row);
        claims.take(row);
    })?;
    let Verdict::Whole(head) = verdict else { return Err(refused(&verdict.to_string())) };
    if has_seals {
        return Err(refused("its audit says that its credentials have seals"));
    }
    let found = |sql: &str| -> Result<Unsealed, Error> { all(connection, sql, [], |row| Ok((row.get(0)?, row.get(1)?))) };
    let mut keys = found(UNSEALED_KEYS).map_err(fault)?;
    let operators = found(UNSEALED_OPERATORS).map_err(fault)?;
    let project_keys = found(UNSEALED_PROJECT_KEYS).map_err(fault)?;
    if keys.is_empty() && operators.is_empty() && project_keys.is_empty() {
        return Ok(());
    }
    if head == Head::EMPTY {
        return Err(refused("it has credentials, and its audit has no rows"));
    }
    let ids: Vec<Box<str>> = all(connection, "SELECT id FROM keys", [], |row| row.get(0)).map_err(fault)?;
    let was_made = |id: &str| claims.keys.get(id).is_some_and(|claim| claim.made);
    let unknown = ids.iter().filter(|id| !was_made(id)).count();
    // Where there are more, nobody can tell which of them came with the directory file.
    let is_beyond = claims.began_with.is_some_and(|began_with| u64::try_from(unknown).is_ok_and(|unknown| unknown > began_with));
    keys.retain(|(id, pepper)| pepper.is_some() || !(is_beyond || was_made(id)));
    // Peppers that are needed are given: the opening has looked.
    let pepper = |name: Option<&str>| name.and_then(|name| peppers.find(name)).unwrap_or(peppers.current());
    let seal = || {
        keys.iter().try_for_each(|(id, name)| credential::seal_key(connection, pepper(name.as_deref()), id))?;
        operators.iter().try_for_each(|(id, name)| operator::seal(connection, pepper(name.as_deref()), id))?;
        project_keys.iter().try_for_each(|(id, name)| credential::seal_project_key(connection, pepper(name.as_deref()), id))
    };
    seal().map_err(fault)?;
    let imported = keys.iter().filter(|(_, pepper)| pepper.is_none()).count();
    let after = json!({
        "keys": keys.len(),
        "imported": imported,
        "operators": operators.len(),
        "projectKeys": project_keys.len(),
    });
    audit::append(connection, peppers, &entry(SEAL, "credentials", None, after))
}

/// Whether a row says that credentials of this database have had seals for some time.
fn says_seals(row: &Stored) -> bool {
    let is_sealed = || {
        let after: Option<Value> = row.after.as_deref().and_then(|after| serde_json::from_str(after).ok());
        after.is_some_and(|after| after.get("sealed") == Some(&Value::Bool(true)))
    };
    row.verb == SEAL || row.sequence == 1 && row.verb == "database.init" && is_sealed()
}

/// Seals with the current pepper what a directory file brought and an older pepper sealed, so that the older one may go.
pub(super) fn follow_pepper(connection: &Connection, peppers: &Peppers) -> Result<(), StoreError> {
    let older = "SELECT id FROM keys WHERE pepper IS NULL AND sealed_with IS NOT NULL AND sealed_with <> ?1 ORDER BY row";
    let current = peppers.current();
    let ids: Vec<Box<str>> = all(connection, older, [current.name()], |row| row.get(0)).map_err(fault)?;
    for id in &ids {
        // What has no right seal is left as it is: a new one would make it right.
        if credential::is_right(connection, peppers, id).map_err(fault)? {
            credential::seal_key(connection, current, id).map_err(fault)?;
        }
    }
    Ok(())
}

/// What the audit says of something that the opening of a database did.
pub(super) fn entry(verb: &str, subject: &str, before: Option<Value>, after: Value) -> Entry {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    let millis = elapsed.and_then(|elapsed| u64::try_from(elapsed.as_millis()).ok()).unwrap_or(u64::MAX);
    Entry {
        at: Timestamp::saturating_from_millis(millis),
        who: Who::Command,
        verb: verb.into(),
        subject: subject.into(),
        before,
        after: Some(after),
        peer: None,
        policy: None,
    }
}

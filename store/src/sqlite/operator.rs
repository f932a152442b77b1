//! Operators, read from their tables.

use rusqlite::{Connection, Row};

use super::read::{all, one};
use super::word::{Moment, Word};
use crate::credentials::{CredentialUpdate, Update};
use crate::operator::Operator;
use crate::pepper::unhex;
use crate::token::shown;

const OPERATORS: &str = "SELECT id, name, created_at, revoked_at, lookup_id, hash, pepper FROM operators";

/// An operator with all that verifies its token.
struct Stored {
    operator: Operator,
    lookup_id: Box<str>,
    hash: Box<str>,
    pepper: Box<str>,
}

/// All operators.
pub(super) fn operators(connection: &Connection) -> Result<Vec<Operator>, rusqlite::Error> {
    Ok(stored(connection)?.into_iter().map(|stored| stored.operator).collect())
}

/// What memory must know of all operators.
pub(super) fn updates(connection: &Connection) -> Result<Vec<CredentialUpdate>, rusqlite::Error> {
    Ok(stored(connection)?.into_iter().filter_map(Stored::update).collect())
}

/// What memory must know of one operator.
pub(super) fn update(connection: &Connection, id: &str) -> Result<Option<CredentialUpdate>, rusqlite::Error> {
    let stored = one(connection, &format!("{OPERATORS} WHERE id = ?1"), [id], read)?;
    stored.map(|stored| with_purposes(connection, stored)).transpose().map(|stored| stored.and_then(Stored::update))
}

fn stored(connection: &Connection) -> Result<Vec<Stored>, rusqlite::Error> {
    let stored = all(connection, &format!("{OPERATORS} ORDER BY row"), [], read)?;
    stored.into_iter().map(|stored| with_purposes(connection, stored)).collect()
}

fn read(row: &Row<'_>) -> Result<Stored, rusqlite::Error> {
    let lookup_id: Box<str> = row.get(4)?;
    let Moment(created_at) = row.get(2)?;
    let operator = Operator {
        id: row.get(0)?,
        name: row.get(1)?,
        purposes: std::collections::BTreeSet::new(),
        created_at,
        revoked_at: row.get::<_, Option<Moment>>(3)?.map(|Moment(moment)| moment),
        shown: shown(&lookup_id).into(),
    };
    Ok(Stored { operator, lookup_id, hash: row.get(5)?, pepper: row.get(6)? })
}

fn with_purposes(connection: &Connection, mut stored: Stored) -> Result<Stored, rusqlite::Error> {
    let purposes = "SELECT purpose FROM operator_purposes WHERE operator = ?1";
    let purposes = all(connection, purposes, [&stored.operator.id], |row| row.get(0).map(|Word(purpose)| purpose))?;
    stored.operator.purposes = purposes.into_iter().collect();
    Ok(stored)
}

impl Stored {
    /// None for a hash that no secret matches.
    fn update(self) -> Option<CredentialUpdate> {
        let Self { operator, lookup_id, hash, pepper } = self;
        let hash = unhex(&hash)?;
        Some(CredentialUpdate(Update::SetOperator { lookup_id, operator, hash, pepper: Some(pepper) }))
    }
}

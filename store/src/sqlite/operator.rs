//! Operators, read from their tables.

use rusqlite::{Connection, Row, params};

use super::put::run;
use super::read::{all, one};
use super::word::{Moment, Word};
use crate::credentials::update::{CredentialUpdate, Update};
use crate::operator::Operator;
use crate::pepper::{Pepper, Peppers, unhex};
use crate::seal::{Sealed, Unsealed};
use crate::token::shown;

const OPERATORS: &str = "SELECT id, name, created_at, revoked_at, lookup_id, hash, pepper, seal FROM operators";

/// An operator with all that verifies its token.
struct Stored {
    operator: Operator,
    lookup_id: Box<str>,
    hash: Box<str>,
    pepper: Box<str>,
    seal: Option<Vec<u8>>,
}

/// All operators.
pub(super) fn operators(connection: &Connection) -> Result<Vec<Operator>, rusqlite::Error> {
    Ok(read_all(connection)?.into_iter().map(|stored| stored.operator).collect())
}

/// What memory must know of all operators, in the place of those whose row has no right seal that it has none.
pub(super) fn updates(
    connection: &Connection,
    peppers: &Peppers,
) -> Result<Vec<Result<Option<CredentialUpdate>, Unsealed>>, rusqlite::Error> {
    let sealed = |stored: Stored| match stored.is_sealed(peppers) {
        true => Ok(stored.update()),
        false => Err(Unsealed { what: "operator", id: stored.operator.id }),
    };
    Ok(read_all(connection)?.into_iter().map(sealed).collect())
}

/// What memory must know of one operator. `None` means that its row has no right seal, or that no secret matches it.
pub(super) fn update(connection: &Connection, peppers: &Peppers, id: &str) -> Result<Option<CredentialUpdate>, rusqlite::Error> {
    Ok(read_one(connection, id)?.filter(|stored| stored.is_sealed(peppers)).and_then(Stored::update))
}

/// What memory must know of an operator who is revoked, whatever seal the row has.
pub(super) fn revoked(connection: &Connection, id: &str) -> Result<Option<CredentialUpdate>, rusqlite::Error> {
    Ok(read_one(connection, id)?.filter(|stored| stored.operator.revoked_at.is_some()).and_then(Stored::update))
}

/// Seals the credential of an operator as it is stored, with the pepper that it was hashed with.
pub(super) fn seal(connection: &Connection, with: &Pepper, id: &str) -> Result<(), rusqlite::Error> {
    let seal = read_one(connection, id)?.map(|stored| stored.seal_input().seal(with));
    run(connection, "UPDATE operators SET seal = ?2 WHERE id = ?1", params![id, seal]).map(drop)
}

fn read_one(connection: &Connection, id: &str) -> Result<Option<Stored>, rusqlite::Error> {
    let stored = one(connection, &format!("{OPERATORS} WHERE id = ?1"), [id], read)?;
    stored.map(|stored| with_purposes(connection, stored)).transpose()
}

fn read_all(connection: &Connection) -> Result<Vec<Stored>, rusqlite::Error> {
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
    Ok(Stored { operator, lookup_id, hash: row.get(5)?, pepper: row.get(6)?, seal: row.get(7)? })
}

fn with_purposes(connection: &Connection, mut stored: Stored) -> Result<Stored, rusqlite::Error> {
    let purposes = "SELECT purpose FROM operator_purposes WHERE operator = ?1";
    let purposes = all(connection, purposes, [&stored.operator.id], |row| row.get(0).map(|Word(purpose)| purpose))?;
    stored.operator.purposes = purposes.into_iter().collect();
    Ok(stored)
}

impl Stored {
    fn seal_input(&self) -> Sealed<'_> {
        Sealed::Operator { id: &self.operator.id, lookup_id: &self.lookup_id, hash: &self.hash, pepper: &self.pepper }
    }

    fn is_sealed(&self, peppers: &Peppers) -> bool {
        self.seal_input().has_seal(peppers, Some(&self.pepper), self.seal.as_deref())
    }

    /// `None` stands for a hash that no secret matches.
    fn update(self) -> Option<CredentialUpdate> {
        let Self { operator, lookup_id, hash, pepper, .. } = self;
        let hash = unhex(&hash)?;
        Some(CredentialUpdate(Update::SetOperator { lookup_id, operator, hash, pepper: Some(pepper) }))
    }
}

//! Whether the peppers that are given are those that the database was made with.

use rusqlite::{Connection, params};
use subtle::ConstantTimeEq as _;

use super::fault::fault;
use super::put::run;
use super::read::all;
use crate::error::StoreError;
use crate::pepper::{Digest, Peppers};

/// How many credentials need which pepper.
const NEEDED: &str = "SELECT pepper, sum(n) FROM (
        SELECT coalesce(pepper, sealed_with) AS pepper, count(*) AS n FROM keys GROUP BY coalesce(pepper, sealed_with)
        UNION ALL SELECT pepper, count(*) FROM project_keys GROUP BY pepper
        UNION ALL SELECT pepper, count(*) FROM operators GROUP BY pepper
    ) WHERE pepper IS NOT NULL GROUP BY pepper";

/// Refuses peppers with which credentials could not be verified, or would be stored so that they could not be later.
pub(super) fn check(connection: &Connection, peppers: &Peppers) -> Result<(), StoreError> {
    let known: Vec<(Box<str>, Digest)> =
        all(connection, "SELECT name, verifier FROM peppers", [], |row| Ok((row.get(0)?, row.get(1)?))).map_err(fault)?;
    let mut one_is_known = false;
    for pepper in peppers.all() {
        let is_same = |verifier: &Digest| bool::from(pepper.verifier().ct_eq(verifier));
        match known.iter().find(|(name, _)| **name == *pepper.name()) {
            Some((_, verifier)) if is_same(verifier) => one_is_known = true,
            Some(_) => return Err(StoreError::WrongPepper { name: pepper.name().into() }),
            None => {
                if let Some((known, _)) = known.iter().find(|(_, verifier)| is_same(verifier)) {
                    return Err(StoreError::RenamedPepper { name: pepper.name().into(), known: known.clone() });
                }
            }
        }
    }
    let needed = all(connection, NEEDED, [], |row| Ok((row.get::<_, Box<str>>(0)?, row.get::<_, i64>(1)?))).map_err(fault)?;
    if let Some((name, rows)) = needed.into_iter().find(|(name, _)| peppers.find(name).is_none()) {
        return Err(StoreError::MissingPepper { name, rows: u64::try_from(rows).unwrap_or_default() });
    }
    if one_is_known { Ok(()) } else { Err(StoreError::UnknownPepper) }
}

/// Notes the peppers that the database does not know yet, so that later ones are compared with them.
pub(super) fn note(connection: &Connection, peppers: &Peppers) -> Result<(), StoreError> {
    for pepper in peppers.all() {
        let sql = "INSERT INTO peppers (name, verifier) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING";
        run(connection, sql, params![pepper.name(), pepper.verifier()]).map_err(fault)?;
    }
    Ok(())
}

//! What is stored, held against what the audit says of it.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{Connection, Error};

use super::credential::{self, KEYS, PROJECT_KEYS};
use super::operator;
use crate::audit::{Claims, Difference, Differences, KeyClaim, OperatorClaim};
use crate::pepper::Peppers;
use crate::seal::Unsealed;

/// Everything that differs. Costs as much as there are rows.
pub(super) fn differences(connection: &Connection, peppers: &Peppers, claims: Claims) -> Result<Differences, Error> {
    let mut differences = Differences::default();
    let Claims { keys, operators, began_with } = claims;
    self::keys(connection, keys, began_with, &mut differences)?;
    self::operators(connection, operators, began_with.is_some(), &mut differences)?;
    credentials(connection, peppers, &mut differences)?;
    Ok(differences)
}

fn keys(
    connection: &Connection,
    mut claims: HashMap<Box<str>, KeyClaim>,
    began_with: Option<u64>,
    differences: &mut Differences,
) -> Result<(), Error> {
    let mut statement = connection.prepare("SELECT id, owner, mode, expires_at, revoked_at FROM keys ORDER BY row")?;
    let mut rows = statement.query([])?;
    let mut unknown: u64 = 0;
    while let Some(row) = rows.next()? {
        let id: Box<str> = row.get(0)?;
        let claim = claims.remove(&id).unwrap_or_default();
        if !claim.made {
            unknown += 1;
            if let Some(began_with) = began_with.filter(|began_with| unknown > *began_with) {
                differences.push(Difference::KeyUnknown { key: id.clone(), began_with });
            }
        }
        let sequence = claim.sequence;
        let mut differs = |field: &'static str, stored: Option<String>, said: Option<String>| {
            if stored != said {
                let shown = |value: Option<String>| value.map_or_else(|| "nothing".into(), |value| format!("`{value}`").into());
                let (stored, said) = (shown(stored), shown(said));
                differences.push(Difference::Key { key: id.clone(), field, stored, said, sequence });
            }
        };
        if let Some(owner) = claim.owner {
            differs("the owner", row.get(1)?, owner.map(String::from));
        }
        if let Some(mode) = claim.mode {
            differs("the mode", row.get(2)?, Some(mode.into()));
        }
        if let Some(expires) = claim.expires_at {
            let stored: Option<i64> = row.get(3)?;
            differs("the expiry", stored.map(moment), expires.map(|at| moment(i64::try_from(at).unwrap_or(i64::MAX))));
        }
        match (claim.revoked, row.get::<_, Option<i64>>(4)?.is_some()) {
            (Some(sequence), false) => differences.push(Difference::KeyNotRevoked { key: id, sequence }),
            (None, true) if claim.made => differences.push(Difference::KeyRevoked { key: id }),
            _ => {}
        }
    }
    let mut missing: Vec<_> = claims.into_iter().map(|(key, claim)| (claim.sequence, key)).collect();
    missing.sort_unstable();
    missing.into_iter().for_each(|(sequence, key)| differences.push(Difference::KeyMissing { key, sequence }));
    Ok(())
}

fn operators(
    connection: &Connection,
    mut claims: HashMap<Box<str>, OperatorClaim>,
    knows_all: bool,
    differences: &mut Differences,
) -> Result<(), Error> {
    for stored in operator::operators(connection)? {
        let OperatorClaim { sequence, made, purposes, revoked } = claims.remove(&stored.id).unwrap_or_default();
        if knows_all && !made {
            differences.push(Difference::OperatorUnknown { operator: stored.id.clone() });
        }
        let stored_purposes: BTreeSet<Box<str>> = stored.purposes.iter().map(|purpose| purpose.to_string().into()).collect();
        if let Some(purposes) = purposes.filter(|purposes| *purposes != stored_purposes) {
            let shown = |purposes: BTreeSet<Box<str>>| purposes.into_iter().collect::<Vec<_>>().join(", ").into();
            let (operator, stored, said) = (stored.id.clone(), shown(stored_purposes), shown(purposes));
            differences.push(Difference::OperatorPurposes { operator, stored, said, sequence });
        }
        if let (Some(sequence), None) = (revoked, stored.revoked_at) {
            differences.push(Difference::OperatorNotRevoked { operator: stored.id, sequence });
        }
    }
    let mut missing: Vec<_> = claims.into_iter().map(|(operator, claim)| (claim.sequence, operator)).collect();
    missing.sort_unstable();
    missing.into_iter().for_each(|(sequence, operator)| differences.push(Difference::OperatorMissing { operator, sequence }));
    Ok(())
}

/// The credentials that let nobody in.
fn credentials(connection: &Connection, peppers: &Peppers, differences: &mut Differences) -> Result<(), Error> {
    let mut refuse = |unsealed: Option<Unsealed>| unsealed.into_iter().for_each(|unsealed| differences.push(unsealed.into()));
    let mut keys = connection.prepare(KEYS)?;
    let mut rows = keys.query([])?;
    while let Some(row) = rows.next()? {
        refuse(credential::key_update(peppers, row)?.err());
    }
    let mut project_keys = connection.prepare(PROJECT_KEYS)?;
    let mut rows = project_keys.query([])?;
    while let Some(row) = rows.next()? {
        refuse(credential::project_key_update(peppers, row)?.err());
    }
    operator::updates(connection, peppers)?.into_iter().for_each(|update| refuse(update.err()));
    Ok(())
}

/// A time for people, or the number that stands where one should.
fn moment(millis: i64) -> String {
    let moment = u64::try_from(millis).ok().and_then(clearance_directory::document::Timestamp::from_millis);
    moment.map_or_else(|| millis.to_string(), |moment| moment.to_string())
}

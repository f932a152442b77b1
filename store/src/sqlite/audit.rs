//! The audit, in its table.

use std::ops::ControlFlow;

use rusqlite::{Connection, Row as SqlRow, params};

use super::compare;
use super::fault::fault;
use super::put::run;
use super::read::{all, one};
use super::word::millis;
use crate::audit::{Claims, Entry, Head, Row, Stored, Verdict, Walk, Who};
use crate::error::StoreError;
use crate::pepper::{Digest, Peppers, hex};

const COLUMNS: &str = "sequence, at, who, who_id, verb, subject, before, after, peer, policy, pepper, link";

/// The last row about each thing that has to do with the policy. The index of the same condition has all that it takes.
pub(super) const LAST_OF_POLICY: &str =
    "SELECT max(sequence) FROM audit WHERE verb >= 'policy.' AND verb < 'policy/' GROUP BY verb, subject";

/// Adds a row.
pub(super) fn append(connection: &Connection, peppers: &Peppers, entry: &Entry) -> Result<(), StoreError> {
    let Entry { at, who, verb, subject, before, after, peer, policy } = entry.clean();
    let head = head(connection)?;
    let pepper = peppers.current();
    let row = Stored {
        sequence: head.count + 1,
        at: at.millis(),
        who: who.kind().to_owned(),
        who_id: who.id().map(String::from),
        verb: verb.into(),
        subject: subject.into(),
        before: before.map(|value| value.to_string()),
        after: after.map(|value| value.to_string()),
        peer: peer.map(String::from),
        policy: policy.map(String::from),
        pepper: pepper.name().to_owned(),
    };
    let link = pepper.link(&head.link, &row.bytes());
    let sql = format!("INSERT INTO audit ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
    let sequence = i64::try_from(row.sequence).unwrap_or(i64::MAX);
    let Stored { who, who_id, verb, subject, before, after, peer, policy, pepper, .. } = row;
    let params = params![sequence, millis(at), who, who_id, verb, subject, before, after, peer, policy, pepper, link];
    run(connection, &sql, params).map(drop).map_err(fault)
}

/// The last row.
pub(super) fn head(connection: &Connection) -> Result<Head, StoreError> {
    let sql = "SELECT sequence, link FROM audit ORDER BY sequence DESC LIMIT 1";
    let last = one(connection, sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Digest>(1)?))).map_err(fault)?;
    Ok(last.map_or(Head::EMPTY, |(sequence, link)| Head { count: u64::try_from(sequence).unwrap_or_default(), link }))
}

/// The last rows, oldest first.
pub(super) fn tail(connection: &Connection, count: usize) -> Result<Vec<Row>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM audit ORDER BY sequence DESC LIMIT ?1");
    let limit = i64::try_from(count).unwrap_or(i64::MAX);
    let stored = all(connection, &sql, [limit], |row| Ok((read_row(row)?, row.get::<_, Digest>(11)?))).map_err(fault)?;
    stored.into_iter().rev().map(|(stored, link)| row(stored, &link)).collect()
}

/// Hands over the rows after the first `count`, oldest first.
pub(super) fn rows(connection: &Connection, after: u64, each: &mut dyn FnMut(Row) -> ControlFlow<()>) -> Result<(), StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM audit WHERE sequence > ?1 ORDER BY sequence");
    let mut statement = connection.prepare(&sql).map_err(fault)?;
    let mut rows = statement.query([i64::try_from(after).unwrap_or(i64::MAX)]).map_err(fault)?;
    while let Some(found) = rows.next().map_err(fault)? {
        let (stored, link) = read_row(found).and_then(|stored| Ok((stored, found.get::<_, Digest>(11)?))).map_err(fault)?;
        if each(row(stored, &link)?).is_break() {
            break;
        }
    }
    Ok(())
}

/// Of the rows about the policy the last for each verb and subject, oldest first.
pub(super) fn of_policy(connection: &Connection) -> Result<Vec<Row>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM audit WHERE sequence IN ({LAST_OF_POLICY}) ORDER BY sequence");
    let stored = all(connection, &sql, [], |row| Ok((read_row(row)?, row.get::<_, Digest>(11)?))).map_err(fault)?;
    stored.into_iter().map(|(stored, link)| row(stored, &link)).collect()
}

/// Whether the row is there that was the last when a head was noted.
pub(super) fn holds(connection: &Connection, noted: &Head) -> Result<Verdict, StoreError> {
    let head = head(connection)?;
    let sequence = i64::try_from(noted.count).unwrap_or(i64::MAX);
    let found: Option<Vec<u8>> =
        one(connection, "SELECT link FROM audit WHERE sequence = ?1", [sequence], |row| row.get(0)).map_err(fault)?;
    Ok(match found {
        Some(link) if link == noted.link => Verdict::Whole(head),
        Some(_) => Verdict::Other { sequence: noted.count },
        None if *noted == Head::EMPTY => Verdict::Whole(head),
        None if noted.count == 0 => Verdict::Other { sequence: 0 },
        None if head.count < noted.count => Verdict::CutOff { sequence: head.count + 1, noted: noted.count },
        None => Verdict::Missing { sequence: noted.count, next: noted.count + 1 },
    })
}

/// Goes through all rows, and then through what they are about.
pub(super) fn verify(connection: &Connection, peppers: &Peppers, noted: Option<&Head>) -> Result<Verdict, StoreError> {
    let mut claims = Claims::default();
    match walk(connection, peppers, noted, |row| claims.take(row))? {
        Verdict::Whole(head) => {
            let differences = compare::differences(connection, peppers, claims).map_err(fault)?;
            Ok(if differences.is_empty() { Verdict::Whole(head) } else { Verdict::Differs { head, differences } })
        }
        broken => Ok(broken),
    }
}

/// Goes through all rows, and hands over each that is as it was written, up to the first that is not.
pub(super) fn walk(
    connection: &Connection,
    peppers: &Peppers,
    noted: Option<&Head>,
    mut each: impl FnMut(&Stored),
) -> Result<Verdict, StoreError> {
    let mut walk = Walk::new(peppers, noted);
    let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM audit ORDER BY sequence")).map_err(fault)?;
    let mut rows = statement.query([]).map_err(fault)?;
    while let Some(row) = rows.next().map_err(fault)? {
        let link: Vec<u8> = row.get(11).map_err(fault)?;
        // What cannot be read was not written by this program.
        let changed = Verdict::Changed { sequence: u64::try_from(row.get::<_, i64>(0).map_err(fault)?).unwrap_or_default() };
        let taken = read_row(row).map_err(|_| changed).and_then(|row| walk.row(&row, &link).map(|()| each(&row)));
        if let Err(verdict) = taken {
            return Ok(verdict);
        }
    }
    Ok(walk.end())
}

fn read_row(row: &SqlRow<'_>) -> Result<Stored, rusqlite::Error> {
    // Whatever stands in the columns: the link says whether it was written by this program.
    Ok(Stored {
        sequence: u64::try_from(row.get::<_, i64>(0)?).unwrap_or_default(),
        at: u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default(),
        who: row.get(2)?,
        who_id: row.get(3)?,
        verb: row.get(4)?,
        subject: row.get(5)?,
        before: row.get(6)?,
        after: row.get(7)?,
        peer: row.get(8)?,
        policy: row.get(9)?,
        pepper: row.get(10)?,
    })
}

fn row(stored: Stored, link: &Digest) -> Result<Row, StoreError> {
    let Stored { sequence, at, who, who_id, verb, subject, before, after, peer, policy, pepper } = stored;
    let damaged = || StoreError::Corrupt { detail: format!("row {sequence} of the audit").into() };
    let who = Who::new(&who, who_id.map(Box::from)).ok_or_else(damaged)?;
    let value = |text: Option<String>| text.map(|text| serde_json::from_str(&text).map_err(|_| damaged())).transpose();
    let entry = Entry {
        at: clearance_directory::document::Timestamp::from_millis(at).ok_or_else(damaged)?,
        who,
        verb: verb.into(),
        subject: subject.into(),
        before: value(before)?,
        after: value(after)?,
        peer: peer.map(Into::into),
        policy: policy.map(Into::into),
    };
    Ok(Row { sequence, entry, pepper: pepper.into(), link: hex(link) })
}

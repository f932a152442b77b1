//! A database that is older than the head beside it, and is meant all the same.

use std::path::Path;

use serde_json::json;

use super::lock::Lock;
use super::writer::Writer;
use super::{adopt, audit, connection, head_file, pepper, schema};
use crate::audit::Head;
use crate::error::StoreError;
use crate::pepper::Peppers;

/// What the audit says when another audit than the noted one was accepted.
const ACCEPT: &str = "audit.accept";

/// What was noted beside a database, and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AcceptedAudit {
    /// The head that was noted. `None` means that no readable head was noted.
    pub noted: Option<Head>,
    /// The head that the audit had.
    pub found: Head,
    /// Whether there was anything to accept. Nothing is written where the audit has what was noted.
    pub accepted: bool,
}

/// Says in the audit that this is the database that is meant, and notes its head.
pub(super) fn accept(path: &Path, lock: Lock, peppers: &Peppers) -> Result<AcceptedAudit, StoreError> {
    let noted = match head_file::read(path) {
        Ok(noted) => noted,
        Err(StoreError::HeadFile { .. }) => None,
        Err(error) => return Err(error),
    };
    let is_readable = head_file::read(path).is_ok();
    let (connection, version) = connection::for_writing(path)?;
    let mut prepared = None;
    let mut accepted = AcceptedAudit { noted, found: Head::EMPTY, accepted: false };
    let writer = Writer::open(path, connection, lock, |transaction| {
        schema::migrate_within(transaction, version, schema::MIGRATIONS)?;
        pepper::check(transaction, peppers)?;
        pepper::note(transaction, peppers)?;
        accepted.found = audit::head(transaction)?;
        let holds = noted.as_ref().map(|noted| audit::holds(transaction, noted)).transpose()?;
        accepted.accepted = !is_readable || holds.is_some_and(|holds| !holds.is_whole());
        if version < schema::SEALS {
            adopt::adopt(transaction, peppers, path)?;
        }
        if accepted.accepted {
            let before = json!({ "head": noted.map(|noted| noted.to_string()) });
            let after = json!({ "head": accepted.found.to_string() });
            audit::append(transaction, peppers, &adopt::entry(ACCEPT, "audit", Some(before), after))?;
        }
        // Before the commit, so that a head that cannot be noted leaves no row behind.
        prepared = Some(head_file::Prepared::new(path, &audit::head(transaction)?)?);
        Ok(())
    })?;
    drop(writer);
    prepared.map_or(Ok(()), head_file::Prepared::note)?;
    Ok(accepted)
}

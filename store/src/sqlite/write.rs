//! All of a write, within a transaction.

use clearance_directory::shortened;
use rusqlite::{Connection, params};

use super::fault::fault;
use super::{audit, put, read, step};
use crate::error::StoreError;
use crate::pepper::{Digest, Peppers};
use crate::write::{Batch, Committed, Write};

/// Does all of a write within a transaction, which the caller commits.
pub(super) fn perform(connection: &Connection, peppers: &Peppers, write: &Write) -> Result<Committed, StoreError> {
    let mut committed = Committed::default();
    if let Some(batch) = &write.batch
        && note_batch(connection, batch)?
    {
        return Ok(Committed { repeated: true, ..committed });
    }
    for (position, step) in write.steps.iter().enumerate() {
        step::take(connection, peppers, step, &mut committed).map_err(|stop| stop.at(position))?;
    }
    write.audit.iter().try_for_each(|entry| audit::append(connection, peppers, entry))?;
    Ok(committed)
}

/// Whether a batch was written before. Notes it when it was not.
fn note_batch(connection: &Connection, batch: &Batch) -> Result<bool, StoreError> {
    let Batch { id, content } = batch;
    if !Batch::is_id(id) {
        return Err(StoreError::BadBatch { id: shortened(id) });
    }
    let stored: Option<Digest> =
        read::one(connection, "SELECT content FROM batches WHERE id = ?1", [id], |row| row.get(0)).map_err(fault)?;
    match stored {
        Some(stored) if stored == *content => Ok(true),
        Some(_) => Err(StoreError::BatchConflict { id: id.clone() }),
        None => {
            put::run(connection, "INSERT INTO batches (id, content) VALUES (?1, ?2)", params![id, content]).map_err(fault)?;
            Ok(false)
        }
    }
}

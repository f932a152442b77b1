//! What ties the database file to its write-ahead log.
//!
//! SQLite checks a log by itself only: nothing in it says which file it belongs to. So each commit leaves a [`Mark`]: a random name
//! for the commit, the name of the commit before, and whether a program has the database open for writing. The file holds the mark of
//! the last commit that was copied into it, and the log the marks of those after. The two belong together exactly when the chain of
//! names leads from one to the other (`pairing.rs`).

use rusqlite::Connection;

use super::fault::fault;
use super::put::run;
use super::read::one;
use crate::error::StoreError;
use crate::token::MintError;

/// The random name of a commit.
pub(super) type Name = [u8; 16];

/// The name before the first commit.
pub(super) const BEGINNING: Name = [0; 16];

/// Stands before a mark, so that the log can be searched for marks without knowing the schema.
const MAGIC: [u8; 8] = *b"clr-mark";

/// How many bytes a mark has.
pub(super) const MARK_BYTES: usize = 41;

/// What one commit leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The commit before.
    pub(super) previous: Name,
    /// This commit.
    pub(super) current: Name,
    /// Whether a program has the database open for writing, so that there may be commits that only the log holds.
    pub(super) open: bool,
}

impl Mark {
    fn to_bytes(self) -> Vec<u8> {
        [&MAGIC[..], &self.previous, &self.current, &[u8::from(self.open)]].concat()
    }

    /// Reads what [`Self::to_bytes`] wrote, and nothing else.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<8>()?;
        let (previous, rest) = rest.split_first_chunk::<16>()?;
        let (current, rest) = rest.split_first_chunk::<16>()?;
        let open = match rest {
            [0] => false,
            [1] => true,
            _ => return None,
        };
        (*magic == MAGIC).then_some(Self { previous: *previous, current: *current, open })
    }
}

/// The mark that this connection sees. `None` in a database that no program with marks has written to.
pub(super) fn read(connection: &Connection) -> Result<Option<Mark>, StoreError> {
    let table = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'lineage'";
    if one(connection, table, [], |_| Ok(())).map_err(fault)?.is_none() {
        return Ok(None);
    }
    let bytes: Option<Vec<u8>> = one(connection, "SELECT mark FROM lineage", [], |row| row.get(0)).map_err(fault)?;
    let damaged = || StoreError::Corrupt { detail: "the mark of the last commit".into() };
    bytes.map(|bytes| Mark::from_bytes(&bytes).ok_or_else(damaged)).transpose()
}

/// Leaves the mark of the commit that is about to be made, and answers its name.
pub(super) fn advance(connection: &Connection, open: bool) -> Result<Name, StoreError> {
    let previous = read(connection)?.map_or(BEGINNING, |mark| mark.current);
    let mut current = BEGINNING;
    getrandom::fill(&mut current).map_err(|_| MintError)?;
    let sql = "INSERT INTO lineage (row, mark) VALUES (1, ?1) ON CONFLICT (row) DO UPDATE SET mark = ?1";
    run(connection, sql, [Mark { previous, current, open }.to_bytes()]).map(|_| current).map_err(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        let mark = Mark { previous: [1; 16], current: [2; 16], open: true };
        let bytes = mark.to_bytes();
        assert_eq!((bytes.len(), Mark::from_bytes(&bytes)), (MARK_BYTES, Some(mark)));
        for wrong in [&bytes[1..], &bytes[..40], &[&bytes[..40], &[2]].concat(), &[&bytes[..], &[0]].concat()] {
            assert_eq!(Mark::from_bytes(wrong), None);
        }
    }
}

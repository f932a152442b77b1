//! Connections with the settings that everything here depends on.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::fault::{fault, io_fault};
use super::schema::{self, MIGRATIONS, shown};
use crate::error::StoreError;

/// How long a statement waits for the lock of another program.
const PATIENCE: Duration = Duration::from_secs(5);

/// The path of a database that is there, the same however it is named.
pub(super) fn existing(path: &Path) -> Result<PathBuf, StoreError> {
    path.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => StoreError::Absent { path: shown(path) },
        _ => io_fault(&error),
    })
}

/// A connection that reads.
pub(super) fn for_reading(path: &Path) -> Result<Connection, StoreError> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let found = schema::version(&connection, path)?;
    schema::refuse_newer(found, MIGRATIONS, path)?;
    schema::refuse_older(found, MIGRATIONS, path)?;
    Ok(connection)
}

/// A connection that reads and writes a database of the newest version.
pub(super) fn for_writing(path: &Path) -> Result<Connection, StoreError> {
    let mut connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // Nothing is written before it is known whose database it is.
    let found = schema::version(&connection, path)?;
    schema::refuse_newer(found, MIGRATIONS, path)?;
    if connection.is_readonly("main").map_err(fault)? {
        return Err(StoreError::ReadOnly);
    }
    make_durable(&connection)?;
    schema::migrate(&mut connection, found, MIGRATIONS)?;
    Ok(connection)
}

/// A connection to a file that is there and may be empty.
pub(super) fn open(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(fault)?;
    connection.busy_timeout(PATIENCE).map_err(fault)?;
    connection.set_prepared_statement_cache_capacity(128);
    for (pragma, value) in [("foreign_keys", "ON"), ("trusted_schema", "OFF"), ("cell_size_check", "ON")] {
        connection.pragma_update(None, pragma, value).map_err(fault)?;
    }
    Ok(connection)
}

/// Sees to it that what is committed stays, also when the power fails, and asks back whether it took.
pub(super) fn make_durable(connection: &Connection) -> Result<(), StoreError> {
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).map_err(fault)?;
    for (pragma, value) in [("synchronous", "FULL"), ("fullfsync", "ON")] {
        connection.pragma_update(None, pragma, value).map_err(fault)?;
    }
    for (setting, wanted) in [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")] {
        let found = setting_of(connection, setting)?;
        if *found != *wanted {
            return Err(StoreError::Setting { setting, found, wanted });
        }
    }
    Ok(())
}

/// What a setting is, as text.
pub(super) fn setting_of(connection: &Connection, setting: &str) -> Result<Box<str>, StoreError> {
    use rusqlite::types::Value;
    let value = connection.pragma_query_value(None, setting, |row| row.get::<_, Value>(0)).map_err(fault)?;
    Ok(match value {
        Value::Text(text) => text.into(),
        Value::Integer(number) => number.to_string().into(),
        Value::Null | Value::Real(_) | Value::Blob(_) => Box::default(),
    })
}

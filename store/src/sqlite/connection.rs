//! Connections with the settings that everything here depends on.

use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::fault::{fault, io_fault};
use super::log;
use super::schema::{self, MIGRATIONS, shown};
use crate::error::StoreError;

/// How long a statement waits for the lock of another program.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The path of a database that is there, the same however it is named.
pub(super) fn canonical_path(path: &Path) -> Result<PathBuf, StoreError> {
    path.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => StoreError::Absent { path: shown(path) },
        std::io::ErrorKind::PermissionDenied => StoreError::Unreadable { path: shown(path) },
        _ => io_fault(&error),
    })
}

/// A connection that reads, for which no right to write is needed.
pub(super) fn for_reading(path: &Path) -> Result<Connection, StoreError> {
    let (connection, found) = for_reading_any(path)?;
    schema::refuse_older(found, MIGRATIONS, path)?;
    Ok(connection)
}

/// As [`for_reading`], also to an older database.
pub(super) fn for_copying(path: &Path) -> Result<Connection, StoreError> {
    for_reading_any(path).map(|(connection, _)| connection)
}

fn for_reading_any(path: &Path) -> Result<(Connection, u32), StoreError> {
    let opened = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let (connection, found) = match opened.and_then(|connection| with_version(connection, path)) {
        Err(error @ (StoreError::ReadOnly | StoreError::Io { .. })) => with_version(without_index(path, error)?, path)?,
        opened => opened?,
    };
    schema::refuse_newer(found, MIGRATIONS, path)?;
    Ok((connection, found))
}

fn with_version(connection: Connection, path: &Path) -> Result<(Connection, u32), StoreError> {
    let found = schema::version(&connection, path)?;
    Ok((connection, found))
}

/// A connection for where SQLite cannot keep the index of the log, which is a file beside the database.
fn without_index(path: &Path, error: StoreError) -> Result<Connection, StoreError> {
    match std::fs::metadata(log::path_of(path)) {
        Ok(found) if found.len() > 0 => Err(StoreError::LogUnreadable { path: shown(path) }),
        Err(found) if found.kind() == std::io::ErrorKind::PermissionDenied => {
            Err(StoreError::LogUnreadable { path: shown(path) })
        }
        _ => without_log(path).map_err(|found| if matches!(found, StoreError::Unreadable { .. }) { found } else { error }),
    }
}

/// A connection that reads the file as it is, without its log, and as if nobody could change it.
pub(super) fn without_log(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    open(Path::new(&format!("file:{}?immutable=1", escaped(path))), flags).map_err(|error| {
        // SQLite does not say why it cannot open a file.
        match std::fs::File::open(path) {
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => StoreError::Unreadable { path: shown(path) },
            _ => error,
        }
    })
}

/// All but the characters that a path in a URI may have as they are.
const OUTSIDE_URI_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'_').remove(b'-');

/// A path, as a part of a URI.
fn escaped(path: &Path) -> String {
    percent_encode(path.as_os_str().as_encoded_bytes(), OUTSIDE_URI_PATH).to_string()
}

/// A connection that reads and writes, and the version that the database has before it is brought to the newest.
pub(super) fn for_writing(path: &Path) -> Result<(Connection, u32), StoreError> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    keep_log(&connection)?;
    // Nothing is written before it is known whose database it is.
    let found = schema::version(&connection, path)?;
    schema::refuse_newer(found, MIGRATIONS, path)?;
    if connection.is_readonly("main").map_err(fault)? {
        return Err(StoreError::ReadOnly);
    }
    make_durable(&connection)?;
    Ok((connection, found))
}

/// Keeps SQLite from removing the log when the connection is closed: what is not known to be closed cleanly stays as it is.
pub(super) fn keep_log(connection: &Connection) -> Result<(), StoreError> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map(drop).map_err(fault)
}

/// Lets statements wait for the lock of another program.
pub(super) fn be_patient(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(BUSY_TIMEOUT).map_err(fault)
}

/// A connection to a file that is there and may be empty.
pub(super) fn open(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(fault)?;
    be_patient(&connection)?;
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

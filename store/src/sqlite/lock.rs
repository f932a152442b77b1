//! One process writes.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use super::fault::io_fault;
use super::schema::shown;
use crate::error::StoreError;

/// Held by the process that writes, and given back by the operating system when it ends, however it ends.
///
/// It is on a file of its own: closing any handle of the database file would drop the locks that SQLite has on that.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of the database with this path.
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        let file =
            File::options().create(true).truncate(false).write(true).open(beside(path)).map_err(|error| io_fault(&error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path: shown(path) }),
            Err(TryLockError::Error(error)) => Err(io_fault(&error)),
        }
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

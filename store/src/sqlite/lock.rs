//! One process writes.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::Path;

use super::fault::io_fault;
use super::log::beside;
use super::schema::shown;
use crate::error::StoreError;

/// Held by the process that writes, and given back by the operating system when it ends, however it ends.
///
/// There are two: one on the file `NAME.lock`, and on Linux one on the database file itself, which holds under every name of the file
/// and when somebody removes `NAME.lock`. The first is taken first, because closing any handle of the database file gives up the locks
/// that SQLite has on it for this process.
pub(super) struct Lock {
    _named: File,
    _database: Option<File>,
}

impl Lock {
    /// Takes the lock of a name, which may not have a database yet.
    pub(super) fn of_name(path: &Path) -> Result<Self, StoreError> {
        let lock_path = beside(path, ".lock");
        let file = open(&lock_path)?;
        take(&file, path)?;
        restrict(&file, &lock_path)?;
        Ok(Self { _named: file, _database: None })
    }

    /// Takes the lock of the database file as well.
    pub(super) fn and_of_file(self, path: &Path) -> Result<Self, StoreError> {
        // Elsewhere this lock and those of SQLite are of one kind, and get into each other's way.
        if !cfg!(target_os = "linux") {
            return Ok(self);
        }
        let file = File::open(path).map_err(|error| io_fault(&error))?;
        take(&file, path)?;
        Ok(Self { _database: Some(file), ..self })
    }
}

fn take(file: &File, path: &Path) -> Result<(), StoreError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path: shown(path) }),
        Err(TryLockError::Error(error)) => Err(io_fault(&error)),
    }
}

/// Opens the file that the lock is on, or makes it. Never follows a link, and never waits, as opening a pipe would.
fn open(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW | libc::O_NONBLOCK);
    let no_file = || StoreError::LockIsNoFile { path: shown(path) };
    let found = std::fs::symlink_metadata(path);
    let file = options.open(path).map_err(|error| match &found {
        Ok(found) if !found.is_file() => no_file(),
        Ok(_) if error.kind() == ErrorKind::PermissionDenied => StoreError::LockOfAnother { path: shown(path) },
        _ => io_fault(&error),
    })?;
    if file.metadata().map_err(|error| io_fault(&error))?.is_file() { Ok(file) } else { Err(no_file()) }
}

/// Sees to it that no other user can open the file, and so hold its lock.
fn restrict(file: &File, path: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        let mode = file.metadata().map_err(|error| io_fault(&error))?.mode();
        if mode & 0o777 != 0o600 {
            let set = file.set_permissions(std::fs::Permissions::from_mode(0o600));
            set.map_err(|_| StoreError::LockOfAnother { path: shown(path) })?;
        }
    }
    Ok(())
}

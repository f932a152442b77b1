//! Which files the names of a database stand for.

use std::fs::{Metadata, metadata};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::fault::io_fault;
use super::log::beside;
use super::schema::shown;
use crate::error::StoreError;

/// What tells a file from every other, whatever it is called.
type FileId = (u64, u64);

/// The files that a program opened, each with its name.
pub(super) struct Identity(Vec<(PathBuf, FileId)>);

impl Identity {
    /// The files that the names stand for now: to be called when all of them are open.
    pub(super) fn of(path: &Path) -> Result<Self, StoreError> {
        let names = [path.to_owned(), beside(path, "-wal"), beside(path, "-shm")];
        let files: Result<_, StoreError> = names.into_iter().map(|name| Ok((name.clone(), id_of(&name)?))).collect();
        files.map(Self)
    }

    /// Refuses when a name stands for another file than the one that was opened, or for none: what is written would be written to a
    /// file that nobody finds.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        for (name, id) in &self.0 {
            if id_of(name)? != *id {
                return Err(StoreError::Replaced { path: shown(name) });
            }
        }
        Ok(())
    }
}

/// What shows that a program wrote into a file in place. Between two of our own copies of the log nothing writes the database file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Content {
    bytes: u64,
    modified: SystemTime,
}

impl Content {
    pub(super) fn of(path: &Path) -> Result<Self, StoreError> {
        let file = metadata(path).map_err(|error| io_fault(&error))?;
        let modified = file.modified().map_err(|error| io_fault(&error))?;
        Ok(Self { bytes: file.len(), modified })
    }
}

/// Refuses anything but a regular file: opening a pipe would wait without end.
pub(super) fn refuse_other_kinds(path: &Path) -> Result<(), StoreError> {
    for end in ["", "-wal", "-shm"] {
        let name = beside(path, end);
        if metadata(&name).is_ok_and(|found| !found.is_file()) {
            return Err(StoreError::NoFile { path: shown(&name) });
        }
    }
    Ok(())
}

/// Refuses a file that has a second name: under that name it would have another lock and another log.
pub(super) fn refuse_second_name(path: &Path) -> Result<(), StoreError> {
    let names = metadata(path).map(|file| link_count(&file)).map_err(|error| io_fault(&error))?;
    if names > 1 { Err(StoreError::Linked { path: shown(path), names }) } else { Ok(()) }
}

fn id_of(path: &Path) -> Result<FileId, StoreError> {
    match metadata(path) {
        Ok(file) => Ok(file_id(&file)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(StoreError::Replaced { path: shown(path) }),
        Err(error) => Err(io_fault(&error)),
    }
}

#[cfg(unix)]
fn file_id(file: &Metadata) -> FileId {
    use std::os::unix::fs::MetadataExt as _;
    (file.dev(), file.ino())
}

#[cfg(unix)]
fn link_count(file: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(file)
}

/// Elsewhere a file that is open can be neither replaced nor renamed.
#[cfg(not(unix))]
fn file_id(_: &Metadata) -> FileId {
    (0, 0)
}

#[cfg(not(unix))]
fn link_count(_: &Metadata) -> u64 {
    1
}

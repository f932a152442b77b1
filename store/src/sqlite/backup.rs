//! A copy of a database, made while it is used; and a copy put in the place of a database.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use clearance_directory::Directory;
use rusqlite::Connection;
use tempfile::TempPath;

use super::fault::{fault, io_fault};
use super::init::sync;
use super::lock::Lock;
use super::log::beside;
use super::schema::shown;
use super::{SqliteStore, audit, connection, head_file, identity, pairing};
use crate::audit::{Entry, Head, Verdict};
use crate::error::StoreError;
use crate::pepper::Peppers;
use crate::store::{Loaded, Store as _};
use crate::write::Write;

/// How many replaced databases may lie beside one.
const MAX_REPLACED: usize = 1000;

/// What a restored database is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restored {
    /// Where the audit of the backup ended.
    pub backup: Head,
    /// Where the audit ends now: behind the row that says that it was restored.
    pub head: Head,
    /// The name under which the replaced database is kept. `None` means that there was no database before.
    pub replaced: Option<PathBuf>,
    /// What the backup does not have of the audit of the replaced database. `None` means that it has all of it, as far as its head was noted.
    pub lost: Option<Lost>,
}

/// What a backup does not have of the audit of the database that it replaces.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lost {
    /// The head that was noted beside the replaced database.
    pub noted: Head,
    /// Whether the audit of the backup ends before that head, or is another one.
    pub verdict: Verdict,
}

impl SqliteStore {
    /// Copies a database into a new file, also while it is served, and checks that the copy is whole. Needs no pepper. Either all of it is
    /// there afterwards, or no file. Answers where the audit of the copy ends.
    ///
    /// # Errors
    ///
    /// There is no such database or it cannot be read, there is a file at `to` already, the copy is damaged, or it cannot be written.
    pub fn backup(path: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<Head, StoreError> {
        let path = connection::canonical_path(path.as_ref())?;
        pairing::check(&path)?;
        let to = absolute(to.as_ref())?;
        if fs::symlink_metadata(&to).is_ok() {
            return Err(StoreError::Exists { path: shown(&to) });
        }
        let folder = folder_of(&to);
        let copy = copy(&connection::for_copying(&path)?, folder)?;
        let head = audit::head(&connection::without_log(&copy)?)?;
        copy.persist_noclobber(&to).map_err(|error| match error.error.kind() {
            std::io::ErrorKind::AlreadyExists => StoreError::Exists { path: shown(&to) },
            _ => io_fault(&error.error),
        })?;
        sync(folder)?;
        Ok(head)
    }

    /// Puts a copy of the database `from` in the place of the one at `path`, which is kept under another name. `entry` says so in the
    /// audit. `without_log` takes `from` as it is, where its write-ahead log is lost.
    ///
    /// # Errors
    ///
    /// Another process has the database at `path` open for writing; `from` is not a database, is damaged, does not go with the peppers, or
    /// holds no sound directory; its audit is not whole; or the files cannot be written. Then the database at `path` is as it was.
    pub fn restore(
        from: impl AsRef<Path>,
        path: impl AsRef<Path>,
        peppers: Peppers,
        entry: Entry,
        without_log: bool,
    ) -> Result<Restored, StoreError> {
        let from = connection::canonical_path(from.as_ref())?;
        let path = path.as_ref().canonicalize().or_else(|_| absolute(path.as_ref()))?;
        let folder = folder_of(&path);
        identity::refuse_other_kinds(&path)?;
        let lock = Lock::of_name(&path)?;
        let is_there = fs::symlink_metadata(&path).is_ok();
        let _lock = if is_there { lock.and_of_file(&path)? } else { lock };

        let source = if without_log {
            identity::refuse_other_kinds(&from)?;
            connection::without_log(&from)?
        } else {
            pairing::check(&from)?;
            connection::for_copying(&from)?
        };
        let copy = copy(&source, folder)?;
        drop(source);
        // The person who restores an older backup may mean to, and a file that cannot be read must not be in the way.
        let noted = head_file::read(&path).ok().flatten();
        let checked = check(&from, &copy, peppers, entry, noted);
        // The copy had a lock of its own.
        let _ = fs::remove_file(beside(&copy, ".lock"));
        let _ = fs::remove_file(beside(&copy, ".head"));
        let (backup, head, lost) = match checked.and_then(|heads| is_closed(&copy).map(|()| heads)) {
            Ok(heads) => heads,
            Err(error) => {
                ["-wal", "-shm"].iter().for_each(|end| drop(fs::remove_file(beside(&copy, end))));
                return Err(error);
            }
        };
        let owner = fs::metadata(&path).ok();
        if let Some(owner) = &owner {
            give(&copy, owner);
        }
        // A log may be left of a restore that was cut off.
        let is_to_be_kept = is_there || beside(&path, "-wal").exists();
        let replaced = if is_to_be_kept { Some(put_aside(&path)?) } else { None };
        if let Err(error) = copy.persist(&path) {
            if let Some(replaced) = &replaced {
                let _ = move_with_log(replaced, &path);
            }
            return Err(io_fault(&error.error));
        }
        // Also where only the head of a lost database is left. Where it cannot be noted, the next start names the ways out.
        let _ = head_file::write(&path, &head);
        sync(folder)?;
        Ok(Restored { backup, head, replaced, lost })
    }
}

/// A whole copy in a folder, under a name that goes with the value, for its owner alone.
fn copy(source: &Connection, folder: &Path) -> Result<TempPath, StoreError> {
    let copy =
        tempfile::Builder::new().prefix(".clearance-").suffix(".db").tempfile_in(folder).map_err(|error| io_fault(&error))?;
    let copy = copy.into_temp_path();
    let name = copy.to_str().ok_or_else(|| StoreError::Io { detail: "the name of the folder is not UTF-8".into() })?;
    source.execute("VACUUM INTO ?1", [name]).map_err(fault)?;
    File::open(&copy).and_then(|file| file.sync_all()).map_err(|error| io_fault(&error))?;
    let written = connection::without_log(&copy)?;
    let found: String = written.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(fault)?;
    if found == "ok" { Ok(copy) } else { Err(StoreError::Corrupt { detail: found.into() }) }
}

/// Opens a copy as a server would, verifies its audit, and adds the row that says that it is restored. Answers where the audit ended
/// before that and where it ends now, and what the backup does not have up to the noted head.
fn check(
    from: &Path,
    copy: &Path,
    peppers: Peppers,
    entry: Entry,
    noted: Option<Head>,
) -> Result<(Head, Head, Option<Lost>), StoreError> {
    // As the backup has it: what brings it to this version may add rows.
    let (backup, verdict) = {
        let connection = connection::without_log(copy)?;
        let verdict = noted.as_ref().map(|noted| audit::holds(&connection, noted)).transpose()?;
        (audit::head(&connection)?, verdict)
    };
    let lost = noted.zip(verdict).filter(|(_, verdict)| !verdict.is_whole()).map(|(noted, verdict)| Lost { noted, verdict });
    let store = SqliteStore::open(copy, peppers).map_err(|error| match error {
        StoreError::SealsMissing { problem, .. } => StoreError::SealsMissing { path: shown(from), problem },
        error => error,
    })?;
    match store.audit_verify(Some(&backup))? {
        Verdict::Whole(_) => {}
        broken => return Err(StoreError::AuditBroken { path: shown(from), problem: broken.to_string().into() }),
    };
    let Loaded { document, .. } = store.load()?;
    Directory::from_stored(document)?;
    let _ = store.commit(&Write { audit: vec![entry], ..Write::default() })?;
    Ok((backup, store.audit_head()?, lost))
}

/// Gives a file the owner and the mode of another, as far as this user may.
fn give(file: &Path, of: &fs::Metadata) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let _ = std::os::unix::fs::chown(file, Some(of.uid()), Some(of.gid()));
    }
    let _ = fs::set_permissions(file, of.permissions());
}

/// Whether all of a copy is in its file.
fn is_closed(copy: &Path) -> Result<(), StoreError> {
    File::open(copy).and_then(|file| file.sync_all()).map_err(|error| io_fault(&error))?;
    if beside(copy, "-wal").exists() { Err(StoreError::Busy) } else { Ok(()) }
}

/// Gives the database another name, and its log with it.
fn put_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let names = (1..=MAX_REPLACED).map(|number| beside(path, &format!(".replaced-{number}")));
    let mut free =
        names.filter(|name| fs::symlink_metadata(name).is_err() && fs::symlink_metadata(beside(name, "-wal")).is_err());
    let name =
        free.next().ok_or_else(|| StoreError::Exists { path: shown(&beside(path, &format!(".replaced-{MAX_REPLACED}"))) })?;
    move_with_log(path, &name).map_err(|error| {
        // Back to where all was.
        let _ = move_with_log(&name, path);
        io_fault(&error)
    })?;
    Ok(name)
}

/// Moves a database and its log. The index of the log is removed: SQLite makes it again when it needs one.
fn move_with_log(path: &Path, to: &Path) -> std::io::Result<()> {
    let move_if_there = |from: &Path, to: &Path| match fs::rename(from, to) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    move_if_there(path, to)?;
    move_if_there(&beside(path, "-wal"), &beside(to, "-wal"))?;
    // The noted head belongs to the old database: the person who restores another one means to replace it.
    move_if_there(&beside(path, ".head"), &beside(to, ".head"))?;
    let _ = fs::remove_file(beside(path, "-shm"));
    Ok(())
}

/// The path of a file that need not be there, in a folder that is.
fn absolute(path: &Path) -> Result<PathBuf, StoreError> {
    let name = path.file_name().ok_or_else(|| StoreError::Exists { path: shown(path) })?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(parent.canonicalize().map_err(|error| io_fault(&error))?.join(name))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

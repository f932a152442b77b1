//! The head of the audit, noted beside the database: it shows that an older database was put in the place of this one.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::fault::io_fault;
use super::schema::shown;
use crate::audit::{Head, Verdict};
use crate::error::StoreError;

/// No head is longer.
const MAX_BYTES: u64 = 256;

/// The file beside the database with this path.
pub(super) fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".head");
    name.into()
}

/// The head that was noted. `None` means that none was: the database is new, a copy, or from before heads were noted.
pub(super) fn read(path: &Path) -> Result<Option<Head>, StoreError> {
    let file = beside(path);
    match fs::symlink_metadata(&file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fault(&file, &error)),
        // Opening anything but a regular file could wait without end.
        Ok(metadata) if !metadata.is_file() => return Err(StoreError::HeadIsNoFile { file: shown(&file) }),
        Ok(_) => {}
    }
    let mut text = String::new();
    let read = File::open(&file).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text));
    match read {
        Ok(_) => text.parse().map(Some).map_err(|_| StoreError::HeadFile { file: shown(&file) }),
        Err(error) if error.kind() == ErrorKind::InvalidData => Err(StoreError::HeadFile { file: shown(&file) }),
        Err(error) => Err(fault(&file, &error)),
    }
}

fn fault(file: &Path, error: &std::io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::PermissionDenied => StoreError::HeadDenied { file: shown(file) },
        _ => io_fault(error),
    }
}

/// Notes a head: a reader sees the one before or this one, also when the power fails.
pub(super) fn write(path: &Path, head: &Head) -> Result<(), StoreError> {
    Prepared::new(path, head)?.note()
}

/// A head that is written and is not noted yet: all that can fail is done, but for giving the file its name.
pub(super) struct Prepared {
    file: PathBuf,
    temporary: NamedTempFile,
}

impl Prepared {
    pub(super) fn new(path: &Path, head: &Head) -> Result<Self, StoreError> {
        let file = beside(path);
        if fs::symlink_metadata(&file).is_ok_and(|found| !found.is_file()) {
            return Err(StoreError::HeadIsNoFile { file: shown(&file) });
        }
        let write = || {
            let name = super::log::beside(path, ".head.new");
            // What an attempt left behind that the power failed in.
            match fs::remove_file(&name) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            // One name for all attempts: a server that is killed again and again must not fill the folder. For the owner alone.
            let folder = path.parent().unwrap_or(Path::new("/"));
            let mut temporary =
                tempfile::Builder::new().prefix(name.file_name().unwrap_or_default()).rand_bytes(0).tempfile_in(folder)?;
            give_to_owner(temporary.as_file(), path);
            writeln!(temporary, "{head}")?;
            temporary.as_file().sync_data()?;
            Ok(temporary)
        };
        let temporary = write().map_err(|error| fault(&file, &error))?;
        Ok(Self { file, temporary })
    }

    pub(super) fn note(self) -> Result<(), StoreError> {
        let Self { file, temporary } = self;
        temporary.persist(&file).map(drop).map_err(|error| fault(&file, &error.error))
    }
}

/// Gives a file to the owner of the database, where this user may (root may): the server that runs as that owner is to read it.
fn give_to_owner(file: &File, database: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        if let Ok(owner) = fs::metadata(database) {
            let _ = std::os::unix::fs::fchown(file, Some(owner.uid()), Some(owner.gid()));
        }
    }
}

/// Refuses a database whose audit is shorter than the head that was noted, or another one.
pub(super) fn refuse_older(path: &Path, noted: &Head, verdict: &Verdict) -> Result<(), StoreError> {
    if verdict.is_whole() {
        return Ok(());
    }
    let (path, file, noted) = (shown(path), shown(&beside(path)), noted.to_string().into());
    Err(StoreError::OlderAudit { path, file, noted, verdict: verdict.to_string().into() })
}

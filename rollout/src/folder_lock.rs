//! The lock of the process that changes a folder.

use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use clearance_host::stored_file::{self, ReadError};
use thiserror::Error;

/// How long it takes at the most to notice that another process is done.
const RETRY_INTERVAL: Duration = Duration::from_millis(5);
/// The bits of a mode that let others than the owner open a file.
#[cfg(unix)]
const OTHERS_MODE_BITS: u32 = 0o077;

/// A lock on a file without content. The operating system takes it back when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: File,
}

/// Why a folder is not locked.
#[derive(Debug, Error)]
pub(crate) enum LockError {
    /// The file cannot be opened.
    #[error(transparent)]
    Open(#[from] ReadError),
    /// The file cannot be locked.
    #[error("it cannot be locked")]
    Lock(#[source] io::Error),
    /// Another process has held it all the time.
    #[error("another process holds it")]
    Busy {
        /// How long that was.
        waited: Duration,
    },
}

impl FolderLock {
    /// Locks a file, which is made if it is not there, within this time. Nobody but its owner can open it, so that no other user
    /// can hold it.
    pub(crate) fn take(path: &Path, wait: Duration) -> Result<Self, LockError> {
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = stored_file::open(path, &mut options)?;
        #[cfg(unix)]
        close_to_others(&file).map_err(LockError::Lock)?;
        let begin = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::Error(problem)) => return Err(LockError::Lock(problem)),
                Err(TryLockError::WouldBlock) if begin.elapsed() >= wait => return Err(LockError::Busy { waited: wait }),
                Err(TryLockError::WouldBlock) => thread::sleep(RETRY_INTERVAL),
            }
        }
    }
}

/// Earlier versions made files that everybody could open.
#[cfg(unix)]
fn close_to_others(file: &File) -> io::Result<()> {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt as _};

    let mode = file.metadata()?.permissions().mode();
    if mode & OTHERS_MODE_BITS == 0 {
        return Ok(());
    }
    match file.set_permissions(Permissions::from_mode(mode & !OTHERS_MODE_BITS & 0o777)) {
        // Only its owner can do that. Another user whom its mode lets in may use it.
        Err(problem) if problem.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        done => done,
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::{env, fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

    use super::*;

    /// Longer than anything takes on a busy machine.
    const LONG: Duration = Duration::from_secs(300);

    /// A file that is not there, for one test.
    fn fresh(name: &str) -> PathBuf {
        let path = env::temp_dir().join(format!("clearance-folder-lock-{name}-{}", std::process::id()));
        let _ = fs::remove_file(&path);
        path
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn nobody_waits_without_end_for_the_process_that_holds_it() {
        let path = fresh("busy");
        let held = FolderLock::take(&path, LONG).unwrap();
        let wait = Duration::from_millis(50);
        assert!(matches!(FolderLock::take(&path, wait), Err(LockError::Busy { waited }) if waited == wait));
        drop(held);
        FolderLock::take(&path, wait).unwrap();
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_waiting_process_gets_it_when_it_is_free() {
        let path = fresh("free");
        let held = FolderLock::take(&path, LONG).unwrap();
        thread::scope(|threads| {
            let waiting = threads.spawn(|| FolderLock::take(&path, LONG).map(drop));
            thread::sleep(2 * RETRY_INTERVAL);
            drop(held);
            waiting.join().unwrap().unwrap();
        });
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn no_other_user_can_open_it() {
        let path = fresh("mode");
        drop(FolderLock::take(&path, LONG).unwrap());
        assert_eq!(mode(&path), 0o600);
        // As an earlier version left it.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        drop(FolderLock::take(&path, LONG).unwrap());
        assert_eq!(mode(&path), 0o600);
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn what_is_no_file_is_refused_at_once() {
        let path = fresh("folder");
        fs::create_dir(&path).unwrap();
        let refused = FolderLock::take(&path, LONG);
        assert!(matches!(refused, Err(LockError::Open(ReadError::NotAFile("a folder")))), "{refused:?}");
        fs::remove_dir(path).unwrap();
    }
}

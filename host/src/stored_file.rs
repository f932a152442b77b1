//! Files that are there whole or not at all.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

/// Writes a file so that a reader sees its old content or its new one, and a power cut leaves one of the two.
///
/// Nobody but its owner can write it.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (mut file, temporary) = beside(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The error that counts is the one that came first.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    sync_folder(path)
}

/// Takes a file away for good.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    sync_folder(path)
}

/// A new file in the folder of another, which nobody else writes.
pub(crate) fn beside(path: &Path) -> io::Result<(File, PathBuf)> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
    loop {
        let mut own = OsString::from(".");
        own.push(name);
        own.push(format!(".{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
        let own = path.with_file_name(own);
        match options().open(&own) {
            Ok(file) => return Ok((file, own)),
            // Left behind by a process with the same number that was stopped halfway.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

fn options() -> OpenOptions {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
    options
}

/// A name in a folder is there for good once the folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

//! Files that are written whole or not at all, and read without waiting for another process.

use std::{
    ffi::OsString,
    fs::{self, File, FileType, OpenOptions},
    io::{self, ErrorKind, Read as _, Write as _},
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use thiserror::Error;

/// Why the content of a file cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The operating system refuses to open or read it.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The path leads to something that is not a file, such as a folder or a pipe.
    #[error("it is {0}, not a file")]
    NotAFile(&'static str),
    /// The file has more bytes than the caller accepts.
    #[error("it has more than {most} bytes")]
    TooLarge {
        /// The most bytes that it may have.
        most: usize,
    },
}

/// Opens a path if it leads to a file. Opening a named pipe would wait until somebody writes into it.
///
/// # Errors
///
/// [`ReadError`] says why it cannot be opened. It is never [`ReadError::TooLarge`].
pub fn open(path: &Path, options: &mut OpenOptions) -> Result<File, ReadError> {
    match fs::metadata(path) {
        Ok(metadata) => check_type(metadata.file_type())?,
        // It may be one that is to be made.
        Err(problem) if problem.kind() == ErrorKind::NotFound => {}
        Err(problem) => return Err(problem.into()),
    }
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    let file = options.open(path)?;
    // The open file counts: the name may stand for something else by now.
    check_type(file.metadata()?.file_type())?;
    Ok(file)
}

/// The content of a file that has at most `most` bytes.
///
/// # Errors
///
/// [`ReadError`] says why it cannot be read.
pub fn read(path: &Path, most: usize) -> Result<Vec<u8>, ReadError> {
    read_from(&open(path, File::options().read(true))?, most)
}

/// The content of an open file from its present position on, at most `most` bytes.
///
/// # Errors
///
/// [`ReadError`] says why it cannot be read.
pub fn read_from(file: &File, most: usize) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    file.take(u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() > most { Err(ReadError::TooLarge { most }) } else { Ok(bytes) }
}

fn check_type(found: FileType) -> Result<(), ReadError> {
    if found.is_file() {
        return Ok(());
    }
    Err(ReadError::NotAFile(if found.is_dir() { "a folder" } else { describe_special(found) }))
}

#[cfg(unix)]
fn describe_special(found: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;

    if found.is_fifo() {
        "a named pipe"
    } else if found.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn describe_special(_: FileType) -> &'static str {
    "something else"
}

/// Writes a file so that a reader sees its old content or its new one, and a power cut leaves one of the two.
///
/// Only the owner of the file can write it.
///
/// # Errors
///
/// The error of the operating system. The file has its old content then.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (mut file, temporary) = create_beside(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The error that counts is the one that came first.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    sync_folder(path)
}

/// Removes a file, so that it does not come back after a power cut.
///
/// # Errors
///
/// The error of the operating system.
pub fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    sync_folder(path)
}

/// A new file in the folder of another, which nobody else writes.
pub(crate) fn create_beside(path: &Path) -> io::Result<(File, PathBuf)> {
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

//! Files that are written: each is there whole, or as it was before.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use anyhow::Context;

use crate::input;

/// Writes a file that was not there.
pub(crate) fn create(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    write_new(file, bytes, &mut File::options()).with_context(|| format!("cannot make {}", input::name(file)))
}

/// Writes a file that was not there, and that nobody else can read.
pub(crate) fn create_private(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    write_new(file, bytes, &mut options).with_context(|| format!("cannot make {}", input::name(file)))
}

/// Writes a file in place of what was there, if anything was.
pub(crate) fn replace(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    put(file, bytes).with_context(|| format!("cannot write {}", input::name(file)))
}

fn put(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    // Nothing that is written like this is a secret, and who reads it may be someone else.
    #[cfg(unix)]
    builder.permissions(<fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o644));
    let mut temporary = builder.tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(file)?;
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn write_new(file: &Path, bytes: &[u8], options: &mut OpenOptions) -> io::Result<()> {
    let mut opened = options.create_new(true).write(true).open(file)?;
    let written = opened.write_all(bytes).and_then(|()| opened.sync_all());
    written.inspect_err(|_| drop(fs::remove_file(file)))
}

//! Files that the command makes.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::Path,
    process,
};

use anyhow::Context;

use crate::input;

/// A file that was not there.
pub(crate) fn create(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    write(file, bytes, File::options().create_new(true)).with_context(|| format!("cannot make {}", input::name(file)))
}

/// A file that was not there, and that nobody else can read.
pub(crate) fn create_private(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    write(file, bytes, options.create_new(true)).with_context(|| format!("cannot make {}", input::name(file)))
}

/// A file that is there with its old content until it is there with its new one.
pub(crate) fn replace(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut beside = OsString::from(file);
    beside.push(format!(".{}", process::id()));
    let beside = Path::new(&beside);
    let written = write(beside, bytes, File::options().create_new(true)).and_then(|()| {
        // The error that counts is the one that came first.
        fs::rename(beside, file).inspect_err(|_| drop(fs::remove_file(beside)))
    });
    written.with_context(|| format!("cannot write {}", input::name(file)))
}

fn write(file: &Path, bytes: &[u8], options: &mut OpenOptions) -> io::Result<()> {
    let mut opened = options.write(true).open(file)?;
    let written = opened.write_all(bytes).and_then(|()| opened.sync_all());
    written.inspect_err(|_| drop(fs::remove_file(file)))
}

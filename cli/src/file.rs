//! Files that are written.

use std::{io::Write, path::Path};

use anyhow::Context;

use crate::input::name;

/// Writes a whole file or leaves what was there.
pub(crate) fn write(file: &Path, content: &[u8]) -> anyhow::Result<()> {
    put(file, content).with_context(|| format!("cannot write {}", name(file)))
}

fn put(file: &Path, content: &[u8]) -> anyhow::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(<std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o644));
    let mut temporary = builder.tempfile_in(folder)?;
    temporary.write_all(content)?;
    temporary.as_file().sync_all()?;
    temporary.persist(file)?;
    Ok(())
}

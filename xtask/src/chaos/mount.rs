//! Small and read-only file systems, in a name space of this run alone: when its last process ends, they are gone.

use std::{
    env,
    ffi::OsStr,
    fs, io,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};

/// Set for the process inside of the name space.
const INSIDE: &str = "CLEARANCE_CHAOS_INSIDE";

/// What can be mounted here.
#[derive(Debug)]
pub(super) struct Mounts {
    /// Why nothing can be mounted; `None` means that it can.
    refusal: Option<String>,
}

/// Something that is mounted until it is dropped.
#[derive(Debug)]
pub(super) struct Mount(PathBuf);

/// Runs this program again in a name space of its own for mounts, where the machine allows one. It comes back where it does not, and
/// inside.
pub(super) fn enter() {
    if env::var_os(INSIDE).is_some() {
        return;
    }
    let Ok(program) = env::current_exe() else { return };
    // First without and then with a name space for users, which somebody who is not root needs.
    for options in [&["--mount", "--propagation", "private"][..], &["--mount", "--propagation", "private", "--map-root-user"]] {
        let tried = Command::new("unshare").args(options).arg("true").stderr(Stdio::null()).status();
        if tried.is_ok_and(|status| status.success()) {
            let mut again = Command::new("unshare");
            again.args(options).arg(&program).args(env::args_os().skip(1)).env(INSIDE, "1");
            // It comes back only where it fails; the run goes on then, without mounts.
            drop::<io::Error>(again.exec());
        }
    }
}

impl Mounts {
    /// Tries it.
    pub(super) fn look(folder: &Path) -> Self {
        if env::var_os(INSIDE).is_none() {
            return Self { refusal: Some("this machine allows no name space for mounts (`unshare --mount`)".to_owned()) };
        }
        let tried = Mount::memory(&folder.join("try"), 64 << 10);
        Self { refusal: tried.err().map(|error| format!("{error:#}")) }
    }

    /// Why nothing can be mounted.
    pub(super) fn refusal(&self) -> Option<&str> {
        self.refusal.as_deref()
    }
}

impl Mount {
    /// A file system in memory with room for this many bytes.
    pub(super) fn memory(folder: &Path, bytes: u64) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let size = format!("size={bytes},mode=0700");
        run("mount", ["-t", "tmpfs", "-o", &size, "tmpfs"].map(OsStr::new), folder)?;
        Ok(Self(folder.to_owned()))
    }

    /// A folder that nothing can be written into by its name.
    pub(super) fn read_only(folder: &Path) -> Result<Self> {
        run("mount", [OsStr::new("--bind"), folder.as_os_str()], folder)?;
        let mount = Self(folder.to_owned());
        run("mount", ["-o", "remount,bind,ro"].map(OsStr::new), folder)?;
        Ok(mount)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Later than now, where a process still has a file of it open.
        let _ = run("umount", [OsStr::new("--lazy")], &self.0);
    }
}

fn run<'a>(program: &str, arguments: impl IntoIterator<Item = &'a OsStr>, folder: &Path) -> Result<()> {
    let output = Command::new(program).args(arguments).arg(folder).output().with_context(|| format!("cannot run `{program}`"))?;
    ensure!(output.status.success(), "`{program}` refuses: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}

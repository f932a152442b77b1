//! The compiler that is at hand.

use std::{env, ffi::OsString, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail, ensure};

/// The target of a policy component: nothing to import, not even from an operating system.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// What to do where the target cannot be had in the usual way.
const ADVICE: &str = "install Rust with rustup (https://rustup.rs) and run `rustup target add wasm32-unknown-unknown`; a Rust \
                      from a Linux distribution has the target in a package of its own, such as Debian's `libstd-rust-dev-wasm32`";

/// A Rust compiler.
pub(super) struct Toolchain {
    version: String,
    commit: Option<String>,
    sysroot: PathBuf,
}

impl Toolchain {
    /// The compiler that cargo would use.
    pub(super) fn find() -> Result<Self> {
        let verbose = output(&mut rustc(), &["-vV"])?;
        let field = |name: &str| verbose.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let (first, host) = (verbose.lines().next().unwrap_or_default(), field("host:").unwrap_or("unknown host"));
        Ok(Self {
            version: format!("{first} {host}"),
            commit: field("commit-hash:").filter(|hash| *hash != "unknown").map(str::to_owned),
            sysroot: output(&mut rustc(), &["--print", "sysroot"])?.trim().into(),
        })
    }

    /// Version, commit and host: where one of them differs, so may what is built.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// Where the sources of the standard library lie, if they are installed, and what a compiler without them calls that place.
    pub(super) fn standard_library(&self) -> Option<(PathBuf, String)> {
        let commit = self.commit.as_ref()?;
        Some((self.sysroot.join("lib/rustlib/src/rust"), format!("/rustc/{commit}")))
    }

    /// Makes sure that the compiler can build for [`TARGET`].
    pub(super) fn add_target(&self) -> Result<()> {
        let library = self.sysroot.join("lib/rustlib").join(TARGET).join("lib");
        if library.is_dir() {
            return Ok(());
        }
        match Command::new("rustup").args(["target", "add", TARGET]).status() {
            Ok(status) if status.success() && library.is_dir() => Ok(()),
            Ok(_) => bail!("the compiler lacks the target {TARGET} and rustup did not add it: {ADVICE}"),
            Err(_) => bail!("the compiler lacks the target {TARGET}: {ADVICE}"),
        }
    }
}

fn rustc() -> Command {
    Command::new(env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc")))
}

/// The cargo that runs this.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}

/// What a program says, if it succeeds.
pub(super) fn output(command: &mut Command, arguments: &[&str]) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.args(arguments).output().with_context(|| format!("cannot run `{name}`"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{name} {}` failed: {}", arguments.join(" "), said.trim());
    String::from_utf8(output.stdout).with_context(|| format!("`{name}` does not answer with a text"))
}

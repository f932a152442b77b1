//! Real clients against a real server: what `tests/clients` holds, installed and run.

mod install;

pub(crate) use self::install::unpack_debian;

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::MetadataCommand;

use crate::tree;

/// Where the scripts are.
const SCRIPTS: &str = "tests/clients";

/// Installs what the scripts need, runs each, and fails if one did.
///
/// # Errors
///
/// Something cannot be installed or built, or a script found a difference.
pub(crate) fn run(clearance: Option<PathBuf>, kills: u32) -> Result<()> {
    let root = tree::root();
    let target = MetadataCommand::new().manifest_path(root.join("Cargo.toml")).no_deps().exec()?.target_directory;
    let folder = target.as_std_path().join("clients");
    let scripts = root.join(SCRIPTS);
    let clearance = match clearance {
        Some(path) => path.canonicalize().with_context(|| format!("cannot find `{}`", path.display()))?,
        None => build(&root, target.as_std_path())?,
    };

    let begin = Instant::now();
    let python = install::python(&folder, &scripts, "langwatch")?.join("python");
    let schemathesis = install::python(&folder, &scripts, "schemathesis")?.join("schemathesis");
    let node = install::node(&folder, &scripts)?;
    let [nginx, caddy, haproxy] = install::PROXIES.map(|proxy| install::proxy(&folder, &proxy));
    let (nginx, caddy, haproxy) = (nginx?, caddy?, haproxy?);
    let names = [&nginx, &caddy, &haproxy].map(|path| format!("`{}`", path.display())).join(", ");
    println!("installed: {} s, the proxies are {names}", begin.elapsed().as_secs());

    let kills = kills.to_string();
    let steps: [(&str, &[(&str, &Path)]); 6] = [
        ("keys", &[]),
        ("projects", &[]),
        ("traces", &[("--nginx", &nginx), ("--node", &node)]),
        ("headers", &[("--nginx", &nginx), ("--caddy", &caddy), ("--haproxy", &haproxy)]),
        ("openapi", &[("--schemathesis", &schemathesis)]),
        ("kills", &[("--kills", Path::new(&kills))]),
    ];
    let mut failed = Vec::new();
    for (name, options) in steps {
        let mut command = Command::new(&python);
        command.arg(scripts.join(format!("{name}.py"))).arg("--clearance").arg(&clearance);
        for (option, value) in options {
            command.arg(option).arg(value);
        }
        // The line can be run alone.
        println!("\n{command:?}");
        let begin = Instant::now();
        let status = command.env("PYTHONDONTWRITEBYTECODE", "1").status().context("cannot run Python")?;
        println!("{name}: {} s", begin.elapsed().as_secs());
        if !status.success() {
            failed.push(name);
        }
    }
    if !failed.is_empty() {
        bail!("the clients found differences: {}", failed.join(", "));
    }
    Ok(())
}

/// The command of this workspace.
fn build(root: &Path, target: &Path) -> Result<PathBuf> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).args(["build", "--quiet", "--package", "clearance-cli", "--target-dir"]).arg(target);
    let status = cargo.status().context("cannot run cargo")?;
    ensure!(status.success(), "cargo cannot build `clearance-cli`");
    Ok(target.join("debug").join("clearance"))
}

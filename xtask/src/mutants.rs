//! `cargo xtask mutants`: breaks the code in every way that `cargo-mutants` knows, one at a time, and sees whether a test fails.
//!
//! What no test sees must stand in `xtask/mutants.toml` with its reason. An entry that is seen by now, or is no way to break the code
//! any more, fails the run as well.

mod list;

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;

pub(crate) use self::list::{LIST, List, Mutant};
use crate::tree;

/// The tool and the version that names mutants as the list does.
const TOOL: &str = "cargo-mutants";
const TOOL_VERSION: &str = "27.1.0";

/// What can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// The rules and the wire layout.
    Policy,
    /// The data and its changes.
    Directory,
    /// The authorizer.
    Clearance,
    /// How versions follow each other.
    Rollout,
    /// What is on disk.
    Store,
    /// What keeps store, memory and policy in step.
    Keeper,
}

impl Part {
    const ALL: [Self; 6] = [Self::Policy, Self::Directory, Self::Clearance, Self::Rollout, Self::Store, Self::Keeper];

    /// The crate that is broken, which of its files, and the crates whose tests should see it.
    fn plan(self) -> (&'static str, &'static [&'static str], &'static str) {
        match self {
            // The oracle and the component, which say what the rules should have said, are in the tests of the workspace.
            Self::Policy => ("clearance-policy", &["policy/src/**/*.rs"], "clearance-policy,clearance-tests"),
            Self::Directory => ("clearance-directory", &["directory/src/**/*.rs"], "clearance-directory"),
            Self::Clearance => ("clearance", &["clearance/src/**/*.rs"], "clearance,clearance-tests"),
            Self::Rollout => ("clearance-rollout", &["rollout/src/**/*.rs"], "clearance-rollout,clearance-tests"),
            Self::Store => ("clearance-store", &["store/src/**/*.rs"], "clearance-store"),
            // What clients see of it is in the tests of the server.
            Self::Keeper => ("clearance-keeper", &["keeper/src/**/*.rs"], "clearance-keeper,clearance-server"),
        }
    }
}

/// Breaks one part or all, or these files of them, and compares what no test saw with the list.
///
/// # Errors
///
/// The tool cannot be installed or does not get to the end, or a mutant and the list disagree.
pub(crate) fn run(part: Option<Part>, files: &[String]) -> Result<()> {
    let root = tree::root();
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let tool = install(&target)?;
    let list = List::read(&root)?;
    let parts = part.as_ref().map_or(&Part::ALL[..], std::slice::from_ref);
    let mut findings = Vec::new();
    for &part in parts {
        let outcome = mutate(&tool, &root, &target, part, files)?;
        println!("{part:?}: {} of {} mutants were seen by a test", outcome.all.len() - outcome.missed.len(), outcome.all.len());
        findings.extend(list.compare(&outcome.all, &outcome.missed));
    }
    for finding in &findings {
        println!("mutants: {finding}");
    }
    ensure!(findings.is_empty(), "{} findings", findings.len());
    Ok(())
}

/// What came of the mutants of a part.
struct Outcome {
    all: Vec<Mutant>,
    missed: Vec<Mutant>,
}

/// How the tool ends when it got to the end: all mutants were seen, some were missed, or some ran out of time.
const DONE: [i32; 3] = [0, 2, 3];

fn mutate(tool: &Path, root: &Path, target: &Path, part: Part, files: &[String]) -> Result<Outcome> {
    let (package, own, tests) = part.plan();
    // Beside the target of the workspace, so that both stay warm: the tool works in a copy of the sources.
    let out = target.join("mutants").join(format!("{part:?}").to_lowercase());
    fs::create_dir_all(&out).with_context(|| format!("cannot make `{}`", out.display()))?;
    let mut command = Command::new(tool);
    command.arg("mutants").arg("--dir").arg(root).arg("--output").arg(&out);
    command.args(["--package", package, "--test-package", tests, "--no-shuffle", "--colors", "never"]);
    for file in if files.is_empty() { own.iter().map(|file| (*file).to_owned()).collect() } else { files.to_vec() } {
        command.args(["--file", &file]);
    }
    // Without the examples in comments, which are built one by one.
    command.args(["--", "--lib", "--tests"]).env("CARGO_TARGET_DIR", target.join("mutants").join("build"));
    let status = command.status().with_context(|| format!("cannot run `{}`", tool.display()))?;
    if !status.code().is_some_and(|code| DONE.contains(&code)) {
        bail!("`{TOOL}` did not get to the end: {status}: see `{}`", out.join("mutants.out").join("log").display());
    }
    let read = |name: &str| Mutant::read_all(&out.join("mutants.out").join(name));
    let missed = read("missed.txt")?;
    // What makes the tests run for ever is seen as well as what makes them fail. What does not compile breaks nothing.
    let all = [read("caught.txt")?, read("timeout.txt")?, missed.clone()].concat();
    Ok(Outcome { all, missed })
}

/// The tool, built once for each version.
fn install(target: &Path) -> Result<PathBuf> {
    let folder = target.join("tools");
    let tool = folder.join("bin").join(TOOL).with_extension(env::consts::EXE_EXTENSION);
    let said = Command::new(&tool).args(["mutants", "--version"]).output();
    if said.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).split_whitespace().last() == Some(TOOL_VERSION)) {
        return Ok(tool);
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsStr::new("cargo").to_owned());
    let arguments = ["install", TOOL, "--locked", "--force", "--version", TOOL_VERSION, "--root"];
    let status = Command::new(cargo).args(arguments).arg(&folder).status().context("cannot run cargo")?;
    ensure!(status.success(), "cannot install `{TOOL}` {TOOL_VERSION}");
    Ok(tool)
}

//! `cargo xtask mutants`: breaks the code in every way that `cargo-mutants` knows, one at a time, and sees whether a test fails.
//!
//! What no test sees must stand in `xtask/mutants.toml` with its reason. An entry that is seen by now, or is not a way to break
//! the code any more, fails the run as well.
//!
//! Most mutants are seen by the tests of their own crate, which are built and run in seconds. Only what these miss is tried again
//! with the tests of the crate that see most of the rest, which take minutes.

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

/// How a part is broken.
struct Plan {
    package: &'static str,
    files: &'static [&'static str],
    /// Features without which not all of it is built.
    features: Option<&'static str>,
    /// The crates whose tests should see it, one after the other.
    passes: &'static [&'static str],
}

impl Part {
    const ALL: [Self; 6] = [Self::Policy, Self::Directory, Self::Clearance, Self::Rollout, Self::Store, Self::Keeper];

    fn plan(self) -> Plan {
        let (package, files, passes): (_, &[_], &[_]) = match self {
            // The oracle and the component, which say what the rules should have said, are in the tests of the workspace.
            Self::Policy => ("clearance-policy", &["policy/src/**/*.rs"], &["clearance-policy", "clearance-tests"]),
            Self::Directory => ("clearance-directory", &["directory/src/**/*.rs"], &["clearance-directory", "clearance-tests"]),
            Self::Clearance => ("clearance", &["clearance/src/**/*.rs"], &["clearance", "clearance-tests", "clearance-rollout"]),
            Self::Rollout => ("clearance-rollout", &["rollout/src/**/*.rs"], &["clearance-rollout", "clearance-tests"]),
            // What another user of the machine may do with the files is in the tests of the command.
            Self::Store => ("clearance-store", &["store/src/**/*.rs"], &["clearance-store", "clearance-cli", "clearance-server"]),
            // What clients see of it is in the tests of the server.
            Self::Keeper => ("clearance-keeper", &["keeper/src/**/*.rs"], &["clearance-keeper", "clearance-server"]),
        };
        let features = (self == Self::Policy).then_some("clearance-policy/rules");
        Plan { package, files, features, passes }
    }
}

/// What a run is asked for.
#[derive(clap::Args)]
pub(crate) struct Mutants {
    /// What to break; without it, everything.
    part: Option<Part>,
    /// Break these files alone: paths from the root of the workspace, or patterns.
    #[arg(long, value_name = "GLOB")]
    file: Vec<String>,
    /// Go on where a run before was stopped: what it saw caught is not tried again.
    #[arg(long)]
    resume: bool,
}

/// Breaks what is asked for, and compares what no test saw with the list.
///
/// # Errors
///
/// The tool cannot be installed or does not get to the end, or a mutant and the list disagree.
pub(crate) fn run(asked: &Mutants) -> Result<()> {
    let root = tree::root();
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let tool = install(&target)?;
    let list = List::read(&root)?;
    let parts = asked.part.as_ref().map_or(&Part::ALL[..], std::slice::from_ref);
    let mut findings = Vec::new();
    for &part in parts {
        let outcome = Attempt::new(part, asked, &tool, &root, &target)?.run()?;
        println!("{part:?}: no test saw {} of {} mutants", outcome.missed.len(), outcome.all.len());
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
    /// Every mutant, also those that do not compile.
    all: Vec<Mutant>,
    missed: Vec<Mutant>,
}

/// How the tool ends when it got to the end: all mutants were seen, some were missed, or some ran out of time.
const DONE: [i32; 3] = [0, 2, 3];

/// How long the tests may take, in seconds. The tool would measure the tests of the crate that is broken, which may take a
/// second, where those of another crate take minutes; and what runs out of time counts as seen.
const MIN_TEST_TIMEOUT: &str = "900";

/// A part that is about to be broken.
struct Attempt<'a> {
    plan: Plan,
    files: Vec<String>,
    tool: &'a Path,
    root: &'a Path,
    /// Where the tool writes what it saw, and finds what it saw before.
    out: PathBuf,
    build: PathBuf,
}

impl<'a> Attempt<'a> {
    fn new(part: Part, asked: &Mutants, tool: &'a Path, root: &'a Path, target: &Path) -> Result<Self> {
        let plan = part.plan();
        let files = if asked.file.is_empty() { plan.files.iter().map(ToString::to_string).collect() } else { asked.file.clone() };
        // Beside the target of the workspace, so that both stay warm: the tool works in a copy of the sources.
        let folder = target.join("mutants");
        let out = folder.join(format!("{part:?}").to_lowercase());
        if !asked.resume && out.exists() {
            fs::remove_dir_all(&out).with_context(|| format!("cannot remove `{}`", out.display()))?;
        }
        fs::create_dir_all(&out).with_context(|| format!("cannot make `{}`", out.display()))?;
        Ok(Self { plan, files, tool, root, out, build: folder.join("build") })
    }

    fn run(&self) -> Result<Outcome> {
        let listed = self.command().arg("--list").output().with_context(|| format!("cannot run `{}`", self.tool.display()))?;
        ensure!(listed.status.success(), "`{TOOL}` cannot list: {}", String::from_utf8_lossy(&listed.stderr).trim());
        let all = Mutant::read_all(&String::from_utf8_lossy(&listed.stdout))?;
        for tests in self.plan.passes {
            self.pass(tests)?;
        }
        // What makes the tests run for ever is seen as well as what makes them fail. What does not compile breaks nothing.
        let missed = self.out.join("mutants.out").join("missed.txt");
        let missed = fs::read_to_string(&missed).with_context(|| format!("cannot read `{}`", missed.display()))?;
        Ok(Outcome { all, missed: Mutant::read_all(&missed)? })
    }

    /// Tries all that no pass before has seen with the tests of one crate.
    fn pass(&self, tests: &str) -> Result<()> {
        let mut command = self.command();
        command.args(["--iterate", "--test-package", tests, "--minimum-test-timeout", MIN_TEST_TIMEOUT]);
        // Without the examples in comments, which are built one by one.
        command.args(["--", "--lib", "--tests"]).env("CARGO_TARGET_DIR", &self.build);
        // Nobody looks at where a test failed, or at the smallest case for which it does.
        command.env("CARGO_PROFILE_DEV_DEBUG", "0").env("PROPTEST_MAX_SHRINK_ITERS", "0");
        let status = command.status().with_context(|| format!("cannot run `{}`", self.tool.display()))?;
        if !status.code().is_some_and(|code| DONE.contains(&code)) {
            bail!("`{TOOL}` did not get to the end: {status}: see `{}`", self.out.join("mutants.out").join("log").display());
        }
        Ok(())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.tool);
        command.arg("mutants").arg("--dir").arg(self.root).arg("--output").arg(&self.out);
        command.args(["--package", self.plan.package, "--no-shuffle", "--colors", "never"]);
        command.args(self.plan.features.iter().flat_map(|features| ["--features", features]));
        command.args(self.files.iter().flat_map(|file| ["--file", file]));
        command
    }
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

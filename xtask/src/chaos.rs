//! A real server under load, while one thing after the other goes wrong around it.

mod count;
mod ground;
mod http;
mod ledger;
mod load;
mod mount;
mod server;
mod steps;
mod table;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use cargo_metadata::MetadataCommand;
use clap::Args;

use self::{
    ground::Ground,
    ledger::State,
    steps::{Outcome, STEPS, Step},
    table::{Row, Table},
};
use crate::tree;

/// A run that takes longer ends as a failure.
const MAX_RUN: Duration = Duration::from_secs(600);

/// No step begins later than this: what it needs at most is left for it, and for the end.
const LAST_BEGIN: Duration = Duration::from_secs(420);

/// The gate may refuse one in this many questions with valid keys while somebody else behaves badly.
const REFUSED_OF: u64 = 100;

/// What memory may be above a tenth more than at the start: what an allocator keeps, and the keys that the run makes.
const MEMORY_SLACK_BYTES: u64 = 24 << 20;

/// How a run is wanted.
#[derive(Args)]
pub(crate) struct Chaos {
    /// Take less than a minute: fewer and shorter steps.
    #[arg(long)]
    short: bool,
    /// The command to test; without it, the one of this workspace is built in release.
    #[arg(long, value_name = "PATH")]
    clearance: Option<PathBuf>,
    /// Do only the steps whose names contain this.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Write the table into `docs/chaos.md`.
    #[arg(long, conflicts_with_all = ["short", "only"])]
    page: bool,
}

/// Runs the steps, prints what came of each, and fails if a promise was broken.
///
/// # Errors
///
/// Something cannot be built or run, or a promise was broken.
pub(crate) fn run(options: &Chaos) -> Result<()> {
    mount::enter();
    let root = tree::root();
    let target = MetadataCommand::new().manifest_path(root.join("Cargo.toml")).no_deps().exec()?.target_directory;
    let binary = match &options.clearance {
        Some(path) => path.canonicalize().with_context(|| format!("cannot find `{}`", path.display()))?,
        None => build(&root, target.as_std_path())?,
    };
    end_in_time();
    let folder = tempfile::Builder::new().prefix("clearance-chaos-").tempdir()?;
    let downloads = target.as_std_path().join("chaos");
    fs::create_dir_all(&downloads)?;
    let company = root.join("examples/company/directory.json");
    let mut ground = Ground::create(&binary, &company, folder.path(), downloads, options.short)?;

    let mut table = Table::begin(&ground);
    let chosen = |step: &&Step| options.only.as_ref().is_none_or(|only| step.name.contains(only.as_str()));
    let begin = Instant::now();
    for step in STEPS.iter().filter(chosen) {
        let row = if begin.elapsed() < LAST_BEGIN { one(&mut ground, step)? } else { Row::too_late(step.name) };
        println!("{}", row.line());
        table.add(row);
    }
    let row = end(&mut ground, table.memory_at_start())?;
    println!("{}", row.line());
    table.add(row);

    println!("\n{table}");
    if options.page {
        fs::write(root.join("docs/chaos.md"), table.page())?;
    }
    let broken = table.broken();
    ensure!(broken == 0, "{broken} promises were broken: each stands above");
    Ok(())
}

/// The command of this workspace, as it is run in earnest.
fn build(root: &Path, target: &Path) -> Result<PathBuf> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).args(["build", "--quiet", "--release", "--package", "clearance-cli", "--target-dir"]).arg(target);
    ensure!(cargo.status().context("cannot run cargo")?.success(), "cargo cannot build `clearance-cli`");
    Ok(target.join("release").join("clearance"))
}

/// Ends the program where a step hangs. The kernel ends the server then.
fn end_in_time() {
    thread::spawn(|| {
        thread::sleep(MAX_RUN);
        eprintln!("error: the run took longer than {} s", MAX_RUN.as_secs());
        std::process::exit(1);
    });
}

/// One step, until all is well again.
fn one(ground: &mut Ground, step: &Step) -> Result<Row> {
    let before = ground.tally.counts();
    let memory_before = ground.server.memory("VmRSS");
    ground.server.forget_peak();
    let begin = Instant::now();
    let done = (step.run)(ground);
    let taken = begin.elapsed();
    let during = ground.tally.counts().since(before);
    let skipped = match done {
        Ok(Outcome::Done) => None,
        Ok(Outcome::Skipped(reason)) => Some(reason),
        Err(error) => {
            ground.find(format!("{error:#}"));
            None
        }
    };
    let most = ((during.valid_right + during.valid_refused) / REFUSED_OF).max(5);
    if step.serves && skipped.is_none() && during.valid_refused > most {
        let asked = during.valid_right + during.valid_refused;
        ground.find(format!("the gate refused {} of {asked} questions with valid keys meanwhile", during.valid_refused));
    }
    let peak = ground.server.memory("VmHWM");
    let well = recover(ground)?;
    ground.look(false)?;
    Ok(Row {
        name: step.name,
        skipped,
        counts: ground.tally.counts().since(before),
        taken,
        well,
        memory: [memory_before, peak, ground.server.memory("VmRSS")],
        findings: ground.tally.take_findings(),
    })
}

/// Waits until all is well; where it does not become so by itself, the server is started again, and at last with another database.
fn recover(ground: &mut Ground) -> Result<Option<Duration>> {
    if ground.server.runs() {
        match ground.settle() {
            Ok(taken) => return Ok(Some(taken)),
            Err(error) => ground.find(format!("{error:#}")),
        }
    } else {
        ground.find("the server has ended");
    }
    ground.server.kill()?;
    match ground.server.start().and_then(|()| ground.settle()) {
        Ok(_) => ground.find("all became well only by another start"),
        Err(error) => {
            ground.find(format!("another start does not help, the database is lost: {error:#}"));
            ground.reset()?;
        }
    }
    Ok(None)
}

/// What has to hold in the end.
fn end(ground: &mut Ground, memory_at_start: Option<u64>) -> Result<Row> {
    let before = ground.tally.counts();
    let begin = Instant::now();
    let shared = Arc::clone(&ground.load()?.shared);
    ground.look(true)?;
    ground.load()?.rest_changes();
    let answer = shared.send(&mut shared.client(), "GET", "/api/api-keys", None);
    let listed = answer.filter(|answer| answer.status == 200).map(|answer| answer.body).unwrap_or_default();
    let lost =
        shared.ledger.all().into_iter().filter(|key| key.state == State::Alive && !listed.contains(&format!("\"{}\"", key.id)));
    for key in lost {
        ground.find(format!("the key {} was acknowledged and is not listed", key.id));
    }
    let counts = ground.tally.counts().since(before);
    let limit = memory_at_start.map(|start| start + start / 10 + MEMORY_SLACK_BYTES);
    let memory = wait_for_memory(ground, limit);
    if let (Some(memory), Some(limit)) = (memory, limit)
        && memory > limit
    {
        ground.find(format!("memory stays at {} MiB and has to come down to {}", memory >> 20, limit >> 20));
    }
    ground.end_load();
    if let Err(error) = ground.server.stop() {
        ground.find(format!("{error:#}"));
        ground.server.kill()?;
    }
    if let Err(error) = ground.server.run(["audit", "verify"]) {
        ground.find(format!("the audit is not whole: {error:#}"));
    }
    Ok(Row {
        name: "the end: every key looked at, a clean stop, the audit verified",
        skipped: None,
        counts,
        taken: begin.elapsed(),
        well: Some(Duration::ZERO),
        memory: [memory_at_start, None, memory],
        findings: ground.tally.take_findings(),
    })
}

/// The memory in the end, which may come down a little later than the last answer.
fn wait_for_memory(ground: &Ground, limit: Option<u64>) -> Option<u64> {
    let begin = Instant::now();
    loop {
        let memory = ground.server.memory("VmRSS");
        if memory <= limit || begin.elapsed() > Duration::from_secs(20) {
            return memory;
        }
        thread::sleep(Duration::from_millis(200));
    }
}

/// Refuses to go on where a step cannot be done as it is meant.
fn refuse(reason: &str) -> Result<Outcome> {
    bail!("the step did not do what it says: {reason}")
}

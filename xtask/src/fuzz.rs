//! libFuzzer on the targets of `clearance_tests::fuzz`, with the compiler that builds everything else.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;

use crate::tree;

/// What the compiler adds, so that libFuzzer sees which ways the code takes. None of it needs a nightly compiler; a sanitizer would,
/// and finds little in code without `unsafe`.
const FLAGS: [&str; 7] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cdebug-assertions",
    "-Coverflow-checks",
];

/// No input is longer.
const MAX_INPUT_BYTES: u32 = 1 << 16;

/// One input that takes longer is a find.
const MAX_INPUT_SECONDS: u32 = 60;

/// How it is wanted.
#[derive(Args)]
pub(crate) struct Fuzz {
    /// The targets; without one, all of them.
    targets: Vec<String>,
    /// How long each target is asked.
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u32,
}

/// Builds the targets, asks each for a while, and fails if one did not hold.
///
/// # Errors
///
/// It cannot be built, or there is a find.
pub(crate) fn run(options: &Fuzz) -> Result<()> {
    let folder = tree::root().join("fuzz");
    // The same versions of everything as elsewhere.
    fs::copy(tree::root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let binary = build(&folder)?;
    let known = Command::new(&binary).output().context("the targets cannot be listed")?;
    let known = String::from_utf8(known.stdout)?;
    let known: Vec<&str> = known.lines().collect();
    if let Some(unknown) = options.targets.iter().find(|name| !known.contains(&name.as_str())) {
        bail!("there is no target `{unknown}`: name some of {}", known.join(", "));
    }
    let chosen = |name: &&&str| options.targets.is_empty() || options.targets.iter().any(|target| target == **name);
    let mut failed = Vec::new();
    for name in known.iter().filter(chosen) {
        println!("{name}: {} s", options.seconds);
        if !ask(&folder, &binary, name, options.seconds)? {
            failed.push(*name);
        }
    }
    ensure!(failed.is_empty(), "there are finds in fuzz/finds of {}: make a test of each", failed.join(", "));
    Ok(())
}

/// The program with all targets.
fn build(folder: &Path) -> Result<PathBuf> {
    let version = Command::new("rustc").arg("-vV").output().context("cannot run rustc")?;
    let version = String::from_utf8(version.stdout)?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let target = folder.join("target");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // With a target that is named, build scripts and macros are built without the flags.
    cargo.current_dir(folder).args(["build", "--quiet", "--target", host, "--target-dir"]).arg(&target);
    // A workspace around this one has a say of its own in none of it.
    cargo.env("RUSTFLAGS", FLAGS.join(" ")).env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("CARGO_TARGET_DIR");
    ensure!(cargo.status().context("cannot run cargo")?.success(), "cargo cannot build the targets: is there a C++ compiler?");
    Ok(target.join(host).join("debug").join("clearance-fuzz"))
}

/// Asks one target, and says whether it held.
fn ask(folder: &Path, binary: &Path, name: &str, seconds: u32) -> Result<bool> {
    let [corpus, seeds, finds, temporary] =
        [format!("corpus/{name}"), format!("target/seeds/{name}"), "finds".to_owned(), "target/tmp".to_owned()]
            .map(|part| folder.join(part));
    for part in [&corpus, &seeds, &finds, &temporary] {
        fs::create_dir_all(part)?;
    }
    let mut target = Command::new(binary);
    target.env("CLEARANCE_FUZZ_TARGET", name).env("CLEARANCE_FUZZ_SEEDS", &seeds).env("TMPDIR", &temporary);
    target.arg(format!("-max_total_time={seconds}"));
    target.arg(format!("-max_len={MAX_INPUT_BYTES}")).arg(format!("-timeout={MAX_INPUT_SECONDS}"));
    target.args(["-rss_limit_mb=4096", "-print_final_stats=1", "-verbosity=0"]);
    target.arg(format!("-artifact_prefix={}/{name}-", finds.display()));
    // What is found to lead somewhere new goes into the first folder.
    target.arg(&corpus).arg(&seeds);
    let status = target.status().with_context(|| format!("cannot run the target `{name}`"))?;
    fs::remove_dir_all(&temporary)?;
    Ok(status.success())
}

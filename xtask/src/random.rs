//! Property tests with other seeds than the fixed one.

use std::{
    collections::BTreeSet,
    env,
    hash::{BuildHasher, Hasher, RandomState},
    path::Path,
    process::Command,
};

use anyhow::{Context, Result, ensure};

use crate::tree::{self, Tree};

/// Runs every module with property tests, each round with a seed of its own, and says which it is.
///
/// # Errors
///
/// A test fails. The seed that was printed last makes it fail again: `cargo xtask random --seed SEED`.
pub(crate) fn run(rounds: u32, seed: Option<u64>) -> Result<()> {
    let modules = modules()?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    for round in 1..=seed.map_or(rounds, |_| 1) {
        let seed = seed.unwrap_or_else(|| RandomState::new().build_hasher().finish());
        println!("round {round} of {rounds}: seed {seed}");
        // What the environment says outranks the seed in `.cargo/config.toml`.
        let status = Command::new(&cargo)
            .args(["test", "--quiet", "--workspace", "--lib", "--test", "all", "--"])
            .args(&modules)
            .current_dir(tree::root())
            .env("PROPTEST_RNG_SEED", seed.to_string())
            .status()
            .context("cannot run cargo")?;
        ensure!(status.success(), "a property test fails with the seed {seed}: see above");
    }
    Ok(())
}

/// The modules with property tests, as filters of the test harness.
fn modules() -> Result<BTreeSet<String>> {
    let tree = Tree::read(&tree::root())?;
    let with_tests = tree.of_kind("rs").filter(|(path, text)| !path.starts_with("xtask/") && text.contains("proptest!"));
    let names = with_tests.filter_map(|(path, _)| Path::new(path).file_stem()?.to_str());
    let modules: BTreeSet<_> = names.map(|name| format!("{name}::")).collect();
    ensure!(!modules.is_empty(), "no file has property tests");
    Ok(modules)
}

//! The features that dependencies are built with.
//!
//! Cargo builds a dependency once for each set of features that the chosen packages want of it. The README's commands choose all
//! packages, so that what one of them has built the next one finds: to run the command, its examples, and the tests.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    path::Path,
    process::Command,
};

use anyhow::{Context, Result, ensure};

use super::Project;

/// The sets of features that each outside package is built with, as `name vVERSION`.
pub(super) type FeatureSets = BTreeMap<String, BTreeSet<String>>;

/// What the packages of the workspace ask of outside packages.
#[derive(Debug, Default)]
pub(super) struct Features {
    /// Where programs are run.
    programs: FeatureSets,
    /// Where tests, benches and examples are run, too.
    tests: FeatureSets,
}

/// Asks cargo.
pub(super) fn read(root: &Path) -> Result<Features> {
    Ok(Features { programs: tree(root, "normal,build")?, tests: tree(root, "normal,build,dev")? })
}

fn tree(root: &Path, edges: &str) -> Result<FeatureSets> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["tree", "--locked", "--edges", edges, "--prefix", "none", "--format", "{p}|{f}"];
    let output = Command::new(cargo).args(arguments).current_dir(root).output().context("cannot run `cargo tree`")?;
    ensure!(output.status.success(), "`cargo tree` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(sets(&String::from_utf8(output.stdout).context("`cargo tree` writes UTF-8")?))
}

/// Reads lines such as `libc v0.2.1|default,std (*)`. A package of the workspace has its folder behind its version.
fn sets(lines: &str) -> FeatureSets {
    let mut sets = FeatureSets::new();
    for (package, features) in lines.lines().filter_map(|line| line.split_once('|')) {
        let package = package.trim_end_matches(" (proc-macro)");
        if !package.contains(" (") {
            sets.entry(package.to_owned()).or_default().insert(features.trim_end_matches(" (*)").to_owned());
        }
    }
    sets
}

/// No outside package is built for a program with features that it does not have in the tests.
pub(super) fn features(project: &Project) -> Vec<String> {
    let Features { programs, tests } = &project.features;
    let mut findings = Vec::new();
    for (package, sets) in programs {
        let known = tests.get(package);
        for set in sets.iter().filter(|set| known.is_none_or(|known| !known.contains(*set))) {
            let known = known.into_iter().flatten().map(|set| format!("`{set}`")).collect::<Vec<_>>().join(" or ");
            findings.push(format!(
                "{package} is built with `{set}` to run a program, and with {known} to run a test, so it is built twice: let a \
                 normal dependency of `clearance-tests` or the workspace's own entry ask for the features that are missing"
            ));
        }
    }
    findings
}

/// The commands in blocks of README and docs choose all packages: with `-p`, dependencies are built again with other features.
pub(super) fn commands(project: &Project) -> Vec<String> {
    let pages = project.tree.of_kind("md").filter(|(path, _)| *path == "README.md" || path.starts_with("docs/"));
    let mut findings = Vec::new();
    for (path, text) in pages {
        for (number, line) in text.lines().enumerate() {
            let command = line.trim().trim_start_matches("$ ");
            let builds = ["cargo run ", "cargo build ", "cargo test "].iter().any(|start| command.starts_with(start));
            let own = command.split(" -- ").next().unwrap_or_default();
            if builds && own.split_whitespace().any(|word| word == "-p" || word == "--package") {
                findings.push(format!(
                    "{path}:{}: `{own}` builds dependencies again with other features: choose the program with `--bin` or \
                     `--example`",
                    number + 1
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    #[test]
    fn lines_of_cargo_are_read() {
        let read = sets(
            "own v0.1.0 (/a/b)|rules\nlibc v0.2.1|default,std\nlibc v0.2.1| (*)\nserde_derive v1.0.0 (proc-macro)|default\n",
        );
        let set = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(
            read,
            FeatureSets::from([
                ("libc v0.2.1".to_owned(), set(&["default,std", ""])),
                ("serde_derive v1.0.0".to_owned(), set(&["default"])),
            ])
        );
    }

    #[test]
    fn a_second_set_of_features_is_found() {
        let features = Features { programs: sets("libc v0.2.1|std"), tests: sets("libc v0.2.1|default,std\nlibc v0.2.1|") };
        let project = Project { features, ..Project::default() };
        let found = super::features(&project);
        assert!(found.len() == 1 && found[0].contains("libc v0.2.1 is built with `std`"), "{found:?}");
        let features = Features { programs: sets("libc v0.2.1|std"), tests: sets("libc v0.2.1|std\nproptest v1.0.0|") };
        assert_eq!(super::features(&Project { features, ..Project::default() }), Vec::<String>::new());
    }

    #[test]
    fn a_command_that_chooses_a_package_is_found() {
        let project = |text: &str| Project { tree: Tree::from([("README.md", text)]), ..Project::default() };
        let found = commands(&project("```sh\ncargo run -q -p clearance-cli -- check\n```\n"));
        assert!(found.len() == 1 && found[0].starts_with("README.md:2: "), "{found:?}");
        assert_eq!(commands(&project("cargo run --bin clearance -- key -p x\ncargo install --path cli\n")), Vec::<String>::new());
    }
}

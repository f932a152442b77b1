//! `cargo xtask tidy`: the rules of the house that no compiler checks.
//!
//! Each check has a name, which an invariant may cite, and looks at nothing but the project it is given.

mod circles;
mod crates;
mod exceptions;
mod features;
mod files;
mod imports;
mod invariants;
mod mutants;
mod pages;
mod panics;
mod paths;
mod since;
mod syntax;
pub(crate) mod words;

use anyhow::{Result, ensure};

use self::{crates::Crate, features::Features};
use crate::{
    golden::TYPES,
    tree::{self, Tree},
};

/// All that a check may look at.
#[derive(Default)]
struct Project {
    tree: Tree,
    crates: Vec<Crate>,
    features: Features,
}

/// Says what is wrong, one finding each: place, value, fix.
type Check = fn(&Project) -> Vec<String>;

/// Every check by its name.
const CHECKS: [(&str, Check); 24] = [
    ("imports", imports::arrows),
    ("circles", circles::circles),
    ("libraries", imports::libraries),
    ("rules-feature", imports::rules_feature),
    ("features", features::features),
    ("commands", features::commands),
    ("panic-lints", panics::lints),
    ("panics", panics::calls),
    ("invariants", invariants::invariants),
    ("mutants", mutants::mutants),
    ("since", since::since),
    ("allow", exceptions::allow),
    ("unsafe", exceptions::unsafe_code),
    ("file-size", files::size),
    ("file-names", files::names),
    ("shim", files::shim),
    ("crate-docs", files::crate_docs),
    ("crate-links", pages::crate_links),
    ("manifests", files::manifests),
    ("docs-index", pages::index),
    ("links", pages::links_resolve),
    ("machine-paths", paths::folders),
    ("hosts", paths::hosts),
    ("words", words::words),
];

/// Runs every check.
pub(crate) fn run() -> Result<()> {
    let root = tree::root();
    // Nobody writes it: the rules are for people.
    let tree = Tree::read(&root)?.without(TYPES);
    let crates = crates::read(&root, &tree)?;
    let features = features::read(&root)?;
    let project = Project { tree, crates, features };
    let mut findings = 0;
    for (name, check) in CHECKS {
        for finding in check(&project) {
            println!("{name}: {finding}");
            findings += 1;
        }
    }
    ensure!(findings == 0, "{findings} findings");
    for (name, known) in imports::ARROWS {
        println!("{name} knows {}", if known.is_empty() { "no other".to_owned() } else { known.join(", ") });
    }
    println!("no circle among the files of: {}", circles::CLEAN.join(", "));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_a_name_of_its_own() {
        for (at, (name, _)) in CHECKS.iter().enumerate() {
            assert!(CHECKS[..at].iter().all(|(other, _)| other != name), "{name}");
        }
    }
}

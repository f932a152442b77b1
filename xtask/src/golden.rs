//! `cargo xtask golden`: the files that are derived from `policy/catalog.toml`, `wit/` and the documentation of the crates.

mod catalog_page;
mod contract_page;
mod crate_page;
mod langwatch;
mod types;
mod wire_tables;

use std::{fs, path::Path};

use anyhow::{Context, Result, anyhow, bail};
use clearance_catalog::{Catalog, Problem, Rules};

use crate::{
    contract::Contract,
    tree::{self, Tree},
};

/// Where the catalog of the default policy lies.
pub(crate) const CATALOG: &str = "policy/catalog.toml";

/// The boundary types as Rust.
pub(crate) const TYPES: &str = "policy/src/types/generated.rs";

/// Writes the derived files, or says which are stale.
pub(crate) fn run(check: bool) -> Result<()> {
    let root = tree::root();
    let tree = Tree::read(&root)?;
    let derived = derive(&tree)?;
    let is_stale = |(path, text): &&(String, String)| tree.get(path) != Some(text);
    let stale: Vec<&str> = derived.iter().filter(is_stale).map(|(path, _)| path.as_str()).collect();
    if !check {
        write(&root, &derived, &stale)?;
    } else if !stale.is_empty() {
        bail!("stale, run `cargo xtask golden`: {}", stale.join(", "));
    }
    Ok(())
}

/// The catalog of the default policy.
///
/// # Errors
///
/// The file is missing, or has mistakes: all of them, with their lines.
pub(crate) fn catalog(tree: &Tree) -> Result<Catalog> {
    let text = tree.get(CATALOG).with_context(|| format!("`{CATALOG}` is missing"))?;
    let lines = |problems: Vec<Problem>| problems.iter().map(|problem| format!("\n{CATALOG}: {problem}")).collect::<String>();
    Catalog::parse(text).map_err(|problems| anyhow!("the catalog has mistakes{}", lines(problems)))
}

/// The catalog of the strict policy: the default one's, under other rules.
pub(crate) fn strict(tree: &Tree) -> Result<Catalog> {
    Ok(Catalog { policy: "strict".into(), version: "1.0.0".into(), rules: Rules::Strict, ..catalog(tree)? })
}

/// Every derived file: its path and its text.
fn derive(tree: &Tree) -> Result<Vec<(String, String)>> {
    let catalog = catalog(tree)?;
    let contract = Contract::read(tree)?;
    let mut derived = vec![
        (TYPES.to_owned(), types::render()?),
        ("policy/src/langwatch.rs".to_owned(), langwatch::render(&catalog)),
        ("docs/catalog.md".to_owned(), catalog_page::render(&catalog)),
        ("docs/contract.md".to_owned(), contract_page::render(&contract)?),
        ("docs/wire/tables.json".to_owned(), wire_tables::render(&contract)?),
    ];
    derived.extend(crate_page::render_all(tree)?);
    Ok(derived)
}

fn write(root: &Path, derived: &[(String, String)], stale: &[&str]) -> Result<()> {
    for (path, text) in derived.iter().filter(|(path, _)| stale.contains(&path.as_str())) {
        let file = root.join(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
        }
        fs::write(&file, text).with_context(|| format!("cannot write `{}`", file.display()))?;
        println!("wrote {path}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_in_the_catalog_names_file_and_line() {
        let error = catalog(&Tree::from([(CATALOG, "[policy]\nname = 1\n")])).unwrap_err().to_string();
        assert!(error.contains("policy/catalog.toml: line 2: invalid type"), "{error}");
    }
}

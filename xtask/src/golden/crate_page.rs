//! `README.md` of each published crate: what its documentation begins with, as a registry shows it.

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::tree::Tree;

/// What a manifest says that matters here.
#[derive(Deserialize)]
struct Manifest {
    package: Option<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    #[serde(default = "yes")]
    publish: bool,
}

fn yes() -> bool {
    true
}

/// The page of every published crate: its path and its text.
///
/// # Errors
///
/// A manifest cannot be read, or a crate has no documentation of its own.
pub(super) fn render_all(tree: &Tree) -> Result<Vec<(String, String)>> {
    let mut pages = Vec::new();
    for (path, text) in tree.files() {
        let Some(folder) = path.strip_suffix("/Cargo.toml") else { continue };
        let manifest: Manifest = toml::from_str(text).with_context(|| format!("cannot read `{path}`"))?;
        let Some(Package { name, publish: true }) = manifest.package else { continue };
        let root = ["lib.rs", "main.rs"].map(|root| format!("{folder}/src/{root}"));
        let source = root.iter().find_map(|root| tree.get(root)).with_context(|| format!("`{folder}` has no source"))?;
        pages.push((format!("{folder}/README.md"), render(&name, source)));
    }
    Ok(pages)
}

/// The page of one crate.
fn render(name: &str, source: &str) -> String {
    let mut page =
        format!("<!-- Generated from the documentation of the crate by `cargo xtask golden`: do not edit. -->\n\n# {name}\n\n");
    let mut in_code = false;
    let docs = source.lines().map_while(|line| line.strip_prefix("//!")).map(|line| line.strip_prefix(' ').unwrap_or(line));
    for line in docs {
        let shown = match line {
            fence if fence.starts_with("```") => {
                in_code = !in_code;
                // Code without a language is Rust to rustdoc, and nothing to others.
                Some(if in_code && fence == "```" { "```rust".to_owned() } else { fence.to_owned() })
            }
            // Code that rustdoc runs and hides.
            hidden if in_code && (hidden == "#" || hidden.starts_with("# ")) => None,
            code if in_code => Some(code.to_owned()),
            heading if heading.starts_with('#') => Some(format!("#{heading}")),
            prose => Some(without_item_links(prose)),
        };
        page.extend(shown.map(|line| line + "\n"));
    }
    page
}

/// A line in which links to items, which rustdoc alone can follow, are plain code.
fn without_item_links(line: &str) -> String {
    let mut plain = String::new();
    let mut rest = line;
    while let Some((before, link)) = rest.split_once("[`") {
        let Some((code, behind)) = link.split_once("`]") else { break };
        let target = behind.strip_prefix('(').and_then(|behind| behind.split_once(')'));
        plain += before;
        rest = match target {
            Some((target, _)) if target.contains("://") => {
                plain += &format!("[`{code}`]");
                behind
            }
            Some((_, behind)) => {
                plain += &format!("`{code}`");
                behind
            }
            None => {
                plain += &format!("`{code}`");
                behind
            }
        };
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_rustdoc_understands_is_not_shown() {
        let source = "//! Runs [`A`] and [`b`](crate::b), see [`C`](https://example.com).\n//!\n//! # Example\n//! ```\n//! # use a;\n\
                      //! #[x]\n//! a();\n//! #\n//! ```\n\nmod a;\n//! not this";
        let expected = "# own\n\nRuns `A` and `b`, see [`C`](https://example.com).\n\n## Example\n```rust\n#[x]\na();\n```\n";
        assert_eq!(render("own", source).split_once("-->\n\n").unwrap().1, expected);
    }

    #[test]
    fn every_published_crate_has_a_page_and_no_other() {
        let manifest = |publish: &str| format!("[package]\nname = \"own\"\n{publish}");
        let tree = Tree::from([
            ("Cargo.toml", "[workspace]"),
            ("a/Cargo.toml", &manifest("")),
            ("a/src/lib.rs", "//! A."),
            ("b/Cargo.toml", &manifest("publish = false")),
            ("c/Cargo.toml", &manifest("")),
            ("c/src/main.rs", "//! C."),
        ]);
        let pages = render_all(&tree).unwrap();
        assert_eq!(pages.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["a/README.md", "c/README.md"]);
    }
}

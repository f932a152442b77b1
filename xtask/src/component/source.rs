//! What a component is built from, as one hash that is the same on every machine.

use std::{collections::BTreeSet, path::Path};

use anyhow::{Context, Result};
use clearance_catalog::Catalog;
use sha2::{Digest, Sha256};

use super::{
    build::{FLAGS, PACKAGE, PROFILE, metadata},
    toolchain::{cargo, output},
};
use crate::{contract, tree::Tree};

/// SHA-256, hexadecimal.
pub(super) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash of every file, setting and dependency that goes into the base, and of the catalog that was put in.
pub(super) fn hash(root: &Path, tree: &Tree, catalog: Option<&Catalog>) -> Result<String> {
    let mut parts = files(tree);
    parts.extend(settings(tree)?);
    parts.extend(dependencies(tree, &package_tree(root)?)?);
    parts.extend(catalog.map(|catalog| format!("catalog {}", digest(&catalog.to_bytes()))));
    Ok(digest_of(parts))
}

/// Independent of the order in which the parts are found.
fn digest_of(parts: Vec<String>) -> String {
    let parts: BTreeSet<String> = parts.into_iter().collect();
    digest(parts.into_iter().collect::<Vec<_>>().join("\n").as_bytes())
}

/// `path digest` of each file. A checkout may have other line ends than the repository.
fn files(tree: &Tree) -> Vec<String> {
    let folders = [contract::FOLDER, "policy/src", "policy/component"];
    let single = ["policy/Cargo.toml"].into_iter().filter_map(|path| Some((path, tree.get(path)?)));
    let all = folders.into_iter().flat_map(|folder| tree.under(folder)).chain(single);
    all.map(|(path, text)| format!("{path} {}", digest(text.replace("\r\n", "\n").as_bytes()))).collect()
}

/// The flags, and what the packages take from the root `Cargo.toml`.
fn settings(tree: &Tree) -> Result<Vec<String>> {
    let manifest: toml::Value = toml::from_str(tree.get("Cargo.toml").context("`Cargo.toml` is missing")?)?;
    let setting = |table: &str, of: &str| manifest.get(table).and_then(|table| table.get(of));
    let profile = setting("profile", PROFILE).with_context(|| format!("`Cargo.toml` has no profile `{PROFILE}`"))?;
    let text = |value: Option<&toml::Value>| value.map(ToString::to_string).unwrap_or_default();
    Ok(vec![
        format!("flags {}", FLAGS.join(" ")),
        format!("profile {profile}"),
        format!("inherited {}", text(setting("profile", "release"))),
        format!("edition {}", text(setting("workspace", "package").and_then(|package| package.get("edition")))),
    ])
}

/// The packages of the guest, a line each: name, version and, after a bar, the features that are on.
fn package_tree(root: &Path) -> Result<String> {
    let arguments = ["tree", "--package", PACKAGE, "--edges", "normal,build", "--target", "all"];
    output(cargo().current_dir(root).args(arguments), &["--prefix", "none", "--no-dedupe", "--format", "{p}|{f}"])
}

/// `name version features checksum` of each package in `packages`.
fn dependencies(tree: &Tree, packages: &str) -> Result<Vec<String>> {
    let lock: toml::Table = toml::from_str(tree.get("Cargo.lock").context("`Cargo.lock` is missing")?)?;
    let locked = lock.get("package").and_then(toml::Value::as_array).context("`Cargo.lock` names no package")?;
    let checksum = |name: &str, version: &str| {
        let is = |package: &&toml::Value, key: &str, value: &str| package.get(key).and_then(toml::Value::as_str) == Some(value);
        let own = locked.iter().find(|package| is(package, "name", name) && is(package, "version", version));
        own.and_then(|package| package.get("checksum")).and_then(toml::Value::as_str).unwrap_or("here").to_owned()
    };
    let line = |line: &str| {
        let (package, features) = line.split_once('|').with_context(|| format!("`{line}` is not a line of `cargo tree`"))?;
        let mut words = package.split(' ');
        let (name, version) = (words.next().unwrap_or_default(), words.next().unwrap_or_default().trim_start_matches('v'));
        Ok(format!("{name} {version} {features} {}", checksum(name, version)))
    };
    packages.lines().filter(|text| !text.trim().is_empty()).map(line).collect()
}

/// The version of the library that wraps.
pub(super) fn wit_component_version(root: &Path) -> Result<String> {
    let metadata = metadata(root)?;
    let resolve = metadata.resolve.as_ref().context("cargo resolves no dependencies")?;
    let own =
        metadata.packages.iter().find(|package| package.name == env!("CARGO_PKG_NAME")).context("xtask is not a package")?;
    let node = resolve.nodes.iter().find(|node| node.id == own.id).context("xtask is not resolved")?;
    let wraps = node.deps.iter().find(|dependency| dependency.name == "wit_component").context("xtask does not wrap")?;
    let package = metadata.packages.iter().find(|package| package.id == wraps.pkg).context("wit-component is not a package")?;
    Ok(package.version.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[workspace.package]\nedition = \"2024\"\n[profile.component]\nlto = true\nopt-level = 3\n";
    const LOCK: &str =
        "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nchecksum = \"abc\"\n[[package]]\nname = \"own\"\nversion = \"0.1.0\"\n";
    const PACKAGES: &str = "own v0.1.0 (/some/folder)|rules\na v1.0.0 (proc-macro)|default,std\n";

    fn hash(files: &Tree, packages: &str) -> String {
        let mut parts = super::files(files);
        parts.extend(settings(files).unwrap());
        parts.extend(dependencies(files, packages).unwrap());
        digest_of(parts)
    }

    /// A project in which one file has another text.
    fn with(path: &str, text: &str) -> Tree {
        let mut files = [
            ("Cargo.toml", MANIFEST),
            ("Cargo.lock", LOCK),
            ("wit/a.wit", "a\n"),
            ("policy/src/lib.rs", "b\nc\n"),
            ("README.md", "d"),
            ("policy/component/src/lib.rs", "f"),
            ("policy/Cargo.toml", "g"),
        ];
        files.iter_mut().filter(|file| file.0 == path).for_each(|file| file.1 = text);
        Tree::from(files)
    }

    #[test]
    fn the_hash_changes_with_everything_that_is_built_and_nothing_else() {
        let base = hash(&with("", ""), PACKAGES);
        for (path, text) in [
            ("wit/a.wit", "other"),
            ("policy/src/lib.rs", "other"),
            ("policy/Cargo.toml", "other"),
            ("policy/component/src/lib.rs", "other"),
            ("Cargo.toml", "[profile.component]\nlto = true\nopt-level = 2\n[workspace.package]\nedition = \"2024\"\n"),
            ("Cargo.toml", "[profile.component]\nlto = true\nopt-level = 3\n[workspace.package]\nedition = \"2021\"\n"),
            ("Cargo.lock", &LOCK.replace("abc", "abd")),
        ] {
            assert_ne!(hash(&with(path, text), PACKAGES), base, "{path}: {text}");
        }
        assert_ne!(hash(&with("", ""), &PACKAGES.replace("rules", "")), base, "features");
        for (path, text) in [
            ("README.md", "other"),
            ("policy/src/lib.rs", "b\r\nc\r\n"),
            (
                "Cargo.toml",
                "[profile.component]\nopt-level = 3\nlto = true\n[profile.dev]\nlto = false\n[workspace.package]\nedition = \"2024\"\n",
            ),
        ] {
            assert_eq!(hash(&with(path, text), PACKAGES), base, "{path}: {text}");
        }
        let moved = "a v1.0.0 (proc-macro)|default,std\nown v0.1.0 (/other/folder)|rules\n";
        assert_eq!(hash(&with("", ""), moved), base, "order and folder");
    }
}

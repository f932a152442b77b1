//! The crates of the project and what each asks of the others.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, TargetKind};

use crate::tree::Tree;

/// A crate of the project.
#[derive(Debug, Default)]
pub(super) struct Crate {
    pub(super) name: String,
    /// Its folder, from the root of the project.
    pub(super) folder: String,
    /// Whether a registry may get it.
    pub(super) published: bool,
    /// The root file of its library, from the root of the project.
    pub(super) library: Option<String>,
    /// Normal, build and development dependencies alike.
    pub(super) dependencies: Vec<Dependency>,
    pub(super) features: BTreeMap<String, Vec<String>>,
    /// What a registry wants to know of a crate and its manifest does not say.
    pub(super) unsaid: Vec<&'static str>,
}

/// What a crate asks of another.
#[derive(Debug, Default)]
pub(super) struct Dependency {
    pub(super) name: String,
    pub(super) features: Vec<String>,
    /// Whether its tests and benches alone ask it.
    pub(super) in_tests: bool,
}

/// The crates of the workspace, and of workspaces of their own in folders of this one.
pub(super) fn read(root: &Path, tree: &Tree) -> Result<Vec<Crate>> {
    let mut crates = members(root, Path::new("Cargo.toml"))?;
    for (path, text) in tree.files().filter(|(path, _)| path.ends_with("/Cargo.toml")) {
        if text.lines().any(|line| line.trim() == "[workspace]") {
            crates.extend(members(root, Path::new(path))?);
        }
    }
    Ok(crates)
}

fn members(root: &Path, manifest: &Path) -> Result<Vec<Crate>> {
    let metadata = MetadataCommand::new().manifest_path(root.join(manifest)).no_deps().exec();
    let metadata: Metadata = metadata.with_context(|| format!("cannot read what cargo knows of `{}`", manifest.display()))?;
    Ok(metadata.workspace_packages().into_iter().map(|package| one(root, package)).collect())
}

fn one(root: &Path, package: &Package) -> Crate {
    let is_library = |kind: &TargetKind| matches!(kind, TargetKind::Lib | TargetKind::CDyLib);
    let library = package.targets.iter().find(|target| target.kind.iter().any(is_library));
    let relative = |path: &Path| path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
    let dependency = |dependency: &cargo_metadata::Dependency| Dependency {
        name: dependency.name.clone(),
        features: dependency.features.clone(),
        in_tests: dependency.kind == DependencyKind::Development,
    };
    let said = [
        ("description", package.description.is_some()),
        ("keywords", (1..=5).contains(&package.keywords.len())),
        ("categories", (1..=5).contains(&package.categories.len())),
        ("metadata.docs.rs", package.metadata.pointer("/docs/rs").is_some()),
    ];
    Crate {
        name: package.name.to_string(),
        folder: package.manifest_path.parent().map(|folder| relative(folder.as_std_path())).unwrap_or_default(),
        published: package.publish.as_ref().is_none_or(|registries| !registries.is_empty()),
        library: library.map(|target| relative(target.src_path.as_std_path())),
        dependencies: package.dependencies.iter().map(dependency).collect(),
        features: package.features.clone(),
        unsaid: said.into_iter().filter(|(_, is_said)| !is_said).map(|(what, _)| what).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn the_crates_of_the_project_are_read() {
        let root = tree::root();
        let crates = read(&root, &Tree::read(&root).unwrap()).unwrap();
        let find = |name: &str| crates.iter().find(|own| own.name == name).unwrap();
        let shim = find("clearance-policy-component");
        assert_eq!((shim.published, shim.library.as_deref()), (false, Some("policy/component/src/lib.rs")));
        let policy = shim.dependencies.iter().find(|dependency| dependency.name == "clearance-policy").unwrap();
        assert_eq!((&*policy.features, policy.in_tests), (&["rules".to_owned()][..], false));
        let host = find("clearance").dependencies.iter().find(|dependency| dependency.name == "clearance-host").unwrap();
        assert!(host.in_tests);
        let policy = find("clearance-policy");
        assert!(policy.published && policy.features.contains_key("rules"));
        assert_eq!((policy.folder.as_str(), shim.folder.as_str()), ("policy", "policy/component"));
        assert_eq!((policy.unsaid.as_slice(), shim.unsaid.contains(&"keywords")), ([].as_slice(), true));
    }
}

//! From the sources to a component.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use cargo_metadata::{Metadata, MetadataCommand};

use super::toolchain::{TARGET, Toolchain, cargo};

/// The package that is built.
pub(super) const PACKAGE: &str = "clearance-policy-component";

/// The profile of the root `Cargo.toml` that it is built with.
pub(super) const PROFILE: &str = "component";

/// The flags that do not depend on the machine.
///
/// The stack is small because every instance pays for its memory: 64 KiB is the step in which memory grows. The linker puts it
/// below the data, so that an overflow traps.
pub(super) const FLAGS: [&str; 1] = ["-Clink-arg=-zstack-size=65536"];

/// Compiles the core module: the policy, not yet wrapped.
pub(super) fn module(root: &Path, toolchain: &Toolchain) -> Result<Vec<u8>> {
    package(root, toolchain, PACKAGE, PROFILE, &FLAGS)
}

/// Compiles a package to a core module, the same to the byte wherever it is built.
pub(super) fn package(root: &Path, toolchain: &Toolchain, package: &str, profile: &str, flags: &[&str]) -> Result<Vec<u8>> {
    let metadata = metadata(root)?;
    let target = metadata.target_directory.as_std_path().join(profile);
    let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).chain(remaps(root, &metadata, toolchain)).collect();
    let mut build = cargo();
    build.current_dir(root).args(["build", "--quiet", "--package", package, "--profile", profile, "--target", TARGET]);
    build.arg("--target-dir").arg(&target);
    // Replaces every flag that the machine's own configuration would add.
    build.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}")).env_remove("RUSTC_WRAPPER").env_remove("RUSTC_WORKSPACE_WRAPPER");
    let status = build.status().context("cannot run cargo")?;
    ensure!(status.success(), "cargo cannot build `{package}`");
    let built = target.join(TARGET).join(profile).join(format!("{}.wasm", package.replace('-', "_")));
    fs::read(&built).with_context(|| format!("cannot read `{}`", built.display()))
}

/// What cargo knows of the workspace.
pub(super) fn metadata(root: &Path) -> Result<Metadata> {
    MetadataCommand::new().manifest_path(root.join("Cargo.toml")).exec().context("cannot read what cargo knows")
}

/// Takes the folders of this machine out of what is built: panic messages name source files.
fn remaps(root: &Path, metadata: &Metadata, toolchain: &Toolchain) -> Vec<String> {
    let folder = |package: &cargo_metadata::Package| package.manifest_path.parent()?.parent().map(|path| path.into());
    let elsewhere = metadata.packages.iter().filter(|package| package.source.is_some());
    let registries = elsewhere.filter_map(folder).map(|from: PathBuf| (from, "/registry".to_owned()));
    let places: BTreeMap<PathBuf, String> =
        registries.chain(toolchain.standard_library()).chain([(root.into(), "/clearance".to_owned())]).collect();
    places.iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folders_of_this_machine_are_remapped() {
        let root = crate::tree::root();
        let remaps = remaps(&root, &metadata(&root).unwrap(), &Toolchain::find().unwrap());
        assert!(remaps.contains(&format!("--remap-path-prefix={}=/clearance", root.display())));
        assert!(remaps.iter().any(|flag| flag.ends_with("=/registry")));
    }
}

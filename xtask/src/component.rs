//! `cargo xtask component`: the default policy as a WebAssembly component, the same to the byte wherever it is built.

mod build;
mod inspect;
mod provenance;
mod rewrite;
mod source;
mod toolchain;

use std::{fs, path::Path};

use anyhow::{Context, Result, bail, ensure};

use self::{provenance::Provenance, toolchain::Toolchain};
use crate::{
    contract::Contract,
    golden,
    tree::{self, Tree},
};

/// The built component of the default policy.
const COMPONENT: &str = "policy/dist/langwatch.wasm";

/// Where it comes from.
const PROVENANCE: &str = "policy/dist/langwatch.toml";

/// A component is smaller than this: 150 KiB. It is read, compiled and shipped with every library that embeds it.
const LIMIT: usize = 150 * 1024;

/// Builds the component, or says whether the committed one is what the sources build.
pub(crate) fn run(check: bool) -> Result<()> {
    let root = tree::root();
    let tree = Tree::read(&root)?;
    if check { verify(&root, &tree) } else { write(&root, &tree) }
}

/// Writes the core module inside the committed component.
pub(crate) fn core_module(out: &Path) -> Result<()> {
    let bytes = read(&tree::root())?;
    let module = inspect::core_module(&bytes)?;
    fs::write(out, module).with_context(|| format!("cannot write `{}`", out.display()))?;
    println!("wrote {} ({} bytes)", out.display(), module.len());
    Ok(())
}

fn write(root: &Path, tree: &Tree) -> Result<()> {
    let toolchain = Toolchain::find()?;
    toolchain.add_target()?;
    let bytes = build(root, tree, &toolchain)?;
    let provenance = provenance(root, tree, &bytes, toolchain.version())?;
    let folder = root.join("policy/dist");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    fs::write(root.join(COMPONENT), &bytes).with_context(|| format!("cannot write `{COMPONENT}`"))?;
    fs::write(root.join(PROVENANCE), provenance.to_text()?).with_context(|| format!("cannot write `{PROVENANCE}`"))?;
    println!("wrote {COMPONENT} ({} bytes, {})", bytes.len(), provenance.digest);
    Ok(())
}

fn verify(root: &Path, tree: &Tree) -> Result<()> {
    let bytes = read(root)?;
    let text = tree.get(PROVENANCE).with_context(|| format!("`{PROVENANCE}` is missing: run `cargo xtask component`"))?;
    let recorded =
        Provenance::parse(text).with_context(|| format!("`{PROVENANCE}` is not what `cargo xtask component` writes"))?;
    let expected = provenance(root, tree, &bytes, &recorded.rustc)?;
    let differences = recorded.differences(&expected);
    ensure!(differences.is_empty(), "`{PROVENANCE}` is stale, run `cargo xtask component`:\n  {}", differences.join("\n  "));
    examine(&bytes, tree)?;
    match rebuild(root, tree, &recorded) {
        Ok(built) => ensure!(
            built == bytes,
            "`{COMPONENT}` is not what its sources build with the recorded toolchain: run `cargo xtask component` and find out why"
        ),
        Err(Unbuilt::Toolchain(reason)) => {
            eprintln!("NOT CHECKED: whether the sources build `{COMPONENT}` to the byte: {reason}");
        }
        Err(Unbuilt::Failed(error)) => return Err(error),
    }
    Ok(())
}

/// Why there is nothing to compare with.
enum Unbuilt {
    /// The machine has another toolchain than the recorded one.
    Toolchain(String),
    /// The build went wrong.
    Failed(anyhow::Error),
}

fn rebuild(root: &Path, tree: &Tree, recorded: &Provenance) -> Result<Vec<u8>, Unbuilt> {
    let toolchain = Toolchain::find().map_err(Unbuilt::Failed)?;
    if toolchain.version() != recorded.rustc {
        let (here, there) = (toolchain.version(), &recorded.rustc);
        return Err(Unbuilt::Toolchain(format!("it was built with `{there}`, this is `{here}`")));
    }
    toolchain.add_target().map_err(|error| Unbuilt::Toolchain(format!("{error:#}")))?;
    build(root, tree, &toolchain).map_err(Unbuilt::Failed)
}

/// Builds the component and examines it.
fn build(root: &Path, tree: &Tree, toolchain: &Toolchain) -> Result<Vec<u8>> {
    let module = build::module(root, toolchain)?;
    let module = rewrite::with_first_names(&module, &Contract::read(tree)?.name())?;
    let bytes = rewrite::without_debug_names(&build::wrap(&module)?)?;
    examine(&bytes, tree)?;
    Ok(bytes)
}

/// Everything that must be true of the bytes themselves.
fn examine(bytes: &[u8], tree: &Tree) -> Result<()> {
    ensure!(bytes.len() < LIMIT, "the component has {} bytes, and must have less than {LIMIT}", bytes.len());
    let imports = inspect::imports(bytes)?;
    ensure!(imports.is_empty(), "a policy imports nothing, but the component imports {}", imports.join(", "));
    let (exports, promised) = (inspect::exports(bytes)?, Contract::read(tree)?.exports()?);
    ensure!(exports == promised, "the component exports {exports:?}, the contract says {promised:?}");
    inspect::core_module(bytes)?;
    Ok(())
}

/// What the provenance of these bytes says, if this compiler built them.
fn provenance(root: &Path, tree: &Tree, bytes: &[u8], rustc: &str) -> Result<Provenance> {
    let catalog = golden::catalog(tree)?;
    Ok(Provenance {
        policy: catalog.policy,
        version: catalog.version,
        contract: Contract::read(tree)?.name(),
        digest: source::digest(bytes),
        size: bytes.len(),
        source: source::hash(root, tree)?,
        rustc: rustc.to_owned(),
        wit_component: source::wit_component_version(root)?,
    })
}

fn read(root: &Path) -> Result<Vec<u8>> {
    let bytes =
        fs::read(root.join(COMPONENT)).with_context(|| format!("cannot read `{COMPONENT}`: run `cargo xtask component`"))?;
    if bytes.is_empty() {
        bail!("`{COMPONENT}` is empty: run `cargo xtask component`");
    }
    Ok(bytes)
}

//! `cargo xtask component`: the rules as a WebAssembly component, the policies that are made of it, and the authorizer as a module for
//! other languages, the same to the byte wherever they are built.

mod authorizer;
mod build;
mod inspect;
mod provenance;
mod rewrite;
mod source;
mod toolchain;
mod wrap;

use std::{fs, path::Path};

use anyhow::{Context, Result, bail, ensure};
use clearance_catalog::{CORE_INIT, Catalog, INIT};

pub(crate) use self::toolchain::{TARGET, cargo};
use self::{provenance::Provenance, toolchain::Toolchain};
use crate::{
    contract::Contract,
    golden,
    tree::{self, Tree},
};

/// Where the components lie, and beside each, by the same name, where it comes from.
const FOLDER: &str = "policy/dist";

/// The rules without a catalog.
const BASE: &str = "base";

/// The policies that are made of the base, each with its catalog. The first is the default one.
const POLICIES: [(&str, ReadCatalog); 2] = [("langwatch", golden::catalog), ("strict", golden::strict)];

/// Reads a catalog out of the project.
type ReadCatalog = fn(&Tree) -> Result<Catalog>;

/// A component is smaller than this: 150 KiB. It is read, compiled and shipped with every library that embeds it.
const LIMIT: usize = 150 * 1024;

/// Builds the components, or says whether the committed ones are what the sources build.
pub(crate) fn run(check: bool) -> Result<()> {
    let root = tree::root();
    let tree = Tree::read(&root)?;
    if check {
        verify(&root, &tree)?;
        authorizer::verify(&root)
    } else {
        write(&root, &tree)?;
        authorizer::write(&root)
    }
}

/// Makes sure that the compiler can build for [`TARGET`].
///
/// # Errors
///
/// It cannot, and how to have it otherwise.
pub(crate) fn add_target() -> Result<()> {
    Toolchain::find()?.add_target()
}

/// Writes the core module inside the committed component of the default policy.
pub(crate) fn core_module(out: &Path) -> Result<()> {
    let [(default, _), ..] = POLICIES;
    let bytes = read(&tree::root(), default)?;
    let module = inspect::core_module(&bytes)?;
    fs::write(out, module).with_context(|| format!("cannot write `{}`", out.display()))?;
    println!("wrote {} ({} bytes)", out.display(), module.len());
    Ok(())
}

fn write(root: &Path, tree: &Tree) -> Result<()> {
    let toolchain = Toolchain::find()?;
    toolchain.add_target()?;
    let base = build(root, tree, &toolchain)?;
    store(root, BASE, &base, &provenance(root, tree, None, &base, toolchain.version())?)?;
    for (name, catalog) in POLICIES {
        let catalog = catalog(tree)?;
        let bytes = with_catalog(&base, &catalog, tree)?;
        store(root, name, &bytes, &provenance(root, tree, Some(&catalog), &bytes, toolchain.version())?)?;
    }
    Ok(())
}

fn store(root: &Path, name: &str, bytes: &[u8], provenance: &Provenance) -> Result<()> {
    let folder = root.join(FOLDER);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make `{FOLDER}`"))?;
    let (component, text) = (format!("{name}.wasm"), format!("{name}.toml"));
    fs::write(folder.join(&component), bytes).with_context(|| format!("cannot write `{FOLDER}/{component}`"))?;
    fs::write(folder.join(&text), provenance.to_text(&component)?).with_context(|| format!("cannot write `{FOLDER}/{text}`"))?;
    println!("wrote {FOLDER}/{component} ({} bytes, {})", bytes.len(), provenance.digest);
    Ok(())
}

fn verify(root: &Path, tree: &Tree) -> Result<()> {
    let base = read(root, BASE)?;
    let recorded = read_provenance(root, tree, BASE, None, &base)?;
    examine(&base, tree, &[INIT])?;
    match rebuild(root, tree, &recorded) {
        Ok(built) => ensure!(
            built == base,
            "`{FOLDER}/{BASE}.wasm` is not what its sources build with the recorded toolchain: run `cargo xtask component` and find \
             out why"
        ),
        Err(Unbuilt::Toolchain(reason)) => {
            eprintln!("NOT CHECKED: whether the sources build `{FOLDER}/{BASE}.wasm` to the byte: {reason}");
        }
        Err(Unbuilt::Failed(error)) => return Err(error),
    }
    for (name, catalog) in POLICIES {
        let (catalog, bytes) = (catalog(tree)?, read(root, name)?);
        self::read_provenance(root, tree, name, Some(&catalog), &bytes)?;
        ensure!(
            with_catalog(&base, &catalog, tree)? == bytes,
            "`{FOLDER}/{name}.wasm` is not the base with its catalog: run `cargo xtask component`"
        );
    }
    Ok(())
}

/// What the file beside a component says, if that is so.
fn read_provenance(root: &Path, tree: &Tree, name: &str, catalog: Option<&Catalog>, bytes: &[u8]) -> Result<Provenance> {
    let path = format!("{FOLDER}/{name}.toml");
    let text = tree.get(&path).with_context(|| format!("`{path}` is missing: run `cargo xtask component`"))?;
    let recorded = Provenance::parse(text).with_context(|| format!("`{path}` is not what `cargo xtask component` writes"))?;
    let differences = recorded.differences(&provenance(root, tree, catalog, bytes, &recorded.rustc)?);
    ensure!(differences.is_empty(), "`{path}` is stale, run `cargo xtask component`:\n  {}", differences.join("\n  "));
    Ok(recorded)
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

/// Builds the base and examines it.
fn build(root: &Path, tree: &Tree, toolchain: &Toolchain) -> Result<Vec<u8>> {
    let module = build::module(root, toolchain)?;
    let module = rewrite::with_first_names(&module, &Contract::read(tree)?.name())?;
    let bytes = rewrite::with_core_name(&wrap::wrap(&module)?, INIT, CORE_INIT)?;
    examine(&bytes, tree, &[INIT])?;
    Ok(bytes)
}

/// Makes a policy of the base and examines it.
fn with_catalog(base: &[u8], catalog: &Catalog, tree: &Tree) -> Result<Vec<u8>> {
    let bytes = clearance_catalog::build(base, catalog)?;
    ensure!(bytes.len() < LIMIT, "the component has {} bytes, and must have less than {LIMIT}", bytes.len());
    examine(&bytes, tree, &[])?;
    Ok(bytes)
}

/// Everything that must be true of the bytes themselves.
fn examine(bytes: &[u8], tree: &Tree, functions: &[&str]) -> Result<()> {
    let imports = inspect::imports(bytes)?;
    ensure!(imports.is_empty(), "a policy imports nothing, but the component imports {}", imports.join(", "));
    let (exports, promised) = (inspect::exports(bytes, functions)?, Contract::read(tree)?.exports()?);
    ensure!(exports == promised, "the component exports {exports:?}, the contract says {promised:?}");
    inspect::core_module(bytes)?;
    Ok(())
}

/// What the provenance of these bytes says, if this compiler built them, or the base for them. Without a catalog it is the base.
fn provenance(root: &Path, tree: &Tree, catalog: Option<&Catalog>, bytes: &[u8], rustc: &str) -> Result<Provenance> {
    Ok(Provenance {
        policy: catalog.map(|catalog| catalog.policy.clone()).unwrap_or_default(),
        version: catalog.map(|catalog| catalog.version.clone()).unwrap_or_default(),
        contract: Contract::read(tree)?.name(),
        digest: source::digest(bytes),
        size: bytes.len(),
        source: source::hash(root, tree, catalog)?,
        rustc: rustc.to_owned(),
        wit_component: source::wit_component_version(root)?,
    })
}

fn read(root: &Path, name: &str) -> Result<Vec<u8>> {
    let path = format!("{FOLDER}/{name}.wasm");
    let bytes = fs::read(root.join(&path)).with_context(|| format!("cannot read `{path}`: run `cargo xtask component`"))?;
    if bytes.is_empty() {
        bail!("`{path}` is empty: run `cargo xtask component`");
    }
    Ok(bytes)
}

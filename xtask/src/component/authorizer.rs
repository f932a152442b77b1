//! `embed/dist/authorizer.wasm`: the authorizer as a module for other languages, and where it comes from.

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use wasmparser::{Parser, Payload};

use super::{build, source, toolchain::Toolchain};

const PACKAGE: &str = "clearance-embed";
const PROFILE: &str = "embed";
const MODULE: &str = "embed/dist/authorizer.wasm";
const PROVENANCE: &str = "embed/dist/authorizer.toml";

/// Copies for a language that can build nothing in but what lies in the folder of its package.
const COPIES: [(&str, &str); 2] =
    [(MODULE, "embed/go/internal/authorizer.wasm"), ("policy/dist/langwatch.wasm", "embed/go/internal/langwatch.wasm")];

/// The two functions of a policy. The module imports nothing else: no clock, no file, no thread, no random number.
const IMPORTS: [&str; 2] = ["call of policy", "decide of policy"];

/// Where the module comes from.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Provenance {
    /// SHA-256 of the module, hexadecimal.
    digest: String,
    /// Bytes of the module.
    size: usize,
    /// The compiler, its commit and its host.
    rustc: String,
}

impl Provenance {
    fn new(module: &[u8], rustc: &str) -> Self {
        Self { digest: source::digest(module), size: module.len(), rustc: rustc.to_owned() }
    }
}

/// Builds the module and writes it down.
pub(super) fn write(root: &Path) -> Result<()> {
    let toolchain = Toolchain::find()?;
    let module = compile(root, &toolchain)?;
    let provenance = Provenance::new(&module, toolchain.version());
    fs::create_dir_all(root.join("embed/dist")).context("cannot make `embed/dist`")?;
    fs::write(root.join(MODULE), &module).with_context(|| format!("cannot write `{MODULE}`"))?;
    let heading = "# Where authorizer.wasm comes from. Written by `cargo xtask component`: do not edit.";
    let text = format!("{heading}\n\n{}", toml::to_string(&provenance)?);
    fs::write(root.join(PROVENANCE), text).with_context(|| format!("cannot write `{PROVENANCE}`"))?;
    for (from, to) in COPIES {
        fs::copy(root.join(from), root.join(to)).with_context(|| format!("cannot copy `{from}` to `{to}`"))?;
    }
    println!("wrote {MODULE} ({} bytes, {})", module.len(), provenance.digest);
    Ok(())
}

/// Says whether the committed module is what the sources build.
pub(super) fn verify(root: &Path) -> Result<()> {
    let module = fs::read(root.join(MODULE)).with_context(|| format!("cannot read `{MODULE}`: run `cargo xtask component`"))?;
    let text = fs::read_to_string(root.join(PROVENANCE)).with_context(|| format!("cannot read `{PROVENANCE}`"))?;
    let recorded: Provenance = toml::from_str(&text).with_context(|| format!("`{PROVENANCE}` is not what is written there"))?;
    let is = Provenance::new(&module, &recorded.rustc);
    ensure!(recorded == is, "`{PROVENANCE}` says {recorded:?}, and the module is {is:?}: run `cargo xtask component`");
    examine(&module)?;
    for (from, to) in COPIES {
        let [from_bytes, to_bytes] =
            [from, to].map(|path| fs::read(root.join(path)).with_context(|| format!("cannot read `{path}`")));
        ensure!(from_bytes? == to_bytes?, "`{to}` is not a copy of `{from}`: run `cargo xtask component`");
    }
    let toolchain = Toolchain::find()?;
    if toolchain.version() != recorded.rustc {
        let (here, there) = (toolchain.version(), &recorded.rustc);
        eprintln!("NOT CHECKED: whether the sources build `{MODULE}` to the byte: it was built with `{there}`, this is `{here}`");
        return Ok(());
    }
    if let Err(error) = toolchain.add_target() {
        eprintln!("NOT CHECKED: whether the sources build `{MODULE}` to the byte: {error:#}");
        return Ok(());
    }
    let built = compile(root, &toolchain)?;
    ensure!(built == module, "`{MODULE}` is not what its sources build: run `cargo xtask component`");
    Ok(())
}

fn compile(root: &Path, toolchain: &Toolchain) -> Result<Vec<u8>> {
    let module = build::package(root, toolchain, PACKAGE, PROFILE, &[])?;
    examine(&module)?;
    Ok(module)
}

fn examine(module: &[u8]) -> Result<()> {
    let mut imports = imports(module)?;
    imports.sort_unstable();
    ensure!(imports == IMPORTS, "the authorizer imports {imports:?}, and may import {IMPORTS:?}");
    Ok(())
}

/// Everything that a module imports.
fn imports(module: &[u8]) -> Result<Vec<String>> {
    let mut imports = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ImportSection(section) = payload.context("the module cannot be read")? {
            for import in section.into_imports() {
                let import = import?;
                imports.push(format!("{} of {}", import.name, import.module));
            }
        }
    }
    Ok(imports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authorizer_imports_the_policy_alone() {
        let module = |imports: &str| wat::parse_str(format!("(module {imports})")).unwrap();
        let both = "(import \"policy\" \"decide\" (func)) (import \"policy\" \"call\" (func))";
        assert!(examine(&module(both)).is_ok());
        assert!(examine(&module("(import \"policy\" \"decide\" (func))")).is_err());
        assert!(examine(&module(&format!("{both} (import \"env\" \"now\" (func (result i64)))"))).is_err());
    }
}

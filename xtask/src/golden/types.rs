//! `policy/src/types/generated.rs`: the boundary types as Rust, from `wit/`.
//!
//! The file is committed, so that nobody who only uses the types has to compile the generator.

use anyhow::{Context, Result, ensure};
use wit_bindgen_core::{Files, WorldGenerator, wit_parser::Resolve};
use wit_bindgen_rust::Opts;

use crate::tree;

/// Imports interfaces and no function of them: that makes plain types and nothing else.
const WORLD: &str = "
    package clearance:types-only;
    world types-only {
        import clearance:policy/types@0.1.2;
        import clearance:policy/lifecycle-types@0.1.2;
        import clearance:policy/repair-types@0.1.2;
    }
";

/// What the generator writes so that the linker keeps the description of the types.
const LINK: &str = "wit_bindgen::rt::maybe_link_cabi_realloc();";

pub(super) fn render() -> Result<String> {
    let mut resolve = Resolve::default();
    resolve.push_path(tree::root().join("wit")).context("cannot read `wit`")?;
    let package = resolve.push_str("types-only.wit", WORLD)?;
    let world = resolve.select_world(&[package], None)?;
    let options = Opts {
        format: true,
        generate_all: true,
        generate_unused_types: true,
        additional_derive_attributes: ["PartialEq", "Eq", "Hash"].map(str::to_owned).to_vec(),
        ..Opts::default()
    };
    let mut files = Files::default();
    options.build().generate(&mut resolve, world, &mut files)?;
    let (_, text) = files.iter().next().context("the generator writes no file")?;
    let text = std::str::from_utf8(text).context("the generator writes no text")?;
    // Only a component is linked with the runtime of the generator.
    let linked = format!("#[cfg(target_family = \"wasm\")]\n    {LINK}");
    ensure!(text.matches(LINK).count() == 1, "the generator links its runtime in another way");
    Ok(format!("// Written by `cargo xtask golden` from `wit/`.\n{}", text.replace(LINK, &linked)))
}

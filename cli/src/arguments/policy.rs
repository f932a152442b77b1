//! Arguments about policy components.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct PolicyBuild {
    /// The catalog: permissions, implications, lists, categories, and what keys need, as TOML
    #[arg(long, value_name = "FILE")]
    pub(crate) catalog: PathBuf,
    /// The component to write; what is there is replaced
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

pub(super) const BUILD: &str = "\
The same catalog gives the same bytes, on every machine. The component is loaded and asked before it is written.

Examples:
  clearance policy build --catalog catalog.toml --out ours.wasm
  clearance evaluate --policy ours.wasm --directory directory.json --cases cases.jsonl

Exit status: 0 it is written, 2 the catalog has mistakes or nothing can be written.

JSON: {\"digest\", \"name\", \"version\", \"size\"}.";

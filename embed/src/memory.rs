//! A bound on what a core module may grow to, inside the module itself.
//!
//! A browser or Node has no other limit: what a module says of its memory is all that they look at.

use wasm_encoder::{MemorySection, MemoryType, Module, RawSection};
use wasmparser::{Parser, Payload, Result};

/// How many pages of 64 KiB the memory of a policy may have: 64 MiB, as with the Rust host.
pub(crate) const MAX_PAGES: u64 = 1024;

/// The same module, whose memories have a maximum of [`MAX_PAGES`], or less where they say so.
pub(crate) fn with_maximum(module: &[u8]) -> Result<Vec<u8>> {
    let mut bounded = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        if let Payload::MemorySection(section) = payload {
            let mut memories = MemorySection::new();
            for memory in section {
                let wasmparser::MemoryType { memory64, shared, initial, maximum, page_size_log2 } = memory?;
                let maximum = maximum.map_or(MAX_PAGES, |maximum| maximum.min(MAX_PAGES));
                memories.memory(MemoryType { minimum: initial, maximum: Some(maximum), memory64, shared, page_size_log2 });
            }
            bounded.section(&memories);
        } else if let Some((id, range)) = payload.as_section() {
            let range = usize::try_from(range.start).ok().zip(usize::try_from(range.end).ok());
            let data = range.and_then(|(start, end)| module.get(start..end)).unwrap_or_default();
            bounded.section(&RawSection { id, data });
        }
    }
    Ok(bounded.finish())
}

//! A component whose function for the catalog does nothing any more.
//!
//! The function that took the catalog has no use once there is one. Its code goes, and a trap stands in its place, so that no second catalog can
//! ever be put in, no matter who calls the core module inside.

use std::ops::Range;

use wasm_encoder::{CodeSection, Component, Function, Instruction, Module, RawSection};
use wasmparser::{BinaryReaderError, Parser, Payload};

/// The component without the code of this function of its core module.
pub(crate) fn disable_function(function: &str, component: &[u8]) -> Result<Vec<u8>, BinaryReaderError> {
    let mut written = Component::new();
    let mut inside = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload?;
        if let Some((id, range)) = payload.as_section().filter(|_| inside == 0) {
            let data = bytes(component, range);
            let module =
                if matches!(payload, Payload::ModuleSection { .. }) { Some(disable_in_module(function, data)?) } else { None };
            written.section(&RawSection { id, data: module.as_deref().unwrap_or(data) });
        }
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => inside = inside.saturating_add(1),
            Payload::End(_) => inside = inside.saturating_sub(1),
            _ => {}
        }
    }
    Ok(written.finish())
}

/// The core module, which imports no function.
fn disable_in_module(function: &str, module: &[u8]) -> Result<Vec<u8>, BinaryReaderError> {
    let mut written = Module::new();
    let (mut spent, mut left, mut code) = (None, 0, CodeSection::new());
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::CodeSectionStart { count, .. } => left = count,
            Payload::CodeSectionEntry(body) => {
                if spent == Some(code.len()) {
                    let mut trap = Function::new([]);
                    trap.instruction(&Instruction::Unreachable).instruction(&Instruction::End);
                    code.function(&trap);
                } else {
                    code.raw(bytes(module, body.range()));
                }
                left = left.saturating_sub(1);
                if left == 0 {
                    written.section(&code);
                }
            }
            payload => {
                if let Payload::ExportSection(exports) = &payload {
                    for export in exports.clone() {
                        let export = export?;
                        spent = spent.or((export.name == function).then_some(export.index));
                    }
                }
                if let Some((id, range)) = payload.as_section() {
                    written.section(&RawSection { id, data: bytes(module, range) });
                }
            }
        }
    }
    Ok(written.finish())
}

/// A part of what was parsed, which lies within it.
fn bytes(of: &[u8], range: Range<u64>) -> &[u8] {
    let at = |position: u64| usize::try_from(position).unwrap_or(usize::MAX);
    of.get(at(range.start)..at(range.end)).unwrap_or_default()
}

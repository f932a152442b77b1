//! Changes to bytes that no compiler makes: further names, and no names for debugging.

use std::ops::Range;

use anyhow::{Context, Result, ensure};
use wasm_encoder::{Component, ExportKind, ExportSection, Module, RawSection};
use wasmparser::{ExternalKind, Parser, Payload};

/// The names under which the first version of the contract offers the interface `wire`, and which later versions keep.
const FIRST: &str = "clearance:policy/wire@0.1.0#";

/// Exports the functions of `wire` under their first names too, so that a runtime without components finds them whatever the patch
/// version of the contract is.
pub(super) fn with_first_names(module: &[u8], contract: &str) -> Result<Vec<u8>> {
    let (package, version) = contract.split_once('@').context("the contract has no version")?;
    let own = format!("{package}/wire@{version}#");
    if own == FIRST {
        return Ok(module.to_owned());
    }
    let mut written = Module::new();
    let mut renamed = 0;
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        if let Payload::ExportSection(section) = payload {
            let mut exports = ExportSection::new();
            for export in section {
                let export = export?;
                let kind = match export.kind {
                    ExternalKind::Func | ExternalKind::FuncExact => ExportKind::Func,
                    ExternalKind::Table => ExportKind::Table,
                    ExternalKind::Memory => ExportKind::Memory,
                    ExternalKind::Global => ExportKind::Global,
                    ExternalKind::Tag => ExportKind::Tag,
                };
                exports.export(export.name, kind, export.index);
                if export.name.contains(&own) {
                    exports.export(&export.name.replace(&own, FIRST), kind, export.index);
                    renamed += 1;
                }
            }
            written.section(&exports);
        } else if let Some((id, range)) = payload.as_section() {
            written.section(&RawSection { id, data: bytes(module, range)? });
        }
    }
    ensure!(renamed > 0, "the module exports no function of `{own}`");
    Ok(written.finish())
}

/// Takes out the names that only serve to debug a component.
pub(super) fn without_debug_names(component: &[u8]) -> Result<Vec<u8>> {
    let mut written = Component::new();
    let mut inside = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload?;
        let is_names = matches!(&payload, Payload::CustomSection(section) if section.name() == "component-name");
        if let Some((id, range)) = payload.as_section().filter(|_| inside == 0 && !is_names) {
            written.section(&RawSection { id, data: bytes(component, range)? });
        }
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => inside += 1,
            Payload::End(_) => inside = inside.saturating_sub(1),
            _ => {}
        }
    }
    Ok(written.finish())
}

fn bytes(of: &[u8], range: Range<u64>) -> Result<&[u8]> {
    of.get(usize::try_from(range.start)?..usize::try_from(range.end)?).context("a section ends beyond its file")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exports(module: &[u8]) -> Vec<String> {
        let sections = Parser::new(0).parse_all(module).filter_map(|payload| match payload.unwrap() {
            Payload::ExportSection(section) => Some(section),
            _ => None,
        });
        sections.flatten().map(|export| export.unwrap().name.to_owned()).collect()
    }

    #[test]
    fn functions_of_wire_keep_their_first_names() {
        let text = r#"(module (memory (export "memory") 1) (func $f) (func $g (export "a:b/other@0.1.3#call"))
            (export "clearance:policy/wire@0.1.3#call" (func $f)) (export "cabi_post_clearance:policy/wire@0.1.3#call" (func $g)))"#;
        let module = wat::parse_str(text).unwrap();
        let written = with_first_names(&module, "clearance:policy@0.1.3").unwrap();
        let names = [
            "memory",
            "a:b/other@0.1.3#call",
            "clearance:policy/wire@0.1.3#call",
            "clearance:policy/wire@0.1.0#call",
            "cabi_post_clearance:policy/wire@0.1.3#call",
            "cabi_post_clearance:policy/wire@0.1.0#call",
        ];
        assert_eq!(exports(&written), names);
        wasmparser::Validator::new().validate_all(&written).unwrap();
        assert!(with_first_names(&module, "clearance:policy@0.1.4").is_err());
        let first = wat::parse_str(text.replace("@0.1.3", "@0.1.0")).unwrap();
        assert_eq!(with_first_names(&first, "clearance:policy@0.1.0").unwrap(), first);
    }

    #[test]
    fn only_the_names_of_the_outermost_component_go() {
        let text =
            r#"(component $named (core module $m (func $f)) (component $inner (type $t u8)) (instance $i (instantiate $inner)))"#;
        let written = without_debug_names(&wat::parse_str(text).unwrap()).unwrap();
        let anonymous = r#"(component (core module $m (func $f)) (component $inner (type $t u8)) (instance (instantiate 0)))"#;
        let expected = without_debug_names(&wat::parse_str(anonymous).unwrap()).unwrap();
        assert_eq!(written, expected);
        assert!(!written.windows(5).any(|bytes| bytes == b"named"));
        assert!(written.windows(5).any(|bytes| bytes == b"inner"));
        wasmparser::Validator::new().validate_all(&written).unwrap();
    }
}

//! Changes to bytes that no compiler makes: further names, and others.

use std::ops::Range;

use anyhow::{Context, Result, ensure};
use wasm_encoder::{Alias, Component, ComponentAliasSection, ExportKind, ExportSection, Module, RawSection};
use wasmparser::{ComponentAlias, ComponentAliasSectionReader, ExternalKind, Parser, Payload};

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
    let mut renamed = 0;
    let written = with_exports(module, |name| {
        let mut names = vec![name.to_owned()];
        if name.contains(&own) {
            names.push(name.replace(&own, FIRST));
            renamed += 1;
        }
        names
    })?;
    ensure!(renamed > 0, "the module exports no function of `{own}`");
    Ok(written)
}

/// The module with these names for each that it exports.
pub(super) fn with_exports(module: &[u8], mut names: impl FnMut(&str) -> Vec<String>) -> Result<Vec<u8>> {
    let mut written = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        if let Payload::ExportSection(section) = payload {
            let mut exports = ExportSection::new();
            for export in section {
                let export = export?;
                for name in names(export.name) {
                    exports.export(&name, export_kind(export.kind), export.index);
                }
            }
            written.section(&exports);
        } else if let Some((id, range)) = payload.as_section() {
            written.section(&RawSection { id, data: bytes(module, range)? });
        }
    }
    Ok(written.finish())
}

/// Gives a function that the component itself exports another name where its core module exports it. What writes a component down
/// with its state takes every export of the function's name away, and the outermost is the only one that may go.
pub(super) fn with_core_name(component: &[u8], function: &str, name: &str) -> Result<Vec<u8>> {
    let named = |old: &str| if old == function { name.to_owned() } else { old.to_owned() };
    let mut written = Component::new();
    let mut inside = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload?;
        if let Some((id, range)) = payload.as_section().filter(|_| inside == 0) {
            let data = bytes(component, range)?;
            match &payload {
                Payload::ModuleSection { .. } => {
                    written.section(&RawSection { id, data: &with_exports(data, |old| vec![named(old)])? });
                }
                Payload::ComponentAliasSection(aliases) => match core_aliases(aliases.clone(), named)? {
                    Some(aliases) => drop(written.section(&aliases)),
                    None => drop(written.section(&RawSection { id, data })),
                },
                _ => drop(written.section(&RawSection { id, data })),
            }
        }
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => inside += 1,
            Payload::End(_) => inside = inside.saturating_sub(1),
            _ => {}
        }
    }
    Ok(written.finish())
}

/// The section with other names, if it is one of aliases of what core modules export.
fn core_aliases(
    aliases: ComponentAliasSectionReader<'_>,
    named: impl Fn(&str) -> String,
) -> Result<Option<ComponentAliasSection>> {
    let mut section = ComponentAliasSection::new();
    for alias in aliases {
        let ComponentAlias::CoreInstanceExport { kind, instance_index, name } = alias? else { return Ok(None) };
        section.alias(Alias::CoreInstanceExport { instance: instance_index, kind: export_kind(kind), name: &named(name) });
    }
    Ok(Some(section))
}

fn export_kind(kind: ExternalKind) -> ExportKind {
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => ExportKind::Func,
        ExternalKind::Table => ExportKind::Table,
        ExternalKind::Memory => ExportKind::Memory,
        ExternalKind::Global => ExportKind::Global,
        ExternalKind::Tag => ExportKind::Tag,
    }
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
    fn a_function_has_another_name_inside() {
        let text = |name: &str| {
            let core = format!("(core module (func (export \"{name}\")) (func (export \"other\")))");
            let inside = "(core instance (instantiate 0)) (alias core export 0 \"other\" (core func))";
            let own = format!("(alias core export 0 \"{name}\" (core func)) (func (canon lift (core func 1)))");
            format!("(component {core} {inside} {own} (export \"init\" (func 0)))")
        };
        let written = with_core_name(&wat::parse_str(text("init")).unwrap(), "init", "inside").unwrap();
        assert_eq!(written, wat::parse_str(text("inside")).unwrap());
        wasmparser::Validator::new().validate_all(&written).unwrap();
    }
}

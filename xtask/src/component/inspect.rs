//! What the bytes of a component say of themselves.

use anyhow::{Context, Result, bail, ensure};
use wasmparser::{ComponentExternalKind, ExternalKind, Parser, Payload};

/// What the core module offers to runtimes without components: see the interface `wire` of the contract.
const CORE_EXPORTS: [&str; 5] = [
    "memory",
    "cabi_realloc",
    "clearance:policy/wire@0.1.0#decide",
    "clearance:policy/wire@0.1.0#call",
    "cabi_post_clearance:policy/wire@0.1.0#call",
];

/// Everything that the component, or a core module in it, imports. Types count too.
pub(super) fn imports(component: &[u8]) -> Result<Vec<String>> {
    let mut imports = Vec::new();
    walk(component, |depth, payload| {
        match payload {
            // What components inside import, this component gives them.
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    imports.push(format!("`{}`", import?.name.name));
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    imports.push(format!("`{}` of `{}`, in a core module", import.name, import.module));
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(imports)
}

/// The names of the interfaces that the component exports, sorted. Besides, it exports just these functions.
pub(super) fn exports(component: &[u8], functions: &[&str]) -> Result<Vec<String>> {
    let (mut exports, mut besides) = (Vec::new(), 0);
    walk(component, |depth, payload| {
        if let Payload::ComponentExportSection(section) = payload
            && depth == 0
        {
            for export in section {
                let export = export?;
                let name = export.name.name;
                if export.kind == ComponentExternalKind::Func && functions.contains(&name) {
                    besides += 1;
                    continue;
                }
                ensure!(
                    export.kind == ComponentExternalKind::Instance,
                    "the component exports `{name}`, which is not an interface"
                );
                exports.push(name.to_owned());
            }
        }
        Ok(())
    })?;
    ensure!(besides == functions.len(), "the component does not export {}", functions.join(", "));
    exports.sort_unstable();
    Ok(exports)
}

/// The one core module inside a component: it stands alone and exports the interface `wire`.
pub(super) fn core_module(component: &[u8]) -> Result<&[u8]> {
    let mut modules = Vec::new();
    walk(component, |_, payload| {
        if let Payload::ModuleSection { unchecked_range, .. } = payload {
            let range = usize::try_from(unchecked_range.start)?..usize::try_from(unchecked_range.end)?;
            modules.push(component.get(range).context("a core module ends beyond its component")?);
        }
        Ok(())
    })?;
    let [module] = modules[..] else { bail!("the component holds {} core modules, and must hold one", modules.len()) };
    let imports = imports(module)?;
    ensure!(imports.is_empty(), "the core module does not stand alone, it imports {}", imports.join(", "));
    let mut exports = Vec::new();
    walk(module, |_, payload| {
        if let Payload::ExportSection(section) = payload {
            for export in section {
                let export = export?;
                let kind = if export.name == "memory" { ExternalKind::Memory } else { ExternalKind::Func };
                if export.kind == kind {
                    exports.push(export.name);
                }
            }
        }
        Ok(())
    })?;
    for name in CORE_EXPORTS {
        ensure!(exports.contains(&name), "the core module does not export `{name}`");
    }
    Ok(module)
}

/// Visits every section, with the number of components and modules around it: 0 for the outermost.
fn walk<'a>(bytes: &'a [u8], mut visit: impl FnMut(usize, Payload<'a>) -> Result<()>) -> Result<()> {
    let mut open = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.context("the bytes are no WebAssembly")?;
        match payload {
            Payload::Version { .. } => open += 1,
            Payload::End(_) => open -= 1,
            _ => visit(open - 1, payload)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_text(result: Result<&[u8]>) -> String {
        result.unwrap_err().to_string()
    }

    /// A core module with these fields in the text format.
    fn core(fields: &str) -> String {
        let functions: String = CORE_EXPORTS[1..].iter().map(|name| format!("(func (export \"{name}\"))")).collect();
        format!("(core module (memory (export \"memory\") 1) {functions} {fields})")
    }

    fn component(fields: &str) -> Vec<u8> {
        wat::parse_str(format!("(component {fields})")).unwrap()
    }

    #[test]
    fn every_import_is_found() {
        assert!(imports(&component(&core(""))).unwrap().is_empty());
        let types = "(import \"a:b/types\" (instance (export \"t\" (type (sub resource)))))";
        assert_eq!(imports(&component(types)).unwrap(), ["`a:b/types`"]);
        let clock = core("").replace("(memory", "(import \"clock\" \"now\" (func)) (memory");
        assert_eq!(imports(&component(&clock)).unwrap(), ["`now` of `clock`, in a core module"]);
        let inner = format!("(component (import \"x\" (func)) {clock})");
        assert_eq!(imports(&component(&inner)).unwrap(), ["`now` of `clock`, in a core module"]);
    }

    #[test]
    fn the_exported_interfaces_are_found() {
        let two = "(instance $i) (export \"a:b/y@0.1.0\" (instance $i)) (export \"a:b/x@0.1.0\" (instance $i))";
        assert_eq!(exports(&component(two), &[]).unwrap(), ["a:b/x@0.1.0", "a:b/y@0.1.0"]);
        let own = "(core module $m) (export \"m\" (core module $m))";
        assert!(exports(&component(own), &[]).is_err());
    }

    #[test]
    fn the_core_module_is_the_only_one_and_complete() {
        let module = wat::parse_str(core("").replacen("(core module", "(module", 1)).unwrap();
        assert_eq!(core_module(&component(&core(""))).unwrap(), module);
        assert!(error_text(core_module(&component(""))).contains("holds 0 core modules"));
        assert!(error_text(core_module(&component(&(core("") + &core(""))))).contains("holds 2 core modules"));
        for name in CORE_EXPORTS {
            let without = core("").replace(&format!("\"{name}\""), "\"other\"");
            assert!(error_text(core_module(&component(&without))).ends_with(&format!("does not export `{name}`")));
        }
        let clock = core("").replace("(memory", "(import \"clock\" \"now\" (func)) (memory");
        assert!(error_text(core_module(&component(&clock))).contains("does not stand alone"));
    }
}

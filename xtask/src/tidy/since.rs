//! Every item of the contract says since when it is there.

use wit_parser::{Stability, Type, TypeDefKind, WorldItem};

use super::Project;
use crate::contract::Contract;

/// Each interface, type, function, world and export has `@since`.
pub(super) fn since(project: &Project) -> Vec<String> {
    items(project).unwrap_or_else(|error| vec![format!("the contract cannot be read: {error:#}")])
}

fn items(project: &Project) -> anyhow::Result<Vec<String>> {
    let contract = Contract::read(&project.tree)?;
    let mut findings = Vec::new();
    let mut item = |name: String, stability: &Stability| {
        if !matches!(stability, Stability::Stable { .. }) {
            findings.push(format!("{name} does not say since when: add `@since(version = …)`"));
        }
    };
    for (name, interface) in contract.interfaces() {
        item(format!("interface `{name}`"), &interface.stability);
        for function in interface.functions.values() {
            item(format!("function `{name}.{}`", function.name), &function.stability);
        }
        for (own, &id) in &interface.types {
            let definition = &contract.resolve.types[id];
            // A `use` brings a type of another interface, which says so there.
            let used = matches!(definition.kind, TypeDefKind::Type(Type::Id(of)) if contract.resolve.types[of].owner != definition.owner);
            if !used {
                item(format!("type `{name}.{own}`"), &definition.stability);
            }
        }
    }
    let world = contract.world()?;
    item(format!("world `{}`", world.name), &world.stability);
    for (key, export) in world.imports.iter().chain(&world.exports) {
        if let WorldItem::Interface { stability, .. } = export {
            item(format!("export `{}`", contract.resolve.name_world_key(key)), stability);
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    const WHOLE: &str = "package a:b@0.1.0;
        @since(version = 0.1.0) interface i {
            @since(version = 0.1.0) type t = u64;
            @since(version = 0.1.0) f: func() -> t;
        }
        @since(version = 0.1.0) interface j {
            use i.{t};
            @since(version = 0.1.0) g: func() -> t;
        }
        @since(version = 0.1.0) world w {
            @since(version = 0.1.0) export i;
            @since(version = 0.1.0) export j;
        }";

    #[test]
    fn an_item_that_does_not_say_since_when_is_found() {
        let with = |text: &str| since(&Project { tree: Tree::from([("wit/a.wit", text)]), ..Project::default() });
        assert_eq!(with(WHOLE), Vec::<String>::new());
        for item in ["interface i", "type t", "f: func", "interface j", "g: func", "world w", "export i", "export j"] {
            let marked = format!("@since(version = 0.1.0) {item}");
            assert!(WHOLE.contains(&marked), "{item}");
            assert_eq!(with(&WHOLE.replace(&marked, item)).len(), 1, "{item}");
        }
        assert!(with("package a:b@0.1.0; interface {")[0].starts_with("the contract cannot be read"));
    }
}

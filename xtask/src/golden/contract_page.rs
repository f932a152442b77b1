//! `docs/contract.md`: the contract for people.

use anyhow::{Result, bail};
use wit_parser::{Docs, Function, Interface, Stability, Type, TypeDef, TypeDefKind, TypeOwner, WorldItem};

use crate::contract::Contract;

pub(super) fn render(contract: &Contract) -> Result<String> {
    let world = contract.world()?;
    let mut text = format!(
        "<!-- Generated from wit/ by `cargo xtask golden`: do not edit. -->\n\n# The contract `{}`\n\n## World `{}`\n\n{}{}",
        contract.name(),
        world.name,
        since(&world.stability),
        paragraphs(&world.docs),
    );
    if world.imports.is_empty() {
        text += "Imports: none.\n";
    }
    for (key, _) in &world.imports {
        text += &format!("Import: `{}`\n", contract.resolve.name_world_key(key));
    }
    text += "\n";
    for (key, item) in &world.exports {
        match item {
            WorldItem::Interface { id, .. } => {
                let name = contract.resolve.interfaces[*id].name.as_deref().unwrap_or_default();
                text += &format!("- Export: [`{}`](#interface-{name})\n", contract.resolve.name_world_key(key));
            }
            WorldItem::Function(_) | WorldItem::Type { .. } => {
                text += &format!("- Export: `{}`\n", contract.resolve.name_world_key(key))
            }
        }
    }
    // Functions are what a reader comes for: the interface that has none goes last.
    let (with, without): (Vec<_>, Vec<_>) = contract.interfaces().partition(|(_, interface)| !interface.functions.is_empty());
    for (name, interface) in with.into_iter().chain(without) {
        text += &self::interface(contract, name, interface)?;
    }
    Ok(text)
}

fn interface(contract: &Contract, name: &str, interface: &Interface) -> Result<String> {
    let mut text = format!("\n## Interface `{name}`\n\n{}{}", since(&interface.stability), paragraphs(&interface.docs));
    for function in interface.functions.values() {
        let signature = signature(contract, function)?;
        let (since, docs) = (since(&function.stability), paragraphs(&function.docs));
        text += &format!("### `{}`\n\n```wit\n{signature}\n```\n\n{since}{docs}", function.name);
    }
    for &id in interface.types.values() {
        let definition = &contract.resolve.types[id];
        if !is_use(contract, definition) {
            text += &self::definition(contract, definition)?;
        }
    }
    Ok(text.trim_end().to_owned() + "\n")
}

/// Whether the definition only names a type of another interface.
fn is_use(contract: &Contract, definition: &TypeDef) -> bool {
    let TypeDefKind::Type(Type::Id(of)) = definition.kind else { return false };
    let interface = |owner: &TypeOwner| if let TypeOwner::Interface(id) = owner { Some(*id) } else { None };
    interface(&contract.resolve.types[of].owner) != interface(&definition.owner)
}

fn signature(contract: &Contract, function: &Function) -> Result<String> {
    let parameters =
        function.params.iter().map(|parameter| Ok(format!("{}: {}", parameter.name, contract.type_name(&parameter.ty)?)));
    let parameters = parameters.collect::<Result<Vec<_>>>()?.join(", ");
    let result = function.result.as_ref().map(|result| contract.type_name(result)).transpose()?;
    Ok(format!("{}: func({parameters}){};", function.name, result.map(|result| format!(" -> {result}")).unwrap_or_default()))
}

fn definition(contract: &Contract, definition: &TypeDef) -> Result<String> {
    let name = definition.name.as_deref().unwrap_or_default();
    let (kind, table) = match &definition.kind {
        TypeDefKind::Record(record) => {
            let fields =
                record.fields.iter().map(|field| Ok(row(&field.name, Some(contract.type_name(&field.ty)?), &field.docs)));
            ("record", table(["field", "type"], &fields.collect::<Result<Vec<_>>>()?))
        }
        TypeDefKind::Variant(variant) => {
            let cases = variant.cases.iter().map(|case| {
                let payload = case.ty.as_ref().map(|of| contract.type_name(of)).transpose()?;
                Ok(row(&case.name, Some(payload.unwrap_or_default()), &case.docs))
            });
            ("variant", table(["case", "holds"], &cases.collect::<Result<Vec<_>>>()?))
        }
        TypeDefKind::Enum(cases) => {
            let cases: Vec<String> = cases.cases.iter().map(|case| row(&case.name, None, &case.docs)).collect();
            ("enum", table(["case"], &cases))
        }
        TypeDefKind::Type(of) => ("type", format!("`{name}` = `{}`\n\n", contract.type_name(of)?)),
        other => bail!("`{name}` is a {}, which `docs/contract.md` cannot show: teach it", other.as_str()),
    };
    Ok(format!("### {kind} `{name}`\n\n{}{}{table}", since(&definition.stability), paragraphs(&definition.docs)))
}

fn table<const N: usize>(columns: [&str; N], rows: &[String]) -> String {
    format!("| {} | meaning |\n|{}---|\n{}\n", columns.join(" | "), "---|".repeat(N), rows.concat())
}

fn row(name: &str, second: Option<String>, docs: &Docs) -> String {
    let code = |text: String| if text.is_empty() { text } else { format!("`{text}`") };
    let second = second.map(|text| format!(" {} |", code(text))).unwrap_or_default();
    // A cell is one line, and a bar would end it.
    let meaning = docs.contents.as_deref().unwrap_or_default().trim().replace('|', "\\|");
    let meaning: Vec<&str> = meaning.split_whitespace().collect();
    format!("| `{name}` |{second} {} |\n", meaning.join(" "))
}

fn paragraphs(docs: &Docs) -> String {
    docs.contents.as_deref().map(|text| format!("{}\n\n", text.trim())).unwrap_or_default()
}

fn since(stability: &Stability) -> String {
    match stability {
        Stability::Stable { since, .. } => format!("*Since {since}.* "),
        Stability::Unstable { feature, .. } => format!("*Unstable: {feature}.* "),
        Stability::Unknown => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    #[test]
    fn every_item_is_shown_with_its_text() {
        let wit = "package a:b@0.1.0;
            /// Answers a question.
            @since(version = 0.1.0)
            interface ask {
                use things.{thing};
                /// Says | how.
                @since(version = 0.1.0)
                how: func(of: list<thing>, n: u32) -> option<thing>;
            }
            interface things {
                /// Some number.
                type number = u64;
                /// One thing.
                record thing {
                    /// Its
                    /// one|number.
                    id: number,
                    state: state,
                }
                variant state { off, on(number) }
                enum color { /// Like blood.
                    red }
            }
            world w { export things; export ask; }";
        let page = render(&Contract::read(&Tree::from([("wit/all.wit", wit)])).unwrap()).unwrap();
        for line in [
            "# The contract `a:b@0.1.0`",
            "## World `w`",
            "Imports: none.",
            "- Export: [`a:b/ask@0.1.0`](#interface-ask)",
            "how: func(of: list<thing>, n: u32) -> option<thing>;",
            "*Since 0.1.0.* Says | how.",
            "### record `thing`",
            "| `id` | `number` | Its one\\|number. |",
            "| `on` | `number` |  |",
            "| `off` |  |  |",
            "| `red` | Like blood. |",
            "`number` = `u64`",
        ] {
            assert!(page.lines().any(|own| own == line), "{line}\n{page}");
        }
        assert_eq!(page.matches("### record `thing`").count(), 1, "a `use` is not shown again");
    }
}

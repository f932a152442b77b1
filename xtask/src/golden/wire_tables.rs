//! `docs/wire/tables.json`: the orders of enums, variants and records, and the numbers of the questions, for programs that write a host.

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value, json};
use wit_parser::{TypeDef, TypeDefKind};

use crate::contract::Contract;

/// The interface whose function `call` lists the questions.
const WIRE: &str = "wire";

pub(super) fn render(contract: &Contract) -> Result<String> {
    let mut interfaces = Map::new();
    for (name, interface) in contract.interfaces() {
        let mut types = Map::new();
        for (name, &id) in &interface.types {
            if let Some(shape) = shape(contract, &contract.resolve.types[id])? {
                types.insert(name.clone(), shape);
            }
        }
        if !types.is_empty() {
            interfaces.insert(name.to_owned(), types.into());
        }
    }
    let tables = json!({"contract": contract.name(), "questions": questions(contract)?, "interfaces": interfaces});
    Ok(serde_json::to_string_pretty(&tables)? + "\n")
}

/// A type in the order in which the layout has it. `None` for a name of another type.
fn shape(contract: &Contract, definition: &TypeDef) -> Result<Option<Value>> {
    Ok(Some(match &definition.kind {
        TypeDefKind::Enum(cases) => json!({"enum": cases.cases.iter().map(|case| &case.name).collect::<Vec<_>>()}),
        TypeDefKind::Variant(variant) => {
            let case = |case: &wit_parser::Case| {
                let payload = case.ty.as_ref().map(|ty| contract.type_name(ty)).transpose()?;
                Ok(json!({"case": case.name, "payload": payload}))
            };
            json!({"variant": variant.cases.iter().map(case).collect::<Result<Vec<_>>>()?})
        }
        TypeDefKind::Record(record) => {
            let field = |field: &wit_parser::Field| Ok(json!({"field": field.name, "type": contract.type_name(&field.ty)?}));
            json!({"record": record.fields.iter().map(field).collect::<Result<Vec<_>>>()?})
        }
        _ => return Ok(None),
    }))
}

/// The questions of `wire.call` by name, out of the table in its documentation.
fn questions(contract: &Contract) -> Result<Map<String, Value>> {
    let wire = contract.interfaces().find(|(name, _)| *name == WIRE).context("the contract has no interface `wire`")?.1;
    let docs = wire.functions.get("call").and_then(|call| call.docs.contents.as_deref()).unwrap_or_default();
    let mut questions = Map::new();
    for row in docs.lines().filter_map(|line| line.strip_prefix("| ")) {
        let Some((first, _)) = row.split_once(" |") else { continue };
        let Some((number, rest)) = first.split_once(" `") else { continue };
        let (Ok(number), Some((name, _))) = (number.parse::<u64>(), rest.split_once('`')) else { continue };
        questions.insert(name.to_owned(), number.into());
    }
    ensure!(!questions.is_empty(), "the documentation of `wire.call` has no table of questions");
    Ok(questions)
}

//! What a component must export to be a policy, and must not import.

use clearance_question::{PACKAGE, interface_of_contract};
use wasmtime::component::{
    Component, ComponentExportIndex,
    types::{ComponentFunc, ComponentInstance, ComponentItem, Type},
};

use crate::LoadError;

/// The interfaces that every version of the contract has. This host calls the last alone; the others are for other hosts.
const INTERFACES: [&str; 4] = ["types", "catalog", "evaluation", WIRE];
const WIRE: &str = "wire";
/// An interface since version 0.1.1. Where it is, `wire.call` answers its question.
const LIFECYCLE: &str = "lifecycle";
/// The same since version 0.1.2.
const REPAIR: &str = "repair";

/// Where a component keeps what it exports.
pub(crate) struct Exports {
    /// The contract, for instance `clearance:policy@0.1.2`.
    pub(crate) contract: String,
    /// Whether it answers questions about keys.
    pub(crate) lifecycle: bool,
    /// Whether it answers what would grant a permission.
    pub(crate) repair: bool,
    /// `wire.decide`
    pub(crate) decide: ComponentExportIndex,
    /// `wire.call`
    pub(crate) call: ComponentExportIndex,
}

impl Exports {
    /// Checks a component against the contract.
    pub(crate) fn of(component: &Component) -> Result<Self, LoadError> {
        let engine = component.engine();
        let ty = component.component_type();
        let imports: Vec<String> = ty.imports(engine).map(|(name, _)| name.to_owned()).collect();
        if !imports.is_empty() {
            return Err(LoadError::Imports(imports));
        }

        let found = || ty.exports(engine).map(|(name, _)| name.to_owned()).collect();
        let mut interfaces = Vec::new();
        let mut others = Vec::new();
        for (name, export) in ty.exports(engine) {
            match (interface_of_contract(name), export.ty) {
                (Some((interface, patch)), ComponentItem::ComponentInstance(ty)) => interfaces.push((interface, patch, name, ty)),
                _ => others.push(name.to_owned()),
            }
        }
        let has = |wanted: &str| interfaces.iter().any(|(interface, ..)| *interface == wanted);
        let missing: Vec<String> = INTERFACES.into_iter().filter(|wanted| !has(wanted)).map(String::from).collect();
        let (Some((_, patch, wire, ty)), []) = (interfaces.iter().find(|(name, ..)| *name == WIRE), &*missing) else {
            return Err(LoadError::Contract { missing, found: found() });
        };
        if interfaces.iter().any(|(_, other, ..)| other != patch) {
            return Err(LoadError::Mixed(found()));
        }
        if !others.is_empty() {
            return Err(LoadError::Exports(others));
        }

        let function = |name: &str, result: fn(&Type) -> bool| {
            let instance = component.get_export_index(None, wire)?;
            is_function(ty, name, engine, result).then(|| component.get_export_index(Some(&instance), name)).flatten()
        };
        let decide = function("decide", |result| matches!(result, Type::U64))
            .ok_or(LoadError::Signature { function: "wire.decide", wanted: "func(question: list<u8>) -> u64" })?;
        let call = function("call", is_bytes)
            .ok_or(LoadError::Signature { function: "wire.call", wanted: "func(question: list<u8>) -> list<u8>" })?;
        Ok(Self { contract: format!("{PACKAGE}@0.1.{patch}"), lifecycle: has(LIFECYCLE), repair: has(REPAIR), decide, call })
    }
}

fn is_function(instance: &ComponentInstance, name: &str, engine: &wasmtime::Engine, result: fn(&Type) -> bool) -> bool {
    let Some(ComponentItem::ComponentFunc(function)) = instance.get_export(engine, name).map(|export| export.ty) else {
        return false;
    };
    takes_bytes(&function) && function.results().len() == 1 && function.results().all(|found| result(&found))
}

fn takes_bytes(function: &ComponentFunc) -> bool {
    function.params().len() == 1 && function.params().all(|(_, ty)| is_bytes(&ty))
}

fn is_bytes(ty: &Type) -> bool {
    matches!(ty, Type::List(list) if matches!(list.ty(), Type::U8))
}

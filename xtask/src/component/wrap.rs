//! From a core module to a component, in as few bytes as it takes.
//!
//! What `wit-component` writes says every type once more for each interface that uses it, inside a component of its own around each
//! interface. With a contract of this size that is a fifth of a policy. Here an interface is what it exports, and where it uses
//! types of another one, a type of its own that says so.

use std::{collections::HashMap, mem};

use anyhow::{Context, Result, bail, ensure};
use wasm_encoder::{
    Alias, CanonicalFunctionSection, CanonicalOption, Component, ComponentAliasSection, ComponentDefinedTypeEncoder,
    ComponentExportKind, ComponentExportSection, ComponentFuncTypeEncoder, ComponentInstanceSection, ComponentOuterAliasKind,
    ComponentSection, ComponentSectionId, ComponentTypeRef, ComponentTypeSection, ComponentValType, ExportKind, InstanceSection,
    InstanceType, ModuleArg, PrimitiveValType, RawSection, TypeBounds,
};
use wasmparser::{Parser, Payload, Validator};
use wit_component::{ComponentEncoder, DecodedWasm, OutputToString, WitPrinter};
use wit_parser::{Function, InterfaceId, Resolve, Type, TypeDefKind, TypeId, TypeOwner, WorldItem, WorldKey};

use super::rewrite;

/// What a function is called that frees what the function of this name answered.
const AFTER: &str = "cabi_post_";

/// What the names of the contract's interfaces begin with.
const PACKAGE: &str = "clearance:policy/";

/// Wraps a core module, which carries its WIT world in a section of its own.
pub(super) fn wrap(module: &[u8]) -> Result<Vec<u8>> {
    let (stripped, bindgen) = wit_component::metadata::decode(module).context("the module does not say its world")?;
    let stripped = rewrite::with_exports(&stripped.context("the module does not say its world")?, |name| vec![inside(name)])?;
    let (resolve, world) = (&bindgen.resolve, &bindgen.resolve.worlds[bindgen.world]);
    let mut component = Written::default();
    // The first and only module, and its one instance.
    component.section(&RawSection { id: ComponentSectionId::CoreModule.into(), data: &stripped });
    component.section(InstanceSection::new().instantiate(0, Vec::<(&str, ModuleArg)>::new()));
    component.alias(Alias::CoreInstanceExport { instance: 0, kind: ExportKind::Memory, name: "memory" });
    let realloc = component.core_function("cabi_realloc");
    let lift = Lift { options: [CanonicalOption::Memory(0), CanonicalOption::Realloc(realloc)], after: after(&stripped)? };
    let mut root = Root { resolve, component, known: HashMap::new(), unnamed: HashMap::new(), exported: HashMap::new() };
    for (key, item) in &world.exports {
        match item {
            WorldItem::Interface { id, .. } => root.interface(&lift, key, *id)?,
            WorldItem::Function(function) => {
                let index = root.lift(&lift, &function.name, function)?;
                root.component.function(&function.name, index);
            }
            WorldItem::Type { .. } => bail!("the world itself exports a type"),
        }
    }
    let bytes = root.component.finish();
    Validator::new().validate_all(&bytes).context("the component is not valid")?;
    let longer =
        ComponentEncoder::default().validate(true).module(module)?.encode().context("the module does not become a component")?;
    ensure!(print_contract(&bytes)? == print_contract(&longer)?, "the component does not say what it says in more bytes");
    Ok(bytes)
}

/// What the core module calls a function that only the component looks for: all but those of `wire`.
fn inside(name: &str) -> String {
    match name.split_once(PACKAGE).and_then(|(before, rest)| Some((before, rest.split_once('@')?))) {
        Some((before, (interface, rest))) if interface != "wire" => {
            let function = rest.split_once('#').map_or(rest, |(_, function)| function);
            format!("{before}{interface}#{function}")
        }
        _ => name.to_owned(),
    }
}

/// The functions that free what others answered.
fn after(module: &[u8]) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ExportSection(section) = payload? {
            for export in section {
                names.push(export?.name.to_owned());
            }
        }
    }
    names.retain(|name| name.starts_with(AFTER));
    Ok(names)
}

/// All that a component says of itself, as WIT.
fn print_contract(component: &[u8]) -> Result<String> {
    let DecodedWasm::Component(resolve, world) = wit_component::decode(component)? else { bail!("it is not a component") };
    let package = resolve.worlds[world].package.context("the world is in no package")?;
    let others: Vec<_> = resolve.packages.iter().map(|(id, _)| id).filter(|id| *id != package).collect();
    let mut printer = WitPrinter::new(OutputToString::default());
    printer.print(&resolve, package, &others)?;
    Ok(printer.output.to_string())
}

/// A component so far.
#[derive(Default)]
struct Written {
    component: Component,
    /// Types that are not in it yet: as long as more follow, they are one section.
    types: ComponentTypeSection,
    type_count: u32,
    core_functions: u32,
    functions: u32,
    instances: u32,
}

impl Written {
    fn section(&mut self, section: &impl ComponentSection) {
        if !self.types.is_empty() {
            self.component.section(&mem::take(&mut self.types));
        }
        self.component.section(section);
    }

    fn alias(&mut self, alias: Alias<'_>) {
        self.section(ComponentAliasSection::new().alias(alias));
    }

    fn core_function(&mut self, name: &str) -> u32 {
        self.alias(Alias::CoreInstanceExport { instance: 0, kind: ExportKind::Func, name });
        next(&mut self.core_functions)
    }

    fn function(&mut self, name: &str, index: u32) {
        self.section(ComponentExportSection::new().export(name, ComponentExportKind::Func, index, None));
        next(&mut self.functions);
    }

    fn instance(&mut self, name: &str, index: u32, ty: Option<ComponentTypeRef>) -> u32 {
        self.section(ComponentExportSection::new().export(name, ComponentExportKind::Instance, index, ty));
        next(&mut self.instances)
    }

    fn finish(self) -> Vec<u8> {
        self.component.finish()
    }
}

/// The index of what was just written.
fn next(count: &mut u32) -> u32 {
    let index = *count;
    *count += 1;
    index
}

/// What every function of the core module is lifted with.
struct Lift {
    options: [CanonicalOption; 2],
    after: Vec<String>,
}

/// Where types are written down: the component itself, or the type of an interface.
trait Space<'r> {
    fn resolve(&self) -> &'r Resolve;
    fn known(&mut self) -> &mut HashMap<TypeId, u32>;
    fn unnamed(&mut self) -> &mut HashMap<&'r TypeDefKind, u32>;
    fn define(&mut self) -> (u32, ComponentDefinedTypeEncoder<'_>);
    fn function(&mut self) -> (u32, ComponentFuncTypeEncoder<'_>);
    /// A type that is another one, by a name.
    fn same(&mut self, of: TypeId) -> Result<u32>;
    /// A type gets its name.
    fn name(&mut self, name: &str, index: u32) -> u32;

    fn index(&mut self, id: TypeId) -> Result<u32> {
        let ty = &self.resolve().types[id];
        let found = if ty.name.is_some() { self.known().get(&id) } else { self.unnamed().get(&ty.kind) };
        if let Some(&index) = found {
            return Ok(index);
        }
        let index = match &ty.kind {
            TypeDefKind::Type(Type::Id(of)) => self.same(*of)?,
            kind => self.defined(kind)?,
        };
        let Some(name) = &ty.name else {
            self.unnamed().insert(&ty.kind, index);
            return Ok(index);
        };
        let index = self.name(name, index);
        self.known().insert(id, index);
        Ok(index)
    }

    fn defined(&mut self, kind: &'r TypeDefKind) -> Result<u32> {
        let (index, ()) = match kind {
            TypeDefKind::Record(record) => {
                let fields = record.fields.iter().map(|field| Ok((&*field.name, self.value(&field.ty)?)));
                let fields = fields.collect::<Result<Vec<_>>>()?;
                let (index, encoder) = self.define();
                (index, encoder.record(fields))
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter().map(|case| Ok((&*case.name, self.optional(case.ty.as_ref())?)));
                let cases = cases.collect::<Result<Vec<_>>>()?;
                let (index, encoder) = self.define();
                (index, encoder.variant(cases))
            }
            TypeDefKind::Enum(cases) => {
                let (index, encoder) = self.define();
                (index, encoder.enum_type(cases.cases.iter().map(|case| &*case.name)))
            }
            TypeDefKind::Option(of) => {
                let of = self.value(of)?;
                let (index, encoder) = self.define();
                (index, encoder.option(of))
            }
            TypeDefKind::List(of) => {
                let of = self.value(of)?;
                let (index, encoder) = self.define();
                (index, encoder.list(of))
            }
            TypeDefKind::Result(result) => {
                let (ok, err) = (self.optional(result.ok.as_ref())?, self.optional(result.err.as_ref())?);
                let (index, encoder) = self.define();
                (index, encoder.result(ok, err))
            }
            TypeDefKind::Type(of) => {
                let ComponentValType::Primitive(of) = self.value(of)? else { bail!("a type that is another one has no name") };
                let (index, encoder) = self.define();
                (index, encoder.primitive(of))
            }
            other => bail!("the contract has a {}, which nobody has taught this file", other.as_str()),
        };
        Ok(index)
    }

    fn optional(&mut self, ty: Option<&Type>) -> Result<Option<ComponentValType>> {
        ty.map(|ty| self.value(ty)).transpose()
    }

    fn value(&mut self, ty: &Type) -> Result<ComponentValType> {
        Ok(ComponentValType::Primitive(match ty {
            Type::Id(id) => return self.index(*id).map(ComponentValType::Type),
            Type::Bool => PrimitiveValType::Bool,
            Type::U8 => PrimitiveValType::U8,
            Type::U16 => PrimitiveValType::U16,
            Type::U32 => PrimitiveValType::U32,
            Type::U64 => PrimitiveValType::U64,
            Type::String => PrimitiveValType::String,
            other => bail!("the contract has a {other:?}, which nobody has taught this file"),
        }))
    }

    fn function_type(&mut self, function: &'r Function) -> Result<u32> {
        let params =
            function.params.iter().map(|param| Ok((&*param.name, self.value(&param.ty)?))).collect::<Result<Vec<_>>>()?;
        let result = self.optional(function.result.as_ref())?;
        let (index, mut encoder) = self.function();
        encoder.params(params).result(result);
        Ok(index)
    }
}

/// The component.
struct Root<'r> {
    resolve: &'r Resolve,
    component: Written,
    known: HashMap<TypeId, u32>,
    unnamed: HashMap<&'r TypeDefKind, u32>,
    /// The interfaces that were exported already.
    exported: HashMap<InterfaceId, u32>,
}

impl<'r> Root<'r> {
    fn lift(&mut self, lift: &Lift, name: &str, function: &'r Function) -> Result<u32> {
        let ty = self.function_type(function)?;
        let core = self.component.core_function(name);
        let mut options = lift.options.to_vec();
        let after = format!("{AFTER}{name}");
        if lift.after.contains(&after) {
            options.push(CanonicalOption::PostReturn(self.component.core_function(&after)));
        }
        self.component.section(CanonicalFunctionSection::new().lift(core, ty, options));
        Ok(next(&mut self.component.functions))
    }

    fn interface(&mut self, lift: &Lift, key: &WorldKey, id: InterfaceId) -> Result<()> {
        let (name, interface) = (self.resolve.name_world_key(key), &self.resolve.interfaces[id]);
        let mut exports = Vec::new();
        for (name, ty) in &interface.types {
            exports.push((&**name, ComponentExportKind::Type, self.index(*ty)?));
        }
        for function in interface.functions.values() {
            let index = self.lift(lift, &inside(&format!("{name}#{}", function.name)), function)?;
            exports.push((&*function.name, ComponentExportKind::Func, index));
        }
        let is_same = |ty: &TypeId| matches!(self.resolve.types[*ty].kind, TypeDefKind::Type(Type::Id(_)));
        let ascribed = if interface.types.values().any(is_same) { Some(self.ascribed_type(id)?) } else { None };
        let ty = ascribed.map(|ty| {
            self.component.types.instance(&ty);
            ComponentTypeRef::Instance(next(&mut self.component.type_count))
        });
        self.component.section(ComponentInstanceSection::new().export_items(exports));
        let instance = next(&mut self.component.instances);
        let exported = self.component.instance(&name, instance, ty);
        if ty.is_some() {
            // From here on its types are those that it exports.
            self.known.retain(|ty, _| self.resolve.types[*ty].owner != TypeOwner::Interface(id));
            self.unnamed.clear();
            self.exported.insert(id, exported);
        }
        Ok(())
    }

    /// The type of an interface that uses types of others.
    fn ascribed_type(&mut self, id: InterfaceId) -> Result<InstanceType> {
        let interface = &self.resolve.interfaces[id];
        let mut ascribed = Ascribed { root: self, ty: InstanceType::new(), id, known: HashMap::new(), unnamed: HashMap::new() };
        for ty in interface.types.values() {
            ascribed.index(*ty)?;
        }
        for function in interface.functions.values() {
            let ty = ascribed.function_type(function)?;
            ascribed.ty.export(&*function.name, ComponentTypeRef::Func(ty));
        }
        Ok(ascribed.ty)
    }
}

impl<'r> Space<'r> for Root<'r> {
    fn resolve(&self) -> &'r Resolve {
        self.resolve
    }
    fn known(&mut self) -> &mut HashMap<TypeId, u32> {
        &mut self.known
    }
    fn unnamed(&mut self) -> &mut HashMap<&'r TypeDefKind, u32> {
        &mut self.unnamed
    }
    fn define(&mut self) -> (u32, ComponentDefinedTypeEncoder<'_>) {
        (next(&mut self.component.type_count), self.component.types.defined_type())
    }
    fn function(&mut self) -> (u32, ComponentFuncTypeEncoder<'_>) {
        (next(&mut self.component.type_count), self.component.types.function())
    }
    fn same(&mut self, of: TypeId) -> Result<u32> {
        let ty = &self.resolve.types[of];
        let from = match ty.owner {
            TypeOwner::Interface(id) => self.exported.get(&id),
            TypeOwner::World(_) | TypeOwner::None => None,
        };
        match (from, &ty.name, self.known.get(&of)) {
            (Some(&instance), Some(name), None) => {
                self.component.alias(Alias::InstanceExport { instance, kind: ComponentExportKind::Type, name });
                let index = next(&mut self.component.type_count);
                self.known.insert(of, index);
                Ok(index)
            }
            _ => self.index(of),
        }
    }
    fn name(&mut self, _: &str, index: u32) -> u32 {
        index
    }
}

/// The type of an interface.
struct Ascribed<'a, 'r> {
    root: &'a mut Root<'r>,
    ty: InstanceType,
    id: InterfaceId,
    known: HashMap<TypeId, u32>,
    unnamed: HashMap<&'r TypeDefKind, u32>,
}

impl<'r> Space<'r> for Ascribed<'_, 'r> {
    fn resolve(&self) -> &'r Resolve {
        self.root.resolve
    }
    fn known(&mut self) -> &mut HashMap<TypeId, u32> {
        &mut self.known
    }
    fn unnamed(&mut self) -> &mut HashMap<&'r TypeDefKind, u32> {
        &mut self.unnamed
    }
    fn define(&mut self) -> (u32, ComponentDefinedTypeEncoder<'_>) {
        (self.ty.type_count(), self.ty.ty().defined_type())
    }
    fn function(&mut self) -> (u32, ComponentFuncTypeEncoder<'_>) {
        (self.ty.type_count(), self.ty.ty().function())
    }
    fn same(&mut self, of: TypeId) -> Result<u32> {
        if self.root.resolve.types[of].owner == TypeOwner::Interface(self.id) {
            return self.index(of);
        }
        let index = self.root.same(of)?;
        let here = self.ty.type_count();
        self.ty.alias(Alias::Outer { kind: ComponentOuterAliasKind::Type, count: 1, index });
        Ok(here)
    }
    fn name(&mut self, name: &str, index: u32) -> u32 {
        let named = self.ty.type_count();
        self.ty.export(name, ComponentTypeRef::Type(TypeBounds::Eq(index)));
        named
    }
}

#[cfg(test)]
mod tests {
    use wit_component::{StringEncoding, embed_component_metadata};

    use super::*;

    const INTERFACES: &str = "
        package clearance:policy@0.1.7;
        interface types {
            type handle = u64;
            enum level { none, some }
            record thing { id: handle, level: option<level>, names: list<string> }
        }
        interface more {
            use types.{handle, thing};
            variant choice { neither, one(thing), many(list<thing>), of(handle) }
        }
        interface questions {
            use types.{thing};
            use more.{choice};
            ask: func(thing: thing, choices: list<choice>) -> result<choice, u32>;
            tell: func() -> bool;
        }
        interface wire {
            call: func(question: list<u8>) -> list<u8>;
        }
        world policy { export types; export more; export questions; export wire; export init: func(bytes: list<u8>); }
    ";

    /// A core module for the world, whose functions do nothing.
    fn module(text: &str) -> Vec<u8> {
        let mut resolve = Resolve::new();
        let package = resolve.push_str("test.wit", text).unwrap();
        let world = resolve.select_world(&[package], None).unwrap();
        let functions = r#"
            (func (export "clearance:policy/questions@0.1.7#ask") (param i64 i32 i32 i32 i32 i32 i32) (result i32) unreachable)
            (func (export "cabi_post_clearance:policy/questions@0.1.7#ask") (param i32))
            (func (export "clearance:policy/questions@0.1.7#tell") (result i32) unreachable)
            (func (export "clearance:policy/wire@0.1.7#call") (param i32 i32) (result i32) unreachable)
            (func (export "init") (param i32 i32))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)"#;
        let mut module = wat::parse_str(format!("(module (memory (export \"memory\") 1) {functions})")).unwrap();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        module
    }

    #[test]
    fn a_component_says_what_it_says_in_more_bytes() {
        let module = module(INTERFACES);
        let written = wrap(&module).unwrap();
        let longer = ComponentEncoder::default().module(&module).unwrap().encode().unwrap();
        assert_eq!(print_contract(&written).unwrap(), print_contract(&longer).unwrap());
        assert!(print_contract(&written).unwrap().contains("use types.{thing};"));
        assert!(written.len() < longer.len());
    }

    #[test]
    fn only_functions_of_wire_keep_their_names_inside() {
        let post = "cabi_post_clearance:policy/questions@0.1.7#ask";
        assert_eq!(inside(post), "cabi_post_questions#ask");
        for name in
            ["memory", "cabi_realloc", "init", "clearance:policy/wire@0.1.7#call", "cabi_post_clearance:policy/wire@0.1.0#call"]
        {
            assert_eq!(inside(name), name);
        }
    }

    #[test]
    fn what_this_file_does_not_know_is_refused() {
        let flags = INTERFACES.replace("enum level { none, some }", "flags level { some }");
        assert!(wrap(&module(&flags)).unwrap_err().to_string().contains("flags"));
    }
}

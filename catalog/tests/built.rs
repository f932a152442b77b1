//! What is built of a catalog: a policy, and nothing but a policy.

use clearance_catalog::{BuildError, CORE_INIT, Catalog, INIT, MAX_PERMISSIONS, Mistake, build};
use clearance_policy::{BASE, LANGWATCH};
use wasmparser::{Parser, Payload};
use wasmtime::{
    Engine, Module, Store,
    component::{Component, Linker, types::ComponentItem},
};

/// A catalog with this many permissions.
fn with_permissions(count: usize) -> String {
    let actions: Vec<String> = (2..count).map(|number| format!("\"a{number}\"")).collect();
    format!(
        r#"
[policy]
name = "many"
version = "1.2.3"
[lifecycle]
reserved-name = "Ours"
actions = ["view"]
see-keys = "org:view"
manage-keys = "org:manage"
read-project-key = "org:view"
rotate-project-key = "org:manage"
[lifecycle.ceiling]
admin = {{ organization = "org:manage", below = "org:manage" }}
member = {{ organization = "org:view", below = "org:view" }}
viewer = {{ organization = "org:view", below = "org:view" }}
[[resource]]
name = "org"
actions = ["view", "manage"]
tier = "organization"
[[resource]]
name = "thing"
actions = [{}]
tier = "any"
[lists]
viewer = []
member = []
admin = ["thing:a2"]
lite-member = []
organization-member = ["org:view"]
"#,
        actions.join(", ")
    )
}

fn default() -> Catalog {
    Catalog::parse(include_str!("../../policy/catalog.toml")).unwrap()
}

#[test]
fn the_default_policy_is_made_the_same_way() {
    assert!(build(BASE, &default()).unwrap() == LANGWATCH, "run `cargo xtask component`");
}

#[test]
fn the_same_catalog_gives_the_same_bytes() {
    let catalog = Catalog::parse(&with_permissions(200)).unwrap();
    let built = build(BASE, &catalog).unwrap();
    assert!(built == build(BASE, &catalog).unwrap());
    let other = Catalog::parse(&with_permissions(200).replace("1.2.3", "1.2.4")).unwrap();
    assert!(built != build(BASE, &other).unwrap());
}

#[test]
fn what_is_built_imports_nothing_and_exports_the_contract() {
    let engine = Engine::default();
    let exports = |bytes: &[u8]| -> Vec<String> {
        let component = Component::new(&engine, bytes).unwrap();
        assert_eq!(component.component_type().imports(&engine).len(), 0);
        let component = component.component_type();
        component.exports(&engine).map(|(name, _)| name.to_owned()).collect()
    };
    let built = exports(&build(BASE, &default()).unwrap());
    let mut base = exports(BASE);
    let init = base.iter().position(|name| name == INIT).expect("the base takes a catalog");
    base.remove(init);
    assert_eq!(built, base);
    assert!(built.iter().all(|name| name.starts_with("clearance:policy/")), "{built:?}");
}

#[test]
fn a_second_catalog_traps() {
    let engine = Engine::default();
    // In the base, where the function can still be called.
    let component = Component::new(&engine, BASE).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    let init = instance.get_typed_func::<(&[u8],), ()>(&mut store, INIT).unwrap();
    let bytes = default().to_bytes();
    init.call(&mut store, (&bytes,)).unwrap();
    assert!(init.call(&mut store, (&bytes,)).is_err());

    // In what was built, where only the core module inside still has it.
    let built = build(BASE, &default()).unwrap();
    let module = core_module(&built);
    let mut store = Store::new(&engine, ());
    let instance = wasmtime::Instance::new(&mut store, &Module::new(&engine, module).unwrap(), &[]).unwrap();
    let realloc = instance.get_typed_func::<(u32, u32, u32, u32), u32>(&mut store, "cabi_realloc").unwrap();
    let length = u32::try_from(bytes.len()).unwrap();
    let at = realloc.call(&mut store, (0, 0, 1, length)).unwrap();
    instance.get_memory(&mut store, "memory").unwrap().write(&mut store, at as usize, &bytes).unwrap();
    let init = instance.get_typed_func::<(u32, u32), ()>(&mut store, CORE_INIT).unwrap();
    let trap = init.call(&mut store, (at, length)).unwrap_err();
    assert_eq!(trap.downcast_ref(), Some(&wasmtime::Trap::UnreachableCodeReached));
}

#[test]
fn bytes_that_are_no_catalog_trap() {
    let engine = Engine::default();
    let component = Component::new(&engine, BASE).unwrap();
    let whole = default().to_bytes();
    let mut longer = whole.clone();
    longer.push(0);
    let mut other = whole.clone();
    other[0] = 2;
    for bytes in [&[][..], &whole[..whole.len() - 1], &longer, &other] {
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
        let init = instance.get_typed_func::<(&[u8],), ()>(&mut store, INIT).unwrap();
        assert!(init.call(&mut store, (bytes,)).is_err(), "{} bytes", bytes.len());
    }
}

#[test]
fn nothing_answers_without_a_catalog() {
    let engine = Engine::default();
    let component = Component::new(&engine, BASE).unwrap();
    let ty = component.component_type();
    let mut asked = 0;
    for (interface, export) in ty.exports(&engine) {
        let ComponentItem::ComponentInstance(instance) = export.ty else { continue };
        for (function, export) in instance.exports(&engine) {
            // Every function but `effective-many` and `decide-many`, which look into no catalog where nothing is asked.
            if !matches!(export.ty, ComponentItem::ComponentFunc(_)) || function != "describe" && function != "decide" {
                continue;
            }
            if interface.contains("/evaluation@") {
                continue;
            }
            let mut store = Store::new(&engine, ());
            let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
            let index = component.get_export_index(None, interface).unwrap();
            let index = component.get_export_index(Some(&index), function).unwrap();
            let function = instance.get_func(&mut store, index).unwrap();
            let mut results = vec![wasmtime::component::Val::Bool(false)];
            let arguments = if interface.contains("/wire@") { vec![wasmtime::component::Val::List(vec![])] } else { vec![] };
            assert!(function.call(&mut store, &arguments, &mut results).is_err(), "{interface}");
            asked += 1;
        }
    }
    assert_eq!(asked, 2);
}

#[test]
fn a_catalog_holds_256_permissions_and_no_more() {
    let full = Catalog::parse(&with_permissions(MAX_PERMISSIONS)).unwrap();
    assert_eq!(full.permissions.len(), MAX_PERMISSIONS);
    build(BASE, &full).unwrap();
    let problems = Catalog::parse(&with_permissions(MAX_PERMISSIONS + 1)).unwrap_err();
    assert_eq!(problems[0].mistake, Mistake::TooMany(257));
    assert_eq!(
        problems[0].to_string(),
        "line 21: the catalog has 257 permissions: a permission set has room for 256, so take some away"
    );
}

#[test]
fn what_is_no_base_is_refused() {
    let catalog = default();
    assert!(matches!(build(b"no component", &catalog), Err(BuildError::Base(_))));
    assert!(matches!(build(LANGWATCH, &catalog), Err(BuildError::Base(_))));
    let takes_nothing = br#"(component (core module $m (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0)) (func (export "put-catalog") (param i32 i32) unreachable))
        (core instance $i (instantiate $m))
        (func (export "init") (param "catalog" (list u8)) (canon lift (core func $i "put-catalog") (memory (core memory $i "memory")) (realloc (core func $i "cabi_realloc")))))"#;
    let takes_nothing = wat::parse_bytes(takes_nothing).unwrap();
    assert!(matches!(build(&takes_nothing, &catalog), Err(BuildError::Refused)));
}

/// The one core module in a component.
fn core_module(component: &[u8]) -> &[u8] {
    let mut found = None;
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::ModuleSection { unchecked_range, .. } = payload.unwrap() {
            found = Some(&component[unchecked_range.start as usize..unchecked_range.end as usize]);
        }
    }
    found.expect("there is a core module")
}

//! Hosts and components of different versions of the contract.

use clearance_host::{EvalError, PolicyVersion};
use clearance_policy::{
    LANGWATCH,
    types::{
        Question,
        lifecycle::{Change, Draft, KeyQuestion, ProjectKeyUse, Sight, TextChange},
        repair::{Asker, RepairQuestion},
    },
    wire::{self, Words},
};
use wasmtime::{
    Engine, Store,
    component::{Component, ComponentExportIndex, Instance, Linker, TypedFunc},
};

use crate::{
    facts::{key, member, nobody, nowhere},
    guest::{load, patient},
};

/// The default policy as it was built for the contract 0.1.0. It stays as it is.
const OLDER: &[u8] = include_bytes!("../contracts/0.1.0.wasm");

/// The same for the contract 0.1.1.
const OLD: &[u8] = include_bytes!("../contracts/0.1.1.wasm");

fn policy(bytes: &[u8]) -> PolicyVersion {
    load(patient(), bytes).unwrap()
}

#[test]
fn a_component_of_an_older_contract_answers_all_that_it_knows() {
    for (bytes, contract, has_lifecycle) in [(OLDER, "clearance:policy@0.1.0", false), (OLD, "clearance:policy@0.1.1", true)] {
        let (older, newer) = (policy(bytes), policy(LANGWATCH));
        assert_eq!((older.contract(), newer.contract()), (contract, "clearance:policy@0.1.2"));
        assert_eq!((older.has_lifecycle(), newer.has_lifecycle()), (has_lifecycle, true));
        assert_eq!((older.has_repair(), newer.has_repair()), (false, true));
        answer_alike(&older, &newer);
    }
}

fn answer_alike(older: &PolicyVersion, newer: &PolicyVersion) {
    assert_eq!(older.description(), newer.description());
    for facts in [member(), key(), nobody(), nowhere()] {
        for permission in (0..130).chain([u32::MAX]) {
            assert_eq!(older.decide(&facts, permission), newer.decide(&facts, permission));
            assert_eq!(older.explain(&facts, permission), newer.explain(&facts, permission));
        }
        assert_eq!(older.effective(&facts), newer.effective(&facts));
        let one = std::slice::from_ref(&facts);
        assert_eq!(older.effective_many(one), newer.effective_many(one));
        let questions = [Question { facts: 0, permission: 3 }, Question { facts: 1, permission: 3 }];
        assert_eq!(older.decide_many(one, &questions), newer.decide_many(one, &questions));
    }
    assert_eq!(older.compile(&["traces:manage"]), newer.compile(&["traces:manage"]));
}

#[test]
fn a_question_about_keys_to_an_older_component_is_a_named_error() {
    let older = policy(OLDER);
    let named = |question| EvalError::NoLifecycle { policy: older.digest(), contract: "clearance:policy@0.1.0".into(), question };
    let (facts, draft) = (member(), Draft { name: Some("ci".into()), ..draft() });
    assert_eq!(older.create(&facts, &draft), Err(named("create")));
    assert_eq!(older.edit(&facts, None, &change()), Err(named("edit")));
    assert_eq!(older.revoke(&facts, None), Err(named("revoke")));
    assert_eq!(older.list(&facts, &[]), Err(named("list")));
    assert_eq!(older.read(&facts, None), Err(named("read")));
    assert_eq!(older.look(&facts, &Sight::Members(vec![])), Err(named("look")));
    assert_eq!(older.project_key(&facts, ProjectKeyUse::Read), Err(named("project-key")));
    assert_eq!(named("edit").policy(), older.digest());
    let text = named("edit").to_string();
    for part in ["`edit`", "`clearance:policy@0.1.0`", "`clearance:policy@0.1.1`"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_component_of_the_contract_before_answers_about_keys() {
    let (old, newer) = (policy(OLD), policy(LANGWATCH));
    let draft = Draft { name: Some("ci".into()), ..draft() };
    for facts in [member(), key(), nobody(), nowhere()] {
        assert_eq!(old.create(&facts, &draft), newer.create(&facts, &draft));
        assert_eq!(old.edit(&facts, None, &change()), newer.edit(&facts, None, &change()));
        assert_eq!(old.list(&facts, &[]), newer.list(&facts, &[]));
    }
}

#[test]
fn what_would_grant_it_is_a_named_error_of_older_components() {
    for (bytes, contract) in [(OLDER, "clearance:policy@0.1.0"), (OLD, "clearance:policy@0.1.1")] {
        let older = policy(bytes);
        let question = RepairQuestion { permission: 0, offers: vec![], asker: Asker::Keeper };
        let named = EvalError::NoRepair { policy: older.digest(), contract: contract.into() };
        assert_eq!(older.repair(&member(), &question), Err(named.clone()));
        assert_eq!(named.policy(), older.digest());
        let text = named.to_string();
        for part in ["`repair`", &format!("`{contract}`"), "`clearance:policy@0.1.2`"] {
            assert!(text.contains(part), "{text}");
        }
    }
}

fn draft() -> Draft {
    Draft {
        unreadable: vec![],
        kind: None,
        name: None,
        description: None,
        expires: None,
        mode: None,
        assignee: None,
        permissions: vec![],
        bindings: vec![],
        projects: vec![],
    }
}

fn change() -> Change {
    let description = TextChange::Keep;
    Change { unreadable: vec![], name: None, description, mode: None, permissions: vec![], bindings: None }
}

/// What the host of the contract 0.1.0 demands of a component, in its own words of then. It stays as it is: hosts of that version are
/// in use, and a component that they refuse must not be shipped as 0.1.x.
mod first_host {
    use wasmtime::component::{
        Component, ComponentExportIndex,
        types::{ComponentFunc, ComponentInstance, ComponentItem, Type},
    };

    const INTERFACES: [&str; 4] = ["types", "catalog", "evaluation", "wire"];

    pub(super) struct Exports {
        pub(super) contract: String,
        pub(super) decide: ComponentExportIndex,
        pub(super) call: ComponentExportIndex,
    }

    pub(super) fn load(component: &Component) -> Result<Exports, String> {
        let engine = component.engine();
        let ty = component.component_type();
        if let Some((import, _)) = ty.imports(engine).next() {
            return Err(format!("imports {import}"));
        }
        let mut interfaces = Vec::new();
        for (name, export) in ty.exports(engine) {
            match (interface(name), export.ty) {
                (Some((interface, patch)), ComponentItem::ComponentInstance(ty)) => interfaces.push((interface, patch, name, ty)),
                _ => return Err(format!("also exports {name}")),
            }
        }
        let missing = INTERFACES.iter().find(|wanted| !interfaces.iter().any(|(interface, ..)| interface == *wanted));
        if let Some(missing) = missing {
            return Err(format!("lacks {missing}"));
        }
        let (_, patch, wire, ty) = interfaces.iter().find(|(name, ..)| *name == "wire").unwrap();
        if interfaces.iter().any(|(_, other, ..)| other != patch) {
            return Err("mixes versions".into());
        }
        let function = |name: &str, result: fn(&Type) -> bool| {
            let instance = component.get_export_index(None, wire)?;
            is_function(ty, name, engine, result).then(|| component.get_export_index(Some(&instance), name)).flatten()
        };
        let decide = function("decide", |result| matches!(result, Type::U64)).ok_or("wire.decide")?;
        let call = function("call", is_bytes).ok_or("wire.call")?;
        Ok(Exports { contract: format!("clearance:policy@0.1.{patch}"), decide, call })
    }

    fn interface(name: &str) -> Option<(&str, u64)> {
        let (interface, version) = name.strip_prefix("clearance:policy")?.strip_prefix('/')?.split_once('@')?;
        let patch = version.strip_prefix("0.1.")?;
        patch.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
        Some((interface, patch.parse().ok()?))
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
}

/// A component under the first host.
struct Asked {
    store: Store<()>,
    decide: TypedFunc<(Vec<u8>,), (u64,)>,
    call: TypedFunc<(Vec<u8>,), (Vec<u8>,)>,
}

impl Asked {
    fn new(engine: &Engine, component: &Component, decide: ComponentExportIndex, call: ComponentExportIndex) -> Self {
        let mut store = Store::new(engine, ());
        let instance: Instance = Linker::new(engine).instantiate(&mut store, component).unwrap();
        let decide = instance.get_typed_func(&mut store, decide).unwrap();
        let call = instance.get_typed_func(&mut store, call).unwrap();
        Self { store, decide, call }
    }

    fn decide(&mut self, question: &[u8]) -> u64 {
        self.decide.call(&mut self.store, (question.into(),)).unwrap().0
    }

    fn call(&mut self, question: &[u8]) -> Vec<u8> {
        self.call.call(&mut self.store, (question.into(),)).unwrap().0
    }
}

#[test]
fn the_component_loads_in_the_host_of_the_first_contract() {
    let engine = Engine::default();
    let mut asked = [OLDER, OLD, LANGWATCH].map(|bytes| {
        let component = Component::new(&engine, bytes).unwrap();
        let exports = first_host::load(&component).unwrap();
        assert!(exports.contract.starts_with("clearance:policy@0.1."));
        Asked::new(&engine, &component, exports.decide, exports.call)
    });
    let mut same = |question: &[u8]| {
        let [older, others @ ..] = &mut asked;
        for newer in others {
            assert_eq!(older.call(question), newer.call(question));
            assert_eq!(older.decide(question), newer.decide(question));
        }
    };
    let mut question = vec![];
    wire::put_describe(&mut question);
    same(&question);
    let names = ["traces:manage", "no such name"];
    for put in [wire::put_compile, wire::put_permissions_to_selections] {
        question.clear();
        put(&names, &mut question);
        same(&question);
    }
    for facts in [member(), key(), nobody(), nowhere()] {
        for first in 0..9_u64 {
            question.clear();
            first.put(&mut question);
            facts.put(&mut question);
            same(&question);
        }
        for permission in 0..130 {
            question.clear();
            wire::put_decide(permission, &facts, &mut question);
            same(&question);
            question.clear();
            wire::put_explain(permission, &facts, &mut question);
            same(&question);
        }
    }
}

#[test]
fn an_older_component_says_that_it_cannot_read_a_newer_question() {
    let engine = Engine::default();
    for (bytes, first) in [(OLDER, 9_u64), (OLD, 10)] {
        let component = Component::new(&engine, bytes).unwrap();
        let exports = first_host::load(&component).unwrap();
        let mut older = Asked::new(&engine, &component, exports.decide, exports.call);
        let mut question = vec![];
        first.put(&mut question);
        assert_eq!(older.call(&question), 1_u64.to_le_bytes());
        let question = match first {
            9 => asked_about_keys(),
            _ => asked_for_a_repair(),
        };
        assert_eq!(older.call(&question), 1_u64.to_le_bytes());
    }
}

/// A whole question of the interface `lifecycle`.
fn asked_about_keys() -> Vec<u8> {
    let mut question = vec![];
    wire::put_ask(&member(), &KeyQuestion::List(vec![]), &mut question);
    question
}

/// A whole question of the interface `repair`.
fn asked_for_a_repair() -> Vec<u8> {
    let mut question = vec![];
    wire::put_repair(&member(), &RepairQuestion { permission: 0, offers: vec![], asker: Asker::Keeper }, &mut question);
    question
}

/// The host of the contract 0.1.1 demands what the first host demands, and asks about keys where the component has `lifecycle`.
#[test]
fn the_component_answers_the_host_of_the_contract_before() {
    let engine = Engine::default();
    let mut asked = [OLD, LANGWATCH].map(|bytes| {
        let component = Component::new(&engine, bytes).unwrap();
        let named = |name: &str| ["0.1.0", "0.1.1"].map(|version| format!("clearance:policy/{name}@{version}"));
        assert!(named("lifecycle").iter().any(|name| component.get_export_index(None, name).is_some()));
        let exports = first_host::load(&component).unwrap();
        Asked::new(&engine, &component, exports.decide, exports.call)
    });
    let [old, newer] = &mut asked;
    let question = asked_about_keys();
    assert_eq!(old.call(&question), newer.call(&question));
}

/// What the documents promise of runtimes that match the names of interfaces by semver, of which ours is one.
#[test]
fn interfaces_are_found_under_their_first_names() {
    let component = Component::new(&Engine::default(), LANGWATCH).unwrap();
    for interface in ["types", "catalog", "evaluation", "wire"] {
        let name = format!("clearance:policy/{interface}@0.1.0");
        assert!(component.get_export_index(None, &name).is_some(), "{name}");
    }
    assert!(component.get_export_index(None, "clearance:policy/wire@0.2.0").is_none());
}

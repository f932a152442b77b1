//! One question: the floor, and what stands on it.

use std::hint::black_box;

use clearance::{Authorizer, PlaceId::Project, PrincipalId::Key};
use clearance_directory::RoleSets;
use clearance_host::{CodeCache, Engine, Limits};
use clearance_policy::{
    langwatch, rules,
    types::{
        Facts, Owner, Principal, Role,
        repair::{Asker, RepairAnswer, RepairQuestion},
    },
    wire,
};
use criterion::{BatchSize, Criterion};
use wasmtime::{
    Config, Store,
    component::{Component, Linker},
};

use crate::company::{self, eight_and_six, key, project};

const NOW: u64 = 1_800_000_000_000;
const PERMISSION: &str = "traces:update";

pub(crate) fn benches(criterion: &mut Criterion) {
    floor(criterion);
    let version = Engine::new(Limits::default()).unwrap().load(clearance_policy::LANGWATCH).unwrap();
    let directory = eight_and_six();
    let roles = RoleSets::compile(&directory, |names| version.compile(names)).unwrap();
    let (key, place) = (key(0), project(0));
    let principal = directory.principal(Key(&key));
    let slot = directory.place(Project(&place));
    let facts = directory.facts(principal, slot, NOW, &roles).facts;
    let permission = version.permission(PERMISSION).unwrap();
    assert!(version.decide(&facts, permission).unwrap().allow, "the question asks for an allow");

    let mut group = criterion.benchmark_group("question");
    group.bench_function("native", |bench| {
        bench.iter(|| rules::decide(&langwatch::CATALOG, black_box(&facts), black_box(permission)));
    });
    group.bench_function("gather", |bench| bench.iter(|| directory.facts(principal, slot, black_box(NOW), &roles)));
    group.bench_function("ids", |bench| {
        let find = || (directory.principal(Key(black_box(&key))), directory.place(Project(black_box(&place))));
        bench.iter(|| (find(), version.permission(black_box(PERMISSION))));
    });
    let mut question = Vec::new();
    group.bench_function("write", |bench| {
        bench.iter(|| {
            question.clear();
            wire::put_decide(black_box(permission), black_box(&facts), &mut question);
            question.len()
        });
    });
    group.bench_function("native-bytes", |bench| bench.iter(|| rules::decide_words(&langwatch::CATALOG, black_box(&question))));
    let nobody = Facts { principal: Principal::Unknown, roles: Vec::new(), ..facts.clone() };
    group.bench_function("nobody", |bench| bench.iter(|| version.decide(black_box(&nobody), black_box(permission))));
    group.bench_function("component", |bench| bench.iter(|| version.decide(black_box(&facts), black_box(permission))));
    group.bench_function("cold", |bench| {
        bench.iter(|| {
            let gathered = directory.facts(directory.principal(Key(&key)), directory.place(Project(&place)), NOW, &roles);
            version.decide(&gathered.facts, version.permission(PERMISSION).unwrap())
        });
    });
    group.bench_function("effective", |bench| bench.iter(|| version.effective(black_box(&facts))));
    group.bench_function("explain", |bench| bench.iter(|| version.explain(black_box(&facts), black_box(permission))));
    // The key has too little, its owner enough: the roles on offer are the built-in ones and two custom ones.
    let (gathered, offers) = directory.facts_and_offers(principal, slot, NOW, &roles);
    let denied = Facts { principal: without_admin(gathered.facts.principal), ..gathered.facts };
    let repair = RepairQuestion { permission, offers, asker: Asker::Keeper };
    assert!(matches!(version.repair(&denied, &repair), Ok(RepairAnswer::Sets(_))), "the question asks for a denial");
    group.bench_function("repair", |bench| bench.iter(|| version.repair(black_box(&denied), black_box(&repair))));
    // The same, and its owner has too little as well: every repair of the one goes with every repair of the other.
    let denied_twice = Facts { principal: without_power(denied.principal.clone()), ..denied.clone() };
    assert!(matches!(version.repair(&denied_twice, &repair), Ok(RepairAnswer::Sets(_))), "the question asks for a denial");
    group.bench_function("repair-both", |bench| bench.iter(|| version.repair(black_box(&denied_twice), black_box(&repair))));
    let many = vec![facts.clone(); 1_000];
    group.bench_function("effective-many-1000", |bench| bench.iter(|| version.effective_many(black_box(&many))));
    group.finish();

    let authorizer = Authorizer::new(version.clone(), eight_and_six()).unwrap();
    let check = || authorizer.view().check(Key(black_box(&key)), black_box(PERMISSION), Project(black_box(&place)));
    let mut group = criterion.benchmark_group("authorizer");
    group.bench_function("warm", |bench| bench.iter(check));
    group.bench_function("warm-2-threads", |bench| bench.iter_custom(|rounds| two_threads(rounds, &|_| drop(check()))));
    // Each thread asks about a key of its own, as most do that serve requests.
    let several = Authorizer::new(version.clone(), company::directory(2)).unwrap();
    let keys: [_; 2] = std::array::from_fn(company::key);
    let places: [_; 2] = std::array::from_fn(project);
    let others = |thread: usize| drop(several.view().check(Key(&keys[thread]), black_box(PERMISSION), Project(&places[thread])));
    group.bench_function("warm-2-keys", |bench| bench.iter_custom(|rounds| two_threads(rounds, &others)));
    let cold = |_| drop(version.decide(&facts, permission));
    group.bench_function("component-2-threads", |bench| bench.iter_custom(|rounds| two_threads(rounds, &cold)));
    group.finish();

    let mut group = criterion.benchmark_group("start");
    group.sample_size(10);
    let engine = Engine::new(Limits::default()).unwrap();
    group.bench_function("load", |bench| bench.iter(|| engine.load(clearance_policy::LANGWATCH).unwrap()));
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
    let _ = std::fs::remove_dir_all(&folder);
    // The first round compiles, before anything is measured.
    group.bench_function("first-decision-compiled-before", |bench| {
        bench.iter_batched(
            eight_and_six,
            |directory| {
                let engine = Engine::with_cache(Limits::default(), CodeCache::open(&folder).unwrap()).unwrap();
                let version = engine.load(clearance_policy::LANGWATCH).unwrap();
                let authorizer = Authorizer::new(version, directory).unwrap();
                authorizer.view().check(Key(&key), PERMISSION, Project(&place)).unwrap()
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function("first-decision", |bench| {
        bench.iter_batched(
            eight_and_six,
            |directory| {
                let policy = Engine::new(Limits::default()).unwrap().load(clearance_policy::LANGWATCH).unwrap();
                let authorizer = Authorizer::new(policy, directory).unwrap();
                authorizer.view().check(Key(&key), PERMISSION, Project(&place)).unwrap()
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// A key that is an administrator nowhere.
fn without_admin(mut principal: Principal) -> Principal {
    if let Principal::Key(key) = &mut principal {
        key.bindings.iter_mut().filter(|binding| binding.role == Role::Admin).for_each(|binding| binding.role = Role::Viewer);
    }
    principal
}

/// A key that grants nothing but what viewers have, and an owner who has no more.
fn without_power(mut principal: Principal) -> Principal {
    if let Principal::Key(key) = &mut principal {
        let owner = match &mut key.owner {
            Some(Owner::User(owner)) => owner.bindings.as_mut_slice(),
            Some(Owner::Unknown) | None => &mut [],
        };
        key.bindings.iter_mut().chain(owner).for_each(|binding| binding.role = Role::Viewer);
    }
    principal
}

/// A typed call of wasmtime itself, one number in and one out, on a live instance.
fn floor(criterion: &mut Criterion) {
    let engine = wasmtime::Engine::new(&Config::new()).unwrap();
    let text = r#"(component
        (core module $m (func (export "f") (param i32) (result i32) local.get 0))
        (core instance $i (instantiate $m))
        (func (export "f") (param "n" u32) (result u32) (canon lift (core func $i "f"))))"#;
    let component = Component::new(&engine, wat::parse_str(text).unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    let function = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "f").unwrap();
    criterion.bench_function("floor", |bench| bench.iter(|| function.call(&mut store, (black_box(1),)).unwrap()));
}

/// The time that each of two threads takes for this many rounds.
fn two_threads(rounds: u64, round: &(impl Fn(usize) + Sync)) -> std::time::Duration {
    let start = std::time::Instant::now();
    std::thread::scope(|threads| {
        for thread in 0..2 {
            threads.spawn(move || (0..rounds).for_each(|_| round(thread)));
        }
    });
    start.elapsed()
}

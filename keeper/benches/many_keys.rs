//! 100,000 keys in a database: how long until the first answer, and to list the 200 keys of one organization.
//!
//! `cargo bench -p clearance-keeper --bench many_keys`. Budgets: less than 3 s until the first answer, less than 20 ms for the list.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use clearance::{Document, PlaceId, PrincipalId};
use clearance_host::{Engine, LANGWATCH, Limits};
use clearance_keeper::Keeper;
use clearance_store::{Peppers, SqliteStore, Write};
use criterion::{Criterion, SamplingMode};
use serde_json::{Value, json};

/// How many keys each organization has.
const KEYS: usize = 200;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let organizations = if std::env::args().any(|argument| argument == "--bench") { 500 } else { 2 };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clearance.db");
    let document = Document::from_json(&company(organizations).to_string()).unwrap();
    drop(SqliteStore::create(&path, &document, peppers(), &Write::default()).unwrap());

    let mut group = criterion.benchmark_group(format!("{} keys", organizations * KEYS));
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.bench_function("start to the first answer", |bench| {
        bench.iter(|| {
            let keeper = open(&path);
            assert!(keeper.check(PrincipalId::Key("k0-4"), "traces:view", PlaceId::Project("p0")).unwrap().allow);
        });
    });
    let keeper = open(&path);
    for (name, actor) in [("an admin", "u0-0"), ("a member", "u0-1")] {
        let list = || {
            let records = keeper.list_keys(PrincipalId::User(black_box(actor)), "o0").unwrap();
            let views: Vec<_> = records.into_iter().map(|record| keeper.view(record).unwrap()).collect();
            (views.len(), serde_json::to_vec(&views).unwrap())
        };
        println!("{name} sees {} of {KEYS} keys", list().0);
        group.bench_function(format!("list of an organization, for {name}"), |bench| bench.iter(list));
    }
    group.finish();
    criterion.final_summary();
}

fn peppers() -> Peppers {
    Peppers::parse("a-pepper-for-a-benchmark", "the bench").unwrap()
}

fn open(path: &Path) -> Keeper {
    let store = SqliteStore::open(path, peppers()).unwrap();
    let policy = Engine::new(Limits::default()).unwrap().load(LANGWATCH).unwrap();
    Keeper::open(Arc::new(store), policy).unwrap()
}

/// Organizations with a team, a project, 20 people of whom one is an admin, and keys: every fourth a service key, every third restricted.
fn company(organizations: usize) -> Value {
    let (mut orgs, mut teams, mut projects, mut users) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut members, mut roles, mut keys, mut bindings) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for o in 0..organizations {
        let organization = format!("o{o}");
        orgs.push(json!({"id": organization}));
        teams.push(json!({"id": format!("t{o}"), "organization": organization}));
        projects.push(json!({"id": format!("p{o}"), "team": format!("t{o}")}));
        for u in 0..20 {
            let (user, role) = (format!("u{o}-{u}"), if u == 0 { "ADMIN" } else { "MEMBER" });
            users.push(json!({"id": user}));
            members.push(json!({"organization": organization, "user": user, "role": role}));
            bindings.push(json!({"id": format!("b{o}-{u}"), "organization": organization, "user": user, "role": role,
                "scope": {"organization": organization}}));
        }
        for k in 0..KEYS {
            let (key, restricted) = (format!("k{o}-{k}"), k % 3 == 0);
            let mut row = json!({"id": key, "organization": organization, "name": format!("key {k}"),
                "mode": if restricted { "restricted" } else { "all" }, "createdAt": "2026-01-01T00:00:00Z"});
            if k % 4 != 0 {
                row["owner"] = json!(format!("u{o}-{}", k % 20));
            }
            keys.push(row);
            let mut binding = json!({"id": format!("kb{o}-{k}"), "organization": organization, "key": key, "role": "VIEWER",
                "scope": {"project": format!("p{o}")}});
            if restricted {
                let role = format!("apikey:{key}");
                roles.push(json!({"id": role, "organization": organization, "kind": "key", "name": role,
                    "permissions": ["traces:view", "prompts:view", "prompts:create", "cost:view"]}));
                binding["role"] = json!("CUSTOM");
                binding["customRole"] = json!(role);
            }
            bindings.push(binding);
        }
    }
    json!({"organizations": orgs, "teams": teams, "projects": projects, "users": users, "members": members, "roles": roles,
        "keys": keys, "bindings": bindings})
}

//! Transcripts: what every language is asked, and what it must answer, in one file for all of them. `embed/transcripts/README.md` says
//! how they are read.
//!
//! The expected answers are those of the oracle and of the vectors where these say anything, and of the Rust authorizer for the rest.

mod bad_input;
mod hostile;
mod keys;
mod own_facts;
mod player;

use std::{env, fs, path::Path};

use clearance_committed as committed;
use clearance_directory::document::{Document, Scope};
use clearance_host::{LANGWATCH, STRICT};
use clearance_tests::{
    case::{Projects, World},
    evaluator::Component,
    oracle::{Catalog, Oracle},
    question::{Answer, Principal, Situation, Visible},
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use serde_json::{Value, json};

use self::player::Player;
use crate::random::document;

/// 2026-06-01T12:00:00Z
const NOW: u64 = 1_780_315_200_000;
/// A folder: the long transcripts are written there, for `cargo xtask everywhere`.
const OUT: &str = "CLEARANCE_TRANSCRIPTS_OUT";
/// How many random questions the long ones have.
const QUESTIONS: usize = 20_000;

fn company() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/company/directory.json")).expect("it is there")
}

/// What is no policy, or one that misbehaves, by the name of its file.
fn policies() -> Vec<(&'static str, Vec<u8>)> {
    let text = |text: &str| wat::parse_str(text).expect("it is WebAssembly text");
    vec![
        ("empty", Vec::new()),
        ("module", text("(module)")),
        ("cut", LANGWATCH[..1000].to_vec()),
        ("no-interfaces", text("(component)")),
        ("imports", text(r#"(component (import "clock" (func)))"#)),
        ("hostile", hostile::component()),
    ]
}

#[test]
fn committed_transcripts_are_what_rust_answers() {
    let policies = policies();
    for (name, component) in &policies {
        committed::check_bytes(&format!("embed/transcripts/policies/{name}.wasm"), component);
    }
    let transcript = |write: &dyn Fn(&mut Player)| {
        let mut player = Player::new(&policies);
        write(&mut player);
        player.finish()
    };
    let company_file = company();
    let document = serde_json::from_str(&company_file).expect("it is a directory file");
    committed::check("embed/transcripts/company.jsonl", &transcript(&|player| company_steps(player, &company_file, &document)));
    committed::check("embed/transcripts/bad-texts.jsonl", &transcript(&|player| bad_input::texts(player, &company_file)));
    committed::check("embed/transcripts/bad-policies.jsonl", &transcript(&|player| bad_input::policies(player, &company_file)));
    committed::check("embed/transcripts/keys.jsonl", &transcript(&|player| keys::steps(player, &company_file)));
    let version = Component::get().version();
    committed::check("embed/transcripts/facts.jsonl", &transcript(&|player| own_facts::steps(player, &version)));
    committed::check("embed/transcripts/changes.jsonl", &transcript(&|player| changes(player, 2, 12)));
    committed::check("embed/transcripts/swaps.jsonl", &transcript(&|player| swaps(player, 1, 4)));
}

/// Writes all vectors, random questions, changes and swaps. `cargo xtask everywhere` runs it.
#[test]
#[ignore = "it is long, and writes into a folder that `cargo xtask everywhere` names"]
fn long_transcripts() {
    let out = env::var_os(OUT).unwrap_or_else(|| panic!("{OUT} names no folder"));
    let write = |name: &str, steps: &dyn Fn(&mut Player)| {
        let mut player = Player::new(&[]);
        steps(&mut player);
        fs::write(Path::new(&out).join(name), player.finish()).expect("the folder is there");
    };
    write("scenarios.jsonl", &|player| vectors(player, "vectors/scenarios"));
    write("random-vectors.jsonl", &|player| vectors(player, "vectors/random"));
    write("oracle.jsonl", &|player| random_questions(player, QUESTIONS));
    write("many-changes.jsonl", &|player| changes(player, 20, 40));
    write("many-swaps.jsonl", &|player| swaps(player, 5, 10));
}

/// Every request, about the example company.
fn company_steps(player: &mut Player, file: &str, document: &Document) {
    player.answered(json!({"load": {"text": file}}));
    for request in ["words", "describe", "document"] {
        player.answered(json!({"ask": {request: {}}, "now": NOW}));
    }
    let oracle = Oracle::new(document);
    let organization = &document.organizations[0].id;
    for principal in principals(document) {
        for (index, at) in document::places(document, organization).into_iter().enumerate() {
            let situation = Situation { principal: principal.clone(), at, now: NOW };
            for permission in ["traces:view", "prompts:manage", "organization:manage"] {
                check(player, &oracle, &situation, permission, LANGWATCH);
            }
            // One of each kind is enough of these, which are long.
            if index < 3 {
                let question = question(&situation, Some("traces:manage"));
                for request in ["explain", "repair", "capsule"] {
                    player.answered(json!({"ask": {request: question.clone()}, "now": NOW}));
                }
                effective(player, &oracle, &situation);
            }
        }
    }
    for key in &document.keys {
        let visible = player.answered(json!({"ask": {"visibleProjects": {"key": key.id}}, "now": NOW}));
        assert_eq!(visible, shown(&oracle.visible_projects(&key.id, NOW)));
    }
    let many: Vec<Value> = principals(document)
        .into_iter()
        .map(|principal| {
            question(&Situation { principal, at: Scope::Organization(organization.clone()), now: NOW }, Some("traces:view"))
        })
        .collect();
    player.answered(json!({"ask": {"checkMany": {"questions": many}}, "now": NOW}));
}

/// All questions of a folder of vectors.
fn vectors(player: &mut Player, folder: &str) {
    for world in World::read_all(folder) {
        load(player, &world.document);
        let oracle = Oracle::new(&world.document);
        for (source, case) in &world.decisions {
            let answer = check(player, &oracle, &case.situation(), &case.permission, LANGWATCH);
            assert_eq!(answer.allow, case.allow, "{source}");
            assert!(case.reason.as_deref().is_none_or(|reason| reason == answer.reason.as_str()), "{source}");
        }
        for (source, case) in &world.effective {
            assert_eq!(effective(player, &oracle, &case.situation()), case.permissions, "{source}");
        }
        for (source, case) in &world.projects {
            let now = clearance_tests::case::NOW;
            let visible = player.answered(json!({"ask": {"visibleProjects": {"key": case.key}}, "now": now}));
            let wanted = match &case.projects {
                Projects::All(_) => json!({"all": true}),
                Projects::These(ids) => {
                    let mut ids = ids.clone();
                    ids.sort();
                    json!({"projects": ids})
                }
            };
            assert_eq!(visible, wanted, "{source}");
        }
    }
}

/// Random questions about random documents, as the oracle answers them.
fn random_questions(player: &mut Player, count: usize) {
    const A_DOCUMENT: usize = 50;
    let catalog = Catalog::read();
    let mut runner = TestRunner::deterministic();
    for _ in 0..count / A_DOCUMENT {
        let document = drawn(&document::document(), &mut runner);
        load(player, &document);
        let oracle = Oracle::new(&document);
        for _ in 0..A_DOCUMENT {
            let situation = drawn(&document::situation(), &mut runner);
            let permission = drawn(&document::permission(catalog.permissions()), &mut runner);
            check(player, &oracle, &situation, &permission, LANGWATCH);
        }
        effective(player, &oracle, &drawn(&document::situation(), &mut runner));
    }
}

/// Changes one by one, with the same questions after each: what is kept of an answer must not outlive it.
fn changes(player: &mut Player, documents: usize, count: usize) {
    let catalog = Catalog::read();
    let mut runner = TestRunner::deterministic();
    for _ in 0..documents {
        load(player, &drawn(&document::document(), &mut runner));
        let asked: Vec<_> = (0..6)
            .map(|_| {
                (drawn(&document::situation(), &mut runner), drawn(&document::permission(catalog.permissions()), &mut runner))
            })
            .collect();
        for round in 0..count {
            let change = change(round, &mut runner);
            // It may be refused, which changes nothing.
            _ = player.record(json!({"apply": [change]}));
            let now = player.perform_quietly(&json!({"ask": {"document": {}}}));
            let now: Document = serde_json::from_value(now).expect("it is a document");
            let oracle = Oracle::new(&now);
            for (situation, permission) in &asked {
                check(player, &oracle, situation, permission, LANGWATCH);
            }
        }
    }
}

/// A change of what questions are about.
fn change(round: usize, runner: &mut TestRunner) -> Value {
    let mut binding = drawn(&document::binding(), runner);
    binding.id = format!("new{round}").into();
    let user = json!(format!("u{}", round % 4));
    let key = json!(format!("k{}", round % 4));
    match round % 8 {
        0 | 4 => json!({"addBinding": binding}),
        1 => json!({"deactivateUser": {"user": user, "at": "2026-05-01T00:00:00Z"}}),
        2 => json!({"editUser": {"id": user}}),
        3 => json!({"removeBinding": format!("b{}", round % 5 + 1)}),
        5 => json!({"archiveProject": {"project": format!("p{}", round % 5), "at": "2026-05-01T00:00:00Z"}}),
        6 => json!({"revokeKey": {"key": key, "at": "2026-05-01T00:00:00Z"}}),
        _ => json!({"editMember": {"organization": "o0", "user": user, "role": "ADMIN"}}),
    }
}

/// One policy in the place of another, and one beside another.
fn swaps(player: &mut Player, documents: usize, rounds: usize) {
    let catalog = Catalog::read();
    let mut runner = TestRunner::deterministic();
    for _ in 0..documents {
        let document = drawn(&document::document(), &mut runner);
        load(player, &document);
        let (default, strict) = (Oracle::new(&document), Oracle::strict(&document));
        let mut ask = |player: &mut Player, oracle: &Oracle<'_>, policy: &[u8], only: Option<&str>| {
            for _ in 0..10 {
                let situation = drawn(&document::situation(), &mut runner);
                let permission = drawn(&document::permission(catalog.permissions()), &mut runner);
                if only.is_none_or(|organization| situation.at == Scope::Organization(organization.into())) {
                    check(player, oracle, &situation, &permission, policy);
                }
            }
        };
        for _ in 0..rounds {
            player.answered(json!({"swap": "strict"}));
            ask(player, &strict, STRICT, None);
            player.answered(json!({"pin": {"organization": "o0", "policy": "langwatch"}}));
            ask(player, &default, LANGWATCH, Some("o0"));
            player.answered(json!({"unpin": "o0"}));
            ask(player, &strict, STRICT, None);
            player.answered(json!({"swap": "langwatch"}));
            ask(player, &default, LANGWATCH, None);
        }
    }
}

fn load(player: &mut Player, document: &Document) {
    player.answered(json!({"load": {"text": serde_json::to_string(document).expect("it is JSON")}}));
}

/// A decision, as the oracle makes it.
fn check(player: &mut Player, oracle: &Oracle<'_>, situation: &Situation, permission: &str, policy: &[u8]) -> Answer {
    let answer = oracle.decide(situation, permission);
    let mut wanted = json!({
        "allow": answer.allow, "reason": answer.reason.as_str(), "policy": clearance::Digest::of(policy).to_string(),
    });
    if let Some(binding) = &answer.binding {
        wanted["binding"] = json!(binding);
    }
    player.answers(json!({"ask": {"check": question(situation, Some(permission))}, "now": situation.now}), &wanted);
    answer
}

/// All that a principal may do, of which the names are those of the oracle.
fn effective(player: &mut Player, oracle: &Oracle<'_>, situation: &Situation) -> Vec<String> {
    let answer = player.answered(json!({"ask": {"effective": question(situation, None)}, "now": situation.now}));
    let wanted = oracle.effective(situation).permissions;
    assert_eq!(answer["permissions"], json!(wanted), "{situation}");
    wanted
}

fn question(situation: &Situation, permission: Option<&str>) -> Value {
    let (kind, id) = match &situation.principal {
        Principal::User(id) => ("user", id),
        Principal::Key(id) => ("key", id),
        Principal::ProjectKey(id) => ("projectKey", id),
    };
    let mut question = json!({kind: id, "at": situation.at});
    if let Some(permission) = permission {
        question["permission"] = json!(permission);
    }
    question
}

fn shown(visible: &Visible) -> Value {
    match visible {
        Visible::All => json!({"all": true}),
        Visible::These(ids) => json!({"projects": ids}),
    }
}

fn principals(document: &Document) -> Vec<Principal> {
    let users = document.users.iter().map(|user| Principal::User(user.id.to_string()));
    let keys = document.keys.iter().map(|key| Principal::Key(key.id.to_string()));
    let with_key = document.projects.iter().filter(|project| project.project_key.is_some());
    users.chain(keys).chain(with_key.map(|project| Principal::ProjectKey(project.id.to_string()))).collect()
}

/// One value of a strategy: the same on every run.
fn drawn<S: Strategy>(strategy: &S, runner: &mut TestRunner) -> S::Value {
    strategy.new_tree(runner).expect("it draws one").current()
}

//! Bytes in layouts of the project's own: questions, answers, capsules, tokens.

use clearance::{
    Authorizer, Capsule, Digest, Directory,
    PlaceId::{Organization, Project},
    PrincipalId::{Key, User},
};
use clearance_directory::document::{Document, Scope};
use clearance_host::{Engine, LANGWATCH, Limits};
use clearance_policy::{
    langwatch::CATALOG,
    rules,
    types::{
        Decision, Description, EffectiveSet, Explanation, Facts, PermissionSet, Selection,
        lifecycle::{KeyAnswer, Refusal},
        repair::RepairAnswer,
    },
    wire::{self, Words},
};
use clearance_store::{Token, inspect, scan};

use super::file;
use crate::{
    case::NOW,
    evaluator::Native,
    gathered::Loaded,
    question::{Principal, Situation},
};

/// Answers every question with an answer that can be read, or says that it is none.
pub(super) fn question(bytes: &[u8]) {
    let decision = rules::decide_words(&CATALOG, bytes);
    assert!(wire::decision_from_word(decision).is_some(), "a decision is none: {decision:x}");
    // This many facts take long, and not by a mistake.
    if bytes.len() <= 1 << 16 {
        let answer = rules::call(&CATALOG, bytes);
        assert!(answer.len() >= 8 && answer.len().is_multiple_of(8), "an answer of {} bytes", answer.len());
    }
}

/// Facts of the example company.
fn facts() -> Vec<Facts> {
    let text = String::from_utf8(file("examples/company/directory.json")).expect("it is text");
    let loaded = Loaded::new(&Native, &Document::from_json(&text).expect("it is a document"));
    let key = |id: &str| Principal::Key(id.into());
    let asked = [
        (key("ci"), Scope::Project("shop".into())),
        (key("ingest"), Scope::Project("shop".into())),
        (key("labels"), Scope::Project("lake".into())),
        (Principal::User("ben".into()), Scope::Team("web".into())),
        (Principal::ProjectKey("shop".into()), Scope::Project("shop".into())),
        (key("nobody"), Scope::Organization("acme".into())),
    ];
    asked.into_iter().map(|(principal, at)| loaded.facts(&Situation { principal, at, now: NOW }).facts).collect()
}

/// Questions about these facts.
pub(super) fn questions() -> Vec<Vec<u8>> {
    let facts = facts();
    let mut seeds = Vec::new();
    for facts in &facts {
        let mut one = |put: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = Vec::new();
            put(&mut bytes);
            seeds.push(bytes);
        };
        one(&|out| wire::put_decide(1, facts, out));
        one(&|out| wire::put_effective(facts, out));
        one(&|out| wire::put_explain(2, facts, out));
    }
    let mut bytes = Vec::new();
    wire::put_effective_many(&facts, &mut bytes);
    seeds.push(bytes);
    let mut bytes = Vec::new();
    wire::put_compile(&["traces:view", "prompts:manage", ":", ""], &mut bytes);
    seeds.push(bytes);
    seeds
}

/// Reads an answer as each kind of answer there is; one that is read is written with the same bytes.
pub(super) fn answer(bytes: &[u8]) {
    fn same<T: Words>(bytes: &[u8]) {
        if let Ok(value) = wire::answer::<T>(bytes) {
            let mut written = bytes[..8].to_vec();
            value.put(&mut written);
            assert_eq!(written, bytes, "a value has two encodings");
        }
    }
    same::<Description>(bytes);
    same::<PermissionSet>(bytes);
    same::<Result<Vec<String>, u32>>(bytes);
    same::<Vec<Selection>>(bytes);
    same::<EffectiveSet>(bytes);
    same::<Explanation>(bytes);
    same::<Vec<Decision>>(bytes);
    same::<Vec<PermissionSet>>(bytes);
    same::<Result<KeyAnswer, Refusal>>(bytes);
    same::<RepairAnswer>(bytes);
}

/// What the rules answer to the questions.
pub(super) fn answers() -> Vec<Vec<u8>> {
    questions().iter().map(|question| rules::call(&CATALOG, question)).collect()
}

/// Reads a capsule, also one whose sum is made right, so that what is behind it is read too. One that is read is written with the same
/// bytes.
pub(super) fn capsule(bytes: &[u8]) {
    const SUM: usize = 32;
    let mut summed = bytes.to_vec();
    if let Some(length) = bytes.len().checked_sub(SUM) {
        let sum = Digest::of(&bytes[..length]);
        summed[length..].copy_from_slice(sum.as_bytes());
    }
    for bytes in [bytes, &summed] {
        if let Ok(capsule) = Capsule::from_bytes(bytes) {
            assert_eq!(capsule.to_bytes(), bytes, "a capsule is written otherwise");
            // Whatever they say, they can be shown.
            let _ = (capsule.principal(), capsule.place(), capsule.permission().len(), format!("{:?}", capsule.explanation()));
        }
    }
}

/// Capsules of the example company.
pub(super) fn capsules() -> Vec<Vec<u8>> {
    let directory = Directory::from_json(&String::from_utf8_lossy(&file("examples/company/directory.json"))).expect("it loads");
    let engine = Engine::new(Limits::default()).expect("the default limits will do");
    let authorizer =
        Authorizer::new(engine.load(LANGWATCH).expect("the default policy loads"), directory).expect("its roles compile");
    let questions = [
        (Key("ci"), "prompts:view", Project("shop")),
        (User("ben"), "traces:create", Project("blog")),
        (User("ana"), "organization:manage", Organization("acme")),
        (Key("nobody"), "traces:view", Project("nowhere")),
    ];
    let capsule = |(principal, permission, place)| authorizer.view().capsule(principal, permission, place);
    questions.into_iter().map(|question| capsule(question).expect("the default policy answers").to_bytes()).collect()
}

/// Looks at a text as a token, and for tokens in it. What is found is one.
pub(super) fn token(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let token = Token::new(&*text);
    let inspection = inspect(&text);
    assert_eq!(token.kind(), inspection.kind);
    if inspection.malformed.is_none() {
        assert!(token.split().is_some(), "a well-formed token has two halves");
        assert_eq!(scan(text.as_bytes()).count(), 1, "a well-formed token is found");
    }
    let mut last = (0, 0);
    for found in scan(bytes) {
        assert!((found.line, found.column) > last && found.line > 0 && found.column > 0, "tokens are found in their order");
        last = (found.line, found.column);
    }
}

/// Tokens as LangWatch reads them, and texts with tokens in them.
pub(super) fn tokens() -> Vec<Vec<u8>> {
    let lines = String::from_utf8(file("tests/vectors/tokens.jsonl")).expect("it is text");
    let mut seeds: Vec<Vec<u8>> = lines.lines().step_by(lines.lines().count() / 100 + 1).map(|line| line.into()).collect();
    let minted = |prefix: &str| format!("{prefix}{}_{}", "a1B2".repeat(4), "c3D4".repeat(12)).into_bytes();
    seeds.extend(["sk-lw-", "ik-lw-", "pat-lw-", "op-cl-"].map(minted));
    seeds.push(b"A=1\nurl=https%3D".iter().copied().chain(minted("sk-lw-")).chain(*b"\n").collect());
    seeds
}

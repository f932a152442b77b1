//! `docs/wire/vectors.jsonl`: questions and answers as bytes, for those who write a host from scratch.

use clearance_committed as committed;
use clearance_policy::{
    types::{Facts, Level, Question, Selection},
    wire::{
        put_compile, put_decide, put_decide_many, put_describe, put_effective, put_effective_many, put_explain,
        put_permissions_to_selections, put_selections_to_permissions,
    },
};
use clearance_tests::{case::World, evaluator::Component, gathered::Loaded};
use serde_json::json;

/// How many worlds of the random vectors are asked about: with two organizations, groups, custom roles and much that is odd.
const WORLDS: usize = 6;
/// How many decisions of each.
const DECISIONS: usize = 12;

#[test]
fn bytes_are_answered_with_bytes() {
    let component = Component::get();
    let version = component.version();
    let mut lines = Vec::new();
    let mut line = |about: &str, function: &str, question: &[u8], answer: &[u8]| {
        let line = json!({"about": about, "function": function, "question": hex(question), "answer": hex(answer)});
        lines.push(format!("{line}\n"));
    };
    let decide = |question: &[u8]| {
        let mut answer = 0;
        let taken = version.guest().decide(question, &mut |word| {
            answer = word;
            true
        });
        taken.expect("the policy answers");
        answer.to_le_bytes()
    };
    let call = |question: &[u8]| {
        let mut answer = Vec::new();
        let taken = version.guest().call(question, &mut |bytes| {
            answer = bytes.to_vec();
            true
        });
        taken.expect("the policy answers");
        answer
    };
    let asked = |put: &dyn Fn(&mut Vec<u8>)| {
        let mut question = Vec::new();
        put(&mut question);
        question
    };

    let mut all_facts: Vec<Facts> = Vec::new();
    for (number, world) in World::read_all("vectors/random").iter().take(WORLDS).enumerate() {
        let loaded = Loaded::new(component, &world.document);
        for (_, case) in world.decisions.iter().take(DECISIONS) {
            let facts = loaded.facts(&case.situation()).facts;
            let permission = version.permission(&case.permission).unwrap_or(u32::MAX);
            let about = format!("world {number}: {} for {}", case.permission, case.situation());
            let question = asked(&|out| put_decide(permission, &facts, out));
            line(&about, "decide", &question, &decide(&question));
            let question = asked(&|out| put_explain(permission, &facts, out));
            line(&about, "call", &question, &call(&question));
            all_facts.push(facts);
        }
        let facts = all_facts.last().expect("a world has decisions").clone();
        let question = asked(&|out| put_effective(&facts, out));
        line(&format!("world {number}: effective"), "call", &question, &call(&question));
    }
    let few = &all_facts[..3];
    let each = [0, 1, 2, 0].map(|facts| Question { facts, permission: facts * 7 });
    let trace = Selection { category: "traces".into(), level: Level::Read };
    for (about, question) in [
        ("describe", asked(&put_describe)),
        ("compile", asked(&|out| put_compile(&["traces:manage", "traces:view", "", "spaceships:view"], out))),
        ("selections-to-permissions", asked(&|out| put_selections_to_permissions(std::slice::from_ref(&trace), out))),
        ("permissions-to-selections", asked(&|out| put_permissions_to_selections(&["traces:view"], out))),
        ("decide-many", asked(&|out| put_decide_many(few, &each, out))),
        ("effective-many", asked(&|out| put_effective_many(few, out))),
        ("a question that does not exist", 99_u64.to_le_bytes().to_vec()),
        ("no question", Vec::new()),
        ("three bytes", vec![1, 2, 3]),
    ] {
        line(about, "call", &question, &call(&question));
    }
    line("no question", "decide", &[], &decide(&[]));
    committed::check("docs/wire/vectors.jsonl", &lines.concat());
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

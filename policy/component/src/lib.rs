//! The policy component: bindings around `clearance_policy::rules`, and nothing else.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

mod arena;
mod bindings;

use alloc::{string::String, vec::Vec};

use bindings::exports::clearance::policy::{catalog, evaluation, lifecycle, wire};
use clearance_policy::{
    langwatch::CATALOG,
    rules,
    types::lifecycle::{KeyAnswer, KeyQuestion, Refusal},
    types::{Decision, Description, EffectiveSet, Explanation, Facts, PermissionSet, Question, Selection},
};

struct Policy;

impl catalog::Guest for Policy {
    fn describe() -> Description {
        CATALOG.describe()
    }
    fn compile(names: Vec<String>) -> PermissionSet {
        CATALOG.compile(&names)
    }
    fn selections_to_permissions(selections: Vec<Selection>) -> Result<Vec<String>, u32> {
        CATALOG.selections_to_permissions(&selections)
    }
    fn permissions_to_selections(names: Vec<String>) -> Vec<Selection> {
        CATALOG.permissions_to_selections(&names)
    }
}

impl evaluation::Guest for Policy {
    fn decide(facts: Facts, permission: u32) -> Decision {
        rules::decide(&CATALOG, &facts, permission)
    }
    fn effective(facts: Facts) -> EffectiveSet {
        rules::effective(&CATALOG, &facts)
    }
    fn explain(facts: Facts, permission: u32) -> Explanation {
        rules::explain(&CATALOG, &facts, permission)
    }
    fn decide_many(facts: Vec<Facts>, questions: Vec<Question>) -> Vec<Decision> {
        rules::decide_many(&CATALOG, &facts, &questions)
    }
    fn effective_many(facts: Vec<Facts>) -> Vec<PermissionSet> {
        rules::effective_many(&CATALOG, &facts)
    }
}

impl lifecycle::Guest for Policy {
    fn ask(facts: Facts, question: KeyQuestion) -> Result<KeyAnswer, Refusal> {
        rules::lifecycle::ask(&CATALOG, &facts, &question)
    }
}

impl wire::Guest for Policy {
    fn decide(question: Vec<u8>) -> u64 {
        rules::decide_words(&CATALOG, &question)
    }
    fn call(question: Vec<u8>) -> Vec<u8> {
        rules::call(&CATALOG, &question)
    }
}

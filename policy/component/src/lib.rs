//! The policy component: bindings around `clearance_policy::rules`, and nothing else. It is built without a catalog, and is a policy
//! when one was put in.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

mod arena;
mod bindings;
mod catalog;

use alloc::{string::String, vec::Vec};

use bindings::exports::clearance::policy::{catalog as names, evaluation, lifecycle, repair, wire};
use clearance_policy::{rules, types::lifecycle::*, types::repair::*, types::*};

struct Policy;

impl names::Guest for Policy {
    fn describe() -> Description {
        catalog::get().describe()
    }
    fn compile(names: Vec<String>) -> PermissionSet {
        catalog::get().compile(&names)
    }
    fn selections_to_permissions(selections: Vec<Selection>) -> Result<Vec<String>, u32> {
        catalog::get().selections_to_permissions(&selections)
    }
    fn permissions_to_selections(names: Vec<String>) -> Vec<Selection> {
        catalog::get().permissions_to_selections(&names)
    }
}

impl evaluation::Guest for Policy {
    fn decide(facts: Facts, permission: u32) -> Decision {
        rules::decide(catalog::get(), &facts, permission)
    }
    fn effective(facts: Facts) -> EffectiveSet {
        rules::effective(catalog::get(), &facts)
    }
    fn explain(facts: Facts, permission: u32) -> Explanation {
        rules::explain(catalog::get(), &facts, permission)
    }
    fn decide_many(facts: Vec<Facts>, questions: Vec<Question>) -> Vec<Decision> {
        rules::decide_many(catalog::get(), &facts, &questions)
    }
    fn effective_many(facts: Vec<Facts>) -> Vec<PermissionSet> {
        rules::effective_many(catalog::get(), &facts)
    }
}

impl lifecycle::Guest for Policy {
    fn ask(facts: Facts, question: KeyQuestion) -> Result<KeyAnswer, Refusal> {
        rules::lifecycle::ask(catalog::get(), &facts, &question)
    }
}

impl repair::Guest for Policy {
    fn repair(facts: Facts, question: RepairQuestion) -> RepairAnswer {
        rules::repair::repair(catalog::get(), facts, &question)
    }
}

impl wire::Guest for Policy {
    fn decide(question: Vec<u8>) -> u64 {
        rules::decide_words(catalog::get(), &question)
    }
    fn call(question: Vec<u8>) -> Vec<u8> {
        rules::call(catalog::get(), &question)
    }
}

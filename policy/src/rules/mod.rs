//! The rules: what a principal may do at a place.
//!
//! Each function is pure and total. They all rest on one walk, `answer` in `decision.rs`, so that they cannot disagree.

mod call;
mod chain;
mod decision;
mod effective;
mod explanation;
pub mod lifecycle;
mod malformed;
pub mod repair;
mod role;

pub use call::{call, decide_words};
pub use decision::decide;
pub use effective::{effective, effective_many};
pub use explanation::explain;

use alloc::vec::Vec;

use crate::{
    catalog::Catalog,
    types::{Decision, Facts, Question, Reason},
};

/// Answers many questions, in their order.
#[must_use]
pub fn decide_many(catalog: &Catalog, facts: &[Facts], questions: &[Question]) -> Vec<Decision> {
    let answer = |question: &Question| match usize::try_from(question.facts).ok().and_then(|index| facts.get(index)) {
        Some(facts) => decide(catalog, facts, question.permission),
        None => deny(Reason::BadFacts),
    };
    questions.iter().map(answer).collect()
}

/// A decision to deny.
const fn deny(reason: Reason) -> Decision {
    Decision { allow: false, reason, binding: None }
}

/// A decision to allow that no binding made.
const fn allow(reason: Reason) -> Decision {
    Decision { allow: true, reason, binding: None }
}

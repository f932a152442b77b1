//! Decisions about many questions at once.

use alloc::vec::Vec;

use super::{decision::decide, without_binding::deny};
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

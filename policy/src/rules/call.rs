//! The interface `wire`: questions as bytes.

use alloc::vec::Vec;

use super::{
    decision::decide,
    effective::{effective, effective_many},
    explanation::explain,
    lifecycle, repair,
    several::decide_many,
    without_binding::deny,
};
use crate::{
    catalog::Catalog,
    types::Reason,
    wire::{self, BAD_FACTS, Often, Seldom, Words},
};

/// `wire.decide`: answers one question with the word of its decision.
#[must_use]
pub fn decide_words(catalog: &Catalog, question: &[u8]) -> u64 {
    wire::decision_to_word(match wire::take_decide(question) {
        Some((permission, facts)) => decide(catalog, &facts, permission),
        None => deny(Reason::BadFacts),
    })
}

/// `wire.call`: answers every other question.
#[inline]
#[must_use]
pub fn call(catalog: &Catalog, question: &[u8]) -> Vec<u8> {
    match often(catalog, question).or_else(|| seldom(catalog, question)) {
        Some(answer) => answer,
        None => BAD_FACTS.to_le_bytes().to_vec(),
    }
}

/// Questions that are asked while someone waits for a decision.
#[inline(never)]
fn often(catalog: &Catalog, question: &[u8]) -> Option<Vec<u8>> {
    Some(match wire::take_often(question)? {
        Often::Effective(facts) => answer(&effective(catalog, &facts)),
        Often::Compile(names) => answer(&catalog.compile(&names)),
        Often::DecideMany(facts, questions) => answer(&decide_many(catalog, &facts, &questions)),
        Often::EffectiveMany(facts) => answer(&effective_many(catalog, &facts)),
    })
}

/// All others. Built for size where the glue calls it, as all that it uses and is marked `#[inline]`.
#[inline]
fn seldom(catalog: &Catalog, question: &[u8]) -> Option<Vec<u8>> {
    Some(match wire::take_seldom(question)? {
        Seldom::Describe => answer(&catalog.describe()),
        Seldom::SelectionsToPermissions(selections) => answer(&catalog.selections_to_permissions(&selections)),
        Seldom::PermissionsToSelections(names) => answer(&catalog.permissions_to_selections(&names)),
        Seldom::Explain(permission, facts) => answer(&explain(catalog, &facts, permission)),
        Seldom::Repair(facts, question) => answer(&repair::repair(catalog, facts, &question)),
        Seldom::Ask(facts, question) => answer(&lifecycle::ask(catalog, &facts, &question)),
    })
}

#[inline]
fn answer(value: &impl Words) -> Vec<u8> {
    let mut out = Vec::new();
    wire::put_answer(value, &mut out);
    out
}

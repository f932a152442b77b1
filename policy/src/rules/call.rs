//! The interface `wire`: questions as bytes.

use alloc::vec::Vec;

use super::{decide, decide_many, deny, effective, effective_many, explain};
use crate::{
    catalog::Catalog,
    types::Reason,
    wire::{self, BAD_FACTS, Call, Words},
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
#[must_use]
pub fn call(catalog: &Catalog, question: &[u8]) -> Vec<u8> {
    let answer = |value: &dyn Answer| {
        let mut out = Vec::new();
        value.put(&mut out);
        out
    };
    match wire::take_call(question) {
        None => BAD_FACTS.to_le_bytes().to_vec(),
        Some(Call::Describe) => answer(&catalog.describe()),
        Some(Call::Compile(names)) => answer(&catalog.compile(&names)),
        Some(Call::SelectionsToPermissions(selections)) => answer(&catalog.selections_to_permissions(&selections)),
        Some(Call::PermissionsToSelections(names)) => answer(&catalog.permissions_to_selections(&names)),
        Some(Call::Effective(facts)) => answer(&effective(catalog, &facts)),
        Some(Call::Explain(permission, facts)) => answer(&explain(catalog, &facts, permission)),
        Some(Call::DecideMany(facts, questions)) => answer(&decide_many(catalog, &facts, &questions)),
        Some(Call::EffectiveMany(facts)) => answer(&effective_many(catalog, &facts)),
    }
}

/// A value that can be an answer.
trait Answer {
    fn put(&self, out: &mut Vec<u8>);
}

impl<T: Words> Answer for T {
    fn put(&self, out: &mut Vec<u8>) {
        wire::put_answer(self, out);
    }
}

//! Questions as words.

use alloc::vec::Vec;

use super::words::{Case, Reader, Words, put_len, put_list, put_str, put_strs, put_word};
use crate::types::{Facts, Level, Question, Selection, lifecycle::KeyQuestion, repair::RepairQuestion};

const DESCRIBE: u64 = 1;
const COMPILE: u64 = 2;
const SELECTIONS_TO_PERMISSIONS: u64 = 3;
const PERMISSIONS_TO_SELECTIONS: u64 = 4;
const EFFECTIVE: u64 = 5;
const EXPLAIN: u64 = 6;
const DECIDE_MANY: u64 = 7;
const EFFECTIVE_MANY: u64 = 8;
const ASK: u64 = 9;
const REPAIR: u64 = 10;

/// Appends the question of `wire.decide`.
pub fn put_decide(permission: u32, facts: &Facts, out: &mut Vec<u8>) {
    permission.put(out);
    facts.put(out);
}

/// Appends `describe` for `wire.call`.
pub fn put_describe(out: &mut Vec<u8>) {
    put_word(DESCRIBE, out);
}

/// Appends `compile` for `wire.call`.
pub fn put_compile(names: &[impl AsRef<str>], out: &mut Vec<u8>) {
    put_word(COMPILE, out);
    put_strs(names, out);
}

/// Appends `selections-to-permissions` for `wire.call`.
pub fn put_selections_to_permissions(selections: &[Selection], out: &mut Vec<u8>) {
    put_word(SELECTIONS_TO_PERMISSIONS, out);
    put_list(selections, out);
}

/// Appends `permissions-to-selections` for `wire.call`.
pub fn put_permissions_to_selections(names: &[impl AsRef<str>], out: &mut Vec<u8>) {
    put_word(PERMISSIONS_TO_SELECTIONS, out);
    put_strs(names, out);
}

/// Appends `effective` for `wire.call`.
pub fn put_effective(facts: &Facts, out: &mut Vec<u8>) {
    put_word(EFFECTIVE, out);
    facts.put(out);
}

/// Appends `explain` for `wire.call`.
pub fn put_explain(permission: u32, facts: &Facts, out: &mut Vec<u8>) {
    put_word(EXPLAIN, out);
    permission.put(out);
    facts.put(out);
}

/// Appends `decide-many` for `wire.call`.
pub fn put_decide_many(facts: &[Facts], questions: &[Question], out: &mut Vec<u8>) {
    put_word(DECIDE_MANY, out);
    put_len(facts.len(), out);
    put_len(questions.len(), out);
    facts.iter().for_each(|facts| facts.put(out));
    questions.iter().for_each(|question| question.put(out));
}

/// Appends `effective-many` for `wire.call`.
pub fn put_effective_many(facts: &[Facts], out: &mut Vec<u8>) {
    put_word(EFFECTIVE_MANY, out);
    put_list(facts, out);
}

/// Appends `ask` for `wire.call`.
pub fn put_ask(facts: &Facts, question: &KeyQuestion, out: &mut Vec<u8>) {
    put_word(ASK, out);
    facts.put(out);
    question.put(out);
}

/// Appends `repair` for `wire.call`.
pub fn put_repair(facts: &Facts, question: &RepairQuestion, out: &mut Vec<u8>) {
    put_word(REPAIR, out);
    facts.put(out);
    question.put(out);
}

impl Words for Question {
    const MIN_WORDS: usize = 1;

    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        put_word(u64::from(self.facts) | u64::from(self.permission) << 32, out);
    }

    #[inline]
    fn take(input: &mut Reader<'_>) -> Option<Self> {
        let word = input.word()?;
        Some(Self { facts: (word & 0xffff_ffff).try_into().ok()?, permission: (word >> 32).try_into().ok()? })
    }
}

impl Words for Selection {
    const MIN_WORDS: usize = 2;

    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        put_str(&self.category, out);
        put_word(self.level.number(), out);
    }

    #[inline]
    fn take(input: &mut Reader<'_>) -> Option<Self> {
        Some(Self { category: Words::take(input)?, level: Level::from_number(input.word()?)? })
    }
}

#[cfg(feature = "rules")]
mod read {
    use alloc::string::String;

    use super::*;

    /// A question to `wire.call` that is asked while someone waits for a decision.
    pub(crate) enum Often {
        Compile(Vec<String>),
        Effective(Facts),
        DecideMany(Vec<Facts>, Vec<Question>),
        EffectiveMany(Vec<Facts>),
    }

    /// Any other question to `wire.call`.
    pub(crate) enum Seldom {
        Describe,
        SelectionsToPermissions(Vec<Selection>),
        PermissionsToSelections(Vec<String>),
        Explain(u32, Facts),
        Ask(Facts, KeyQuestion),
        Repair(Facts, RepairQuestion),
    }

    /// Reads a question that is asked often.
    pub(crate) fn take_often(message: &[u8]) -> Option<Often> {
        let mut input = Reader::new(message);
        let call = match input.word()? {
            COMPILE => Often::Compile(Words::take(&mut input)?),
            EFFECTIVE => Often::Effective(Words::take(&mut input)?),
            DECIDE_MANY => {
                let (facts, questions) = (input.word()?, input.word()?);
                Often::DecideMany(input.items(facts)?, input.items(questions)?)
            }
            EFFECTIVE_MANY => Often::EffectiveMany(Words::take(&mut input)?),
            _ => return None,
        };
        input.at_end().then_some(call)
    }

    /// Reads a question that is asked seldom.
    #[inline]
    pub(crate) fn take_seldom(message: &[u8]) -> Option<Seldom> {
        let mut input = Reader::new(message);
        let call = match input.word()? {
            DESCRIBE => Seldom::Describe,
            SELECTIONS_TO_PERMISSIONS => Seldom::SelectionsToPermissions(Words::take(&mut input)?),
            PERMISSIONS_TO_SELECTIONS => Seldom::PermissionsToSelections(Words::take(&mut input)?),
            EXPLAIN => Seldom::Explain(Words::take(&mut input)?, Words::take(&mut input)?),
            ASK => Seldom::Ask(Words::take(&mut input)?, Words::take(&mut input)?),
            REPAIR => Seldom::Repair(Words::take(&mut input)?, Words::take(&mut input)?),
            _ => return None,
        };
        input.at_end().then_some(call)
    }

    /// Reads a question to `wire.decide`.
    #[inline]
    pub(crate) fn take_decide(message: &[u8]) -> Option<(u32, Facts)> {
        let mut input = Reader::new(message);
        let question = (input.word()?.try_into().ok()?, Words::take(&mut input)?);
        input.at_end().then_some(question)
    }
}

#[cfg(feature = "rules")]
pub(crate) use read::{Often, Seldom, take_decide, take_often, take_seldom};

//! Answers as words.

use alloc::vec::Vec;
use core::fmt;

use super::words::{
    Case, Reader, Words, bits, only_bits, optional_from_number, optional_number, put_list, put_str, put_word, records,
};
use crate::types::{
    Category, Decision, Description, EffectiveSet, Explanation, Implication, Leg, Outcome, Permission, PermissionList, Reading,
    Reason, ResourceTier, Source, Step, Verdict,
};

/// What an answer begins with.
const ANSWERED: u64 = 0;
/// The answer to a question that does not decode.
pub(crate) const BAD_FACTS: u64 = 1;

/// Why an answer of `wire.call` could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerError {
    /// The component could not decode the question.
    BadFacts,
    /// The bytes are not an answer of the expected kind.
    Malformed,
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadFacts => "the component could not decode the question",
            Self::Malformed => "the bytes are not an answer to this question",
        })
    }
}

impl core::error::Error for AnswerError {}

/// Reads an answer of `wire.call`. The type must be the one that belongs to the question:
///
/// | question | type |
/// |---|---|
/// | `describe` | [`Description`] |
/// | `compile` | [`PermissionSet`](crate::types::PermissionSet) |
/// | `selections-to-permissions` | `Result<Vec<String>, u32>` |
/// | `permissions-to-selections` | `Vec<Selection>` |
/// | `effective` | [`EffectiveSet`] |
/// | `explain` | [`Explanation`] |
/// | `decide-many` | `Vec<Decision>` |
/// | `effective-many` | `Vec<PermissionSet>` |
/// | `ask` | `Result<KeyAnswer, Refusal>` |
/// | `repair` | [`RepairAnswer`](crate::types::repair::RepairAnswer) |
///
/// # Errors
///
/// [`AnswerError::BadFacts`] where the component says so, [`AnswerError::Malformed`] for anything that is not such an answer.
pub fn answer<T: Words>(message: &[u8]) -> Result<T, AnswerError> {
    let mut input = Reader::new(message);
    match input.word() {
        Some(ANSWERED) => {
            let value = T::take(&mut input).ok_or(AnswerError::Malformed)?;
            if input.at_end() { Ok(value) } else { Err(AnswerError::Malformed) }
        }
        Some(BAD_FACTS) if input.at_end() => Err(AnswerError::BadFacts),
        _ => Err(AnswerError::Malformed),
    }
}

/// Appends an answer of `wire.call`.
#[cfg(feature = "rules")]
#[inline]
pub(crate) fn put_answer(value: &impl Words, out: &mut Vec<u8>) {
    put_word(ANSWERED, out);
    value.put(out);
}

/// The word that stands for a decision.
#[inline]
#[must_use]
pub fn decision_to_word(decision: Decision) -> u64 {
    let binding = decision.binding.map_or(0, |binding| 2 | u64::from(binding) << 32);
    u64::from(decision.allow) | binding | decision.reason.number() << 8
}

/// The decision that a word stands for, if it stands for one.
#[inline]
#[must_use]
pub fn decision_from_word(word: u64) -> Option<Decision> {
    only_bits(word, 0xffff_ffff_0000_ff03)?;
    let index = u32::try_from(word >> 32).ok()?;
    let binding = match word & 2 != 0 {
        true => Some(index),
        false if index == 0 => None,
        false => return None,
    };
    Some(Decision { allow: word & 1 != 0, reason: Reason::from_number(bits(word, 8, 16))?, binding })
}

impl Words for Decision {
    const MIN_WORDS: usize = 1;

    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        put_word(decision_to_word(*self), out);
    }

    #[inline]
    fn take(input: &mut Reader<'_>) -> Option<Self> {
        decision_from_word(input.word()?)
    }
}

impl Words for Step {
    const MIN_WORDS: usize = 1;

    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        let (source, index) = match self.source {
            Source::Floor => (0, 0),
            Source::Binding(index) => (1, index),
            Source::TeamMembership(index) => (2, index),
            Source::ProjectKey => (3, 0),
        };
        let fault = optional_number(self.fault);
        let (reading, verdict) = (self.reading.number(), self.verdict.number());
        put_word(source | reading << 8 | fault << 12 | verdict << 16 | u64::from(index) << 32, out);
    }

    #[inline]
    fn take(input: &mut Reader<'_>) -> Option<Self> {
        let word = input.word()?;
        only_bits(word, 0xffff_ffff_00ff_7f03)?;
        let index = u32::try_from(word >> 32).ok()?;
        let source = match (bits(word, 0, 2), index) {
            (0, 0) => Source::Floor,
            (1, index) => Source::Binding(index),
            (2, index) => Source::TeamMembership(index),
            (3, 0) => Source::ProjectKey,
            _ => return None,
        };
        let fault = optional_from_number(bits(word, 12, 15))?;
        let reading = Reading::from_number(bits(word, 8, 12))?;
        let verdict = Verdict::from_number(bits(word, 16, 24))?;
        Some(Self { source, reading, fault, verdict })
    }
}

impl Words for Explanation {
    const MIN_WORDS: usize = 6;

    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        self.decision.put(out);
        put_word(self.since, out);
        put_word(self.until, out);
        self.principal.put(out);
        put_word(u64::from(self.owner.is_some()), out);
        if let Some(owner) = &self.owner {
            owner.put(out);
        }
    }

    #[inline]
    fn take(input: &mut Reader<'_>) -> Option<Self> {
        let (decision, since, until) = (Words::take(input)?, input.word()?, input.word()?);
        let principal = Words::take(input)?;
        let owner = match input.word()? {
            0 => None,
            1 => Some(Words::take(input)?),
            _ => return None,
        };
        Some(Self { decision, principal, owner, since, until })
    }
}

impl Words for ResourceTier {
    const MIN_WORDS: usize = 1;

    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        put_word(self.number(), out);
    }

    #[inline]
    fn take(input: &mut Reader<'_>) -> Option<Self> {
        Self::from_number(input.word()?)
    }
}

impl Words for Description {
    const MIN_WORDS: usize = 7;

    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        put_str(&self.policy, out);
        put_str(&self.version, out);
        put_list(&self.permissions, out);
        put_list(&self.implications, out);
        put_list(&self.lists, out);
        put_list(&self.categories, out);
        put_word(self.view_project.map_or(0, |permission| u64::from(permission).saturating_add(1)), out);
    }

    #[inline]
    fn take(input: &mut Reader<'_>) -> Option<Self> {
        let (policy, version) = (Words::take(input)?, Words::take(input)?);
        let (permissions, implications) = (Words::take(input)?, Words::take(input)?);
        let (lists, categories) = (Words::take(input)?, Words::take(input)?);
        let view_project = match input.word()?.checked_sub(1) {
            None => None,
            Some(permission) => Some(u32::try_from(permission).ok()?),
        };
        Some(Self { policy, version, permissions, implications, lists, categories, view_project })
    }
}

records! {
    Outcome (5) { decision, permissions }
    EffectiveSet (7) { permissions, since, until, outcomes }
    Leg (2) { decision, steps }
    Permission (2) { name, tier }
    Implication (2) { action, implies }
    PermissionList (5) { name, permissions }
    Category (10) { key, label, read, write }
}

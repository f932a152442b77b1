//! How a question gets to a guest, and its answer back.

use std::cell::Cell;

use clearance_policy::{
    types::Decision,
    wire::{self, AnswerError, Words},
};

use crate::{CallError, Digest, EvalError, Guest};

/// A buffer that grew beyond this is given back after the question.
const MAX_KEPT_BUFFER_BYTES: usize = 64 << 10;

thread_local! {
    /// Where this thread writes its questions. It is taken away for a question, so that a guest may ask another policy.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// What is wrong with an answer.
pub(crate) type Wrong = &'static str;

/// A guest, and the name under which its failures are reported. Knows how to ask, not what the answers mean.
#[derive(Clone, Copy)]
pub(crate) struct NamedGuest<'a> {
    pub(crate) guest: &'a dyn Guest,
    pub(crate) digest: Digest,
}

impl NamedGuest<'_> {
    /// Asks `wire.decide`. An answer that `check` finds wrong is an error.
    #[inline]
    pub(crate) fn decide(
        self,
        put: impl FnOnce(&mut Vec<u8>),
        check: impl FnOnce(Decision) -> Result<(), Wrong>,
    ) -> Result<Decision, EvalError> {
        let (mut check, mut decided) = (Some(check), Err(UNANSWERED));
        let mut accepts = |word| {
            // Only the first answer counts.
            let Some(check) = check.take() else { return false };
            let decision = wire::decision_from_word(word).ok_or("the word is not a decision");
            decided = decision.and_then(|decision| check(decision).map(|()| decision));
            decided.is_ok()
        };
        with_question(put, |question| self.guest.decide(question, &mut accepts)).map_err(|error| self.stop_error(error))?;
        decided.map_err(|what| self.wrong_answer("decide", what))
    }

    /// Asks `wire.call`. An answer that `check` finds wrong is an error.
    pub(crate) fn call<T: Words>(
        self,
        name: &'static str,
        put: impl FnOnce(&mut Vec<u8>),
        check: impl FnOnce(&T) -> Result<(), Wrong>,
    ) -> Result<T, EvalError> {
        let (mut check, mut answered) = (Some(check), Err(self.wrong_answer(name, UNANSWERED)));
        let mut accepts = |bytes: &[u8]| {
            let Some(check) = check.take() else { return false };
            answered = match wire::answer(bytes) {
                Ok(answer) => check(&answer).map(|()| answer).map_err(|what| self.wrong_answer(name, what)),
                Err(AnswerError::BadFacts) => Err(EvalError::Unread { policy: self.digest, question: name }),
                Err(AnswerError::Malformed) => Err(self.wrong_answer(name, "the bytes are not an answer to it")),
            };
            answered.is_ok()
        };
        with_question(put, |question| self.guest.call(question, &mut accepts)).map_err(|error| self.stop_error(error))?;
        answered
    }

    #[cold]
    fn stop_error(self, error: CallError) -> EvalError {
        EvalError::new(self.digest, error)
    }

    #[cold]
    fn wrong_answer(self, question: &'static str, what: Wrong) -> EvalError {
        EvalError::WrongAnswer { policy: self.digest, question, what }
    }
}

/// What is wrong where a guest reports success without an answer.
const UNANSWERED: Wrong = "there is no answer";

/// Writes a question into the buffer of this thread, and hands it on.
#[inline]
fn with_question<T>(put: impl FnOnce(&mut Vec<u8>), ask: impl FnOnce(&[u8]) -> T) -> T {
    // A thread that ends may have lost its buffer already.
    let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
    buffer.clear();
    put(&mut buffer);
    let answer = ask(&buffer);
    buffer.shrink_to(MAX_KEPT_BUFFER_BYTES);
    let _ = BUFFER.try_with(|kept| kept.set(buffer));
    answer
}

//! Guests that are no policy.

use std::sync::{Arc, Mutex};

use clearance_question::{CallError, ComponentInfo, Digest, EvalError, Guest, PolicyVersion, SelfCheckError};

/// Gives these answers to every question, one after the other, and keeps what is said to them.
#[derive(Clone, Default)]
struct Answers {
    answers: Vec<Vec<u8>>,
    accepted: Arc<Mutex<Vec<bool>>>,
}

impl Guest for Answers {
    fn decide(&self, _question: &[u8], _accepts: &mut dyn FnMut(u64) -> bool) -> Result<(), CallError> {
        Ok(())
    }

    fn call(&self, _question: &[u8], accepts: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), CallError> {
        self.accepted.lock().unwrap().extend(self.answers.iter().map(|answer| accepts(answer)));
        Ok(())
    }
}

/// What is wrong with the first answer of a guest.
fn wrong(guest: &Answers) -> EvalError {
    let error =
        PolicyVersion::new(guest.clone(), ComponentInfo::new(Digest::of(b"guest"), "clearance:policy@0.1.2")).unwrap_err();
    match error {
        SelfCheckError::Unanswered { question: "describe", error } => error,
        other => panic!("{other:?}"),
    }
}

fn expected(what: &'static str) -> EvalError {
    EvalError::WrongAnswer { policy: Digest::of(b"guest"), question: "describe", what }
}

#[test]
fn a_guest_that_gives_no_answer_has_not_answered() {
    assert_eq!(wrong(&Answers::default()), expected("there is no answer"));
}

/// So that it drops what gave the answer.
#[test]
fn a_guest_is_told_that_an_answer_is_wrong() {
    let guest = Answers { answers: vec![b"nonsense".into()], ..Answers::default() };
    assert_eq!(wrong(&guest), expected("the bytes are not an answer to it"));
    assert_eq!(*guest.accepted.lock().unwrap(), [false]);
}

/// The first word of an answer says whether the question could be read: 1 is no.
#[test]
fn the_first_answer_of_a_guest_is_the_one_that_counts() {
    let unread = [1, 0, 0, 0, 0, 0, 0, 0].to_vec();
    let guest = Answers { answers: vec![unread, b"nonsense".into()], ..Answers::default() };
    assert_eq!(wrong(&guest), EvalError::Unread { policy: Digest::of(b"guest"), question: "describe" });
    assert_eq!(*guest.accepted.lock().unwrap(), [false, false]);
}

//! What the rules for changes ask of the data.

use std::cell::Cell;
use std::convert::Infallible;

use proptest::prelude::*;

use super::{Bytes, start};
use crate::directory::Directory;
use crate::lookup::{Lookup, PairKind, ParentKind, RowKind};
use crate::validator::ValidateError;

/// A directory that counts the questions that it is asked, and fails to answer those after a while.
struct Counted<'a> {
    directory: &'a Directory,
    asked: Cell<usize>,
    answers: usize,
}

#[derive(Debug, PartialEq)]
struct NoAnswer;

impl Counted<'_> {
    fn answer<T>(&self, answer: Result<T, Infallible>) -> Result<T, NoAnswer> {
        self.asked.set(self.asked.get() + 1);
        if self.asked.get() > self.answers { Err(NoAnswer) } else { answer.map_err(|never| match never {}) }
    }
}

impl Lookup for Counted<'_> {
    type Error = NoAnswer;

    fn has_row(&self, kind: RowKind, id: &str) -> Result<bool, NoAnswer> {
        self.answer(self.directory.has_row(kind, id))
    }

    fn has_pair(&self, kind: PairKind, id: &str, user: &str) -> Result<bool, NoAnswer> {
        self.answer(self.directory.has_pair(kind, id, user))
    }

    fn first_child(&self, kind: ParentKind, id: &str) -> Result<Option<Box<str>>, NoAnswer> {
        self.answer(self.directory.first_child(kind, id))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// No change asks more than two questions, and one that is not answered accepts nothing.
    #[test]
    fn a_change_asks_two_questions_at_most(changes in prop::collection::vec(any::<[u8; 20]>(), 1..60)) {
        let mut directory = Directory::from_document(start()).unwrap();
        for bytes in &changes {
            let change = Bytes(bytes).change();
            let judge = |answers: usize| {
                let counted = Counted { directory: &directory, asked: Cell::new(0), answers };
                let judged = change.validate(&counted as &dyn Lookup<Error = NoAnswer>);
                (judged, counted.asked.get())
            };
            let (judged, asked) = judge(usize::MAX);
            prop_assert!(asked <= 2, "{} questions: {:?}", asked, change);
            for answers in 0..asked {
                prop_assert_eq!(judge(answers).0, Err(ValidateError::Lookup(NoAnswer)), "{:?}", change);
            }
            let accepted = directory.apply(change.clone()).map(drop).map_err(ValidateError::Refused);
            prop_assert_eq!(judged, accepted, "{:?}", change);
        }
    }
}

//! The wire layout holds every question and answer, and both ends read it alike.

use clearance::word::REASONS;
use clearance_policy::langwatch::CATALOG as RULES;
use clearance_policy::rules;
use clearance_policy::types::{Decision, Question};
use clearance_policy::wire::{self, Words};
use clearance_tests::evaluator::{Component, Evaluator, Native};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::random::{config, facts};

#[test]
fn facts_come_back() {
    proptest!(config(5000), |(facts in facts::facts())| {
        let mut message = vec![];
        facts.put(&mut message);
        prop_assert_eq!(message.len() % 8, 0);
        prop_assert_eq!(facts::decode(&message), Some(facts));
    });
}

#[test]
fn decisions_come_back() {
    let reason = select(&REASONS[..]);
    proptest!(config(2000), |(allow: bool, reason in reason, binding: Option<u32>)| {
        let decision = Decision { allow, reason, binding };
        prop_assert_eq!(wire::decision_from_word(wire::decision_to_word(decision)), Some(decision));
    });
}

/// A word is a decision in one way only, so no two words stand for the same one.
#[test]
fn a_word_that_no_decision_has_is_no_decision() {
    let word = prop_oneof![any::<u64>(), any::<u64>().prop_map(|word| word & 0xffff_ffff_0000_1f03), 0_u64..0x2000];
    proptest!(config(20_000), |(word in word)| {
        if let Some(decision) = wire::decision_from_word(word) {
            prop_assert_eq!(wire::decision_to_word(decision), word);
        }
    });
}

#[test]
fn answers_come_back() {
    proptest!(config(2000), |(facts in facts::facts(), permission in facts::permission())| {
        let ask = |put: &dyn Fn(&mut Vec<u8>)| {
            let mut question = vec![];
            put(&mut question);
            rules::call(&RULES, &question)
        };
        let mut question = vec![];
        wire::put_decide(permission, &facts, &mut question);
        let decided = wire::decision_from_word(rules::decide_words(&RULES, &question));
        prop_assert_eq!(decided, Some(Native.decide(&facts, permission)));
        prop_assert_eq!(wire::answer(&ask(&|out| wire::put_effective(&facts, out))), Ok(Native.effective(&facts)));
        let explained = wire::answer(&ask(&|out| wire::put_explain(permission, &facts, out)));
        prop_assert_eq!(explained, Ok(Native.explain(&facts, permission)));
        let questions = [Question { facts: 0, permission }, Question { facts: 1, permission }];
        let facts = [facts];
        let many = wire::answer(&ask(&|out| wire::put_decide_many(&facts, &questions, out)));
        prop_assert_eq!(many, Ok(Native.decide_many(&facts, &questions)));
        prop_assert_eq!(wire::answer(&ask(&|out| wire::put_effective_many(&facts, out))), Ok(Native.effective_many(&facts)));
    });
}

/// The component is the native rules, for any facts.
#[test]
fn the_component_answers_as_the_rules_do() {
    let component = Component::get();
    let question = (0_u32..5, facts::permission()).prop_map(|(facts, permission)| Question { facts, permission });
    proptest!(config(600), |(all in vec(facts::facts(), 4), questions in vec(question, 8))| {
        for Question { facts, permission } in questions.iter().filter(|question| question.facts < 4) {
            let facts = &all[usize::try_from(*facts).unwrap()];
            prop_assert_eq!(component.decide(facts, *permission), Native.decide(facts, *permission));
            prop_assert_eq!(component.effective(facts), Native.effective(facts));
            prop_assert_eq!(component.explain(facts, *permission), Native.explain(facts, *permission));
        }
        prop_assert_eq!(component.decide_many(&all, &questions), Native.decide_many(&all, &questions));
        prop_assert_eq!(component.effective_many(&all), Native.effective_many(&all));
    });
}

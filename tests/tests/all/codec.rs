//! The wire layout holds every question and answer, and both ends read it alike.

use clearance_policy::langwatch::CATALOG as RULES;
use clearance_policy::rules;
use clearance_policy::types::{Decision, Facts, Level, Question, Reason, Selection};
use clearance_policy::wire::{self, Reader, Words};
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
        prop_assert_eq!(facts::decode(&message), Some(facts.clone()));
        prop_assert_eq!(Reader::whole(&message), Some(facts));
        message.extend([0; 8]);
        prop_assert_eq!(Reader::whole::<Facts>(&message), None, "something follows");
    });
}

#[test]
fn decisions_come_back() {
    let reason = select(&Reason::ALL[..]);
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

/// Questions about the catalog alone, the same for every asker.
#[test]
fn the_catalog_answers_in_bytes_as_it_does_without() {
    let ask = |put: &dyn Fn(&mut Vec<u8>)| {
        let mut question = vec![];
        put(&mut question);
        rules::call(&RULES, &question)
    };
    assert_eq!(wire::answer(&ask(&|out| wire::put_describe(out))), Ok(RULES.describe()));
    let names = ["traces:manage", "prompts:view", "nonsense"];
    let held = RULES.compile(&names);
    assert!(held.len() > 2, "one of them implies others");
    assert_eq!(wire::answer(&ask(&|out| wire::put_compile(&names, out))), Ok(held));
    let selection = |category: &str, level| Selection { category: category.into(), level };
    let [first, second, ..] = RULES.categories else { panic!("there are categories") };
    let known = [selection(first.key, Level::Read), selection(second.key, Level::Write)];
    let unknown = [selection(first.key, Level::Read), selection("nonsense", Level::Read)];
    let answer = |selections: &[Selection]| ask(&|out| wire::put_selections_to_permissions(selections, out));
    let permissions = RULES.selections_to_permissions(&known);
    assert!(permissions.as_ref().is_ok_and(|permissions| !permissions.is_empty()));
    assert_eq!(wire::answer(&answer(&known)), Ok(permissions.clone()));
    assert_eq!(wire::answer(&answer(&unknown)), Ok(Err::<Vec<String>, u32>(1)));
    let permissions = permissions.unwrap();
    let selections = RULES.permissions_to_selections(&permissions);
    assert!(!selections.is_empty());
    assert_eq!(wire::answer(&ask(&|out| wire::put_permissions_to_selections(&permissions, out))), Ok(selections));
}

/// The reader of an answer learns whether the question or the answer is at fault.
#[test]
fn an_answer_that_is_none_says_whose_fault_it_is() {
    let said = |answer: &[u8]| wire::answer::<u64>(answer).unwrap_err().to_string();
    assert_eq!(said(&1_u64.to_le_bytes()), "the component could not decode the question");
    for bytes in [&[][..], &[1; 7], &[1, 0, 0, 0, 0, 0, 0, 0, 0], &[2, 0, 0, 0, 0, 0, 0, 0]] {
        assert_eq!(said(bytes), "the bytes are not an answer to this question", "{bytes:?}");
    }
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

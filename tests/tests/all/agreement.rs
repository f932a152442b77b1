//! All implementations give one answer to every question about random documents.

use std::cell::RefCell;
use std::collections::BTreeMap;

use clearance::Reason;
use clearance_tests::implementation::Judge;
use clearance_tests::oracle::Catalog;
use clearance_tests::question::Situation;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::check::implementations;
use crate::random::{config, document};

/// How many reasons the default policy gives for well-formed facts: the first ones.
const OF_THIS_POLICY: usize = 17;

#[test]
fn decide_agrees() {
    let catalog = Catalog::read();
    let question = (document::situation(), document::permission(catalog.permissions()));
    let met = RefCell::new(BTreeMap::new());
    proptest!(config(1500), |(document in document::document(), questions in vec(question, 24))| {
        let judges = implementations().map(|implementation| (implementation.name(), implementation.load(&document)));
        let [(_, oracle), others @ ..] = &judges;
        for (situation, permission) in &questions {
            let wanted = oracle.decide(situation, permission);
            *met.borrow_mut().entry(wanted.reason.as_str()).or_insert(0) += 1;
            for (name, judge) in others {
                prop_assert_eq!(&judge.decide(situation, permission), &wanted, "{}: `{}` for {}", name, permission, situation);
                let explained = judge.explain(situation, permission).expect("it explains itself");
                prop_assert_eq!(&explained, &wanted, "{}: explain: `{}` for {}", name, permission, situation);
            }
        }
    });
    let met = met.into_inner();
    let rare: Vec<_> =
        Reason::ALL[..OF_THIS_POLICY].iter().filter(|reason| met.get(reason.as_str()).is_none_or(|count| *count < 20)).collect();
    assert!(rare.is_empty(), "the random documents hardly give {rare:?}: {met:?}");
}

#[test]
fn effective_agrees() {
    proptest!(config(250), |(document in document::document(), situations in vec(document::situation(), 6))| {
        let judges = implementations().map(|implementation| (implementation.name(), implementation.load(&document)));
        let [(_, oracle), others @ ..] = &judges;
        for situation in &situations {
            let wanted = oracle.effective(situation);
            for (name, judge) in others {
                let differ = wanted.differences(&judge.effective(situation));
                prop_assert!(differ.is_empty(), "{}: {}: {:?}", name, situation, differ);
                holds_from_since_to_until(&**judge, situation)?;
            }
        }
    });
}

#[test]
fn visible_projects_agree() {
    proptest!(config(250), |(document in document::document(), now in document::moment())| {
        let [oracle, others @ ..] = implementations().map(|implementation| implementation.load(&document));
        for key in document.keys.iter().map(|key| &*key.id).chain(["nobody"]) {
            let wanted = oracle.visible_projects(&document, key, now);
            for judge in &others {
                prop_assert_eq!(&judge.visible_projects(&document, key, now), &wanted, "key `{}`", key);
            }
        }
    });
}

/// The answers are the same at both ends of what `effective` claims, and others beyond.
fn holds_from_since_to_until(judge: &dyn Judge, situation: &Situation) -> Result<(), TestCaseError> {
    let here = judge.effective(situation);
    prop_assert!(here.since <= situation.now && situation.now <= here.until);
    for end in [here.since, here.until] {
        let differ = here.differences(&judge.effective(&situation.at_moment(end)));
        prop_assert!(differ.is_empty(), "{}: another answer at {}: {:?}", situation, end, differ);
    }
    for beyond in [here.since.checked_sub(1), here.until.checked_add(1)].into_iter().flatten() {
        let same = judge.effective(&situation.at_moment(beyond)).answers == here.answers;
        prop_assert!(!same, "{}: the same answer at {}", situation, beyond);
    }
    Ok(())
}

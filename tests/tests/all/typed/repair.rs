//! The typed interface `repair` answers as `wire` does.

use clearance_policy::langwatch::CATALOG;
use clearance_policy::rules;
use clearance_policy::types::repair as ours;
use proptest::prelude::*;

use super::bindings::exports::clearance::policy::repair_types as theirs;
use super::{Instance, instance, role, text, typed_facts, user};
use crate::random::{config, facts, repair};

fn question(question: &ours::RepairQuestion) -> theirs::RepairQuestion {
    theirs::RepairQuestion {
        permission: question.permission,
        offers: question.offers.iter().copied().map(role).collect(),
        asker: match &question.asker {
            ours::Asker::Keeper => theirs::Asker::Keeper,
            ours::Asker::User(asking) => theirs::Asker::User(user(asking)),
            ours::Asker::Key(key) => theirs::Asker::Key(*key),
        },
    }
}

#[test]
fn the_typed_repair_answers_as_the_rules_do() {
    let instance = std::cell::RefCell::new(instance());
    proptest!(config(600), |(facts in facts::facts(), asked in repair::question())| {
        let Instance { store, policy } = &mut *instance.borrow_mut();
        let answer = policy.clearance_policy_repair().call_repair(&mut *store, &typed_facts(&facts), &question(&asked)).unwrap();
        prop_assert_eq!(text(&answer), text(&rules::repair::repair(&CATALOG, facts.clone(), &asked)));
    });
}

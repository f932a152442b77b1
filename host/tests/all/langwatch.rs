//! The default policy.

use clearance_host::{Digest, Engine, PolicyVersion};
use clearance_policy::{LANGWATCH, types::*};

use crate::{
    facts::{key, member, nobody, nowhere},
    guest::patient,
};

fn policy() -> PolicyVersion {
    Engine::new(patient()).unwrap().load(LANGWATCH).unwrap()
}

#[test]
fn it_is_a_policy() {
    let policy = policy();
    assert_eq!(policy.digest(), Digest::of(LANGWATCH));
    assert_eq!(policy.size(), LANGWATCH.len());
    assert_eq!(policy.contract(), "clearance:policy@0.1.2");
    assert_eq!(policy.description().permissions.len(), 126);
    for (number, permission) in (0..).zip(&policy.description().permissions) {
        assert_eq!(policy.permission(&permission.name), Some(number));
        assert_eq!(policy.permission_name(number), Some(&*permission.name));
    }
}

#[test]
fn all_ways_to_ask_agree() {
    let policy = policy();
    let count = policy.description().permissions.len() as u32;
    let all_facts = [member(), key(), nobody(), nowhere()];
    let sets = policy.effective_many(&all_facts).unwrap();
    let questions: Vec<_> = (0..4).flat_map(|facts| (0..count).map(move |permission| Question { facts, permission })).collect();
    let mut many = policy.decide_many(&all_facts, &questions).unwrap().into_iter();
    let mut allowed = 0;
    for (facts, set) in all_facts.iter().zip(sets) {
        let effective = policy.effective(facts).unwrap();
        assert_eq!(effective.permissions, set);
        for permission in 0..count {
            let decision = policy.decide(facts, permission).unwrap();
            assert_eq!(many.next(), Some(decision));
            assert_eq!(policy.explain(facts, permission).unwrap().decision, decision);
            assert_eq!(set.contains(permission), decision.allow);
            let outcome = effective.outcomes.iter().find(|outcome| outcome.permissions.contains(permission)).unwrap();
            assert_eq!(outcome.decision, decision);
            allowed += u32::from(decision.allow);
        }
    }
    assert!(allowed > 0, "something is allowed");
}

#[test]
fn its_catalog_answers() {
    let policy = policy();
    let number = |name| policy.permission(name).unwrap();
    let set = policy.compile(&["traces:view", "not a permission"]).unwrap();
    assert_eq!(set, PermissionSet::only(number("traces:view")));
    assert_eq!(policy.compile(&[""; 0]).unwrap(), PermissionSet::EMPTY);

    let categories = &policy.description().categories;
    assert!(!categories.is_empty());
    for category in categories {
        let level = if category.write.is_empty() { Level::Read } else { Level::Write };
        let selection = Selection { category: category.key.clone(), level };
        let names = policy.selections_to_permissions(std::slice::from_ref(&selection)).unwrap().unwrap();
        assert!(!names.is_empty(), "{}", category.key);
        assert!(policy.permissions_to_selections(&names).unwrap().contains(&selection), "{}", category.key);
    }
    let unknown = Selection { category: "no such category".into(), level: Level::Read };
    assert_eq!(policy.selections_to_permissions(&[unknown]).unwrap(), Err(0));
}

#[test]
fn malformed_facts_are_denied_and_do_no_harm() {
    let policy = policy();
    let mut facts = member();
    let Principal::User(user) = &mut facts.principal else { unreachable!() };
    user.bindings[0].role = Role::Custom(7);
    assert_eq!(policy.decide(&facts, 0).unwrap().reason, Reason::BadFacts);
    assert_eq!(policy.effective(&facts).unwrap().permissions, PermissionSet::EMPTY);
    assert_eq!(policy.explain(&facts, 0).unwrap().decision.reason, Reason::BadFacts);
}

#[test]
fn eight_threads_get_the_same_answers() {
    let policy = policy();
    let facts = key();
    let count = policy.description().permissions.len() as u32;
    let wanted: Vec<_> = (0..count).map(|permission| policy.decide(&facts, permission).unwrap()).collect();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (policy, facts, wanted) = (&policy, &facts, &wanted);
            scope.spawn(move || {
                for permission in (0..20 * count).map(|round| (round + thread) % count) {
                    assert_eq!(policy.decide(facts, permission).as_ref(), Ok(&wanted[permission as usize]));
                }
            });
        }
    });
}

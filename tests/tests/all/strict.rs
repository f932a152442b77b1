//! The strict policy: each difference from the default one as a case, and the oracle's opinion of it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use clearance_directory::document::Document;
use clearance_policy::types::Reason;
use clearance_tests::evaluator::Component;
use clearance_tests::implementation::Implementation;
use clearance_tests::oracle::{Catalog, Oracle};
use clearance_tests::question::{Answer, Principal, Situation};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::random::{config, document};

#[test]
fn the_oracle_agrees() {
    let catalog = Catalog::read();
    let question = (document::situation(), document::permission(catalog.permissions()));
    let met = RefCell::new(BTreeMap::new());
    proptest!(config(1000), |(document in document::document(), questions in vec(question, 24))| {
        let judge = Component::strict().load(&document);
        let oracle = Oracle::strict(&document);
        for (situation, permission) in &questions {
            let wanted = oracle.decide(situation, permission);
            *met.borrow_mut().entry(wanted.reason.as_str()).or_insert(0) += 1;
            prop_assert_eq!(&judge.decide(situation, permission), &wanted, "`{}` for {}", permission, situation);
            prop_assert_eq!(&judge.explain(situation, permission).unwrap(), &wanted, "explain: `{}` for {}", permission, situation);
        }
        let (situation, _) = &questions[0];
        let differ = oracle.effective(situation).differences(&judge.effective(situation));
        prop_assert!(differ.is_empty(), "{}: {:?}", situation, differ);
    });
    let met = met.into_inner();
    for reason in [Reason::Readonly, Reason::CreatorDeactivated, Reason::LiteMember, Reason::Binding, Reason::KeyLacks] {
        assert!(met.get(reason.as_str()).is_some_and(|count| *count >= 20), "hardly any {reason:?}: {met:?}");
    }
    assert!(!met.contains_key(Reason::TeamMembership.as_str()), "{met:?}");
}

/// A small world: the owner of key `mine` is a member, `ext` is external, `gone` was deactivated.
const WORLD: &str = r#"{
    "organizations": [{"id": "o"}, {"id": "other"}],
    "users": [{"id": "member"}, {"id": "ext"}, {"id": "team"}, {"id": "gone", "deactivatedAt": "2026-01-01T00:00:00Z"}],
    "members": [
        {"organization": "o", "user": "member", "role": "MEMBER"}, {"organization": "o", "user": "ext", "role": "EXTERNAL"},
        {"organization": "o", "user": "team", "role": "MEMBER"}, {"organization": "o", "user": "gone", "role": "MEMBER"}],
    "teams": [{"id": "t", "organization": "o"}],
    "teamMemberships": [{"team": "t", "user": "team", "role": "ADMIN"}],
    "projects": [{"id": "p", "team": "t"}],
    "groups": [],
    "roles": [
        {"id": "empty", "organization": "o", "kind": "custom", "name": "empty", "permissions": []},
        {"id": "foreign", "organization": "other", "kind": "custom", "name": "foreign", "permissions": ["traces:view"]},
        {"id": "writer", "organization": "o", "kind": "custom", "name": "writer", "permissions": ["datasets:manage"]},
        {"id": "private", "organization": "o", "kind": "key", "name": "private", "permissions": ["traces:create"]}],
    "keys": [
        {"id": "reader", "organization": "o", "name": "reader", "mode": "readonly"},
        {"id": "service", "organization": "o", "name": "service", "mode": "all", "createdBy": "gone"},
        {"id": "poisoned", "organization": "o", "name": "poisoned", "mode": "restricted"},
        {"id": "poisoner", "organization": "o", "name": "poisoner", "mode": "restricted"}],
    "bindings": [
        {"id": "1", "organization": "o", "user": "member", "role": "CUSTOM", "customRole": "empty", "scope": {"team": "t"}},
        {"id": "2", "organization": "o", "user": "member", "role": "CUSTOM", "customRole": "foreign", "scope": {"team": "t"}},
        {"id": "3", "organization": "o", "user": "member", "role": "CUSTOM", "customRole": "deleted", "scope": {"team": "t"}},
        {"id": "4", "organization": "o", "user": "ext", "role": "CUSTOM", "customRole": "writer", "scope": {"team": "t"}},
        {"id": "5", "organization": "o", "key": "reader", "role": "ADMIN", "scope": {"team": "t"}},
        {"id": "6", "organization": "o", "key": "service", "role": "ADMIN", "scope": {"team": "t"}},
        {"id": "7", "organization": "o", "key": "poisoned", "role": "CUSTOM", "customRole": "private", "scope": {"team": "t"}},
        {"id": "8", "organization": "o", "key": "poisoner", "role": "CUSTOM", "customRole": "private", "scope": {"team": "t"}}]
}"#;

/// Asks the default policy, then the strict one, and holds each against the oracle.
fn both(principal: Principal, permission: &str) -> [Answer; 2] {
    let document: Document = serde_json::from_str(WORLD).unwrap();
    let situation =
        Situation { principal, at: clearance_directory::document::Scope::Project("p".into()), now: 1_790_000_000_000 };
    let ask = |component: &'static Component, oracle: Oracle<'_>| {
        let answer = component.load(&document).decide(&situation, permission);
        assert_eq!(answer, oracle.decide(&situation, permission), "{permission} for {situation}");
        answer
    };
    [ask(Component::get(), Oracle::new(&document)), ask(Component::strict(), Oracle::strict(&document))]
}

fn user(id: &str) -> Principal {
    Principal::User(id.into())
}

fn key(id: &str) -> Principal {
    Principal::Key(id.into())
}

fn denies([before, after]: [Answer; 2], reason: Reason) {
    assert!(before.allow, "the default policy allows it");
    assert_eq!((after.allow, after.reason), (false, reason));
}

#[test]
fn an_unusable_custom_role_grants_nothing() {
    denies(both(user("member"), "traces:view"), Reason::Lacks);
}

#[test]
fn a_poisoned_private_role_grants_nothing() {
    denies(both(key("poisoned"), "traces:view"), Reason::KeyLacks);
}

#[test]
fn a_team_membership_grants_nothing() {
    denies(both(user("team"), "project:manage"), Reason::Lacks);
}

#[test]
fn a_custom_role_is_capped_for_an_external_member() {
    denies(both(user("ext"), "datasets:create"), Reason::LiteMember);
    let [before, after] = both(user("ext"), "datasets:view");
    assert_eq!((before.allow, after.allow), (true, true), "what the lite-member list holds stays");
}

#[test]
fn a_readonly_key_views() {
    denies(both(key("reader"), "traces:update"), Reason::Readonly);
    let [before, after] = both(key("reader"), "traces:view");
    assert_eq!((before.allow, after.allow), (true, true));
}

#[test]
fn a_service_key_ends_with_its_creator() {
    denies(both(key("service"), "traces:view"), Reason::CreatorDeactivated);
}

//! Under changes, an authorizer with a cache answers what one without answers.

use std::{collections::BTreeSet, error::Error as _};

use clearance::{Authorizer, Change, Directory, PlaceId::Project, PrincipalId::User, change::ApplyError};
use proptest::{collection::vec, prelude::*};
use serde_json::{Value, from_value, json};

use crate::company::{all_answers, cached, now, uncached};

/// Every kind of change, each followed later by one that takes it back where there is such a change.
fn changes() -> Vec<Change> {
    fn row<T: serde::de::DeserializeOwned>(row: Value) -> T {
        from_value(row).unwrap()
    }
    let at = now();
    let binding = |id: &str, holder: &str, holder_id: &str, scope: Value| {
        row(json!({"id": id, "organization": "acme", holder: holder_id, "role": "VIEWER", "scope": scope}))
    };
    let custom = |id: &str, holder: &str, holder_id: &str, role: &str| {
        let scope = json!({"project": "shop"});
        row(json!({"id": id, "organization": "acme", holder: holder_id, "role": "CUSTOM", "customRole": role, "scope": scope}))
    };
    let annotator = |permissions: Value| {
        row(json!({"id": "annotator", "organization": "acme", "kind": "custom", "name": "Annotator", "permissions": permissions}))
    };
    vec![
        Change::AddOrganization(row(json!({"id": "elsewhere"}))),
        Change::EditOrganization(row(json!({"id": "acme", "name": "Acme Limited"}))),
        Change::AddTeam(row(json!({"id": "far", "organization": "elsewhere"}))),
        Change::AddProject(row(json!({"id": "fresh-project", "team": "web"}))),
        Change::EditProject(row(json!({"id": "blog", "team": "data"}))),
        Change::EditProject(row(json!({"id": "blog", "team": "web"}))),
        Change::EditProject(row(json!({"id": "shop", "team": "web"}))),
        Change::EditProject(row(json!({"id": "shop", "team": "web", "projectKey": "sk-lw-another"}))),
        Change::RemoveProject("lake".into()),
        Change::AddProject(row(json!({"id": "lake", "team": "data"}))),
        Change::ArchiveProject { project: "shop".into(), at },
        Change::EditTeam(row(json!({"id": "data", "organization": "acme", "personal": true}))),
        Change::EditTeam(row(json!({"id": "data", "organization": "elsewhere"}))),
        Change::EditTeam(row(json!({"id": "data", "organization": "acme"}))),
        Change::RemoveTeam("far".into()),
        Change::RemoveOrganization("elsewhere".into()),
        Change::RemoveTeam("ben-personal".into()),
        Change::AddTeam(row(json!({"id": "ben-personal", "organization": "acme", "personal": true, "owner": "ben"}))),
        Change::AddUser(row(json!({"id": "newcomer"}))),
        Change::AddUser(row(json!({"id": "dan-again"}))),
        Change::DeactivateUser { user: "ben".into(), at },
        Change::EditUser(row(json!({"id": "ben"}))),
        Change::RemoveUser("ben".into()),
        Change::AddUser(row(json!({"id": "ben"}))),
        Change::DeactivateUser { user: "ana".into(), at },
        Change::EditUser(row(json!({"id": "ana"}))),
        Change::AddMember(row(json!({"organization": "acme", "user": "newcomer", "role": "MEMBER"}))),
        Change::AddMember(row(json!({"organization": "acme", "user": "dan", "role": "MEMBER"}))),
        Change::EditMember(row(json!({"organization": "acme", "user": "ben", "role": "EXTERNAL"}))),
        Change::EditMember(row(json!({"organization": "acme", "user": "ben", "role": "MEMBER"}))),
        Change::RemoveMember { organization: "acme".into(), user: "cleo".into() },
        Change::AddMember(row(json!({"organization": "acme", "user": "cleo", "role": "MEMBER"}))),
        Change::EditTeamMembership(row(json!({"team": "data", "user": "ben", "role": "ADMIN"}))),
        Change::EditTeamMembership(row(json!({"team": "data", "user": "ben", "role": "VIEWER"}))),
        Change::RemoveTeamMembership { team: "data".into(), user: "ben".into() },
        Change::AddTeamMembership(row(json!({"team": "data", "user": "ben", "role": "ADMIN"}))),
        Change::AddTeamMembership(row(json!({"team": "web", "user": "eve", "role": "CUSTOM", "customRole": "ingest-only"}))),
        Change::RemoveTeamMembership { team: "web".into(), user: "eve".into() },
        Change::AddGroup(row(json!({"id": "guests", "organization": "acme", "members": ["cleo", "newcomer"]}))),
        Change::AddBinding(binding("c01", "group", "guests", json!({"organization": "acme"}))),
        Change::AddGroupMember { group: "guests".into(), user: "ben".into() },
        Change::RemoveGroupMember { group: "guests".into(), user: "cleo".into() },
        Change::EditGroup(row(json!({"id": "guests", "organization": "acme", "members": ["cleo", "ana"]}))),
        Change::EditGroup(row(json!({"id": "guests", "organization": "elsewhere", "members": ["cleo", "ana"]}))),
        Change::RemoveGroup("guests".into()),
        Change::RemoveBinding("c01".into()),
        Change::AddBinding(binding("c02", "user", "ben", json!({"project": "lake"}))),
        Change::RemoveBinding("c02".into()),
        Change::EditBinding(binding("b06", "key", "deploy", json!({"project": "lake"}))),
        Change::EditBinding(binding("b06", "key", "ingest", json!({"organization": "acme"}))),
        Change::EditBinding(custom("b06", "key", "deploy", "ingest-only")),
        Change::EditBinding(binding("b06", "key", "deploy", json!({"organization": "acme"}))),
        Change::AddBinding(binding("a00", "key", "deploy", json!({"project": "shop"}))),
        Change::RemoveBinding("a00".into()),
        Change::EditRole(annotator(json!(["traces:share"]))),
        Change::EditRole(annotator(json!([]))),
        Change::RemoveRole("annotator".into()),
        Change::AddRole(annotator(json!(["prompts:manage", "means:nothing"]))),
        // A private role that someone else names works for nobody, and works again when they stop.
        Change::AddBinding(custom("c03", "key", "deploy", "ingest-only")),
        Change::RemoveBinding("c03".into()),
        Change::AddBinding(custom("c04", "user", "newcomer", "ingest-only")),
        Change::RemoveBinding("c04".into()),
        Change::AddKey(row(json!({"id": "fresh", "organization": "acme", "name": "f", "mode": "all", "owner": "ana"}))),
        Change::AddBinding(binding("c05", "key", "fresh", json!({"team": "data"}))),
        Change::EditKey(row(json!({"id": "fresh", "organization": "acme", "name": "g", "mode": "readonly"}))),
        Change::EditKey(row(json!({"id": "fresh", "organization": "acme", "name": "g", "mode": "all", "owner": "nobody"}))),
        Change::RevokeKey { key: "fresh".into(), at },
        Change::RemoveKey("fresh".into()),
        Change::RemoveBinding("c05".into()),
        Change::RevokeKey { key: "ci".into(), at },
    ]
}

fn apply(authorizer: &Authorizer, change: &Change) -> bool {
    authorizer.apply(change.clone()).is_ok()
}

#[test]
fn the_cache_never_shows_after_any_kind_of_change() {
    let (with, without) = (cached(), uncached());
    let mut before = all_answers(&with);
    let mut seen = 0;
    for change in changes() {
        assert!(apply(&with, &change) && apply(&without, &change), "{change:?} is refused");
        let after = all_answers(&with);
        assert_eq!(after, all_answers(&without), "after {change:?}");
        seen += usize::from(after != before);
        before = after;
    }
    // Most of the changes above must be ones that an answer shows, or a cache that never forgets would pass.
    assert!(seen >= 45, "only {seen} changes changed an answer");
}

#[test]
fn no_kind_of_change_is_without_a_case() {
    let unknown = serde_json::from_str::<Change>(r#"{"": 0}"#).unwrap_err().to_string();
    let kinds: BTreeSet<&str> = unknown.split('`').skip(3).step_by(2).collect();
    let kind = |change: &Change| serde_json::to_value(change).unwrap().as_object().unwrap().keys().next().unwrap().clone();
    let tried: BTreeSet<String> = changes().iter().map(kind).collect();
    assert!(kinds.len() > 30 && kinds == tried.iter().map(String::as_str).collect(), "{kinds:?}, tried are {tried:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn the_cache_never_shows_under_random_changes(picks in vec(0..changes().len(), 1..40)) {
        let (with, without) = (cached(), uncached());
        let changes = changes();
        for pick in picks {
            // Out of order many are refused, by both alike.
            prop_assert_eq!(apply(&with, &changes[pick]), apply(&without, &changes[pick]));
            prop_assert_eq!(all_answers(&with), all_answers(&without), "after {:?}", changes[pick]);
        }
    }

    #[test]
    fn the_cache_never_shows_under_random_batches(batches in vec(vec(0..changes().len(), 1..6), 1..12)) {
        let (with, without) = (cached(), uncached());
        let changes = changes();
        for picks in batches {
            let batch: Vec<Change> = picks.iter().map(|pick| changes[*pick].clone()).collect();
            let before = (all_answers(&with), with.read_directory(Directory::document));
            let whole = with.apply_all(batch.clone()).is_ok();
            prop_assert_eq!(whole, without.apply_all(batch.clone()).is_ok());
            let after = all_answers(&with);
            prop_assert_eq!(&after, &all_answers(&without), "after {:?}", batch);
            if !whole {
                prop_assert_eq!(after, before.0, "after {:?}", batch);
            }
        }
    }
}

#[test]
fn a_batch_that_fails_halfway_has_changed_nothing() {
    let authorizer = cached();
    let before = (all_answers(&authorizer), authorizer.read_directory(Directory::document));
    let text = r#"[{"editRole": {"id": "annotator", "organization": "acme", "kind": "custom", "name": "", "permissions": ["datasets:view"]}},
        {"removeBinding": "b04"}, {"removeUser": "ana"}, {"removeMember": {"organization": "acme", "user": "ben"}},
        {"archiveProject": {"project": "shop", "at": "2026-01-02T00:00:00Z"}}, {"removeTeam": "web"}, {"addUser": {"id": "newcomer"}}]"#;
    let error = authorizer.apply_all(serde_json::from_str(text).unwrap()).unwrap_err();
    assert_eq!(error.index, 5);
    assert!(matches!(error.error, ApplyError::Change(_)), "{error}");
    let whole = format!("{error}: {}", error.source().unwrap());
    assert!(whole.starts_with("change 5: id: the team `web` still has projects"), "{whole}");
    assert_eq!((all_answers(&authorizer), authorizer.read_directory(Directory::document)), before);
}

#[test]
fn the_last_list_of_a_role_in_a_batch_is_the_one_that_counts() {
    let authorizer = cached();
    let role = |permissions: &str| {
        format!(
            r#"{{"id": "annotator", "organization": "acme", "kind": "custom", "name": "", "permissions": ["{permissions}"]}}"#
        )
    };
    let may = |permission| authorizer.view_at(now()).check(User("cleo"), permission, Project("shop")).unwrap().allow;
    assert!(may("annotations:create") && !may("datasets:create") && !may("prompts:create"));
    let (datasets, prompts) = (role("datasets:create"), role("prompts:create"));
    let apply = |text: String| authorizer.apply_all(serde_json::from_str(&text).unwrap()).unwrap();
    apply(format!(r#"[{{"editRole": {datasets}}}, {{"removeRole": "annotator"}}, {{"addRole": {prompts}}}]"#));
    assert!(!may("annotations:create") && !may("datasets:create") && may("prompts:create"));
    apply(format!(r#"[{{"editRole": {datasets}}}, {{"removeRole": "annotator"}}]"#));
    assert!(!may("datasets:create") && !may("prompts:create"));
    apply(format!(r#"[{{"addRole": {prompts}}}, {{"editRole": {datasets}}}]"#));
    assert!(may("datasets:create") && !may("prompts:create"));
}

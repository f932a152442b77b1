//! What a change of the data can never do, whatever the data.

use std::cell::Cell;
use std::collections::BTreeSet;

use clearance_directory::document::{Document, Holder, RoleKind};
use clearance_tests::case::NOW;
use clearance_tests::evaluator::Native;
use clearance_tests::implementation::Implementation;
use clearance_tests::question::{Principal, Situation};
use proptest::prelude::*;

use crate::random::{config, document};

fn permissions(document: &Document, situations: &[Situation]) -> Vec<BTreeSet<String>> {
    let judge = Native.load(document);
    situations.iter().map(|situation| judge.effective(situation).permissions.into_iter().collect()).collect()
}

fn everywhere(document: &Document, principal: &Principal) -> Vec<Situation> {
    let at = |at| Situation { principal: principal.clone(), at, now: NOW };
    ["o0", "o1"].iter().flat_map(|organization| document::places(document, organization)).map(at).collect()
}

#[test]
fn a_key_never_has_more_than_its_owner() {
    let shared = Cell::new(0);
    proptest!(config(250), |(document in document::document())| {
        for key in &document.keys {
            let Some(owner) = &key.owner else { continue };
            let of_key = permissions(&document, &everywhere(&document, &Principal::Key(key.id.to_string())));
            let owner = everywhere(&document, &Principal::User(owner.to_string()));
            let of_owner = permissions(&document, &owner);
            for ((key_has, owner_has), situation) in of_key.iter().zip(&of_owner).zip(&owner) {
                prop_assert!(key_has.is_subset(owner_has), "key `{}`, {}: {:?}", key.id, situation, key_has.difference(owner_has));
                shared.set(shared.get() + key_has.len());
            }
        }
    });
    assert!(shared.get() > 1000, "the keys of the random documents have only {} permissions: this tests nothing", shared.get());
}

#[test]
fn a_further_binding_takes_nothing_from_its_key() {
    let gained = Cell::new(0);
    proptest!(config(250), |(document in document::document(), mut binding in document::binding(), key in 0_usize..4)| {
        let key = &document.keys[key].id;
        let situations = everywhere(&document, &Principal::Key(key.to_string()));
        let before = permissions(&document, &situations);
        binding.id = "b0".into();
        binding.holder = Holder::Key(key.clone());
        let mut document = Document::clone(&document);
        document.bindings.push(binding);
        let after = permissions(&document, &situations);
        for ((before, after), situation) in before.iter().zip(&after).zip(&situations) {
            prop_assert!(before.is_subset(after), "{}: {:?} is gone", situation, before.difference(after));
            gained.set(gained.get() + after.difference(before).count());
        }
    });
    assert!(gained.get() > 1000, "the bindings gave only {} permissions: this tests nothing", gained.get());
}

/// But for naming a private role, which poisons it from wherever it is named.
#[test]
fn nothing_of_another_organization_changes_an_answer() {
    let removed = Cell::new(0);
    proptest!(config(400), |(document in document::document(), principal in document::principal())| {
        let here = "o0";
        let alone = without_other_organizations(&document, here, &principal);
        removed.set(removed.get() + document.bindings.len() - alone.bindings.len());
        let (all, less) = (Native.load(&document), Native.load(&alone));
        for at in document::places(&document, here) {
            let situation = Situation { principal: principal.clone(), at, now: NOW };
            let differ = all.effective(&situation).differences(&less.effective(&situation));
            prop_assert!(differ.is_empty(), "{}: {:?}", situation, differ);
        }
    });
    assert!(removed.get() > 100, "only {} bindings were taken away: this tests nothing", removed.get());
}

/// The document without the rows of every organization but one. The asker stays.
fn without_other_organizations(document: &Document, here: &str, principal: &Principal) -> Document {
    let mut document = document.clone();
    let Document { organizations, members, teams, team_memberships, projects, groups, roles, bindings, .. } = &mut document;
    let private: BTreeSet<_> = roles.iter().filter(|role| role.kind == RoleKind::Key).map(|role| role.id.clone()).collect();
    let names_private = |role: &Option<Box<str>>| role.as_ref().is_some_and(|role| private.contains(role));
    let mine = |organization: &str| organization == here;

    bindings.retain(|binding| mine(&binding.organization) || names_private(&binding.custom_role));
    let my_teams: BTreeSet<_> = teams.iter().filter(|team| mine(&team.organization)).map(|team| team.id.clone()).collect();
    team_memberships.retain(|row| my_teams.contains(&row.team) || names_private(&row.custom_role));
    let asks = |id: &str| matches!(principal, Principal::ProjectKey(asking) if asking == id);
    projects.retain(|project| my_teams.contains(&project.team) || asks(&project.id));
    // What stays needs its team.
    let named = team_memberships.iter().map(|row| &row.team).chain(projects.iter().map(|project| &project.team));
    let kept: BTreeSet<_> = named.chain(&my_teams).cloned().collect();
    teams.retain(|team| kept.contains(&team.id));
    members.retain(|member| mine(&member.organization));
    groups.retain(|group| mine(&group.organization));
    roles.retain(|role| mine(&role.organization));
    organizations.retain(|organization| mine(&organization.id) || teams.iter().any(|team| team.organization == organization.id));
    document
}

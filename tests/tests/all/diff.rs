//! The diff of two policy versions against a naive one.

use std::{
    collections::BTreeSet,
    sync::{LazyLock, Mutex},
};

use clearance::{Authorizer, Directory, Document, PlaceId, PolicyVersion, PrincipalId, document::Timestamp};
use clearance_directory::RoleSets;
use clearance_host::{Engine, LANGWATCH};
use clearance_policy::types::{Facts, KeyFacts, Owner, Permission, PermissionSet, Place, Principal, UserFacts};
use clearance_rollout::diff::Diff;
use clearance_tests::{case::NOW, evaluator::patient, other};
use proptest::prelude::*;

use crate::random::{config, document};

/// Who, where, what, and whether it is gained.
type Difference = (String, String, String, bool);

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(patient()).unwrap());
static DEFAULT: LazyLock<PolicyVersion> = LazyLock::new(|| load(LANGWATCH));

fn load(bytes: &[u8]) -> PolicyVersion {
    ENGINE.load(bytes).unwrap()
}

fn now() -> Timestamp {
    Timestamp::from_millis(NOW).unwrap()
}

/// The numbers of some permissions.
fn set(names: &[&str]) -> PermissionSet {
    names.iter().fold(PermissionSet::EMPTY, |set, name| set.union(PermissionSet::only(DEFAULT.permission(name).unwrap())))
}

/// Versions that differ in built-in lists, or in the name of a permission.
static OTHERS: LazyLock<Vec<PolicyVersion>> = LazyLock::new(|| {
    let with_list = |list, change: &dyn Fn(PermissionSet) -> PermissionSet| load(&other::with_list(list, change));
    vec![
        with_list("viewer", &|viewer| viewer.difference(set(&["traces:view", "prompts:view"])).union(set(&["ops:view"]))),
        with_list("member", &|member| member.difference(set(&["datasets:manage", "traces:share"]))),
        with_list("lite-member", &|lite| lite.difference(set(&["traces:view"]))),
        load(&other::with_action("traces", "view", "seen")),
    ]
});

fn everything(document: &Document) -> (Vec<PrincipalId<'_>>, Vec<PlaceId<'_>>) {
    let users = document.users.iter().map(|row| PrincipalId::User(&row.id));
    let keys = document.keys.iter().map(|row| PrincipalId::Key(&row.id));
    let projects = document.projects.iter().filter(|row| row.project_key.is_some());
    let principals = users.chain(keys).chain(projects.map(|row| PrincipalId::ProjectKey(&row.id))).collect();
    let organizations = document.organizations.iter().map(|row| PlaceId::Organization(&row.id));
    let teams = document.teams.iter().map(|row| PlaceId::Team(&row.id));
    let places = organizations.chain(teams).chain(document.projects.iter().map(|row| PlaceId::Project(&row.id))).collect();
    (principals, places)
}

/// Asks both versions about every permission of every principal at every place, one by one.
fn naive(document: &Document, before: &PolicyVersion, after: &PolicyVersion) -> BTreeSet<Difference> {
    let open = |version: &PolicyVersion| {
        let directory = Directory::from_document(document.clone()).unwrap();
        Authorizer::builder(version.clone(), directory).cached_questions(0).build().unwrap()
    };
    let (one, other) = (open(before), open(after));
    let name = |permission: &Permission| permission.name.clone();
    let catalogs = before.description().permissions.iter().chain(&after.description().permissions);
    let names: BTreeSet<String> = catalogs.map(name).collect();
    let (principals, places) = everything(document);
    let mut found = BTreeSet::new();
    for principal in principals {
        for &place in &places {
            let (one, other) = (one.view_at(now()).effective(principal, place), other.view_at(now()).effective(principal, place));
            let (one, other) = (one.unwrap(), other.unwrap());
            for name in &names {
                let allows = |effective: &clearance::Effective| effective.decision(name).is_some_and(|decision| decision.allow);
                if allows(&one) != allows(&other) {
                    found.insert((format!("{principal:?}"), format!("{place:?}"), name.clone(), allows(&other)));
                }
            }
        }
    }
    found
}

fn found(diff: &Diff<'_>) -> BTreeSet<Difference> {
    let mut found = BTreeSet::new();
    for entry in diff.entries() {
        assert_eq!(diff.places(entry).len(), entry.count());
        assert!(diff.places(entry).contains(&diff.place(entry)));
        for place in diff.places(entry) {
            for change in entry.changes() {
                for name in diff.names(change) {
                    let one = (format!("{:?}", diff.principal(entry)), format!("{place:?}"), name.to_owned(), change.gain);
                    assert!(found.insert(one.clone()), "{one:?} is listed once");
                }
            }
        }
    }
    found
}

fn holds(document: &Document, other: &PolicyVersion) {
    let directory = Directory::from_document(document.clone()).unwrap();
    let diff = Diff::compare(&directory, &DEFAULT, other, now(), &|_| ()).unwrap();
    let wanted = naive(document, &DEFAULT, other);
    assert_eq!(found(&diff), wanted);
    let summary = diff.summary();
    let count = |gain| u64::try_from(wanted.iter().filter(|difference| difference.3 == gain).count()).unwrap();
    assert_eq!((summary.gains, summary.losses), (count(true), count(false)));
    let back = Diff::compare(&directory, other, &DEFAULT, now(), &|_| ()).unwrap().summary().gains;
    assert_eq!(back, count(false), "what one way is lost is gained the other way");
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn it_finds_what_a_naive_comparison_finds(document in document::document(), other in 0..4_usize) {
        holds(&document, &OTHERS[other]);
    }

    /// The claim on which the whole rests.
    #[test]
    fn facts_are_equal_in_a_region_but_for_the_place(document in document::document()) {
        let directory = Directory::from_document((*document).clone()).unwrap();
        let roles = RoleSets::compile(&directory, |names| DEFAULT.compile(names)).unwrap();
        let survey = directory.survey();
        for principal in directory.principals() {
            let facts = |place| rename(directory.facts(Some(principal), Some(place), NOW, &roles).facts);
            let mut seen = BTreeSet::new();
            for region in survey.regions(principal) {
                let one = facts(region.place);
                for place in survey.places(principal, &region) {
                    prop_assert_eq!(&facts(place), &one);
                    prop_assert!(seen.insert(format!("{:?}", directory.place_id(place))), "a place is in one region");
                }
            }
            prop_assert_eq!(seen.len(), everything(&document).1.len());
            prop_assert_eq!(seen.len(), survey.places_in_all());
        }
    }
}

/// The facts with other handles for the place and what is above it, where it has a name of its own in them.
fn rename(mut facts: Facts) -> Facts {
    const NEW: u64 = u64::MAX;
    let old = match &facts.place {
        Place::Unknown => vec![],
        Place::Organization(organization) => vec![*organization],
        Place::Team(place) => vec![place.team, place.organization],
        Place::Project(place) => vec![place.project, place.team, place.organization],
    };
    let fresh = |handle: &mut u64| {
        if let Some(position) = old.iter().position(|known| known == handle) {
            *handle = NEW - u64::try_from(position).unwrap();
        }
    };
    let user = |user: &mut UserFacts| {
        user.bindings.iter_mut().for_each(|binding| {
            fresh(&mut binding.organization);
            fresh(&mut binding.scope.at);
            binding.group.iter_mut().for_each(fresh);
        });
        user.team_memberships.iter_mut().for_each(|membership| {
            fresh(&mut membership.team);
            fresh(&mut membership.organization);
        });
    };
    match &mut facts.place {
        Place::Unknown => {}
        Place::Organization(organization) => fresh(organization),
        Place::Team(place) => [&mut place.team, &mut place.organization].into_iter().for_each(fresh),
        Place::Project(place) => {
            [&mut place.project, &mut place.team, &mut place.organization].into_iter().for_each(fresh);
        }
    }
    match &mut facts.principal {
        Principal::Unknown => {}
        Principal::User(facts) => user(facts),
        Principal::ProjectKey(key) => fresh(&mut key.project),
        Principal::Key(KeyFacts { organization, bindings, owner, .. }) => {
            fresh(organization);
            bindings.iter_mut().for_each(|binding| {
                fresh(&mut binding.organization);
                fresh(&mut binding.scope.at);
            });
            if let Some(Owner::User(facts)) = owner {
                user(facts);
            }
        }
    }
    facts.roles.iter_mut().for_each(|role| fresh(&mut role.organization));
    facts
}

fn company() -> Directory {
    Directory::from_json(include_str!("../../../examples/company/directory.json")).unwrap()
}

#[test]
fn equal_versions_do_not_differ_and_every_principal_is_counted() {
    let directory = company();
    let seen = Mutex::new(Vec::new());
    let diff = Diff::compare(&directory, &DEFAULT, &DEFAULT, now(), &|progress| seen.lock().unwrap().push(progress)).unwrap();
    assert!(diff.entries().is_empty());
    assert_eq!(diff.asked().principals, directory.principals().len());
    let seen = seen.into_inner().unwrap();
    assert_eq!(seen.iter().map(|progress| progress.done).max(), Some(diff.asked().principals));
}

#[test]
fn a_renamed_permission_is_lost_and_gained() {
    let directory = company();
    let diff = Diff::compare(&directory, &DEFAULT, &OTHERS[3], now(), &|_| ()).unwrap();
    let summary = diff.summary();
    assert_eq!(diff.permissions().len(), DEFAULT.description().permissions.len() + 1);
    let names: BTreeSet<&str> = summary.by_permission.iter().map(|group| group.key).collect();
    assert_eq!(names, BTreeSet::from(["traces:seen", "traces:view"]));
    assert!(summary.gains > 0 && summary.losses > 0);
    assert!(summary.by_rule.iter().all(|group| [group.key.0, group.key.1].contains(&clearance::Reason::PermissionUnknown)));
}

//! Each part of the question that the cache must tell apart. Every test fails if its part is left out of the key.

use clearance::{
    Authorizer, Change,
    PlaceId::{Organization, Project},
    PrincipalId::{Key, User},
    Reason,
    document::{Holder, Scope, Timestamp},
};

use crate::company::{all_answers, cached, directory, load, now};

/// The strict policy has the same catalog and other answers.
#[test]
fn the_policy_version_is_part_of_the_question() {
    let authorizer = cached();
    let before = all_answers(&authorizer);
    let strict = load(clearance_policy::STRICT);
    let expected = all_answers(&Authorizer::builder(strict.clone(), directory()).cached_questions(0).build().unwrap());
    assert_ne!(before, expected);

    let old = authorizer.swap(strict).unwrap();
    assert_eq!(all_answers(&authorizer), expected);
    authorizer.swap(old).unwrap();
    assert_eq!(all_answers(&authorizer), before);
}

#[test]
fn the_principal_is_part_of_the_question() {
    let authorizer = cached();
    // The last change concerns the owner, and through him the key: from now on nothing but the principal tells the two apart.
    authorizer.apply(Change::RemoveGroupMember { group: "developers".into(), user: "ben".into() }).unwrap();
    authorizer.apply(Change::AddGroupMember { group: "developers".into(), user: "ben".into() }).unwrap();
    let ask = |principal| authorizer.view_at(now()).check(principal, "project:delete", Project("shop")).unwrap().reason;
    assert_eq!(ask(User("ben")), Reason::Lacks);
    assert_eq!(ask(Key("ci")), Reason::OwnerLacks);
    assert_eq!(ask(User("ben")), Reason::Lacks);
}

#[test]
fn the_place_is_part_of_the_question() {
    let authorizer = cached();
    let ask = |place| authorizer.view_at(now()).check(User("ben"), "traces:view", place).unwrap().reason;
    assert_eq!(ask(Project("shop")), Reason::Binding);
    assert_eq!(ask(Project("lake")), Reason::TeamMembership);
    assert_eq!(ask(Organization("acme")), Reason::TeamMembership);
}

#[test]
fn the_state_of_the_data_is_part_of_the_question() {
    let authorizer = cached();
    let ask = || authorizer.view_at(now()).check(Key("ci"), "prompts:update", Project("shop")).unwrap().reason;
    assert_eq!(ask(), Reason::Binding);
    // At a distance: the owner leaves the group through which the ceiling came.
    let leave = Change::RemoveGroupMember { group: "developers".into(), user: "ben".into() };
    authorizer.apply(leave).unwrap();
    assert_eq!(ask(), Reason::OwnerLacks);
    let join = Change::AddGroupMember { group: "developers".into(), user: "ben".into() };
    authorizer.apply(join).unwrap();
    assert_eq!(ask(), Reason::Binding);
}

#[test]
fn time_is_part_of_the_question() {
    let authorizer = cached();
    let ask = |at: &str| {
        let at: Timestamp = at.parse().unwrap();
        authorizer.view_at(at).check(Key("trial"), "prompts:update", Project("shop")).unwrap().reason
    };
    assert_eq!(ask("2026-04-01T00:00:00Z"), Reason::Binding);
    assert_eq!(ask("2026-04-01T00:00:00.001Z"), Reason::KeyExpired);
    assert_eq!(ask("2026-03-31T23:59:59Z"), Reason::Binding);
}

#[test]
fn a_binding_is_named_by_the_id_that_it_had_when_it_granted() {
    let authorizer = cached();
    let ask = || authorizer.view_at(now()).check(Key("deploy"), "traces:view", Project("shop")).unwrap();
    assert_eq!(ask().binding.as_deref(), Some("b06"));
    // The slot of the removed binding is free for the next one.
    authorizer.apply(Change::RemoveBinding("b06".into())).unwrap();
    authorizer
        .apply(Change::AddBinding(clearance::document::Binding {
            id: "z".into(),
            organization: "acme".into(),
            holder: Holder::Key("ingest".into()),
            role: clearance::document::BindingRole::Viewer,
            custom_role: None,
            scope: Scope::Project("shop".into()),
        }))
        .unwrap();
    let denied = ask();
    assert_eq!((denied.reason, denied.binding), (Reason::KeyLacks, None));
}

/// What is answered says how long it holds.
#[test]
fn an_answer_holds_until_the_key_expires() {
    let authorizer = cached();
    let expires: Timestamp = "2026-04-01T00:00:00Z".parse().unwrap();
    let validity = |at: Timestamp| authorizer.view_at(at).effective(Key("trial"), Project("shop")).unwrap().validity();
    assert_eq!(validity(expires), (0, expires.millis()));
    assert_eq!(validity(now()), (expires.millis() + 1, u64::MAX));
}

/// A caller that does not say the time means the present.
#[test]
fn a_view_is_of_the_present() {
    let clock = || u64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    let before = clock();
    let asked = cached().view().capsule(Key("ci"), "traces:view", Project("shop")).unwrap().now();
    assert!((before..=clock()).contains(&asked), "{asked}");
}

//! What was sent, judged by itself, and what can be seen.

use super::*;

fn refusal(facts: &Facts, draft: &Draft) -> Vec<(Field, Option<u32>, Flaw)> {
    match create(facts, draft) {
        Err(Refusal::Validation(faults)) => {
            faults.into_iter().map(|fault| (fault.spot.field, fault.spot.index, fault.flaw)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn everything_that_is_wrong_is_named_once_and_in_order() {
    let spot = |field, index| Spot { field, index };
    let bindings = vec![wanted(WantedRole::Viewer, TEAM, admin(SOMEONE)); 21];
    let projects = vec![WantedProject { place: Place::Unknown, workspace: Workspace::Shared }; 51];
    let asked = Draft {
        unreadable: vec![
            spot(Field::Projects, Some(3)),
            spot(Field::Permissions, Some(1)),
            spot(Field::Mode, None),
            spot(Field::Expires, None),
            spot(Field::Mode, None),
            spot(Field::Assignee, None),
        ],
        name: None,
        description: Some("d".repeat(501)),
        permissions: names(&["traces:view", "", "traces:fly"]),
        projects,
        ..draft(bindings)
    };
    let wrong = vec![
        (Field::Assignee, None, Flaw::Unreadable),
        (Field::Bindings, None, Flaw::TooMany),
        (Field::Description, None, Flaw::TooLong),
        (Field::Expires, None, Flaw::Unreadable),
        (Field::Name, None, Flaw::Missing),
        (Field::Mode, None, Flaw::Unreadable),
        (Field::Permissions, Some(1), Flaw::Unreadable),
        (Field::Permissions, Some(2), Flaw::NotAllowed),
        (Field::Projects, None, Flaw::TooMany),
        (Field::Projects, Some(3), Flaw::Unreadable),
    ];
    // Of what is missing for a restricted key nothing is said where something else is wrong with the field.
    assert_eq!(refusal(&http(Some(admin(SOMEONE))), &asked), wrong);
    assert_eq!(refusal(&session(admin(SOMEONE)), &asked), wrong);
    let unreadable = Draft { unreadable: vec![spot(Field::Name, None)], name: None, ..draft(vec![]) };
    let facts = session(user(SOMEONE, vec![]));
    assert_eq!(refusal(&facts, &unreadable), [(Field::Name, None, Flaw::Unreadable)]);
}

#[test]
fn a_restricted_key_needs_all_three_corners() {
    let facts = session(admin(SOMEONE));
    let corners = |mode: Option<Mode>, role, permissions: &[&str]| {
        let bindings = vec![wanted(role, TEAM, admin(SOMEONE))];
        let draft = Draft { mode, permissions: names(permissions), ..draft(bindings) };
        let missing = if create(&facts, &draft).is_ok() { vec![] } else { refusal(&facts, &draft) };
        assert!(missing.iter().all(|(_, index, flaw)| index.is_none() && *flaw == Flaw::Missing));
        missing.into_iter().map(|(field, ..)| field).collect::<Vec<_>>()
    };
    let (custom, viewer) = (WantedRole::Custom, WantedRole::Viewer);
    let restricted = Some(Mode::Restricted);
    assert_eq!(corners(restricted, custom, &["traces:view"]), []);
    assert_eq!(corners(Some(Mode::Readonly), viewer, &[]), []);
    assert_eq!(corners(None, viewer, &["traces:view"]), [Field::Bindings, Field::Mode]);
    assert_eq!(corners(Some(Mode::Readonly), custom, &[]), [Field::Mode, Field::Permissions]);
    assert_eq!(corners(restricted, viewer, &[]), [Field::Bindings, Field::Permissions]);
    assert_eq!(corners(restricted, viewer, &["traces:view"]), [Field::Bindings]);
    assert_eq!(corners(restricted, custom, &[]), [Field::Permissions]);
    assert_eq!(corners(Some(Mode::All), custom, &["traces:view"]), [Field::Mode]);
}

#[test]
fn text_is_measured_in_utf_16() {
    let facts = session(admin(SOMEONE));
    let service = |name: String, description: String| Draft {
        kind: Some(Kind::Service),
        name: Some(name),
        description: Some(description),
        ..draft(vec![])
    };
    // Three bytes and one unit; four bytes and two units.
    assert!(create(&facts, &service("€".repeat(100), "€".repeat(500))).is_ok());
    assert!(create(&facts, &service("🔑".repeat(50), "🔑".repeat(250))).is_ok());
    let long = service("🔑".repeat(50) + "x", "🔑".repeat(250) + "x");
    let wrong = [(Field::Description, None, Flaw::TooLong), (Field::Name, None, Flaw::TooLong)];
    assert_eq!(refusal(&facts, &long), wrong);
}

/// However much is wrong: an answer does not grow with what anyone sends.
#[test]
fn a_refusal_names_no_more_than_256_faults() {
    let permissions = vec![String::from("x"); 70_000];
    let unreadable = (0..70_000).map(|index| Spot { field: Field::Projects, index: Some(69_999 - index) }).collect();
    let asked = Draft { permissions, unreadable, ..draft(vec![]) };
    let wrong = refusal(&http(None), &asked);
    assert_eq!(wrong.len(), 256);
    assert_eq!(
        wrong[..3],
        [
            (Field::Bindings, None, Flaw::Missing),
            (Field::Mode, None, Flaw::Missing),
            (Field::Permissions, Some(0), Flaw::NotAllowed),
        ]
    );
}

#[test]
fn only_a_service_key_over_http_has_projects() {
    let projects = vec![WantedProject { place: Place::Project(PROJECT), workspace: Workspace::Shared }];
    let bindings = vec![wanted(WantedRole::Viewer, TEAM, admin(SOMEONE))];
    let asked = |kind| Draft { kind, projects: projects.clone(), ..draft(bindings.clone()) };
    let (key, person) = (http(Some(admin(SOMEONE))), session(admin(SOMEONE)));
    let not_allowed = [(Field::Projects, None, Flaw::NotAllowed)];
    for kind in [None, Some(Kind::Personal)] {
        assert_eq!(refusal(&key, &asked(kind)), not_allowed);
        assert_eq!(refusal(&http(None), &asked(kind)), not_allowed, "as it was sent, whoever asks");
        assert_eq!(refusal(&person, &asked(kind)), not_allowed);
    }
    assert!(create(&key, &asked(Some(Kind::Service))).is_ok());
    assert_eq!(refusal(&person, &asked(Some(Kind::Service))), not_allowed);
    // Where the kind cannot be read, nothing is said of what depends on it.
    let unreadable = vec![Spot { field: Field::Kind, index: None }];
    let asked = Draft { unreadable, ..asked(None) };
    assert_eq!(refusal(&key, &asked), [(Field::Kind, None, Flaw::Unreadable)]);
}

/// Some keys of every sort.
fn keys() -> Vec<StoredKey> {
    vec![
        stored(KeyOwner::Nobody),
        StoredKey { ingestion: true, ..stored(KeyOwner::Nobody) },
        stored(KeyOwner::User(SOMEONE)),
        StoredKey { ingestion: true, ..stored(KeyOwner::User(SOMEONE)) },
        stored(KeyOwner::User(ANOTHER)),
        stored(KeyOwner::Unknown),
        StoredKey { revoked: true, ..stored(KeyOwner::User(SOMEONE)) },
        StoredKey { name: "Langy session".into(), ..stored(KeyOwner::User(SOMEONE)) },
        StoredKey { organization: 9, ..stored(KeyOwner::Nobody) },
    ]
}

#[test]
fn lists_and_reads_show_the_same_keys_but_for_revoked_ones() {
    let member = user(SOMEONE, vec![bound(Role::Member, Tier::Organization, 1)]);
    let weak = |owner: UserFacts| {
        let mut facts = http(Some(owner));
        key_of(&mut facts).bindings = vec![bound(Role::Member, Tier::Organization, 1)];
        facts
    };
    for (facts, listed, read) in [
        (session(member.clone()), &[0, 2, 3][..], &[0, 2, 3, 6][..]),
        (session(admin(SOMEONE)), &[0, 1, 2, 3, 4, 5], &[0, 1, 2, 3, 4, 5, 6]),
        (http(Some(member.clone())), &[0, 2, 3], &[0, 2, 3, 6]),
        // Its owner is an admin: the list is a member's all the same.
        (http(Some(admin(SOMEONE))), &[0, 2, 3], &[0, 1, 2, 3, 4, 5, 6]),
        // The credential does not have what the owner has.
        (weak(admin(SOMEONE)), &[0, 2, 3], &[0, 2, 3, 6]),
        (http(None), &[0, 1, 2, 3, 4, 5], &[0, 1, 2, 3, 4, 5, 6]),
    ] {
        assert_eq!(sight::list(&CATALOG, &facts, &keys()), Ok(listed.to_vec()), "{facts:?}");
        for (index, key) in (0..).zip(keys()) {
            let expected = if read.contains(&index) { Ok(()) } else { Err(Refusal::NotFound) };
            assert_eq!(sight::read(&CATALOG, &facts, Some(&key)), expected, "{index} {facts:?}");
        }
        assert_eq!(sight::read(&CATALOG, &facts, None), Err(Refusal::NotFound));
    }
}

#[test]
fn a_service_key_sees_keys_only_if_it_manages_them() {
    let mut facts = http(None);
    key_of(&mut facts).bindings = vec![bound(Role::Member, Tier::Organization, 1)];
    let forbidden = |name: &str| Err(Refusal::Forbidden(Some(name.into())));
    assert_eq!(sight::list(&CATALOG, &facts, &keys()), forbidden("organization:manage"));
    assert_eq!(sight::read(&CATALOG, &facts, keys().first()), Err(Refusal::NotFound));
    key_of(&mut facts).bindings.clear();
    assert_eq!(sight::list(&CATALOG, &facts, &keys()), forbidden("organization:view"));
    assert_eq!(sight::read(&CATALOG, &facts, keys().first()), forbidden("organization:view").map(|_: Vec<u32>| ()));
    let project_key = super::facts(HERE, Principal::ProjectKey(ProjectKeyFacts { project: 3 }));
    assert_eq!(sight::list(&CATALOG, &project_key, &keys()), forbidden("organization:view"));
    let nowhere = Facts { place: Place::Unknown, ..session(admin(SOMEONE)) };
    assert_eq!(sight::list(&CATALOG, &nowhere, &keys()), Err(violation(Violation::NotMember)));
}

#[test]
fn nothing_but_an_own_binding_at_the_organization_makes_an_admin() {
    let admin_of = |change: fn(&mut UserFacts)| {
        let mut user = admin(SOMEONE);
        change(&mut user);
        sight::look(&CATALOG, &session(user), &Sight::Members(vec![7, 8]))
    };
    assert_eq!(admin_of(|_| ()), Ok(vec![0, 1]));
    let lesser: [fn(&mut UserFacts); 6] = [
        |user| user.bindings[0].group = Some(1),
        |user| user.bindings[0].organization = 9,
        |user| user.bindings[0].role = Role::Member,
        |user| user.bindings[0].scope.tier = Tier::Team,
        |user| user.bindings[0].scope.at = 9,
        |user| (user.membership, user.bindings) = (Some(Membership::Admin), vec![]),
    ];
    for change in lesser {
        assert_eq!(admin_of(change), Ok(vec![]));
    }
    let outside: [fn(&mut UserFacts); 2] = [|user| user.membership = None, |user| user.deactivated = true];
    for change in outside {
        assert_eq!(admin_of(change), Err(violation(Violation::NotMember)));
    }
}

#[test]
fn a_signed_in_user_looks_at_what_a_key_can_be_made_from() {
    let facts = session(user(SOMEONE, vec![]));
    let look = |at: Sight| sight::look(&CATALOG, &facts, &at);
    assert_eq!(look(Sight::KeyNames(keys())), Ok(vec![0, 1, 2, 3, 4, 5, 6, 7]));
    let own = bound(Role::Viewer, Tier::Team, 2);
    let bindings = vec![Binding { group: Some(1), ..own }, own, Binding { organization: 9, ..own }];
    assert_eq!(look(Sight::OwnBindings(bindings)), Ok(vec![1]));
    let teams = vec![TeamPlace { team: 4, organization: 9 }, TeamPlace { team: 2, organization: 1 }];
    assert_eq!(look(Sight::Teams(teams)), Ok(vec![1]));
    let projects = vec![ProjectPlace { archived: true, ..PROJECT }, PROJECT, ProjectPlace { organization: 9, ..PROJECT }];
    assert_eq!(look(Sight::Projects(projects)), Ok(vec![1]));
    assert_eq!(sight::look(&CATALOG, &http(None), &Sight::Members(vec![])), Err(Refusal::Forbidden(None)));
}

#[test]
fn the_own_key_of_a_project_takes_a_permission_there() {
    let ask = |role: Role, wanted, change: fn(&mut Facts)| {
        let mut facts = http(None);
        facts.place = Place::Project(PROJECT);
        key_of(&mut facts).bindings = vec![bound(role, Tier::Team, 2)];
        change(&mut facts);
        sight::project_key(&CATALOG, &facts, wanted)
    };
    let forbidden = |name: &str| Err(Refusal::Forbidden(Some(name.into())));
    let (read, rotate) = (ProjectKeyUse::Read, ProjectKeyUse::Rotate);
    assert_eq!(ask(Role::Admin, rotate, |_| ()), Ok(()));
    assert_eq!(ask(Role::Member, read, |_| ()), Ok(()));
    assert_eq!(ask(Role::Member, rotate, |_| ()), forbidden("project:manage"));
    assert_eq!(ask(Role::Viewer, read, |_| ()), forbidden("project:update"));
    assert_eq!(ask(Role::Admin, read, |facts| key_of(facts).organization = 9), Err(Refusal::NotFound));
    assert_eq!(ask(Role::Admin, read, |facts| facts.place = Place::Unknown), Err(Refusal::NotFound));
    assert_eq!(ask(Role::Admin, read, |facts| facts.place = HERE), Err(Refusal::BadFacts));
    assert_eq!(ask(Role::Admin, read, |facts| key_of(facts).bindings[0].role = Role::Custom(0)), Err(Refusal::BadFacts));
    let own = |facts: &mut Facts| facts.principal = Principal::ProjectKey(ProjectKeyFacts { project: 3 });
    assert_eq!(ask(Role::Admin, read, own), forbidden("project:update"));
    let person = |facts: &mut Facts| facts.principal = Principal::User(user(SOMEONE, vec![bound(Role::Admin, Tier::Team, 2)]));
    assert_eq!(ask(Role::Admin, rotate, person), Ok(()));
}

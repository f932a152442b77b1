//! Questions in which everything is wrong, put right one by one: each step shows the next refusal.

use super::*;

const MANAGE: &str = "organization:manage";

/// What to put right, and what is refused then.
type Step<Q> = (fn(&mut Q), Option<Refusal>);

/// Puts right one thing at a time and compares what is refused then.
fn falls<T: PartialEq + core::fmt::Debug, Q>(
    mut question: Q,
    ask: impl Fn(&Q) -> Result<T, Refusal>,
    first: Refusal,
    steps: Vec<Step<Q>>,
) {
    assert_eq!(ask(&question), Err(first));
    for (number, (put_right, next)) in (1..).zip(steps) {
        put_right(&mut question);
        let answer = ask(&question);
        match next {
            Some(refusal) => assert_eq!(answer, Err(refusal), "after step {number}"),
            None => assert!(answer.is_ok(), "after step {number}: {answer:?}"),
        }
    }
}

#[test]
fn a_user_makes_a_key_for_somebody_else() {
    let mut outsider = user(SOMEONE, vec![]);
    outsider.membership = None;
    let mut binding = wanted(WantedRole::Viewer, Place::Unknown, user(ANOTHER, vec![]));
    binding.ceiling.names = vec![vec![]];
    binding.workspace = Workspace::Personal(Some(SOMEONE));
    let assignee = Assignee { user: Some(ANOTHER), membership: None, deactivated: false };
    let draft = Draft { name: Some("Langy session!".repeat(8)), assignee: Some(assignee), ..draft(vec![binding]) };
    type Question = (Facts, Draft);
    fn ceiling((_, draft): &mut Question) -> &mut Ceiling {
        &mut draft.bindings[0].ceiling
    }
    falls(
        (session(outsider), draft),
        |(facts, draft)| create(facts, draft),
        Refusal::BadFacts,
        vec![
            (|it| ceiling(it).names.clear(), Some(Refusal::Validation(vec![fault(Field::Name, Flaw::TooLong)]))),
            (|(_, draft)| draft.name = Some("Langy session".into()), Some(violation(Violation::NotMember))),
            (|(facts, _)| *facts = session(user(SOMEONE, vec![])), Some(Refusal::Forbidden(None))),
            (|(facts, _)| *facts = session(admin(SOMEONE)), Some(Refusal::ReservedName)),
            (|(_, draft)| draft.name = Some("Langy session ".into()), Some(violation(Violation::AssigneeNotMember))),
            (
                |(_, draft)| draft.assignee.as_mut().unwrap().membership = Some(Membership::External),
                Some(violation(Violation::Scope(0))),
            ),
            (
                |it| ceiling(it).facts.place = TEAM,
                Some(violation(Violation::Ceiling(Excess { binding: 0, permission: "project:view".into() }))),
            ),
            (
                |it| ceiling(it).facts.principal = Principal::User(user(ANOTHER, vec![bound(Role::Viewer, Tier::Team, 2)])),
                Some(Refusal::PersonalWorkspace(0)),
            ),
            (|(_, draft)| draft.bindings[0].workspace = Workspace::Personal(None), Some(Refusal::PersonalWorkspace(0))),
            (|(_, draft)| draft.bindings[0].workspace = Workspace::Personal(Some(ANOTHER)), None),
        ],
    );
}

#[test]
fn a_key_makes_a_service_key() {
    let mut facts = http(Some(user(SOMEONE, vec![])));
    key_of(&mut facts).bindings.clear();
    let workspace = Workspace::Personal(Some(SOMEONE));
    let projects = vec![WantedProject { place: Place::Unknown, workspace }];
    let draft = Draft { kind: Some(Kind::Service), name: None, projects, ..draft(vec![]) };
    falls(
        (facts, draft),
        |(facts, draft)| create(facts, draft),
        Refusal::Forbidden(Some(MANAGE.into())),
        vec![
            // The key alone is not enough: its owner is asked too.
            (|(facts, _)| *facts = http(Some(user(SOMEONE, vec![]))), Some(Refusal::Forbidden(Some(MANAGE.into())))),
            (
                |(facts, _)| {
                    // A custom role has the permission, and makes no admin.
                    let manages = PermissionSet::only(CATALOG.lifecycle.manage_keys);
                    let owner = user(SOMEONE, vec![bound(Role::Custom(0), Tier::Organization, 1)]);
                    *facts = http(Some(owner));
                    facts.roles = vec![CustomRole { organization: 1, private: None, empty: false, permissions: manages }];
                },
                Some(Refusal::Validation(vec![fault(Field::Name, Flaw::Missing)])),
            ),
            (|(_, draft)| draft.name = Some("Langy session".into()), Some(Refusal::Forbidden(None))),
            (|(facts, _)| *facts = http(Some(admin(SOMEONE))), Some(Refusal::ReservedName)),
            (|(_, draft)| draft.name = Some("langy session".into()), Some(violation(Violation::Scope(0)))),
            (
                |(_, draft)| draft.projects[0].place = Place::Project(ProjectPlace { archived: true, ..PROJECT }),
                Some(violation(Violation::Scope(0))),
            ),
            (|(_, draft)| draft.projects[0].place = Place::Project(PROJECT), Some(Refusal::PersonalWorkspace(0))),
            (|(_, draft)| draft.projects[0].workspace = Workspace::Shared, None),
        ],
    );
}

type Edits = (Facts, Option<StoredKey>, Change);

/// An edit in which everything is wrong that can be.
fn edits(facts: Facts) -> Edits {
    let mut binding = wanted(WantedRole::Admin, Place::Unknown, user(ANOTHER, vec![]));
    binding.workspace = Workspace::Personal(Some(SOMEONE));
    let key = StoredKey { name: "Langy session".into(), revoked: true, ..stored(KeyOwner::User(ANOTHER)) };
    let name = Some(String::new());
    (facts, Some(key), Change { name, bindings: Some(vec![binding]), ..change() })
}

fn key((_, key, _): &mut Edits) -> &mut StoredKey {
    key.as_mut().unwrap()
}

fn binding((_, _, change): &mut Edits) -> &mut WantedBinding {
    &mut change.bindings.as_mut().unwrap()[0]
}

/// What is left to put right once the body is fine and whoever asks belongs to the organization.
fn rest(not_owned: Refusal, own: fn(&mut Edits)) -> Vec<Step<Edits>> {
    vec![
        (|it| key(it).name = "old".into(), Some(Refusal::ReservedName)),
        (|(_, _, change)| change.name = Some("new".into()), Some(not_owned)),
        (own, Some(Refusal::AlreadyRevoked)),
        (|it| key(it).revoked = false, Some(violation(Violation::Scope(0)))),
        (
            |it| binding(it).ceiling.facts.place = Place::Project(PROJECT),
            Some(violation(Violation::Ceiling(Excess { binding: 0, permission: "project:manage".into() }))),
        ),
        (
            |it| binding(it).ceiling.facts.principal = Principal::User(user(ANOTHER, vec![bound(Role::Admin, Tier::Team, 2)])),
            Some(Refusal::PersonalWorkspace(0)),
        ),
        (|it| binding(it).workspace = Workspace::Shared, None),
    ]
}

fn ask((facts, key, change): &Edits) -> Result<Edited, Refusal> {
    edit::edit(&CATALOG, facts, key.as_ref(), change)
}

#[test]
fn a_user_edits_the_key_of_another() {
    let mut outsider = user(SOMEONE, vec![]);
    outsider.deactivated = true;
    let steps: Vec<Step<Edits>> = vec![
        (|(_, _, change)| change.name = Some("Langy session".into()), Some(violation(Violation::NotMember))),
        (|(facts, ..)| *facts = session(user(SOMEONE, vec![])), Some(Refusal::NotFound)),
    ];
    let rest = rest(Refusal::NotOwned, |(facts, ..)| *facts = session(admin(SOMEONE)));
    let first = Refusal::Validation(vec![fault(Field::Name, Flaw::TooShort)]);
    falls(edits(session(outsider)), ask, first, steps.into_iter().chain(rest).collect());
}

#[test]
fn a_key_edits_the_key_of_another() {
    let mut facts = http(Some(admin(SOMEONE)));
    key_of(&mut facts).revoked = true;
    let steps: Vec<Step<Edits>> = vec![
        (
            |(facts, ..)| {
                let owner = user(SOMEONE, vec![bound(Role::Custom(0), Tier::Organization, 1)]);
                *facts = http(Some(owner));
                let permissions = PermissionSet::only(CATALOG.lifecycle.manage_keys);
                facts.roles = vec![CustomRole { organization: 1, private: None, empty: false, permissions }];
            },
            Some(Refusal::Validation(vec![fault(Field::Name, Flaw::TooShort)])),
        ),
        (|(_, _, change)| change.name = Some("Langy session".into()), Some(Refusal::NotFound)),
    ];
    // The refusal is the same as for a key that there is not.
    let rest = rest(Refusal::NotFound, |(facts, ..)| *facts = http(Some(admin(SOMEONE))));
    falls(edits(facts), ask, Refusal::Forbidden(Some(MANAGE.into())), steps.into_iter().chain(rest).collect());
}

#[test]
fn a_key_is_revoked() {
    let mut outsider = user(SOMEONE, vec![]);
    outsider.membership = None;
    let key = StoredKey { revoked: true, organization: 5, ..stored(KeyOwner::Nobody) };
    type Question = (Facts, Option<StoredKey>);
    falls(
        (session(outsider), Some(key.clone())),
        |(facts, key): &Question| edit::revoke(&CATALOG, facts, key.as_ref()),
        violation(Violation::NotMember),
        vec![
            (|(facts, _)| *facts = session(user(SOMEONE, vec![])), Some(Refusal::NotFound)),
            (|(_, key)| key.as_mut().unwrap().organization = 1, Some(Refusal::NotOwned)),
            // Not even over HTTP is it hidden.
            (|(facts, _)| *facts = http(None), Some(Refusal::AlreadyRevoked)),
            (|(facts, _)| *facts = session(admin(SOMEONE)), Some(Refusal::AlreadyRevoked)),
            (|(_, key)| key.as_mut().unwrap().name = "Langy session".into(), Some(Refusal::NotFound)),
            (|(_, key)| *key = Some(stored(KeyOwner::Unknown)), None),
            // An owner who is not known is nobody's, not everybody's.
            (|(facts, _)| *facts = session(user(SOMEONE, vec![])), Some(Refusal::NotOwned)),
            (|(_, key)| *key = Some(stored(KeyOwner::User(SOMEONE))), None),
            (|(_, key)| *key = None, Some(Refusal::NotFound)),
        ],
    );
}

#[test]
fn malformed_facts_come_before_all() {
    let nobody = facts(HERE, Principal::Unknown);
    assert_eq!(create(&nobody, &draft(vec![])), Err(violation(Violation::NotMember)));
    let mut bad = wanted(WantedRole::Viewer, TEAM, user(SOMEONE, vec![bound(Role::Custom(0), Tier::Team, 2)]));
    for kind in [Kind::Personal, Kind::Service] {
        let draft = Draft { kind: Some(kind), name: None, ..draft(vec![bad.clone()]) };
        assert_eq!(create(&session(user(SOMEONE, vec![])), &draft), Err(Refusal::BadFacts), "{kind:?}");
    }
    // A ceiling of somebody else, or of a key.
    bad.ceiling.facts.principal = Principal::User(admin(ANOTHER));
    assert_eq!(create(&session(admin(SOMEONE)), &draft(vec![bad.clone()])), Err(Refusal::BadFacts));
    bad.ceiling.facts.principal = http(Some(admin(SOMEONE))).principal;
    assert_eq!(create(&session(admin(SOMEONE)), &draft(vec![bad.clone()])), Err(Refusal::BadFacts));
    bad.ceiling.facts.principal = Principal::User(admin(SOMEONE));
    assert!(create(&session(admin(SOMEONE)), &draft(vec![bad.clone()])).is_ok());
    let change = Change { bindings: Some(vec![bad]), ..change() };
    assert_eq!(edit(&session(admin(SOMEONE)), &stored(KeyOwner::User(ANOTHER)), &change), Err(Refusal::BadFacts));
    assert_eq!(edit(&session(admin(SOMEONE)), &stored(KeyOwner::Unknown), &change), Err(Refusal::BadFacts));
    assert!(edit(&session(admin(SOMEONE)), &stored(KeyOwner::Nobody), &change).is_ok());
    // Facts at another place say nothing of the organization.
    for place in [TEAM, Place::Project(PROJECT)] {
        let facts = facts(place, Principal::User(admin(SOMEONE)));
        assert_eq!(create(&facts, &draft(vec![])), Err(Refusal::BadFacts));
    }
    let facts = facts(HERE, Principal::User(user(SOMEONE, vec![bound(Role::Custom(0), Tier::Organization, 1)])));
    for question in [KeyQuestion::List(vec![]), KeyQuestion::Read(None), KeyQuestion::Look(Sight::Members(vec![]))] {
        assert_eq!(ask_all(&facts, &question), Err(Refusal::BadFacts));
    }
}

fn ask_all(facts: &Facts, question: &KeyQuestion) -> Result<KeyAnswer, Refusal> {
    super::ask(&CATALOG, facts, question)
}

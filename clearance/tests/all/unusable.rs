//! Custom roles that cannot be compiled, and changes that memory can follow whatever the policy does.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use clearance::{
    Authorizer, Change, Directory, Document, EvalError,
    PlaceId::{Organization, Project},
    PrincipalId::{Key, User},
    Reason,
};

use crate::{
    company::{PLACES, PRINCIPALS, VERSION, all_answers, cached, directory, now, other},
    guest::{About, Deed, after, guest},
};

fn change(text: &str) -> Change {
    serde_json::from_str(text).unwrap()
}

fn role(word: &str, id: &str, names: &[&str]) -> Change {
    let list = serde_json::to_string(names).unwrap();
    change(&format!(
        r#"{{"{word}": {{"id": "{id}", "organization": "acme", "kind": "custom", "name": "n", "permissions": {list}}}}}"#
    ))
}

/// The example company as an older version stored it: a role lists 65,000 names.
fn stored_document() -> Document {
    let mut document = directory().document();
    let role = document.roles.iter_mut().find(|role| *role.id == *"annotator").unwrap();
    role.permissions = vec![":".into(); 65_000];
    document
}

fn is_unusable<T: std::fmt::Debug>(answer: Result<T, EvalError>, named: &str) {
    match answer {
        Err(EvalError::UnusableRole { role, .. }) => assert_eq!(role, named),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stored_role_beyond_the_bounds_stops_nothing_but_what_depends_on_it() {
    let authorizer = Authorizer::builder(VERSION.clone(), Directory::from_stored(stored_document()).unwrap()).build_on_stored();
    let right = cached();
    let holds = |authorizer: &Authorizer| {
        // Cleo has it by a binding at this project, and nobody else.
        let moment = authorizer.view_at(now());
        is_unusable(moment.check(User("cleo"), "traces:view", Project("shop")), "annotator");
        is_unusable(moment.effective(User("cleo"), Project("shop")), "annotator");
        is_unusable(moment.explain(User("cleo"), "traces:view", Project("shop")), "annotator");
        let keeper = clearance::repair::Asker::Keeper;
        is_unusable(moment.repair(User("cleo"), "traces:view", Project("shop"), keeper), "annotator");
        let [unusable] = &authorizer.unusable_roles()[..] else { panic!("{:?}", authorizer.unusable_roles()) };
        assert_eq!((&*unusable.role, &unusable.error), ("annotator", &None));
        assert!(unusable.to_string().contains("`annotator` lists more than 1000 names"), "{unusable}");
        let mut answered = 0;
        for (principal, place) in PRINCIPALS.iter().flat_map(|principal| PLACES.iter().map(move |place| (*principal, *place))) {
            let answer = |authorizer: &Authorizer| {
                let decision = authorizer.view_at(now()).check(principal, "traces:view", place)?;
                Ok::<_, EvalError>((decision.allow, decision.reason))
            };
            if let Ok(found) = answer(authorizer) {
                assert_eq!(found, answer(&right).unwrap(), "{principal:?} {place:?}");
                answered += 1;
            }
        }
        assert!(answered > 130, "{answered}");
    };
    holds(&authorizer);
    let offered =
        authorizer.view_at(now()).repair(User("eve"), "traces:view", Project("shop"), clearance::repair::Asker::Keeper).unwrap();
    assert!(!format!("{offered:?}").contains("annotator"), "{offered:?}");

    // Nor does it stop other changes, swaps, pins and copies.
    authorizer.apply(change(r#"{"addOrganization": {"id": "globex"}}"#)).unwrap();
    authorizer.apply(role("addRole", "another", &["traces:view"])).unwrap();
    authorizer.pin("globex", other()).unwrap();
    authorizer.swap(VERSION.with_fresh_instances()).unwrap();
    authorizer.unpin("globex").unwrap();
    holds(&authorizer.copy_under(VERSION.with_fresh_instances()).unwrap());
    holds(&authorizer);

    // It is mended by a change, and by nothing that is as bad.
    assert!(authorizer.apply(role("editRole", "annotator", &[":"; 2_000])).is_err());
    holds(&authorizer);
    authorizer.apply(role("editRole", "annotator", &["annotations:manage", "traces:view"])).unwrap();
    authorizer.apply(change(r#"{"removeOrganization": "globex"}"#)).unwrap();
    assert_eq!(authorizer.unusable_roles(), []);
    assert_eq!(all_answers(&authorizer), all_answers(&right));
}

/// Its list is in order, and a version traps on it: other roles are usable, also where the start finds it.
#[test]
fn a_stored_role_that_the_version_cannot_compile_stops_nothing_at_the_start() {
    let mut document = directory().document();
    for number in 0..40 {
        let row = format!(
            r#"{{"id": "n{number}", "organization": "acme", "kind": "custom", "name": "n", "permissions": ["traces:view", "n{number}:view"]}}"#
        );
        document.roles.push(serde_json::from_str(&row).unwrap());
    }
    let failing = guest(Deed::Trap, About::Compile, &after(20));
    let open = || Directory::from_stored(document.clone()).unwrap();
    assert!(
        Authorizer::new(failing.with_fresh_instances(), open()).is_err(),
        "new data that the version cannot compile is an error"
    );
    let authorizer = Authorizer::builder(failing.with_fresh_instances(), open()).build_on_stored();
    let unusable = authorizer.unusable_roles();
    assert!((1..40).contains(&unusable.len()), "{unusable:?}");
    assert!(unusable.iter().all(|unusable| matches!(unusable.error, Some(EvalError::Trap { .. }))), "{unusable:?}");
    gives(&authorizer, "cleo", &usable(&authorizer));
    gives(&authorizer, "ben", &unusable[0].role);
    assert!(sees_traces(&authorizer, "cleo").unwrap().allow);
    is_unusable(sees_traces(&authorizer, "ben"), &unusable[0].role);
    assert!(authorizer.view_at(now()).check(Key("ci"), "traces:view", Project("shop")).unwrap().allow);

    // A pin of before the start is as tolerant, and a new one is not.
    let sound = Authorizer::new(VERSION.clone(), open()).unwrap();
    assert!(sound.pin("acme", failing.with_fresh_instances()).is_err() && sound.swap(failing.with_fresh_instances()).is_err());
    assert_eq!(sound.unusable_roles(), []);
    sound.pin_stored("acme", failing.with_fresh_instances()).unwrap();
    let unusable = sound.unusable_roles();
    gives(&sound, "cleo", &usable(&sound));
    gives(&sound, "ben", &unusable[0].role);
    assert_eq!(sees_traces(&sound, "cleo").unwrap().policy, failing.digest());
    is_unusable(sees_traces(&sound, "ben"), &unusable[0].role);
}

/// A failure may pass. Not all is tried at once, and what is beyond the bounds is not tried.
#[test]
fn a_role_that_the_version_could_not_compile_is_tried_again() {
    let mut document = stored_document();
    for number in 0..40 {
        let row = format!(
            r#"{{"id": "n{number}", "organization": "acme", "kind": "custom", "name": "n", "permissions": ["traces:view", "n{number}:view"]}}"#
        );
        document.roles.push(serde_json::from_str(&row).unwrap());
    }
    let authorizer = Authorizer::builder(guest(Deed::Trap, About::Compile, &after(5)), Directory::from_stored(document).unwrap())
        .build_on_stored();
    let failed = authorizer.unusable_roles();
    assert!(failed.len() > 2, "{failed:?}");
    assert_eq!(authorizer.count_unusable_roles(), failed.len());
    let id = failed.iter().find(|failed| failed.error.is_some()).unwrap().role.clone();
    gives(&authorizer, "ben", &id);
    is_unusable(sees_traces(&authorizer, "ben"), &id);
    let mut mended = 0;
    for _ in 0..1_000 {
        let usable = authorizer.retry_unusable_roles(2);
        assert!(usable.len() <= 2, "{usable:?}");
        mended += usable.len();
        if authorizer.count_unusable_roles() == 1 {
            break;
        }
    }
    assert_eq!(mended, failed.len() - 1);
    assert_eq!(&*authorizer.unusable_roles()[0].role, "annotator");
    assert!(sees_traces(&authorizer, "ben").unwrap().allow);
}

/// The caller that makes the change can report it.
#[test]
fn a_change_names_the_roles_that_a_pinned_version_cannot_compile() {
    let authorizer = cached();
    let failing = guest(Deed::Trap, About::Compile, "(i32.const 1)");
    authorizer.pin_stored("acme", failing.clone()).unwrap();
    let changes = [role("addRole", "new", &["traces:view"]), role("addRole", "same", &["traces:view"])];
    let prepared = authorizer.prepare_changes(changes.iter().enumerate()).unwrap();
    let named: Vec<_> = prepared.unusable_roles().iter().map(|unusable| (&*unusable.role, unusable.policy)).collect();
    assert_eq!(named, [("new", failing.digest()), ("same", failing.digest())]);
    prepared.apply(changes.to_vec()).unwrap();
}

/// A caller that makes many such changes is told of the first 100.
#[test]
fn no_more_than_a_hundred_roles_are_named_that_a_pinned_version_cannot_compile() {
    let authorizer = cached();
    authorizer.pin_stored("acme", guest(Deed::Trap, About::Compile, "(i32.const 1)")).unwrap();
    let changes: Vec<_> = (0..101).map(|number| role("addRole", &format!("n{number}"), &["traces:view"])).collect();
    let named = |most: usize| {
        let prepared = authorizer.prepare_changes(changes.iter().take(most).enumerate()).unwrap();
        assert!(format!("{prepared:?}").contains("PreparedChanges"));
        prepared.unusable_roles().len()
    };
    assert_eq!((named(99), named(100), named(101)), (99, 100, 100));
}

#[test]
fn a_role_that_is_gone_is_not_one_that_cannot_be_used() {
    let authorizer = cached();
    authorizer.apply(role("addRole", "new", &["traces:view"])).unwrap();
    authorizer.apply(change(r#"{"removeRole": "new"}"#)).unwrap();
    authorizer.apply(role("addRole", "empty", &[])).unwrap();
    assert_eq!((authorizer.unusable_roles(), authorizer.count_unusable_roles()), (vec![], 0));
}

fn usable(authorizer: &Authorizer) -> String {
    let unusable = authorizer.unusable_roles();
    (0..40).map(|number| format!("n{number}")).find(|id| !unusable.iter().any(|other| *other.role == **id)).unwrap()
}

fn gives(authorizer: &Authorizer, user: &str, role: &str) {
    let row = format!(
        r#"{{"addBinding": {{"id": "x-{user}", "organization": "acme", "user": "{user}", "role": "CUSTOM", "customRole": "{role}",
            "scope": {{"project": "blog"}}}}}}"#
    );
    authorizer.apply(change(&row)).unwrap();
}

fn sees_traces(authorizer: &Authorizer, user: &str) -> Result<clearance::Decision, EvalError> {
    authorizer.view_at(now()).check(User(user), "traces:view", Project("blog"))
}

/// A program that stores changes prepares them first: afterwards the policy is not asked any more.
#[test]
fn what_is_prepared_can_be_made_whatever_the_policy_does_then() {
    // The version fails at every question after the 20th. Once that would be the second step, if it asked at all.
    for asked_before in 0..2 {
        let failing = guest(Deed::Trap, About::Compile, &after(20));
        let authorizer = Authorizer::new(failing.clone(), directory()).unwrap();
        (0..asked_before).for_each(|_| assert!(failing.compile(&["traces:view"]).is_ok()));
        let roles = (0..60).map(|number| role("addRole", &format!("n{number}"), &["traces:view", &format!("n{number}:view")]));
        let mut made = 0;
        let mut failed = None;
        for change in roles {
            let changes = [change];
            match authorizer.prepare_changes(changes.iter().enumerate()) {
                Ok(prepared) => prepared.apply(changes.to_vec()).unwrap(),
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
            made += 1;
        }
        let error = failed.expect("it fails at last").error;
        assert!(matches!(error, EvalError::Trap { .. }), "{error}");
        assert!(made > 0);
        // What was not prepared was not made.
        let stored = authorizer.read_directory(|directory| directory.document().roles.len());
        assert_eq!(stored, made + directory().document().roles.len());
        assert_eq!(authorizer.unusable_roles(), []);
    }
}

/// Nobody puts another version in its place between the two steps: what was compiled is what answers.
#[test]
fn a_swap_waits_for_changes_that_are_prepared() {
    let authorizer = cached();
    let mut changes = vec![role("addRole", "new", &["prompts:look"])];
    changes.push(change(
        r#"{"addBinding": {"id": "bnew", "organization": "acme", "user": "cleo", "role": "CUSTOM", "customRole": "new", "scope": {"project": "blog"}}}"#,
    ));
    let coming = other();
    let swapped = AtomicBool::new(false);
    thread::scope(|threads| {
        let prepared = authorizer.prepare_changes(changes.iter().enumerate()).unwrap();
        let swap = threads.spawn(|| {
            authorizer.swap(coming.clone()).unwrap();
            swapped.store(true, Ordering::SeqCst);
        });
        // Time enough for a swap that does not wait. Questions are answered meanwhile.
        thread::sleep(std::time::Duration::from_millis(500));
        for _ in 0..1_000 {
            assert_eq!(
                authorizer.view_at(now()).check(Key("ci"), "prompts:view", Project("shop")).unwrap().reason,
                Reason::Binding
            );
        }
        assert!(!swapped.load(Ordering::SeqCst));
        prepared.apply(changes.clone()).unwrap();
        swap.join().unwrap();
    });
    let decision = authorizer.view_at(now()).check(User("cleo"), "prompts:look", Project("blog")).unwrap();
    assert_eq!((decision.allow, decision.policy), (true, coming.digest()), "{decision:?}");
}

/// Slots of other data stand for other things: nothing that was answered or prepared before counts any more.
#[test]
fn other_data_in_the_place_of_all_is_what_is_answered_from() {
    let authorizer = cached();
    authorizer.apply(change(r#"{"addOrganization": {"id": "globex"}}"#)).unwrap();
    authorizer.pin("acme", VERSION.with_fresh_instances()).unwrap();
    let before = all_answers(&authorizer);
    let mut document = directory().document();
    // Every slot and every epoch is the same, and one row is another.
    document.keys.iter_mut().filter(|key| *key.id == *"labels").for_each(|key| key.revoked_at = Some(now()));
    let other = Authorizer::new(VERSION.clone(), directory()).unwrap();
    assert_eq!(all_answers(&other), before);
    other.replace_directory(Directory::from_document(document.clone()).unwrap());
    assert_ne!(all_answers(&other), before);
    // The same ids get other slots.
    document.users.reverse();
    document.keys.reverse();
    document.roles.reverse();
    document.bindings.reverse();
    document.projects.reverse();
    document.keys.iter_mut().filter(|key| *key.id == *"ci").for_each(|key| key.revoked_at = Some(now()));
    let fresh = || Directory::from_document(document.clone()).unwrap();
    let right = all_answers(&Authorizer::builder(VERSION.clone(), fresh()).cached_questions(0).build().unwrap());
    assert_ne!(before, right);
    for _ in 0..2 {
        authorizer.replace_directory(fresh());
        assert_eq!(all_answers(&authorizer), right);
        assert_eq!(all_answers(&authorizer), right, "as the cache has it");
    }
    assert_eq!(authorizer.pins().len(), 1);
    assert_eq!(authorizer.view().place(Organization("acme")).version().digest(), VERSION.digest());
    authorizer.replace_directory(directory());
    assert_eq!(all_answers(&authorizer), all_answers(&cached()));
}

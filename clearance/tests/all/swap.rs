//! One policy version after another.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use clearance::{
    Authorizer, Change, EvalError,
    PlaceId::{self, Project},
    PolicyVersion,
    PrincipalId::{Key, User},
    Reason,
    key::{KeyChange, KeyDraft, KeyError, ProjectKeyUse},
    swap::PinError,
};
use clearance_host::{Engine, Limits};

use crate::{
    company::{cached, directory, now, other},
    guest::{About, Deed, about_keys, after, component, guest},
};

fn reason(authorizer: &Authorizer) -> Reason {
    authorizer.view_at(now()).check(Key("ci"), "prompts:view", Project("shop")).unwrap().reason
}

#[test]
fn a_swap_is_seen_by_the_next_check_and_can_be_undone() {
    let authorizer = cached();
    let other = other();
    assert_eq!(reason(&authorizer), Reason::Binding);
    let before = authorizer.swap(other.clone()).unwrap();
    assert_eq!(reason(&authorizer), Reason::PermissionUnknown);
    assert_eq!(authorizer.live_version().digest(), other.digest());
    assert_eq!(authorizer.swap(before).unwrap().digest(), other.digest());
    assert_eq!(reason(&authorizer), Reason::Binding);
}

/// Every answer is the one of the version that it names, however often the versions change, and while roles change as well.
#[test]
fn no_answer_mixes_two_versions() {
    let authorizer = cached();
    let versions = [authorizer.live_version(), other()];
    let expected = |policy| if policy == versions[0].digest() { Reason::Binding } else { Reason::PermissionUnknown };
    let done = AtomicBool::new(false);
    let checks = AtomicU64::new(0);
    thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let decision = authorizer.view_at(now()).check(Key("ci"), "prompts:view", Project("shop")).unwrap();
                    assert_eq!(decision.reason, expected(decision.policy));
                    let all = authorizer.view_at(now()).effective(Key("ci"), Project("shop")).unwrap();
                    assert_eq!(all.permissions().any(|name| name == "prompts:view"), all.policy() == versions[0].digest());
                    checks.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        threads.spawn(|| {
            let role = |permission: &str| {
                serde_json::from_str::<Change>(&format!(
                    r#"{{"editRole": {{"id": "ingest-only", "organization": "acme", "kind": "key", "name": "", "permissions": ["{permission}"]}}}}"#
                ))
                .unwrap()
            };
            for round in 0_u32.. {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                let held = if round.is_multiple_of(2) { "traces:share" } else { "traces:create" };
                authorizer.apply(role(held)).unwrap();
                let allow = authorizer.view_at(now()).check(Key("ingest"), held, Project("shop")).unwrap().allow;
                assert!(allow, "the role was not compiled for the version that answers");
            }
        });
        for round in 0..1_000 {
            authorizer.swap(versions[(round + 1) % 2].clone()).unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(checks.load(Ordering::Relaxed) > 100);
}

#[test]
fn a_pinned_organization_is_answered_by_its_version_alone() {
    let authorizer = cached();
    let live = authorizer.live_version().digest();
    let other = other();
    authorizer.apply(serde_json::from_str(r#"{"addOrganization": {"id": "globex"}}"#).unwrap()).unwrap();
    authorizer.pin("acme", other.clone()).unwrap();
    let check = |at: PlaceId<'_>| authorizer.view_at(now()).check(Key("ci"), "prompts:view", at).unwrap();
    let pinned = check(Project("shop"));
    assert_eq!((pinned.reason, pinned.policy), (Reason::PermissionUnknown, other.digest()));
    for elsewhere in [PlaceId::Organization("globex"), PlaceId::Organization("nowhere"), Project("nowhere")] {
        assert_eq!(check(elsewhere).policy, live, "{elsewhere:?}");
    }
    let pins = || authorizer.pins().into_iter().map(|(id, version)| (id, version.digest())).collect::<Vec<_>>();
    assert_eq!(pins(), [("acme".to_owned(), other.digest())]);
    assert_eq!(authorizer.view().place(Project("shop")).version().digest(), other.digest());
    assert_eq!(authorizer.live_version().digest(), live);

    assert_eq!(authorizer.unpin("acme").unwrap().digest(), other.digest());
    assert_eq!(check(Project("shop")).policy, live);
    assert!(authorizer.unpin("acme").is_none());

    // Kept before it answers anybody; where it cannot be kept, nothing changes.
    let kept = |(): &(), version: &PolicyVersion| {
        assert_eq!((version.digest(), check(Project("shop")).policy), (other.digest(), live));
        Err("the disk is full".into())
    };
    assert!(matches!(authorizer.pin_recorded("acme", other.clone(), || Ok(()), kept), Err(PinError::Record(_))));
    assert_eq!((pins(), check(Project("shop")).policy), (vec![], live));
}

/// An organization is answered by what it is pinned to from its first moment on, and again when it comes back.
#[test]
fn an_organization_is_pinned_before_it_is_there() {
    let authorizer = cached();
    let (live, other) = (authorizer.live_version().digest(), other());
    let apply = |change: &str| authorizer.apply(serde_json::from_str(change).unwrap()).unwrap();
    let at = || authorizer.view_at(now()).check(Key("ci"), "prompts:view", PlaceId::Organization("late")).unwrap().policy;
    authorizer.pin("late", other.clone()).unwrap();
    assert_eq!((authorizer.pins().len(), at()), (1, live), "there is no such organization");
    for _ in 0..2 {
        apply(r#"{"addOrganization": {"id": "late"}}"#);
        assert_eq!(at(), other.digest());
        apply(r#"{"removeOrganization": "late"}"#);
        assert_eq!(at(), live);
    }
    assert_eq!(authorizer.unpin("late").unwrap().digest(), other.digest());
    apply(r#"{"addOrganization": {"id": "late"}}"#);
    assert_eq!((authorizer.pins().len(), at()), (0, live));
}

/// A role that a pinned version fails to compile is unusable where that version answers, and nowhere else. Everything else goes on.
#[test]
fn a_pinned_version_that_fails_a_role_stops_nobody_else() {
    let authorizer = cached();
    let live = authorizer.live_version().digest();
    let apply = |change: &str| authorizer.apply(serde_json::from_str(change).unwrap());
    let check = |at: PlaceId<'_>| authorizer.view_at(now()).check(Key("ci"), "prompts:view", at);
    apply(r#"{"addOrganization": {"id": "globex"}}"#).unwrap();
    let failing = guest(Deed::Trap, About::Compile, &after(20));
    authorizer.pin("globex", failing.clone()).unwrap();
    assert_eq!(check(PlaceId::Organization("globex")).unwrap().policy, failing.digest());
    for number in 0..40 {
        let list = format!(r#"["traces:view", "n{number}:view"]"#);
        apply(&format!(r#"{{"addRole": {{"id": "n{number}", "organization": "acme", "kind": "custom", "name": "n", "permissions": {list}}}}}"#))
            .unwrap();
    }
    assert_eq!(check(Project("shop")).unwrap().policy, live);
    let unusable = authorizer.unusable_roles();
    assert!(!unusable.is_empty() && unusable.iter().all(|unusable| unusable.policy == failing.digest()), "{unusable:?}");
    assert_eq!(check(PlaceId::Organization("globex")).unwrap().policy, failing.digest());
    let unusable = &*unusable[0].role;
    for (user, scope) in [("ana", "globex"), ("ben", "acme")] {
        apply(&format!(
            r#"{{"addBinding": {{"id": "n-{user}", "organization": "{scope}", "user": "{user}", "role": "CUSTOM",
                "customRole": "{unusable}", "scope": {{"organization": "{scope}"}}}}}}"#
        ))
        .unwrap();
    }
    let unanswered = authorizer.view_at(now()).check(User("ana"), "prompts:view", PlaceId::Organization("globex"));
    assert!(matches!(&unanswered, Err(EvalError::UnusableRole { role, .. }) if role == unusable), "{unanswered:?}");
    assert_eq!(authorizer.view_at(now()).check(User("ben"), "prompts:view", PlaceId::Organization("acme")).unwrap().policy, live);
    authorizer.unpin("globex").unwrap();
    assert_eq!(check(PlaceId::Organization("globex")).unwrap().policy, live);
}

/// A version that computes until its deadline holds up its own questions, and no change.
#[test]
fn a_change_does_not_wait_for_a_slow_version() {
    let engine = Engine::new(Limits { deadline: Duration::from_secs(3), ..Limits::default() }).unwrap();
    let slow = component(Deed::Loop, About::Decide, &after(5));
    let authorizer = Authorizer::builder(engine.load(&slow).unwrap(), directory()).cached_questions(0).build().unwrap();
    let moment = authorizer.view_at(now());
    let questions: [&(dyn Fn() -> bool + Sync); 2] =
        [&|| moment.check(Key("ci"), "prompts:view", Project("shop")).is_err(), &|| {
            moment.check(Key("nobody"), "prompts:view", Project("shop")).is_err()
        }];
    waits_for_none_of(&authorizer, &questions);
}

/// The same of questions about keys, and of those that ask about many places.
#[test]
fn a_change_does_not_wait_for_a_slow_answer_about_keys() {
    let engine = Engine::new(Limits { deadline: Duration::from_secs(3), ..Limits::default() }).unwrap();
    let slow =
        |component: &[u8]| Authorizer::builder(engine.load(component).unwrap(), directory()).cached_questions(0).build().unwrap();
    let authorizer = slow(&component(Deed::Loop, About::Effective, &after(5)));
    waits_for_none_of(&authorizer, &[&|| authorizer.view_at(now()).visible_projects("labels").is_err()]);
    let authorizer = slow(&about_keys(Deed::Loop, &after(5)));
    let moment = authorizer.view_at(now());
    let failed = |error: KeyError| matches!(error, KeyError::Eval(_));
    waits_for_none_of(
        &authorizer,
        &[
            &|| moment.list_keys(User("ana"), "acme").is_err_and(failed),
            &|| moment.readable_keys(User("ana"), "acme").is_err_and(failed),
            &|| moment.read_key(User("ana"), "acme", "ci").is_err_and(failed),
            &|| moment.key_name(User("ana"), "acme", "ci").is_err_and(failed),
            &|| moment.create_key(User("ana"), "acme", &KeyDraft::default()).is_err_and(failed),
            &|| moment.edit_key(User("ana"), "acme", "ci", &KeyChange::from_json(&serde_json::Map::new())).is_err_and(failed),
            &|| moment.revoke_key(User("ana"), "acme", "ci").is_err_and(failed),
            &|| moment.own_bindings(User("ana"), "acme").is_err_and(failed),
            &|| moment.members(User("ana"), "acme").is_err_and(failed),
            &|| moment.project_key(User("ana"), "shop", ProjectKeyUse::Read).is_err_and(failed),
        ],
    );
}

/// Each of these questions answers whether the policy failed at it, which it does once it was honest for a while.
fn waits_for_none_of(authorizer: &Authorizer, questions: &[&(dyn Fn() -> bool + Sync)]) {
    /// Longer than an honest answer takes, and much shorter than the deadline of one that never comes.
    const PAUSE: Duration = Duration::from_millis(300);
    for (number, question) in questions.iter().enumerate() {
        let (asked, answered) = (AtomicUsize::new(0), AtomicBool::new(false));
        thread::scope(|threads| {
            threads.spawn(|| {
                let failed = (0..10).any(|_| {
                    asked.fetch_add(1, Ordering::AcqRel);
                    question()
                });
                answered.store(true, Ordering::Release);
                assert!(failed, "question {number} is always answered");
            });
            // The answer that never comes is under way once no further question is asked.
            let mut before = 0;
            while asked.load(Ordering::Acquire) != before || before == 0 {
                before = asked.load(Ordering::Acquire);
                thread::sleep(PAUSE);
            }
            let change = format!(r#"{{"addOrganization": {{"id": "new-{number}"}}}}"#);
            authorizer.apply(serde_json::from_str(&change).unwrap()).unwrap();
            // A change that had waited for the answer would see it now, or within the time that storing a flag takes.
            thread::sleep(PAUSE);
            assert!(!answered.load(Ordering::Acquire), "a change waited for the answer to question {number}");
        });
    }
}

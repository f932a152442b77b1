//! Questions that a version leaves unanswered.

use clearance::{
    Authorizer, EvalError,
    PlaceId::{Organization, Project},
    PolicyVersion,
    PrincipalId::{Key, User},
};

use crate::{
    company::{VERSION, directory, now, uncached},
    guest::{About, Deed, after, guest},
};

#[test]
fn what_a_version_left_unanswered_is_counted_for_it_alone() {
    let failing = guest(Deed::Trap, About::Decide, &after(20));
    let authorizer = uncached();
    authorizer.apply(serde_json::from_str(r#"{"addOrganization": {"id": "globex"}}"#).unwrap()).unwrap();
    authorizer.pin("globex", failing.clone()).unwrap();
    let failures = |version: &PolicyVersion| (authorizer.failures(version.digest()), authorizer.last_failure(version.digest()));
    assert_eq!(failures(&failing), (0, None));
    let ask = || authorizer.view_at(now()).check(User("ana"), "traces:view", Organization("globex"));
    for count in 1..=2 {
        let error = (0..1_000).find_map(|_| ask().err()).expect("it fails now and then");
        assert!(matches!(error, EvalError::Trap { .. }), "{error}");
        assert_eq!(failures(&failing), (count, Some(error)));
    }
    assert!(authorizer.view_at(now()).check(User("ana"), "traces:view", Project("shop")).unwrap().allow);
    assert_eq!(failures(&VERSION), (0, None));
    assert!(format!("{authorizer:?}").contains(&VERSION.digest().to_string()), "{authorizer:?}");
}

/// Or the policy would be asked again for each question.
#[test]
fn what_is_kept_is_answered_without_the_policy() {
    for about in [About::Effective, About::Decide] {
        let authorizer = Authorizer::new(guest(Deed::Trap, about, &after(20)), directory()).unwrap();
        let check = || authorizer.view_at(now()).check(Key("ci"), "traces:view", Project("shop"));
        let first = check().unwrap();
        (0..200).for_each(|_| assert_eq!(check(), Ok(first.clone()), "{about:?}"));
    }
}

/// An authorizer that keeps nothing asks about the one permission, which costs less than all of them.
#[test]
fn what_would_not_be_kept_is_not_asked_for() {
    let failing = guest(Deed::Trap, About::Effective, &after(20));
    let authorizer = Authorizer::builder(failing, directory()).cached_questions(0).build().unwrap();
    for _ in 0..200 {
        assert!(authorizer.view_at(now()).check(Key("ci"), "traces:view", Project("shop")).unwrap().allow);
    }
}

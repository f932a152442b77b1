//! Several organizations that are pinned, and several versions one after another.

use clearance::{
    Authorizer, Change, Digest, Directory, EvalError,
    PlaceId::{Organization, Project},
    PolicyVersion,
    PrincipalId::{Key, User},
    Reason,
};

use crate::{
    company::{VERSION, cached, directory, load, now, other},
    guest::{About, Deed, after, component, guest, load as load_guest},
};

fn apply(authorizer: &Authorizer, changes: &[&str]) {
    let changes = changes.iter().map(|change| serde_json::from_str(change).unwrap()).collect();
    authorizer.apply_all(changes).unwrap();
}

/// Which version answers in an organization.
fn at(authorizer: &Authorizer, organization: &str) -> Result<Digest, EvalError> {
    authorizer.view_at(now()).check(User("ana"), "prompts:view", Organization(organization)).map(|decision| decision.policy)
}

fn pins(authorizer: &Authorizer) -> Vec<String> {
    authorizer.pins().into_iter().map(|(organization, _)| organization).collect()
}

#[test]
fn one_of_two_organizations_that_are_pinned_to_one_version_is_let_go() {
    for (gone, stays) in [("acme", "globex"), ("globex", "acme")] {
        let (authorizer, other) = (cached(), other());
        let live = authorizer.live_version().digest();
        apply(&authorizer, &[r#"{"addOrganization": {"id": "globex"}}"#]);
        authorizer.pin("acme", other.clone()).unwrap();
        authorizer.pin("globex", other.clone()).unwrap();
        assert_eq!((at(&authorizer, gone), at(&authorizer, stays)), (Ok(other.digest()), Ok(other.digest())));

        assert_eq!(authorizer.unpin(gone).unwrap().digest(), other.digest());
        assert_eq!((at(&authorizer, gone), at(&authorizer, stays)), (Ok(live), Ok(other.digest())), "without {gone}");
        assert_eq!(pins(&authorizer), [stays]);
        assert!(authorizer.unpin(gone).is_none());
        // The one that stays is found again when it comes back.
        if stays == "globex" {
            apply(&authorizer, &[r#"{"removeOrganization": "globex"}"#, r#"{"addOrganization": {"id": "globex"}}"#]);
            assert_eq!(at(&authorizer, stays), Ok(other.digest()));
        }
        authorizer.unpin(stays).unwrap();
        assert_eq!((at(&authorizer, gone), at(&authorizer, stays)), (Ok(live), Ok(live)));
    }
}

#[test]
fn pinned_organizations_that_appear_in_one_batch_all_get_their_pin() {
    let (authorizer, other) = (cached(), other());
    let (live, strict) = (authorizer.live_version().digest(), load(clearance_policy::STRICT));
    authorizer.pin("late", other.clone()).unwrap();
    authorizer.pin("later", other.clone()).unwrap();
    authorizer.pin("latest", strict.clone()).unwrap();
    let add = ["late", "free", "later", "latest"].map(|id| format!(r#"{{"addOrganization": {{"id": "{id}"}}}}"#));
    apply(&authorizer, &add.each_ref().map(String::as_str));
    let expected = [("late", other.digest()), ("free", live), ("later", other.digest()), ("latest", strict.digest())];
    for (organization, version) in expected {
        assert_eq!(at(&authorizer, organization), Ok(version), "{organization}");
    }
}

/// What failed to compile a role leaves the questions unanswered that depend on it. A version that is loaded anew answers them.
#[test]
fn a_version_that_has_failed_is_replaced_when_it_is_pinned_again() {
    let bytes = component(Deed::Trap, About::Compile, &after(20));
    // Also where it is pinned for another organization: it is one version.
    for again in ["acme", "globex"] {
        let (authorizer, failing) = (cached(), load_guest(&bytes).unwrap());
        // Cleo has nothing but this role.
        let cleo = || authorizer.view_at(now()).check(User("cleo"), "traces:view", Project("shop"));
        apply(&authorizer, &[r#"{"addOrganization": {"id": "globex"}}"#]);
        authorizer.pin("acme", failing.clone()).unwrap();
        assert_eq!(cleo().unwrap().policy, failing.digest());
        let mut round = 0;
        while cleo().is_ok() {
            let held = format!(r#"["traces:view", "round{round}:view"]"#);
            let role = r#"{"id": "annotator", "organization": "acme", "kind": "custom", "name": "", "permissions"#;
            apply(&authorizer, &[&*format!(r#"{{"editRole": {role}": {held}}}}}"#)]);
            round += 1;
            assert!(round < 40, "it never fails");
        }
        assert_eq!(cleo().unwrap_err().policy(), failing.digest());

        authorizer.pin(again, load_guest(&bytes).unwrap()).unwrap();
        let decision = cleo().unwrap();
        assert_eq!((decision.allow, decision.policy), (true, failing.digest()), "pinned again for {again}");
        assert_eq!(at(&authorizer, again), Ok(failing.digest()));
    }
}

/// Whatever the cache holds of one version, the next one answers by itself, though the data are the same.
#[test]
fn no_version_is_answered_by_what_is_kept_of_another() {
    let authorizer = cached();
    // A key without an owner, whose creator is deactivated: the default policy allows, the strict one does not, and the third says
    // of every key that it is revoked.
    let change = Change::DeactivateUser { user: "ana".into(), at: now() };
    authorizer.apply(change).unwrap();
    let versions: [(PolicyVersion, Reason); 3] = [
        (VERSION.clone(), Reason::Binding),
        (load(clearance_policy::STRICT), Reason::CreatorDeactivated),
        (guest(Deed::Lie, About::Effective, &after(0)), Reason::KeyRevoked),
    ];
    // Each one after each other one, and after two others.
    for next in [1, 2, 0, 2, 1, 0, 1, 0, 2, 0] {
        let (version, reason) = &versions[next];
        authorizer.swap(version.clone()).unwrap();
        for _ in 0..2 {
            let decision = authorizer.view_at(now()).check(Key("deploy"), "prompts:view", Project("shop")).unwrap();
            assert_eq!((decision.policy, decision.reason), (version.digest(), *reason));
        }
    }
    // The same where they answer for one organization alone.
    for next in [1, 2, 0, 2, 1, 0] {
        let (version, reason) = &versions[next];
        authorizer.pin("acme", version.clone()).unwrap();
        let decision = authorizer.view_at(now()).check(Key("deploy"), "prompts:view", Project("shop")).unwrap();
        assert_eq!((decision.policy, decision.reason), (version.digest(), *reason));
    }
}

/// Other data took the place of all: the pinned version and the live one are as apart as before.
#[test]
fn what_is_kept_of_a_pinned_version_is_no_answer_of_the_live_one_after_other_data_came() {
    let (authorizer, strict) = (cached(), load(clearance_policy::STRICT));
    authorizer.pin("acme", strict.clone()).unwrap();
    let mut document = directory().document();
    // The strict version lets nobody use the keys that she made.
    document.users.iter_mut().filter(|user| *user.id == *"ana").for_each(|user| user.deactivated_at = Some(now()));
    authorizer.replace_directory(Directory::from_document(document).unwrap());
    let check = || {
        let decision = authorizer.view_at(now()).check(Key("deploy"), "prompts:view", Project("shop")).unwrap();
        (decision.policy, decision.reason)
    };
    assert_eq!(check(), (strict.digest(), Reason::CreatorDeactivated));
    authorizer.unpin("acme").unwrap();
    assert_eq!(check(), (VERSION.digest(), Reason::Binding));
}

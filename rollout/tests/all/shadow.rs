//! One policy version beside another.

use std::{
    num::NonZeroU64,
    thread,
    time::{Duration, Instant},
};

use clearance::{
    Authorizer, Change, Directory,
    PlaceId::{self, Organization, Project},
    PolicyVersion,
    PrincipalId::{self, Key, User},
    Reason,
};
use clearance_rollout::{CheckId, Shadow, ShadowOptions, ShadowReport};

use crate::company::{LONG, VERSION, cached, directory, now, other};

fn start(authorizer: &Authorizer, version: PolicyVersion, settings: ShadowOptions) -> Shadow {
    Shadow::start(authorizer, version, settings).unwrap()
}

fn change(text: &str) -> Change {
    serde_json::from_str(text).unwrap()
}

/// A shadow that answers as the live version finds no difference, whatever a pinned one answers.
#[test]
fn what_a_pinned_version_answers_is_not_compared() {
    let authorizer = cached();
    authorizer.apply(serde_json::from_str(r#"{"addOrganization": {"id": "globex"}}"#).unwrap()).unwrap();
    authorizer.pin("acme", other()).unwrap();
    let shadow = start(&authorizer, authorizer.live_version(), ShadowOptions::default());
    for at in [Project("shop"), PlaceId::Organization("globex")] {
        let _ = authorizer.view_at(now()).check(Key("ci"), "prompts:view", at).unwrap();
    }
    let report = report(&shadow, 1);
    assert_eq!((report.compared, report.dropped, report.differences.len()), (1, 0, 0), "{report:?}");
}

/// What the shadow said once it was asked as often as this.
fn report(shadow: &Shadow, samples: u64) -> ShadowReport {
    let late = Instant::now() + LONG;
    loop {
        let report = shadow.report();
        if report.compared + report.failures + report.dropped >= samples {
            return report;
        }
        assert!(Instant::now() < late, "{report:?}");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_shadow_is_asked_again_and_answers_nobody() {
    let authorizer = cached();
    let expected = [CheckId::new(User("ana"), Project("shop"), "prompts:view")].into();
    let shadow = start(&authorizer, other(), ShadowOptions { expected, ..ShadowOptions::default() });
    let live = authorizer.live_version().digest();
    for (principal, permission) in
        [(Key("ci"), "prompts:view"), (Key("ci"), "prompts:update"), (User("ana"), "prompts:view"), (Key("ci"), "nothing:new")]
    {
        assert_eq!(authorizer.view_at(now()).check(principal, permission, Project("shop")).unwrap().policy, live);
    }
    let report = report(&shadow, 4);
    assert_eq!((report.compared, report.failures, report.dropped), (4, 0, 0), "{report:?}");
    assert_eq!((report.gains, report.losses, report.reasons, report.unexpected), (0, 2, 0, 1), "{report:?}");
    let difference = report.differences.iter().find(|difference| difference.unexpected).unwrap();
    assert_eq!(difference.question, CheckId::new(Key("ci"), Project("shop"), "prompts:view"));
    assert_eq!((difference.live, difference.shadow), ((true, Reason::Binding), (false, Reason::PermissionUnknown)));
    // The difference can be looked at again, under either version.
    let capsule = difference.capsule.as_ref().unwrap();
    let answer = |version: &PolicyVersion| {
        let decision = capsule.replay(version).unwrap().explanation.decision;
        (decision.allow, decision.reason)
    };
    assert_eq!((answer(&VERSION), answer(&other())), (difference.live, difference.shadow));
    assert!(Shadow::of(&authorizer).is_some());
    assert_eq!(shadow.end(&authorizer).compared, 4);
    assert!(Shadow::of(&authorizer).is_none());
}

#[test]
fn a_shadow_is_asked_about_every_so_many_checks() {
    let authorizer = cached();
    let shadow = start(&authorizer, other(), ShadowOptions { every: NonZeroU64::new(10).unwrap(), ..ShadowOptions::default() });
    for _ in 0..100 {
        let _ = authorizer.view_at(now()).check(Key("ci"), "prompts:view", Project("shop")).unwrap();
    }
    assert_eq!(report(&shadow, 10).compared, 10);
}

/// A shadow judges the data that the live version judged, or nothing: while roles change, it never sees one list and the other.
#[test]
fn a_shadow_with_the_same_answers_never_differs() {
    let authorizer = cached();
    let shadow = start(&authorizer, authorizer.live_version(), ShadowOptions::default());
    for round in 0..2_000_u32 {
        let held = if round.is_multiple_of(2) { "traces:share" } else { "traces:create" };
        let text = format!(
            r#"{{"editRole": {{"id": "ingest-only", "organization": "acme", "kind": "key", "name": "", "permissions": ["{held}"]}}}}"#
        );
        authorizer.apply(serde_json::from_str(&text).unwrap()).unwrap();
        assert!(authorizer.view_at(now()).check(Key("ingest"), held, Project("shop")).unwrap().allow);
    }
    let report = report(&shadow, 2_000);
    assert_eq!((report.gains, report.losses, report.reasons, report.failures), (0, 0, 0, 0), "{report:?}");
    assert!(report.compared > 0, "{report:?}");
}

/// A pinned organization stays pinned, wherever it is among other data, and a version that is prepared meanwhile starts over.
#[test]
fn pins_and_coming_versions_follow_other_data() {
    let authorizer = cached();
    let other = other();
    authorizer.apply(change(r#"{"addOrganization": {"id": "globex"}}"#)).unwrap();
    authorizer.pin("globex", other.clone()).unwrap();
    let shadow = start(&authorizer, authorizer.live_version(), ShadowOptions::default());
    let mut document = directory().document();
    document.organizations.insert(0, serde_json::from_str(r#"{"id": "globex"}"#).unwrap());
    document.roles.reverse();
    authorizer.replace_directory(Directory::from_document(document).unwrap());
    let policy = |place: PlaceId<'_>| authorizer.view_at(now()).check(Key("ci"), "traces:view", place).unwrap().policy;
    assert_eq!((policy(Organization("globex")), policy(Organization("acme"))), (other.digest(), VERSION.digest()));
    let ask = |principal: PrincipalId<'_>, name| authorizer.view_at(now()).check(principal, name, Project("shop")).unwrap().allow;
    assert!(ask(Key("ingest"), "traces:create") && ask(User("cleo"), "annotations:manage"));
    let report = shadow.end(&authorizer);
    assert_eq!((report.gains, report.losses, report.reasons, report.failures), (0, 0, 0, 0), "{report:?}");
}

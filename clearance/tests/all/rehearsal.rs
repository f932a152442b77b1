//! Checks that are kept as samples, and another version that is asked the same.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use clearance::{
    Authorizer, Change, Directory,
    PlaceId::{self, Project},
    PrincipalId::{self, Key, User},
    Reason,
    rehearsal::Rehearsal,
    sample::{Answer, Sample, SampleSink},
};

use crate::company::{VERSION, cached, directory, load, now, other};

/// Keeps every check that it gets.
#[derive(Default)]
struct Kept {
    wants_none: AtomicBool,
    samples: Mutex<Vec<Sample>>,
}

impl SampleSink for Kept {
    fn wants(&self) -> bool {
        !self.wants_none.load(Ordering::Relaxed)
    }

    fn take(&self, sample: Sample) {
        self.samples.lock().unwrap().push(sample);
    }
}

impl Kept {
    fn on(authorizer: &Authorizer) -> Arc<Self> {
        let kept = Arc::new(Self::default());
        assert!(authorizer.send_samples(Some(Arc::clone(&kept) as _)).is_none());
        kept
    }

    fn last(&self) -> Sample {
        self.samples.lock().unwrap().last().unwrap().clone()
    }

    fn told(&self) -> Vec<(String, u64, Answer)> {
        let samples = self.samples.lock().unwrap();
        samples.iter().map(|sample| (sample.permission().to_owned(), sample.now(), sample.answer())).collect()
    }
}

fn change(text: &str) -> Change {
    serde_json::from_str(text).unwrap()
}

fn check(authorizer: &Authorizer, principal: PrincipalId<'_>, permission: &str) -> Answer {
    let decision = authorizer.view_at(now()).check(principal, permission, Project("shop")).unwrap();
    (decision.allow, decision.reason)
}

/// What a rehearsal answers to a sample, with who asked and where.
fn asked(rehearsal: &mut Rehearsal, sample: &Sample) -> Option<(String, Answer)> {
    rehearsal.ask(sample, |principal, place| format!("{principal:?} {place:?}")).unwrap()
}

#[test]
fn a_sink_gets_what_the_live_version_answered() {
    let authorizer = cached();
    assert!(authorizer.sample_sink().is_none());
    let kept = Kept::on(&authorizer);
    assert!(authorizer.sample_sink().is_some());
    let answers = [
        check(&authorizer, Key("ci"), "prompts:view"),
        check(&authorizer, Key("ci"), "project:delete"),
        check(&authorizer, Key("ci"), "no:such"),
    ];
    let standing = authorizer.view_at(now()).standing(Key("laptop"), Project("shop")).unwrap();
    let permissions = ["prompts:view", "project:delete", "no:such", VERSION.permission_name(0).unwrap()];
    let answers = answers.into_iter().chain([(standing.allow, standing.reason)]);
    let expected: Vec<_> =
        permissions.into_iter().zip(answers).map(|(name, answer)| (name.to_owned(), now().millis(), answer)).collect();
    assert_eq!(kept.told(), expected);

    // Nobody can be asked again about what nobody knows, and what a pinned version answers says nothing about the live one.
    check(&authorizer, Key("nobody"), "prompts:view");
    authorizer.pin("acme", other()).unwrap();
    check(&authorizer, Key("ci"), "prompts:view");
    authorizer.unpin("acme").unwrap();
    kept.wants_none.store(true, Ordering::Relaxed);
    check(&authorizer, Key("ci"), "prompts:view");
    assert_eq!(kept.told(), expected);
    kept.wants_none.store(false, Ordering::Relaxed);
    check(&authorizer, Key("ci"), "prompts:view");
    assert_eq!(kept.told().len(), expected.len() + 1);

    assert!(authorizer.send_samples(None).is_some());
    assert!(authorizer.sample_sink().is_none());
    check(&authorizer, Key("ci"), "prompts:view");
    assert_eq!(kept.told().len(), expected.len() + 1);
}

#[test]
fn a_rehearsal_answers_by_its_own_version() {
    let authorizer = cached();
    let kept = Kept::on(&authorizer);
    let (mut same, mut another) = (authorizer.rehearse(VERSION.clone()).unwrap(), authorizer.rehearse(other()).unwrap());
    assert_eq!((same.version().digest(), another.version().digest()), (VERSION.digest(), other().digest()));
    assert!(format!("{another:?}").contains(&other().digest().to_string()), "{another:?}");
    for (principal, permission, differs) in
        [(Key("ci"), "prompts:view", true), (User("cleo"), "traces:view", false), (Key("ingest"), "traces:create", false)]
    {
        let live = check(&authorizer, principal, permission);
        let sample = kept.last();
        let name = format!("{principal:?} {:?}", PlaceId::Project("shop"));
        assert_eq!(asked(&mut same, &sample), Some((name.clone(), live)));
        let answer = if differs { (false, Reason::PermissionUnknown) } else { live };
        assert_eq!(asked(&mut another, &sample), Some((name, answer)));
        let capsule = another.capsule(&sample).unwrap();
        let decision = capsule.decision();
        assert_eq!((decision.allow, decision.reason, capsule.policy()), (live.0, live.1, VERSION.digest()));
    }
}

#[test]
fn a_sample_of_other_data_or_another_version_is_not_compared() {
    let authorizer = cached();
    let kept = Kept::on(&authorizer);
    let mut rehearsal = authorizer.rehearse(other()).unwrap();
    let mut is_asked = |sample: &Sample| {
        let asked = asked(&mut rehearsal, sample).is_some();
        assert_eq!(rehearsal.capsule(sample).is_some(), asked);
        asked
    };
    check(&authorizer, Key("ci"), "prompts:view");
    let first = kept.last();
    assert!(is_asked(&first));
    // The same version, and other data.
    authorizer.apply(change(r#"{"removeGroupMember": {"group": "developers", "user": "ben"}}"#)).unwrap();
    assert!(!is_asked(&first));
    check(&authorizer, Key("ci"), "prompts:view");
    let second = kept.last();
    assert!(is_asked(&second));
    // The same data, and another version.
    authorizer.swap(load(clearance_policy::STRICT)).unwrap();
    assert!(!is_asked(&second));
    authorizer.swap(VERSION.clone()).unwrap();
    assert!(is_asked(&second));
    // A rehearsal keeps nothing alive.
    drop(authorizer);
    assert!(!is_asked(&second));
}

#[test]
fn a_rehearsal_follows_the_custom_roles() {
    let authorizer = cached();
    let kept = Kept::on(&authorizer);
    let mut rehearsal = authorizer.rehearse(other()).unwrap();
    let mut answer = |authorizer: &Authorizer, permission: &str| {
        let live = check(authorizer, User("cleo"), permission);
        assert_eq!(asked(&mut rehearsal, &kept.last()).unwrap().1, live, "{permission}");
        live.0
    };
    assert!(answer(&authorizer, "traces:view") && !answer(&authorizer, "datasets:view"));
    // Another version that is prepared meanwhile, and one that was, follow by themselves.
    drop(authorizer.rehearse(VERSION.clone()).unwrap());
    let _another = authorizer.rehearse(VERSION.clone()).unwrap();
    let role = r#"{"id": "annotator", "organization": "acme", "kind": "custom", "name": "n", "permissions": ["datasets:view"]}"#;
    authorizer.apply(change(&format!(r#"{{"editRole": {role}}}"#))).unwrap();
    assert!(!answer(&authorizer, "traces:view") && answer(&authorizer, "datasets:view"));
    // The same ids, and slots that stand for others: the role of this slot is another one now.
    let mut document = directory().document();
    document.roles.reverse();
    authorizer.replace_directory(Directory::from_document(document).unwrap());
    assert!(answer(&authorizer, "traces:view") && !answer(&authorizer, "datasets:view"));
}

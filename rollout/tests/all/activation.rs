//! What a version must show before it is live.

use std::{
    error::Error,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use clearance::{Authorizer, Digest, Directory, PlaceId::Project, PolicyVersion, PrincipalId::Key};
use clearance_rollout::{
    ActivationLog, ActivationObserver, ActivationPlan, ActivationStage, Case, CaseCheckError, Shadow, StageError, TrialFailure,
    TrialOptions,
};

use crate::{
    company::{LONG, VERSION, cached, directory, other},
    guest::{About, Deed, after, guest},
};

type Failure = Box<dyn Error + Send + Sync>;

/// Records nothing but which versions it should have recorded.
#[derive(Default)]
struct Recorded(Vec<Digest>);

impl ActivationLog for Recorded {
    type Held = ();

    fn hold(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    fn record(&mut self, (): &(), version: &PolicyVersion) -> Result<(), Failure> {
        self.0.push(version.digest());
        Ok(())
    }
}

fn name(stage: &ActivationStage) -> &'static str {
    match stage {
        ActivationStage::Carried { .. } => "carried",
        ActivationStage::Cases { .. } => "cases",
        ActivationStage::Diff { .. } => "diff",
        ActivationStage::Shadow(_) => "shadow",
        ActivationStage::Live { .. } => "live",
        ActivationStage::Watch { .. } => "watch",
        _ => "another",
    }
}

/// Activates, and returns also which versions were recorded and which stages were passed.
pub(crate) fn activate(
    authorizer: &Authorizer,
    version: &PolicyVersion,
    plan: &ActivationPlan,
) -> (Result<PolicyVersion, StageError>, Vec<Digest>, Vec<&'static str>) {
    let (mut recorded, mut stages) = (Recorded::default(), Vec::new());
    let outcome = clearance_rollout::activate(authorizer, version, plan, &mut recorded, &mut stages);
    (outcome, recorded.0, stages.iter().map(name).collect())
}

/// Runs while somebody asks all the time.
pub(crate) fn under_load<T>(authorizer: &Authorizer, key: &str, permission: &str, run: impl FnOnce() -> T) -> T {
    let done = AtomicBool::new(false);
    thread::scope(|threads| {
        threads.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let _ = authorizer.view().check(Key(key), permission, Project("shop")).unwrap();
            }
        });
        let outcome = run();
        done.store(true, Ordering::Relaxed);
        outcome
    })
}

#[test]
fn a_version_passes_stage_by_stage() {
    let authorizer = cached();
    let (live, other) = (authorizer.live_version().digest(), other());
    let cases = Case::read_all(
        r#"{"id":"1","key":"ci","permission":"prompts:view","at":{"project":"shop"},"allow":false,"reason":"permission-unknown"}"#,
    )
    .unwrap();
    let trial = TrialOptions { decisions: 50, time: LONG, ..TrialOptions::default() };
    let plan = ActivationPlan { cases, shadow: Some(trial.clone()), watch: Some(trial), ..ActivationPlan::default() };
    let (outcome, recorded, stages) = under_load(&authorizer, "ci", "prompts:view", || activate(&authorizer, &other, &plan));
    assert_eq!(outcome.unwrap().digest(), live);
    assert_eq!(stages, ["cases", "diff", "shadow", "live", "watch"]);
    assert_eq!(recorded, [other.digest()]);
    assert_eq!(authorizer.live_version().digest(), other.digest());
    assert!(Shadow::of(&authorizer).is_none());
}

/// What stops it, at which stage: the live version stays, and nothing was recorded.
#[test]
fn a_stage_that_is_not_passed_changes_nothing() {
    let authorizer = cached();
    let live = authorizer.live_version().digest();
    let case = |line: &str| ActivationPlan { cases: Case::read_all(line).unwrap(), ..ActivationPlan::default() };
    let refused = |plan: &ActivationPlan, stages: &[&str]| {
        let (outcome, recorded, passed) = activate(&authorizer, &other(), plan);
        assert_eq!(passed, stages);
        assert!(recorded.is_empty());
        assert_eq!(authorizer.live_version().digest(), live);
        outcome.unwrap_err()
    };
    let wrong = case(r#"{"id":"must","key":"ci","permission":"prompts:view","at":{"project":"shop"},"allow":true}"#);
    assert!(matches!(refused(&wrong, &[]), StageError::Case(CaseCheckError::Wrong { id, .. }) if id == "must"));
    let wrong = case(r#"{"id":"all","key":"ci","at":{"project":"shop"},"permissions":["prompts:view"]}"#);
    assert!(matches!(refused(&wrong, &[]), StageError::Case(CaseCheckError::Wrong { id, .. }) if id == "all"));
    let empty = case(r#"{"id":"empty","key":"ci","permission":"prompts:view","at":{"project":"shop"}}"#);
    assert!(matches!(refused(&empty, &[]), StageError::Case(CaseCheckError::NoExpectation(id)) if id == "empty"));
    // `prompts:look` is gained by each who loses `prompts:view`.
    let gains = refused(&ActivationPlan { most_gains: Some(0), ..ActivationPlan::default() }, &["cases"]);
    assert!(matches!(&gains, StageError::Gains { most: 0, permission, .. } if permission == "prompts:look"), "{gains}");
    let losses = refused(&ActivationPlan { most_losses: Some(3), ..ActivationPlan::default() }, &["cases"]);
    assert!(matches!(&losses, StageError::Losses { most: 3, permission, .. } if permission == "prompts:view"), "{losses}");
}

/// A log that can record nothing.
struct Full;

impl ActivationLog for Full {
    type Held = ();

    fn hold(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    fn record(&mut self, (): &(), _: &PolicyVersion) -> Result<(), Failure> {
        Err("full".into())
    }
}

#[test]
fn what_cannot_be_recorded_is_not_live() {
    let authorizer = cached();
    let live = authorizer.live_version().digest();
    let outcome = clearance_rollout::activate(&authorizer, &other(), &ActivationPlan::default(), &mut Full, &mut ());
    assert!(matches!(outcome, Err(StageError::Record(_))));
    assert_eq!(authorizer.live_version().digest(), live);
}

/// A stored role that no version can use stops nobody.
#[test]
fn a_role_beyond_the_bounds_does_not_stop_an_activation() {
    let mut document = directory().document();
    let role = document.roles.iter_mut().find(|role| *role.id == *"annotator").unwrap();
    role.permissions = vec![":".into(); 65_000];
    let authorizer = Authorizer::builder(VERSION.clone(), Directory::from_stored(document).unwrap()).build_on_stored();
    assert_eq!(authorizer.unusable_roles().len(), 1);
    let (outcome, ..) = activate(&authorizer, &VERSION.with_fresh_instances(), &ActivationPlan::default());
    outcome.unwrap();
}

/// A log that is overtaken: while it begins to hold others up, they add custom roles.
struct Overtaken<'a> {
    authorizer: &'a Authorizer,
    recorded: Recorded,
}

impl ActivationLog for Overtaken<'_> {
    type Held = ();

    fn hold(&mut self) -> Result<(), Failure> {
        for number in 0..40 {
            let role = format!(
                r#"{{"addRole": {{"id": "n{number}", "organization": "acme", "kind": "custom", "name": "n",
                    "permissions": ["traces:view", "n{number}:view"]}}}}"#
            );
            self.authorizer.apply(serde_json::from_str(&role).unwrap()).unwrap();
        }
        Ok(())
    }

    fn record(&mut self, held: &(), version: &PolicyVersion) -> Result<(), Failure> {
        self.recorded.record(held, version)
    }
}

/// What can fail comes before what is noted: a role that comes late and that the version cannot compile.
#[test]
fn nothing_is_recorded_that_then_fails() {
    let authorizer = cached();
    let live = authorizer.live_version().digest();
    let failing = guest(Deed::Trap, About::Compile, &after(20));
    let mut log = Overtaken { authorizer: &authorizer, recorded: Recorded::default() };
    let outcome = clearance_rollout::activate(&authorizer, &failing, &ActivationPlan::default(), &mut log, &mut ());
    assert!(matches!(outcome, Err(StageError::Compile(_))), "{outcome:?}");
    assert_eq!((log.recorded.0, authorizer.live_version().digest()), (vec![], live));
}

/// Makes a key an administrator as soon as the version is live.
struct Promotion<'a>(&'a Authorizer);

impl ActivationObserver for Promotion<'_> {
    fn observe(&mut self, stage: ActivationStage) {
        if matches!(stage, ActivationStage::Live { .. }) {
            let binding = r#"{"addBinding": {"id": "new", "organization": "acme", "key": "ingest", "role": "ADMIN",
                              "scope": {"project": "shop"}}}"#;
            self.0.apply(serde_json::from_str(binding).unwrap()).unwrap();
        }
    }
}

/// Somebody gets a permission that only the new version knows, after the diff was made: the diff does not show it.
#[test]
fn a_surprise_while_it_is_live_brings_the_old_one_back() {
    let authorizer = cached();
    let (live, other) = (authorizer.live_version().digest(), other());
    let trial = TrialOptions { decisions: u64::MAX, time: LONG, ..TrialOptions::default() };
    let plan = ActivationPlan { watch: Some(trial), ..ActivationPlan::default() };
    let mut recorded = Recorded::default();
    let outcome = under_load(&authorizer, "ingest", "prompts:look", || {
        clearance_rollout::activate(&authorizer, &other, &plan, &mut recorded, &mut Promotion(&authorizer))
    });
    match outcome.unwrap_err() {
        StageError::RolledBack { failure: TrialFailure::Unexpected { first, .. }, to } => {
            assert_eq!((first.as_str(), to), ("`prompts:look` of key:ingest at project:shop", live));
        }
        wrong => panic!("{wrong:?}"),
    }
    assert_eq!(recorded.0, [other.digest(), live]);
    assert_eq!(authorizer.live_version().digest(), live);
}

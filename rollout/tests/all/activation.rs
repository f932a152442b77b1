//! What a version must show before it is live.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use clearance::{Authorizer, Digest, Directory, PlaceId::Project, PolicyVersion, PrincipalId::Key};
use clearance_rollout::{ActivationPlan, ActivationStage, Case, Shadow, StageError, Trial, Trouble, activate_held};

use crate::{
    company::{LONG, VERSION, cached, directory, other},
    guest::{About, Deed, after, guest},
};

/// Activates, and answers also which versions were recorded and which stages were passed.
pub(crate) fn activate(
    authorizer: &Authorizer,
    version: &PolicyVersion,
    plan: &ActivationPlan,
) -> (Result<PolicyVersion, StageError>, Vec<Digest>, Vec<&'static str>) {
    let (mut recorded, mut stages) = (Vec::new(), Vec::new());
    let mut record = |version: &PolicyVersion| {
        recorded.push(version.digest());
        Ok(())
    };
    let mut report = |stage: ActivationStage| {
        stages.push(match stage {
            ActivationStage::Carried { .. } => "carried",
            ActivationStage::Cases { .. } => "cases",
            ActivationStage::Diff { .. } => "diff",
            ActivationStage::Shadow(_) => "shadow",
            ActivationStage::Live { .. } => "live",
            ActivationStage::Watch { .. } => "watch",
            _ => "another",
        });
    };
    let outcome = clearance_rollout::activate(authorizer, version, plan, &mut record, &mut report);
    (outcome, recorded, stages)
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
    let trial = Trial { decisions: 50, time: LONG, ..Trial::default() };
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
    assert!(matches!(refused(&wrong, &[]), StageError::Case { id, .. } if id == "must"));
    let wrong = case(r#"{"id":"all","key":"ci","at":{"project":"shop"},"permissions":["prompts:view"]}"#);
    assert!(matches!(refused(&wrong, &[]), StageError::Case { id, .. } if id == "all"));
    let empty = case(r#"{"id":"empty","key":"ci","permission":"prompts:view","at":{"project":"shop"}}"#);
    assert!(matches!(refused(&empty, &[]), StageError::NoExpectation(id) if id == "empty"));
    // `prompts:look` is gained by whoever loses `prompts:view`.
    let gains = refused(&ActivationPlan { most_gains: Some(0), ..ActivationPlan::default() }, &["cases"]);
    assert!(matches!(&gains, StageError::Gains { most: 0, permission, .. } if permission == "prompts:look"), "{gains}");
    let losses = refused(&ActivationPlan { most_losses: Some(3), ..ActivationPlan::default() }, &["cases"]);
    assert!(matches!(&losses, StageError::Losses { most: 3, permission, .. } if permission == "prompts:view"), "{losses}");
}

#[test]
fn what_cannot_be_recorded_is_not_live() {
    let authorizer = cached();
    let live = authorizer.live_version().digest();
    let outcome =
        clearance_rollout::activate(&authorizer, &other(), &ActivationPlan::default(), &mut |_| Err("full".into()), &mut |_| ());
    assert!(matches!(outcome, Err(StageError::Record(_))));
    assert_eq!(authorizer.live_version().digest(), live);
}

/// A stored role that no version can use stops nobody.
#[test]
fn a_role_beyond_the_bounds_does_not_stop_an_activation() {
    let mut document = directory().document();
    let role = document.roles.iter_mut().find(|role| *role.id == *"annotator").unwrap();
    role.permissions = vec![":".into(); 65_000];
    let authorizer = Authorizer::on_stored(VERSION.clone(), Directory::from_stored(document).unwrap());
    assert_eq!(authorizer.unusable_roles().len(), 1);
    let (outcome, ..) = activate(&authorizer, &VERSION.with_fresh_instances(), &ActivationPlan::default());
    outcome.unwrap();
}

/// What can fail comes before what is noted: a role that comes late and that the version cannot compile.
#[test]
fn nothing_is_recorded_that_then_fails() {
    let authorizer = cached();
    let live = authorizer.live_version().digest();
    let failing = guest(Deed::Trap, About::Compile, &after(20));
    let mut hold = || {
        for number in 0..40 {
            let role = format!(
                r#"{{"addRole": {{"id": "n{number}", "organization": "acme", "kind": "custom", "name": "n",
                    "permissions": ["traces:view", "n{number}:view"]}}}}"#
            );
            authorizer.apply(serde_json::from_str(&role).unwrap()).unwrap();
        }
        Ok(())
    };
    let mut recorded = Vec::new();
    let mut record = |(): &(), version: &PolicyVersion| {
        recorded.push(version.digest());
        Ok(())
    };
    let outcome = activate_held(&authorizer, &failing, &ActivationPlan::default(), &mut hold, &mut record, &mut |_| ());
    assert!(matches!(outcome, Err(StageError::Compile(_))), "{outcome:?}");
    assert_eq!((recorded, authorizer.live_version().digest()), (vec![], live));
}

/// Somebody gets a permission that only the new version knows, after the diff was made: the diff does not show it.
#[test]
fn a_surprise_while_it_is_live_brings_the_old_one_back() {
    let authorizer = cached();
    let (live, other) = (authorizer.live_version().digest(), other());
    let trial = Trial { decisions: u64::MAX, time: LONG, ..Trial::default() };
    let plan = ActivationPlan { watch: Some(trial), ..ActivationPlan::default() };
    let mut recorded = Vec::new();
    let outcome = under_load(&authorizer, "ingest", "prompts:look", || {
        let mut record = |version: &PolicyVersion| {
            recorded.push(version.digest());
            Ok(())
        };
        clearance_rollout::activate(&authorizer, &other, &plan, &mut record, &mut |stage| {
            if matches!(stage, ActivationStage::Live { .. }) {
                let binding = r#"{"addBinding": {"id": "new", "organization": "acme", "key": "ingest", "role": "ADMIN",
                                  "scope": {"project": "shop"}}}"#;
                authorizer.apply(serde_json::from_str(binding).unwrap()).unwrap();
            }
        })
    });
    match outcome.unwrap_err() {
        StageError::RolledBack { trouble: Trouble::Unexpected { first, .. }, to } => {
            assert_eq!((first.as_str(), to), ("`prompts:look` of key:ingest at project:shop", live));
        }
        wrong => panic!("{wrong:?}"),
    }
    assert_eq!(recorded, [other.digest(), live]);
    assert_eq!(authorizer.live_version().digest(), live);
}

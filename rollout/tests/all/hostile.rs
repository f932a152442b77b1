//! Versions that want no good: each is stopped at a stage, with an error of its own, and nobody gets a wrong answer from it before.

use std::{
    collections::HashMap,
    sync::{
        LazyLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use clearance::{Authorizer, PlaceId, PolicyVersion, PrincipalId, Reason};
use clearance_host::{Engine, LANGWATCH, Limits, LoadError, SelfCheckError};
use clearance_rollout::{
    ActivationPlan, Case, CaseCheckError, Shadow, ShadowOptions, StageError, TrialFailure, TrialOptions, diff::DiffError,
};

use crate::{
    activation::activate,
    carried,
    company::{LONG, PLACES, PRINCIPALS, all_answers, directory, uncached},
    guest::{About, Deed, FAILING, SHELL, after, around, component, guest, load},
};

/// A version is asked no more decisions than this while it is loaded, and more by the cases.
pub(crate) const AT_LOAD: u32 = 5;
/// Later than all decisions of loading and of the cases.
pub(crate) const LATER: u32 = 20;
pub(crate) const PERMISSION: &str = "prompts:view";

/// The live version has all the time that it wants: it is not at fault when the machine is busy.
pub(crate) static LIVE: LazyLock<PolicyVersion> = LazyLock::new(|| {
    let engine = Engine::new(Limits { deadline: Duration::from_secs(60), timeout: Duration::MAX, ..Limits::default() }).unwrap();
    engine.load(LANGWATCH).unwrap()
});

pub(crate) fn cached() -> Authorizer {
    Authorizer::new(LIVE.clone(), directory()).unwrap()
}

/// What is right, of every principal at every place.
type Right = HashMap<(PrincipalId<'static>, PlaceId<'static>), (bool, Reason)>;

fn right() -> Right {
    let authorizer = uncached();
    let questions = PRINCIPALS.iter().flat_map(|principal| PLACES.iter().map(move |place| (*principal, *place)));
    let answer = |(principal, place)| {
        let decision = authorizer.view().check(principal, PERMISSION, place).unwrap();
        ((principal, place), (decision.allow, decision.reason))
    };
    questions.map(answer).collect()
}

/// How a version was stopped while two threads asked everything.
struct Stopped {
    error: StageError,
    told: Vec<&'static str>,
    /// How often a question was left unanswered, by nobody but the version that was to be live.
    unanswered: u64,
}

/// Activates a version under load. Every question is answered right by the live version, until another is it; and in the end it
/// is the one that was, answers all as ever, and is recorded as live if another ever was.
fn activate_refused(version: &PolicyVersion, plan: &ActivationPlan) -> Stopped {
    let authorizer = cached();
    let (live, right) = (authorizer.live_version().digest(), right());
    let (done, unanswered) = (AtomicBool::new(false), AtomicU64::new(0));
    let (outcome, recorded, told) = thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    for ((principal, place), right) in &right {
                        match authorizer.view().check(*principal, PERMISSION, *place) {
                            Ok(decision) if decision.policy == live => assert_eq!((decision.allow, decision.reason), *right),
                            Ok(decision) => assert_eq!(decision.policy, version.digest()),
                            Err(error) => {
                                assert_eq!(error.policy(), version.digest());
                                unanswered.fetch_add(1, Ordering::Relaxed);
                            }
                        }
                    }
                }
            });
        }
        let outcome = activate(&authorizer, version, plan);
        done.store(true, Ordering::Relaxed);
        outcome
    });
    let error = outcome.expect_err("it is stopped");
    assert_eq!(authorizer.live_version().digest(), live, "{error}");
    assert!(recorded.is_empty() || recorded == [version.digest(), live], "{error}: {recorded:?}");
    assert!(Shadow::of(&authorizer).is_none());
    assert_eq!(all_answers(&authorizer), all_answers(&uncached()), "{error}");
    Stopped { error, told, unanswered: unanswered.into_inner() }
}

/// The first is about another permission than all others.
pub(crate) fn case_lines() -> String {
    let line = |(id, permission)| {
        format!(
            r#"{{"id":"{id}","key":"ci","permission":"{permission}","at":{{"project":"shop"}},"now":"2026-06-01T12:00:00Z","allow":true}}"#
        )
    };
    [("first", "traces:view"), ("second", PERMISSION), ("third", PERMISSION), ("fourth", PERMISSION)].map(line).join("\n")
}

fn cases() -> Vec<Case> {
    Case::read_all(&case_lines()).unwrap()
}

/// It ends with failure or not at all.
pub(crate) fn endless() -> TrialOptions {
    TrialOptions { decisions: u64::MAX, time: LONG, ..TrialOptions::default() }
}

/// Everything that can stop a version.
pub(crate) fn whole() -> ActivationPlan {
    ActivationPlan { cases: cases(), most_gains: Some(0), most_losses: Some(0), shadow: Some(endless()), watch: Some(endless()) }
}

/// No shadow, and so the first questions are those of the live version.
pub(crate) fn watch_plan() -> ActivationPlan {
    ActivationPlan { shadow: None, ..whole() }
}

/// When several are asked about at once.
pub(crate) const SEVERAL: &str = "(i32.gt_u (i32.load offset=8 (local.get $question)) (i32.const 1))";

/// Every second time that it is asked.
pub(crate) fn every_second_time() -> String {
    format!("(i32.and {} (i32.eqz (i32.and (global.get $asked) (i32.const 1))))", after(AT_LOAD))
}

/// The first two times, unless it is asked what the first case asks: it shows in an instance that is asked in another order.
pub(crate) fn unless_it_was_first() -> String {
    let number = LIVE.permission(PERMISSION).unwrap();
    format!(
        "(i32.and (i32.le_u (global.get $asked) (i32.const 2)) (i32.eq (i32.load (local.get $question)) (i32.const {number})))"
    )
}

/// A case that no version answers as it says.
pub(crate) const WRONG: &str =
    r#"{"id":"own","key":"ci","permission":"prompts:view","at":{"project":"shop"},"now":"2026-06-01T12:00:00Z","allow":false}"#;

/// A component that wants to know the time.
pub(crate) fn wanting() -> Vec<u8> {
    honest(&SHELL.replacen("(component", "(component (import \"clock\" (func))", 1))
}

/// A component that gives up before it is asked anything.
pub(crate) fn never_starts() -> Vec<u8> {
    let end = "(local.get $answer)))\n  (core instance $guest";
    assert!(SHELL.contains(end));
    honest(&SHELL.replace(end, "(local.get $answer))\n (func $start unreachable) (start $start))\n (core instance $guest"))
}

/// The component of this text, which answers as the default policy.
fn honest(text: &str) -> Vec<u8> {
    let filled = [
        ("<when>", "(i32.const 0)"),
        ("<before>", ""),
        ("<after>", ""),
        ("<decision>", ""),
        ("<decide>", "0"),
        ("<kind>", "0"),
        ("<facts>", "0"),
    ];
    around(&filled.iter().fold(text.to_owned(), |text, (what, with)| text.replace(what, with)))
}

#[test]
fn what_fails_at_a_case_is_stopped_by_the_cases() {
    for deed in FAILING {
        let Stopped { error, told, unanswered } = activate_refused(&guest(deed, About::Decide, &after(AT_LOAD)), &whole());
        assert!(
            matches!(&error, StageError::Case(CaseCheckError::Unanswered { id, error }) if id == "third" && deed.is(error)),
            "{deed:?}: {error:?}"
        );
        assert_eq!((told, unanswered), (vec![], 0));
    }
}

#[test]
fn what_fails_at_many_questions_is_stopped_by_the_diff() {
    for deed in FAILING.into_iter().chain([Deed::TooMuch]) {
        let Stopped { error, told, unanswered } = activate_refused(&guest(deed, About::EffectiveMany, &after(0)), &whole());
        match &error {
            StageError::Diff(DiffError::Eval { principal, place, error }) => {
                assert!(deed.is(error), "{deed:?}: {error:?}");
                assert_eq!((&**principal, &**place), ("user `ana`", "organization `acme`"));
            }
            wrong => panic!("{deed:?}: {wrong:?}"),
        }
        assert_eq!((told, unanswered), (vec!["cases"], 0));
    }
}

#[test]
fn what_fails_later_is_stopped_by_the_shadow() {
    for deed in FAILING {
        let Stopped { error, told, unanswered } = activate_refused(&guest(deed, About::Decide, &after(LATER)), &whole());
        match &error {
            StageError::Trial(TrialFailure::Failures { found: 1.., most: 0, last }) => {
                assert!(deed.is_said(last), "{deed:?}: {last}")
            }
            wrong => panic!("{deed:?}: {wrong:?}"),
        }
        assert_eq!((told, unanswered), (vec!["cases", "diff", "shadow"], 0));
    }
}

/// Each question alone is answered. Many of them are not a reason to trap.
#[test]
fn what_traps_at_many_questions_and_at_none_of_them_is_stopped_by_the_diff() {
    let Stopped { error, told, .. } = activate_refused(&guest(Deed::Trap, About::EffectiveMany, SEVERAL), &whole());
    assert!(matches!(&error, StageError::Diff(DiffError::Eval { error, .. }) if Deed::Trap.is(error)), "{error:?}");
    assert_eq!(told, ["cases"]);
    // Where it is too much, it is asked one by one.
    let version = guest(Deed::Loop, About::EffectiveMany, SEVERAL);
    activate(&cached(), &version, &ActivationPlan::default()).0.unwrap();
}

/// It behaves in the shadow, because nobody is asked that there.
#[test]
fn what_fails_while_it_is_live_is_rolled_back() {
    for deed in FAILING.into_iter().chain([Deed::TooMuch]) {
        let Stopped { error, told, unanswered } = activate_refused(&guest(deed, About::Effective, &after(3)), &watch_plan());
        match &error {
            StageError::RolledBack { failure: TrialFailure::Failures { found: 1.., most: 0, last }, to } => {
                assert!(deed.is_said(last), "{deed:?}: {last}");
                assert_eq!(*to, LIVE.digest());
            }
            wrong => panic!("{deed:?}: {wrong:?}"),
        }
        assert_eq!(told, ["cases", "diff", "live", "watch"]);
        assert!(unanswered > 0, "{deed:?}");
    }
}

/// A shadow that fails as often as it may is asked no more, and has not passed for that.
#[test]
fn a_shadow_that_is_asked_no_more_has_not_passed() {
    let shadow = TrialOptions { most_failures: u64::MAX, ..endless() };
    let plan = ActivationPlan { shadow: Some(shadow), ..whole() };
    let Stopped { error, told, .. } = activate_refused(&guest(Deed::Trap, About::Decide, &after(LATER)), &plan);
    let stopped = matches!(&error, StageError::Trial(TrialFailure::Failures { found: 64, most: u64::MAX, last }) if Deed::Trap.is_said(last));
    assert!(stopped, "{error:?}");
    assert_eq!(told, ["cases", "diff", "shadow"]);
}

/// Each lies in another moment, and is stopped where it is asked the same question twice, or beside another version.
#[test]
fn what_changes_its_answers_is_stopped_where_it_does() {
    let Stopped { error, told, .. } = activate_refused(&guest(Deed::Lie, About::Decide, &every_second_time()), &whole());
    let unsteady = |error: &StageError, case: &str| match error {
        StageError::Case(CaseCheckError::Unsteady { id, first, then }) => {
            assert_eq!((&**id, &**then), (case, "denied, `key-revoked`"));
            assert!(first.starts_with("allowed, `binding` by"), "{first}");
        }
        wrong => panic!("{wrong:?}"),
    };
    unsteady(&error, "third");
    assert_eq!(told, [""; 0]);

    let Stopped { error, told, .. } = activate_refused(&guest(Deed::Lie, About::Decide, &unless_it_was_first()), &whole());
    unsteady(&error, "fourth");
    assert_eq!(told, [""; 0]);

    // About many at once it lies, and one by one it does not.
    let version = guest(Deed::Lie, About::EffectiveMany, &after(0));
    let Stopped { error, told, .. } = activate_refused(&version, &whole());
    match &error {
        StageError::Diff(DiffError::Unsteady { policy, principal, .. }) => {
            assert_eq!((*policy, &**principal), (version.digest(), "user `ana`"));
        }
        wrong => panic!("{wrong:?}"),
    }
    assert_eq!(told, ["cases"]);

    let Stopped { error, told, .. } = activate_refused(&guest(Deed::Lie, About::Decide, &after(LATER)), &whole());
    assert!(matches!(&error, StageError::Trial(TrialFailure::Unexpected { found: 1.., most: 0, .. })), "{error:?}");
    assert_eq!(told, ["cases", "diff", "shadow"]);

    let Stopped { error, told, unanswered } = activate_refused(&guest(Deed::Lie, About::Effective, &after(3)), &watch_plan());
    let rolled_back = matches!(&error, StageError::RolledBack { failure: TrialFailure::Unexpected { found: 1.., .. }, to } if *to == LIVE.digest());
    assert!(rolled_back, "{error:?}");
    assert_eq!((told, unanswered), (vec!["cases", "diff", "live", "watch"], 0));
}

#[test]
fn what_carries_cases_that_it_fails_is_stopped_by_them() {
    let version = load(&carried::carrying(WRONG)).unwrap();
    let Stopped { error, told, .. } = activate_refused(&version, &whole());
    assert!(matches!(&error, StageError::CarriedCase(CaseCheckError::Wrong { id, .. }) if id == "own"), "{error:?}");
    assert_eq!(told, [""; 0]);
}

/// These are no versions at all.
#[test]
fn what_lies_of_itself_or_wants_something_is_not_loaded() {
    let error = load(&component(Deed::Lie, About::Describe, &after(0))).unwrap_err();
    assert!(
        matches!(&error, LoadError::Check(SelfCheckError::Description(what)) if what.contains("differently the second time")),
        "{error:?}"
    );
    for deed in FAILING {
        let error = load(&component(deed, About::Decide, &after(0))).unwrap_err();
        assert!(
            matches!(&error, LoadError::Check(SelfCheckError::Unanswered { question: "decide", error }) if deed.is(error)),
            "{deed:?}: {error:?}"
        );
        let error = load(&component(deed, About::Effective, &after(0))).unwrap_err();
        assert!(
            matches!(&error, LoadError::Check(SelfCheckError::Unanswered { question: "effective", error }) if deed.is(error)),
            "{deed:?}: {error:?}"
        );
    }
    assert_eq!(load(&wanting()).unwrap_err(), LoadError::Imports(vec!["clock".into()]));
}

/// While the shadow computes for ever, nobody waits for it: neither who checks, nor who changes something, nor who ends it.
#[test]
fn a_shadow_that_never_answers_is_in_nobodys_way() {
    // What all this takes is little beside it, and both count computing alone.
    let engine = Engine::new(Limits { deadline: Duration::from_secs(5), timeout: LONG, ..Limits::default() }).unwrap();
    let version = engine.load(&component(Deed::Loop, About::Decide, &after(AT_LOAD))).unwrap();
    let (authorizer, right) = (cached(), right());
    let shadow = Shadow::start(&authorizer, version, ShadowOptions::default()).unwrap();
    for _ in 0..20 {
        for ((principal, place), right) in &right {
            let decision = authorizer.view().check(*principal, PERMISSION, *place).unwrap();
            assert_eq!((decision.allow, decision.reason), *right);
        }
    }
    authorizer.apply(serde_json::from_str(r#"{"addOrganization": {"id": "meanwhile"}}"#).unwrap()).unwrap();
    let report = shadow.end(&authorizer);
    assert!(report.compared <= u64::from(AT_LOAD) && report.failures == 0, "it still computes: {report:?}");
    assert!(report.dropped > 0, "what is too much to wait is dropped");
}

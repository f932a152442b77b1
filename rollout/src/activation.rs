//! How a policy version becomes the live one: it passes checks first, and is watched afterwards.
//!
//! Use [`activate`] where a version must pass checks before it answers. Where none is needed,
//! [`Authorizer::swap`](clearance::Authorizer::swap) puts a version in its place at once.

mod error;
mod observer;
mod plan;

use std::{
    collections::HashSet,
    error::Error,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use clearance::{Authorizer, EvalError, PolicyVersion, document::Timestamp, swap::ActivationLog};

pub use self::{
    error::{StageError, TrialFailure},
    observer::ActivationObserver,
    plan::{ActivationPlan, ActivationStage, TrialOptions},
};
use crate::{
    CarriedCases, CheckId, Shadow, ShadowOptions, ShadowReport,
    case_check::check_cases,
    diff::{Diff, Summary},
};

/// How often a shadow is looked at.
const SHADOW_POLL_INTERVAL: Duration = Duration::from_millis(5);
/// At most this many known differences are kept to tell them from others. What is beyond them counts as unexpected.
const MAX_KNOWN_DIFFERENCES: u64 = 1_000_000;

/// Makes a version the live one, stage by stage: the cases that it carries, the cases of the plan, the diff over the whole
/// directory, the shadow, the swap, the watch. Returns the version that was live before.
///
/// `log` records the version before it answers anybody, and records the version before if that becomes live again. `observer` gets a
/// report of each stage. Blocks for as long as the plan says. Checks are answered meanwhile.
///
/// # Errors
///
/// [`StageError`] of the first stage that was not passed. The version that was live is still live, or is live again, except after
/// [`StageError::Stuck`].
pub fn activate<L: ActivationLog>(
    authorizer: &Authorizer,
    version: &PolicyVersion,
    plan: &ActivationPlan,
    log: &mut L,
    observer: &mut dyn ActivationObserver,
) -> Result<PolicyVersion, StageError> {
    let _turn = authorizer.reserve_activation().ok_or(StageError::Busy)?;
    if let Some(carried) = CarriedCases::of(version)? {
        let cases = carried.cases().len();
        carried.check(version).map_err(StageError::CarriedCase)?;
        observer.observe(ActivationStage::Carried { cases });
    }

    let now = now();
    // A copy, so that changes and checks need not wait until all is compared.
    let copy = authorizer.copy_under(version.clone())?;
    check_cases(&copy, &plan.cases, now)?;
    observer.observe(ActivationStage::Cases { cases: plan.cases.len() });

    let expected = copy.read_directory(|directory| {
        let diff = Diff::compare(directory, &authorizer.live_version(), version, now, &|_| ())?;
        let summary = diff.summary();
        check_limits(&diff, &summary, plan)?;
        let Summary { gains, losses, principals, .. } = summary;
        observer.observe(ActivationStage::Diff { gains, losses, principals, asked: diff.asked().principals });
        Ok::<_, StageError>(known_differences(&diff))
    })?;
    drop(copy);

    if let Some(trial) = &plan.shadow {
        let shadow =
            Shadow::start(authorizer, version.clone(), ShadowOptions { every: trial.every, expected: expected.clone() })?;
        let outcome = run_trial(&shadow, trial, |report| (report.failures, report.last_failure.clone()));
        observer.observe(ActivationStage::Shadow(shadow.end(authorizer)));
        outcome.map_err(StageError::Trial)?;
    }

    let failed_before = authorizer.failures(version.digest());
    let (before, took) = swap(authorizer, version, log)?;
    observer.observe(ActivationStage::Live { before: before.digest(), after: version.digest(), took });

    if let Some(trial) = &plan.watch {
        let failures = || authorizer.failures(version.digest()).saturating_sub(failed_before);
        let (watched, seen) = match Shadow::start(authorizer, before.clone(), ShadowOptions { every: trial.every, expected }) {
            Ok(shadow) => {
                let outcome = run_trial(&shadow, trial, |_| (failures(), authorizer.last_failure(version.digest())));
                (outcome, Some(shadow.end(authorizer)))
            }
            // It was live a moment ago. What cannot be watched is not kept.
            Err(error) => (Err(TrialFailure::Failures { found: 1, most: 0, last: error.to_string() }), None),
        };
        // Before anything is said about it.
        let outcome = match watched {
            Ok(()) => Ok(()),
            Err(failure) => Err(match swap(authorizer, &before, log) {
                Ok(_) => StageError::RolledBack { failure, to: before.digest() },
                Err(error) => StageError::Stuck { failure, error: Box::new(error) },
            }),
        };
        if let Some(report_of) = seen {
            observer.observe(ActivationStage::Watch { report: report_of, failures: failures() });
        }
        outcome?;
    }
    Ok(before)
}

/// The moment at which a case is asked that does not say when, and of the diff.
fn now() -> Timestamp {
    // A clock that cannot be read counts as the end of time, when every key that expires has expired.
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    let millis = elapsed.and_then(|elapsed| u64::try_from(elapsed.as_millis()).ok());
    Timestamp::saturating_from_millis(millis.unwrap_or(u64::MAX))
}

/// Swaps, and returns also how long that took once the custom roles were compiled and the version was recorded.
fn swap<L: ActivationLog>(
    authorizer: &Authorizer,
    version: &PolicyVersion,
    log: &mut L,
) -> Result<(PolicyVersion, Duration), StageError> {
    let mut log = TimedLog { log, recorded: Instant::now() };
    let before = authorizer.swap_recorded(version, &mut log)?;
    Ok((before, log.recorded.elapsed()))
}

/// A log that knows when it last recorded a version.
struct TimedLog<'a, L> {
    log: &'a mut L,
    recorded: Instant,
}

impl<L: ActivationLog> ActivationLog for TimedLog<'_, L> {
    type Held = L::Held;

    fn hold(&mut self) -> Result<L::Held, Box<dyn Error + Send + Sync>> {
        self.log.hold()
    }

    fn record(&mut self, held: &L::Held, version: &PolicyVersion) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.log.record(held, version)?;
        self.recorded = Instant::now();
        Ok(())
    }
}

/// Waits until two versions were compared as often or as long as is wanted, or something goes wrong. `failures` answers how many
/// questions the version on trial left unanswered, and how the last of them failed.
fn run_trial(
    shadow: &Shadow,
    trial: &TrialOptions,
    failures: impl Fn(&ShadowReport) -> (u64, Option<EvalError>),
) -> Result<(), TrialFailure> {
    let begin = Instant::now();
    loop {
        let report = shadow.report();
        let (found, last) = failures(&report);
        // A version that is asked no more would otherwise pass by saying nothing.
        if found > trial.most_failures || report.stopped {
            let last = last.map_or_else(String::new, |error| error.to_string());
            return Err(TrialFailure::Failures { found, most: trial.most_failures, last });
        }
        if report.unexpected > trial.most_unexpected {
            let first = report.differences.iter().find(|difference| difference.unexpected);
            let first = first.map_or_else(String::new, |difference| difference.question.to_string());
            return Err(TrialFailure::Unexpected { found: report.unexpected, most: trial.most_unexpected, first });
        }
        if report.compared >= trial.decisions || begin.elapsed() >= trial.time {
            return Ok(());
        }
        thread::sleep(SHADOW_POLL_INTERVAL.min(trial.time));
    }
}

fn check_limits(diff: &Diff<'_>, summary: &Summary<'_>, plan: &ActivationPlan) -> Result<(), StageError> {
    let first = |gain: bool| {
        let mut changes = diff.entries().iter().flat_map(|entry| entry.changes().iter().map(move |change| (entry, change)));
        changes.find(|(_, change)| change.gain == gain).map(|(entry, change)| {
            let question = CheckId::new(diff.principal(entry), diff.place(entry), diff.names(change).next().unwrap_or_default());
            (question.permission.into(), question.principal.into(), question.place.into())
        })
    };
    let over = |found: u64, most: Option<u64>| most.filter(|most| found > *most);
    if let Some(most) = over(summary.gains, plan.most_gains) {
        let (permission, principal, place) = first(true).unwrap_or_default();
        return Err(StageError::Gains { found: summary.gains, most, permission, principal, place });
    }
    if let Some(most) = over(summary.losses, plan.most_losses) {
        let (permission, principal, place) = first(false).unwrap_or_default();
        return Err(StageError::Losses { found: summary.losses, most, permission, principal, place });
    }
    Ok(())
}

/// All that the diff shows, up to a limit.
fn known_differences(diff: &Diff<'_>) -> HashSet<CheckId> {
    let mut expected = HashSet::new();
    let mut left = MAX_KNOWN_DIFFERENCES;
    for entry in diff.entries() {
        let places = diff.places(entry);
        for change in entry.changes() {
            for name in diff.names(change) {
                for place in &places {
                    let Some(fewer) = left.checked_sub(1) else { return expected };
                    left = fewer;
                    expected.insert(CheckId::new(diff.principal(entry), *place, name));
                }
            }
        }
    }
    expected
}

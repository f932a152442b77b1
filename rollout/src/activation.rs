//! How a policy version becomes the live one: it proves itself first, and is watched afterwards.

mod error;
mod plan;

use std::{
    cell::Cell,
    collections::HashSet,
    error::Error,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use clearance::{
    Authorizer, EvalError, PolicyVersion,
    document::Timestamp,
    swap::{Hold, RecordHeld},
};

pub use self::{
    error::{StageError, Trouble},
    plan::{ActivationPlan, ActivationStage, Trial},
};
use crate::{
    CarriedCases, Case, Expected, Shadow, ShadowReport, Shadowing,
    diff::{Diff, Summary},
};

/// How often a shadow is looked at.
const GLANCE: Duration = Duration::from_millis(5);
/// So many known differences are kept to tell them from others. What is beyond them counts as unexpected.
const MOST_EXPECTED: u64 = 1_000_000;

/// Keeps which version is live, for the next start.
pub type Record<'a> = dyn FnMut(&PolicyVersion) -> Result<(), Box<dyn Error + Send + Sync>> + 'a;

/// Makes a version the live one, stage by stage: the cases that it carries, the cases of the plan, the diff over the whole directory, the
/// shadow, the swap, the watch. Answers the version that was live.
///
/// `record` is called with the version before it answers anybody, and with the one that was live if that comes back: keep it, for the next
/// start. `report` is called with each stage that was passed, and with what was seen where a shadow or a watch was not. Blocks for as long
/// as the plan says; checks go on.
///
/// A custom role that is added between `record` and the swap, and that the version cannot compile, brings the live version back, with a
/// further `record`: where others make changes, use [`activate_held`].
///
/// # Errors
///
/// [`StageError`] of the first stage that was not passed. The version that was live still is, or is so again; only [`StageError::Stuck`] is
/// otherwise.
pub fn activate(
    authorizer: &Authorizer,
    version: &PolicyVersion,
    plan: &ActivationPlan,
    record: &mut Record<'_>,
    report: &mut dyn FnMut(ActivationStage),
) -> Result<PolicyVersion, StageError> {
    activate_held(authorizer, version, plan, &mut || Ok(()), &mut |(), version| record(version), report)
}

/// The same. Before `record`, once the custom roles are compiled, `hold` is called to keep others from making changes for as long as what
/// it answers lives. So nothing fails any more after `record`, and what it notes happens.
///
/// # Errors
///
/// As for [`activate`].
pub fn activate_held<T>(
    authorizer: &Authorizer,
    version: &PolicyVersion,
    plan: &ActivationPlan,
    hold: &mut Hold<'_, T>,
    record: &mut RecordHeld<'_, T>,
    report: &mut dyn FnMut(ActivationStage),
) -> Result<PolicyVersion, StageError> {
    let _turn = authorizer.reserve_activation().ok_or(StageError::Busy)?;
    if let Some(carried) = CarriedCases::of(version)? {
        let cases = carried.cases().len();
        carried.check(version).map_err(|error| StageError::CarriedCase(Box::new(error)))?;
        report(ActivationStage::Carried { cases });
    }

    let now = now();
    // A copy, so that changes and checks need not wait until all is compared.
    let copy = authorizer.copy_under(version.clone())?;
    cases(&copy, &plan.cases, now)?;
    report(ActivationStage::Cases { cases: plan.cases.len() });

    let expected = copy.read_directory(|directory| {
        let diff = Diff::compare(directory, &authorizer.live_version(), version, now, &|_| ())?;
        let summary = diff.summary();
        within(&diff, &summary, plan)?;
        let Summary { gains, losses, principals, .. } = summary;
        report(ActivationStage::Diff { gains, losses, principals, asked: diff.asked().principals });
        Ok::<_, StageError>(expected(&diff))
    })?;
    drop(copy);

    if let Some(trial) = &plan.shadow {
        let shadow = Shadow::start(authorizer, version.clone(), Shadowing { every: trial.every, expected: expected.clone() })?;
        let outcome = attempt(&shadow, trial, |report| (report.failures, report.last_failure.clone()));
        report(ActivationStage::Shadow(shadow.end(authorizer)));
        outcome.map_err(StageError::Trial)?;
    }

    let failed_before = authorizer.failures(version.digest());
    let (before, took) = swap(authorizer, version, hold, record)?;
    report(ActivationStage::Live { before: before.digest(), after: version.digest(), took });

    if let Some(trial) = &plan.watch {
        let failures = || authorizer.failures(version.digest()).saturating_sub(failed_before);
        let (watched, seen) = match Shadow::start(authorizer, before.clone(), Shadowing { every: trial.every, expected }) {
            Ok(shadow) => {
                let outcome = attempt(&shadow, trial, |_| (failures(), authorizer.last_failure(version.digest())));
                (outcome, Some(shadow.end(authorizer)))
            }
            // It was live a moment ago. What cannot be watched is not kept.
            Err(error) => (Err(Trouble::Failures { found: 1, most: 0, last: error.to_string() }), None),
        };
        // Before anything is said about it.
        let outcome = match watched {
            Ok(()) => Ok(()),
            Err(trouble) => Err(match swap(authorizer, &before, hold, record) {
                Ok(_) => StageError::RolledBack { trouble, to: before.digest() },
                Err(error) => StageError::Stuck { trouble, error: Box::new(error) },
            }),
        };
        if let Some(report_of) = seen {
            report(ActivationStage::Watch { report: report_of, failures: failures() });
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

/// Swaps, and answers also how long that took once the custom roles were compiled and the version was recorded.
fn swap<T>(
    authorizer: &Authorizer,
    version: &PolicyVersion,
    hold: &mut Hold<'_, T>,
    record: &mut RecordHeld<'_, T>,
) -> Result<(PolicyVersion, Duration), StageError> {
    let begin = Cell::new(Instant::now());
    let before = authorizer.swap_recorded(version, hold, &mut |held: &T, version: &PolicyVersion| {
        record(held, version)?;
        begin.set(Instant::now());
        Ok(())
    })?;
    Ok((before, begin.get().elapsed()))
}

/// Waits until two versions were compared as often or as long as is wanted, or something goes wrong. `failures` answers how many
/// questions the version on trial left unanswered, and how the last of them failed.
fn attempt(shadow: &Shadow, trial: &Trial, failures: impl Fn(&ShadowReport) -> (u64, Option<EvalError>)) -> Result<(), Trouble> {
    let begin = Instant::now();
    loop {
        let report = shadow.report();
        let (found, last) = failures(&report);
        // A version that is asked no more would otherwise pass by saying nothing.
        if found > trial.most_failures || report.stopped {
            let last = last.map_or_else(String::new, |error| error.to_string());
            return Err(Trouble::Failures { found, most: trial.most_failures, last });
        }
        if report.unexpected > trial.most_unexpected {
            let first = report.differences.iter().find(|difference| difference.unexpected);
            let first = first.map_or_else(String::new, |difference| difference.question.to_string());
            return Err(Trouble::Unexpected { found: report.unexpected, most: trial.most_unexpected, first });
        }
        if report.compared >= trial.decisions || begin.elapsed() >= trial.time {
            return Ok(());
        }
        thread::sleep(GLANCE.min(trial.time));
    }
}

/// Asks every case twice, and then all of them in the opposite order by instances that were asked nothing before: a function of its
/// facts answers alike each time.
pub(crate) fn cases(authorizer: &Authorizer, cases: &[Case], now: Timestamp) -> Result<(), StageError> {
    let ask = |case: &Case| {
        let answer = case.answer(authorizer.view_at(case.now.unwrap_or(now)));
        answer.map_err(|error| StageError::CaseUnanswered { id: case.id.clone(), error })
    };
    let again = |case: &Case, first: String| match ask(case)?.to_string() {
        then if then == first => Ok(first),
        then => Err(StageError::CaseUnsteady { id: case.id.clone(), first, then }),
    };
    let mut answers = Vec::with_capacity(cases.len());
    for case in cases {
        if !case.expects() {
            return Err(StageError::NoExpectation(case.id.clone()));
        }
        let first = ask(case)?;
        if !case.is_answered_by(&first) {
            return Err(StageError::Case { id: case.id.clone(), found: first.to_string() });
        }
        answers.push(again(case, first.to_string())?);
    }
    if answers.is_empty() {
        return Ok(());
    }
    authorizer.swap(authorizer.live_version().with_fresh_instances()).map_err(StageError::Compile)?;
    for (case, first) in cases.iter().zip(answers).rev() {
        again(case, first)?;
    }
    Ok(())
}

fn within(diff: &Diff<'_>, summary: &Summary<'_>, plan: &ActivationPlan) -> Result<(), StageError> {
    let first = |gain: bool| {
        let mut changes = diff.entries().iter().flat_map(|entry| entry.changes().iter().map(move |change| (entry, change)));
        changes.find(|(_, change)| change.gain == gain).map(|(entry, change)| {
            let question = Expected::new(diff.principal(entry), diff.place(entry), diff.names(change).next().unwrap_or_default());
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
fn expected(diff: &Diff<'_>) -> HashSet<Expected> {
    let mut expected = HashSet::new();
    let mut left = MOST_EXPECTED;
    for entry in diff.entries() {
        let places = diff.places(entry);
        for change in entry.changes() {
            for name in diff.names(change) {
                for place in &places {
                    let Some(fewer) = left.checked_sub(1) else { return expected };
                    left = fewer;
                    expected.insert(Expected::new(diff.principal(entry), *place, name));
                }
            }
        }
    }
    expected
}

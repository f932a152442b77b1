//! How a policy version becomes the live one: it proves itself first, and is watched afterwards.

use std::{
    collections::HashSet,
    error::Error,
    num::NonZeroU64,
    sync::{Mutex, TryLockError},
    thread,
    time::{Duration, Instant},
};

use clearance_directory::{DocumentError, document::Timestamp};
use clearance_host::{Digest, EvalError, PolicyVersion};
use thiserror::Error;

use crate::{
    Authorizer, CarriedCases, CarriedError, Case, Expected, ShadowError, ShadowReport, Shadowing,
    diff::{Diff, DiffError, Summary},
};

/// How often a shadow is looked at.
const GLANCE: Duration = Duration::from_millis(5);
/// So many known differences are kept to tell them from others. What is beyond them counts as unexpected.
const MOST_EXPECTED: u64 = 1_000_000;

/// What a version must show before it answers, and for how long it is watched afterwards.
///
/// ```
/// use clearance::{ActivationPlan, Authorizer, Directory, Engine, LANGWATCH, Limits, PolicyVersion};
///
/// let directory = Directory::from_json(include_str!("../../examples/company/directory.json"))?;
/// let authorizer = Authorizer::langwatch(directory)?;
/// let version = Engine::new(Limits::default())?.load(LANGWATCH)?;
///
/// let plan = ActivationPlan { most_gains: Some(0), ..ActivationPlan::default() };
/// let before = authorizer.activate(&version, &plan, &mut |_| Ok(()), &mut |stage| println!("{stage:?}"))?;
/// assert_eq!(before.digest(), authorizer.version().digest());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ActivationPlan {
    /// What it must answer about the present directory.
    pub cases: Vec<Case>,
    /// So much may be gained: permissions of principals at places. None: any number.
    pub most_gains: Option<u64>,
    /// So much may be lost. None: any number.
    pub most_losses: Option<u64>,
    /// It is asked what the live version is asked. None: it is not.
    pub shadow: Option<Trial>,
    /// The version that was live is asked what the new one is asked, and comes back if that goes wrong. None: it does not.
    pub watch: Option<Trial>,
}

/// How long two versions run beside each other, and what ends that early.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Of so many checks, one is asked again.
    pub every: NonZeroU64,
    /// It ends after so many comparisons.
    pub decisions: u64,
    /// And after this time at the latest.
    pub time: Duration,
    /// So many questions may stay unanswered: traps, missed deadlines and other broken limits.
    pub most_failures: u64,
    /// So many gains and losses may come that the diff did not show.
    pub most_unexpected: u64,
}

impl Default for Trial {
    /// 1,000 comparisons or ten seconds, and nothing may go wrong.
    fn default() -> Self {
        Self { every: NonZeroU64::MIN, decisions: 1_000, time: Duration::from_secs(10), most_failures: 0, most_unexpected: 0 }
    }
}

/// A stage that was passed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ActivationStage {
    /// It answers the cases that it carries as they say. Left out where it carries none.
    Carried {
        /// How many there are.
        cases: usize,
    },
    /// It answers all cases as they say.
    Cases {
        /// How many there are.
        cases: usize,
    },
    /// What changes is within the limits.
    Diff {
        /// What was denied and would be allowed.
        gains: u64,
        /// What was allowed and would be denied.
        losses: u64,
        /// How many principals gain or lose something.
        principals: usize,
        /// How many principals were asked about.
        asked: usize,
    },
    /// It was asked what the live version was asked. Told also where that went wrong, which the error then says: the differences are
    /// what somebody will want to look at.
    Shadow(ShadowReport),
    /// It is the live version.
    Live {
        /// The version that was.
        before: Digest,
        /// The version that is.
        after: Digest,
        /// How long it took to put one in the place of the other, without the compiling of custom roles.
        took: Duration,
    },
    /// It was watched since it is live. Told also where that went wrong, as of `Shadow`.
    Watch {
        /// What the version that was live would have answered.
        report: ShadowReport,
        /// How many questions the new one left unanswered.
        failures: u64,
    },
}

/// Why a version is not the live one.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StageError {
    /// Another version is being made live.
    #[error("another version is being activated")]
    Busy,
    /// The directory cannot be copied to judge it.
    #[error("the directory cannot be copied")]
    Directory(#[from] DocumentError),
    /// The version cannot compile the custom roles.
    #[error("the version cannot compile the custom roles")]
    Compile(#[source] EvalError),
    /// What the version carries as its cases is not readable.
    #[error("the cases that the version carries cannot be read")]
    Carried(#[from] CarriedError),
    /// The version fails at a case that it carries itself.
    #[error("the version does not answer as the cases say that it carries itself")]
    CarriedCase(#[source] Box<StageError>),
    /// A case does not say what is to be answered.
    #[error("case `{0}` proves nothing: write what it expects, `allow` or `permissions`")]
    NoExpectation(String),
    /// A case is answered otherwise.
    #[error("case `{id}` is answered with {found}")]
    Case {
        /// The case.
        id: String,
        /// What was answered.
        found: String,
    },
    /// A case is not answered.
    #[error("case `{id}` is not answered")]
    CaseUnanswered {
        /// The case.
        id: String,
        /// What the version did instead.
        #[source]
        error: EvalError,
    },
    /// A case is answered once like this and once like that.
    #[error("case `{id}` is answered with {first}, and asked again with {then}: the version is no function of its facts")]
    CaseUnsteady {
        /// The case.
        id: String,
        /// What was answered the first time.
        first: String,
        /// What was answered later.
        then: String,
    },
    /// The versions cannot be compared.
    #[error("the versions cannot be compared")]
    Diff(#[from] DiffError),
    /// More is gained than may be.
    #[error("{found} permissions would be gained, {most} may be: the first is `{permission}` of {principal} at {place}")]
    Gains {
        /// How many are.
        found: u64,
        /// How many may be.
        most: u64,
        /// The first of them.
        permission: String,
        /// Whose it is.
        principal: String,
        /// Where.
        place: String,
    },
    /// More is lost than may be.
    #[error("{found} permissions would be lost, {most} may be: the first is `{permission}` of {principal} at {place}")]
    Losses {
        /// How many are.
        found: u64,
        /// How many may be.
        most: u64,
        /// The first of them.
        permission: String,
        /// Whose it was.
        principal: String,
        /// Where.
        place: String,
    },
    /// It cannot shadow.
    #[error("the version cannot shadow")]
    Shadow(#[from] ShadowError),
    /// While it shadowed, something went wrong.
    #[error("while it shadowed, {0}")]
    Trial(Trouble),
    /// That it is live could not be stored.
    #[error("that it is live cannot be stored")]
    Record(#[source] Box<dyn Error + Send + Sync>),
    /// It was live, something went wrong, and the version that was live before is so again.
    #[error("while it was live, {trouble}: rolled back to {to}")]
    RolledBack {
        /// What went wrong.
        trouble: Trouble,
        /// The version that is live.
        to: Digest,
    },
    /// It was live, something went wrong, and the version before could not take its place again. It is still live.
    #[error("while it was live, {trouble}, and the version before cannot come back")]
    Stuck {
        /// What went wrong.
        trouble: Trouble,
        /// Why the version before cannot come back.
        #[source]
        error: Box<dyn Error + Send + Sync>,
    },
}

/// What went wrong while two versions ran beside each other.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Trouble {
    /// Too many questions stayed unanswered.
    #[error("{found} questions stayed unanswered, {most} may: {last}")]
    Failures {
        /// How many.
        found: u64,
        /// How many may.
        most: u64,
        /// How the last of them failed.
        last: String,
    },
    /// Too many answers differ that should not.
    #[error("{found} checks were answered differently though the diff does not show it, {most} may be: the first is {first}")]
    Unexpected {
        /// How many.
        found: u64,
        /// How many may be.
        most: u64,
        /// The first of them.
        first: String,
    },
}

/// Keeps which version is live, for the next start.
pub type Record<'a> = dyn FnMut(&PolicyVersion) -> Result<(), Box<dyn Error + Send + Sync>> + 'a;

/// Keeps others from making changes for as long as what it answers lives.
pub type Hold<'a, T> = dyn FnMut() -> Result<T, Box<dyn Error + Send + Sync>> + 'a;

/// As [`Record`], while others are kept from making changes.
pub type RecordHeld<'a, T> = dyn FnMut(&T, &PolicyVersion) -> Result<(), Box<dyn Error + Send + Sync>> + 'a;

/// One version is made live at a time.
pub(crate) type Turn = Mutex<()>;

impl Authorizer {
    /// Makes a version the live one, stage by stage: the cases that it carries, the cases of the plan, the diff over the whole directory,
    /// the shadow, the swap, the watch.
    /// Answers the version that was live.
    ///
    /// `record` is called with the version before it answers anybody, and with the one that was live if that comes back: keep it, for
    /// the next start. `report` is called with each stage that was passed, and with what was seen where a shadow or a watch was not.
    /// Blocks for as long as the plan says; checks go on.
    ///
    /// A custom role that is added between `record` and the swap, and that the version cannot compile, brings the live version back,
    /// with a further `record`: where others make changes, use [`activate_held`](Self::activate_held).
    ///
    /// # Errors
    ///
    /// [`StageError`] of the first stage that was not passed. The version that was live still is, or is so again; only
    /// [`StageError::Stuck`] is otherwise.
    pub fn activate(
        &self,
        version: &PolicyVersion,
        plan: &ActivationPlan,
        record: &mut Record<'_>,
        report: &mut dyn FnMut(ActivationStage),
    ) -> Result<PolicyVersion, StageError> {
        self.activate_held(version, plan, &mut || Ok(()), &mut |(), version| record(version), report)
    }

    /// The same. Before `record`, once the custom roles are compiled, `hold` is called to keep others from making changes for as long as
    /// what it answers lives. So nothing fails any more after `record`, and what it notes happens.
    ///
    /// # Errors
    ///
    /// As for [`activate`](Self::activate).
    pub fn activate_held<T>(
        &self,
        version: &PolicyVersion,
        plan: &ActivationPlan,
        hold: &mut Hold<'_, T>,
        record: &mut RecordHeld<'_, T>,
        report: &mut dyn FnMut(ActivationStage),
    ) -> Result<PolicyVersion, StageError> {
        let _turn = match self.turn().try_lock() {
            Ok(turn) => turn,
            Err(TryLockError::Poisoned(turn)) => turn.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(StageError::Busy),
        };
        if let Some(carried) = CarriedCases::of(version)? {
            let cases = carried.cases().len();
            carried.check(version).map_err(|error| StageError::CarriedCase(Box::new(error)))?;
            report(ActivationStage::Carried { cases });
        }

        let now = Timestamp::saturating_from_millis(self.now().now);
        // A copy, so that changes and checks need not wait until all is compared.
        let copy = clearance_directory::Directory::from_stored(self.read_directory(clearance_directory::Directory::document))?;
        // A role that the live version cannot use either is no fault of this one.
        let unusable: HashSet<Box<str>> = {
            let live = self.read();
            live.judges.live().unusable(&live.directory).map(|unusable| unusable.role).collect()
        };
        let copy = Self::tolerating(version.clone(), copy, 0, |role| unusable.contains(role)).map_err(StageError::Compile)?;
        cases(&copy, &plan.cases, now)?;
        report(ActivationStage::Cases { cases: plan.cases.len() });

        let expected = copy.read_directory(|directory| {
            let diff = Diff::compare(directory, &self.version(), version, now, &|_| ())?;
            let summary = diff.summary();
            within(&diff, &summary, plan)?;
            let Summary { gains, losses, principals, .. } = summary;
            report(ActivationStage::Diff { gains, losses, principals, asked: diff.asked().principals });
            Ok::<_, StageError>(expected(&diff))
        })?;
        drop(copy);

        if let Some(trial) = &plan.shadow {
            self.shadow(version.clone(), Shadowing { every: trial.every, expected: expected.clone() })?;
            let outcome = self.attempt(trial, |report| (report.failures, report.last_failure.clone()));
            self.end_shadow().map(ActivationStage::Shadow).map(&mut *report);
            outcome.map_err(StageError::Trial)?;
        }

        let failed_before = self.failures(version.digest());
        let (before, took) = self.swap_recorded(version, hold, record)?;
        report(ActivationStage::Live { before: before.digest(), after: version.digest(), took });

        if let Some(trial) = &plan.watch {
            let failures = || self.failures(version.digest()).saturating_sub(failed_before);
            let watched = match self.shadow(before.clone(), Shadowing { every: trial.every, expected }) {
                Ok(()) => self.attempt(trial, |_| (failures(), self.last_failure(version.digest()))),
                // It was live a moment ago. What cannot be watched is not kept.
                Err(error) => Err(Trouble::Failures { found: 1, most: 0, last: error.to_string() }),
            };
            let seen = self.end_shadow();
            // Before anything is said about it.
            let outcome = match watched {
                Ok(()) => Ok(()),
                Err(trouble) => Err(match self.swap_recorded(&before, hold, record) {
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

    /// Waits until two versions were compared as often or as long as is wanted, or something goes wrong. `failures` answers how many
    /// questions the version on trial left unanswered, and how the last of them failed.
    fn attempt(&self, trial: &Trial, failures: impl Fn(&ShadowReport) -> (u64, Option<EvalError>)) -> Result<(), Trouble> {
        let begin = Instant::now();
        loop {
            let Some(report) = self.shadow_report() else { return Ok(()) };
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
}

/// Asks every case twice, and then all of them in the opposite order by instances that were asked nothing before: a function of its
/// facts answers alike each time.
pub(crate) fn cases(authorizer: &Authorizer, cases: &[Case], now: Timestamp) -> Result<(), StageError> {
    let ask = |case: &Case| {
        let answer = case.answer(authorizer.at(case.now.unwrap_or(now)));
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
    authorizer.swap(authorizer.version().afresh()).map_err(StageError::Compile)?;
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

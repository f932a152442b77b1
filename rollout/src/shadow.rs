//! A version that is asked the same as the live one, and answers nobody.
//!
//! A [`Shadow`] shows what a version does with real requests, before it becomes the live one. To compare two versions over all data
//! without requests, use a [`Diff`](crate::diff::Diff). [`activate`](crate::activate()) does both.

use std::{
    any::Any,
    collections::HashSet,
    fmt, io,
    num::NonZeroU64,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use clearance::{
    Authorizer, Capsule, Digest, EvalError, PlaceId, PolicyVersion, PrincipalId, Reason,
    rehearsal::Rehearsal,
    sample::{Sample, SampleSink},
};

/// At most this many samples wait. Further ones are dropped and counted.
const MAX_WAITING_SAMPLES: usize = 1_024;
/// At most this many differences are kept with all that belongs to them. Further ones are only counted.
const MAX_KEPT_DIFFERENCES: usize = 256;
/// A version that left this many questions unanswered is not asked any more.
const MAX_FAILURES: u64 = 64;

/// Which checks a shadowing version is asked, and which differences are expected.
#[derive(Clone, Debug)]
pub struct ShadowOptions {
    /// One of this many checks is asked again. 1 means each.
    pub every: NonZeroU64,
    /// The differences that a diff shows. All others are unexpected.
    pub expected: HashSet<CheckId>,
}

impl Default for ShadowOptions {
    fn default() -> Self {
        Self { every: NonZeroU64::MIN, expected: HashSet::new() }
    }
}

/// A principal, a place and a permission: the question of one check.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CheckId {
    /// `user`, `key` or `projectKey`, a colon, and the id.
    pub principal: Box<str>,
    /// `organization`, `team` or `project`, a colon, and the id.
    pub place: Box<str>,
    /// The name of the permission.
    pub permission: Box<str>,
}

impl CheckId {
    /// The question whether this principal has this permission at this place.
    #[must_use]
    pub fn new(principal: PrincipalId<'_>, place: PlaceId<'_>, permission: &str) -> Self {
        let principal = format!("{}:{}", principal.kind(), principal.id()).into();
        let place = format!("{}:{}", place.kind(), place.id()).into();
        Self { principal, place, permission: permission.into() }
    }
}

impl fmt::Display for CheckId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` of {} at {}", self.permission, self.principal, self.place)
    }
}

/// What a version answered to the checks that the live one was asked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ShadowReport {
    /// The digest of the version that shadows.
    pub version: Digest,
    /// How many checks it was asked again, and answered.
    pub compared: u64,
    /// How many of these checks were denied, and it would have allowed them.
    pub gains: u64,
    /// How many of these checks were allowed, and it would have denied them.
    pub losses: u64,
    /// How many of these checks it answers in the same way, for another reason.
    pub reasons: u64,
    /// How many gains and losses were not among the expected ones.
    pub unexpected: u64,
    /// How many questions it left unanswered.
    pub failures: u64,
    /// How the last of these failed.
    pub last_failure: Option<EvalError>,
    /// How many checks were not asked again, because there were too many at once, or the data had changed meanwhile.
    pub dropped: u64,
    /// Whether it failed too often, and is asked nothing more.
    pub stopped: bool,
    /// The first differences, in the order in which they came.
    pub differences: Vec<Difference>,
}

/// One check that two versions answer differently.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Difference {
    /// The principal, the place and the permission.
    pub question: CheckId,
    /// The moment of the question, in milliseconds since 1970-01-01T00:00:00Z.
    pub now: u64,
    /// What the live version answered: whether it is allowed, and why.
    pub live: (bool, Reason),
    /// What the shadowing version would have answered.
    pub shadow: (bool, Reason),
    /// Whether it was not among the expected ones.
    pub unexpected: bool,
    /// The decision of the live version, to be replayed under either version. `None` means that the data had changed before it
    /// could be kept, or that the live version gave no answer.
    pub capsule: Option<Arc<Capsule>>,
}

/// Why a version cannot shadow.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShadowError {
    /// The version fails to compile the custom roles of the directory.
    #[error("the policy could not compile the custom roles")]
    Compile(#[from] EvalError),
    /// The thread on which it is asked could not be started.
    #[error("cannot start the thread on which a version shadows")]
    Thread(#[source] io::Error),
}

/// A version that shadows the live one: it is asked the same checks again, on a thread of its own. No check waits for it, and its
/// answers go into a [`ShadowReport`] only. Checks that a pinned version answers are not compared.
///
/// It shadows until it is [ended](Self::end), or another one takes its place.
#[derive(Debug)]
pub struct Shadow {
    tally: Arc<Tally>,
}

/// Takes the checks that are asked again.
struct Queue {
    every: NonZeroU64,
    checks: AtomicU64,
    samples: SyncSender<Sample>,
    tally: Arc<Tally>,
}

#[derive(Debug)]
struct Tally {
    version: Digest,
    compared: AtomicU64,
    gains: AtomicU64,
    losses: AtomicU64,
    reasons: AtomicU64,
    unexpected: AtomicU64,
    failures: AtomicU64,
    dropped: AtomicU64,
    stopped: AtomicBool,
    last_failure: Mutex<Option<EvalError>>,
    differences: Mutex<Vec<Difference>>,
}

fn count(counter: &AtomicU64) -> u64 {
    counter.fetch_add(1, Ordering::Relaxed).saturating_add(1)
}

impl Shadow {
    /// Lets a version shadow the live one of an authorizer. Ends the shadow that was there before.
    ///
    /// # Errors
    ///
    /// [`ShadowError`] says what is wrong. Nothing is changed then.
    pub fn start(authorizer: &Authorizer, version: PolicyVersion, settings: ShadowOptions) -> Result<Self, ShadowError> {
        let rehearsal = authorizer.rehearse(version)?;
        let (samples, waiting) = sync_channel(MAX_WAITING_SAMPLES);
        let tally = Arc::new(Tally {
            version: rehearsal.version().digest(),
            compared: AtomicU64::new(0),
            gains: AtomicU64::new(0),
            losses: AtomicU64::new(0),
            reasons: AtomicU64::new(0),
            unexpected: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            last_failure: Mutex::new(None),
            differences: Mutex::new(Vec::new()),
        });
        let mut worker = Worker { rehearsal, expected: settings.expected, tally: Arc::clone(&tally) };
        // It ends when nobody can send it anything any more.
        let spawned = thread::Builder::new().name("clearance-shadow".into()).spawn(move || worker.run(&waiting));
        spawned.map_err(ShadowError::Thread)?;
        let queue = Queue { every: settings.every, checks: AtomicU64::new(0), samples, tally: Arc::clone(&tally) };
        // The old one is dropped when nothing is held any more.
        let _ended = authorizer.send_samples(Some(Arc::new(queue)));
        Ok(Self { tally })
    }

    /// The shadow of an authorizer, if a version shadows its live one.
    #[must_use]
    pub fn of(authorizer: &Authorizer) -> Option<Self> {
        let sink = authorizer.sample_sink()?;
        let queue = (&*sink as &dyn Any).downcast_ref::<Queue>()?;
        Some(Self { tally: Arc::clone(&queue.tally) })
    }

    /// Ends the shadow of an authorizer, and returns its report.
    pub fn end(self, authorizer: &Authorizer) -> ShadowReport {
        drop(authorizer.send_samples(None));
        self.report()
    }

    /// The report so far.
    #[must_use]
    pub fn report(&self) -> ShadowReport {
        let Tally { version, compared, gains, losses, reasons, unexpected, failures, dropped, stopped, .. } = &*self.tally;
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ShadowReport {
            version: *version,
            compared: get(compared),
            gains: get(gains),
            losses: get(losses),
            reasons: get(reasons),
            unexpected: get(unexpected),
            failures: get(failures),
            last_failure: self.tally.last_failure.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            dropped: get(dropped),
            stopped: stopped.load(Ordering::Relaxed),
            differences: self.tally.differences.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}

impl SampleSink for Queue {
    fn wants(&self) -> bool {
        self.checks.fetch_add(1, Ordering::Relaxed).is_multiple_of(self.every.get())
    }

    /// Passes a check to the thread that asks it again. Never waits.
    fn take(&self, sample: Sample) {
        if self.tally.stopped.load(Ordering::Relaxed) || self.samples.try_send(sample).is_err() {
            count(&self.tally.dropped);
        }
    }
}

struct Worker {
    rehearsal: Rehearsal,
    expected: HashSet<CheckId>,
    tally: Arc<Tally>,
}

impl Worker {
    fn run(&mut self, samples: &Receiver<Sample>) {
        while let Ok(sample) = samples.recv() {
            match self.compare(&sample) {
                Ok(Some(())) => {}
                Ok(None) => {
                    count(&self.tally.dropped);
                }
                Err(error) => {
                    let failures = count(&self.tally.failures);
                    *self.tally.last_failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    if failures >= MAX_FAILURES {
                        self.tally.stopped.store(true, Ordering::Relaxed);
                        return;
                    }
                }
            }
        }
    }

    /// `None` where the data is no longer what the live version was asked about.
    fn compare(&mut self, sample: &Sample) -> Result<Option<()>, EvalError> {
        let (now, answer) = (sample.now(), sample.answer());
        let name = |principal: PrincipalId<'_>, place: PlaceId<'_>| CheckId::new(principal, place, sample.permission());
        let Some((question, shadow)) = self.rehearsal.ask(sample, name)? else { return Ok(None) };
        let tally = &self.tally;
        if shadow != answer {
            let unexpected = shadow.0 != answer.0 && !self.expected.contains(&question);
            // Nobody else adds any.
            let differences = || tally.differences.lock().unwrap_or_else(PoisonError::into_inner);
            if differences().len() < MAX_KEPT_DIFFERENCES {
                let capsule = self.rehearsal.capsule(sample).map(Arc::new);
                differences().push(Difference { question, now, live: answer, shadow, unexpected, capsule });
            }
            count(match (answer.0, shadow.0) {
                (false, true) => &tally.gains,
                (true, false) => &tally.losses,
                _ => &tally.reasons,
            });
            if unexpected {
                count(&tally.unexpected);
            }
        }
        // Last: a reader who sees that it was compared sees its outcome as well.
        count(&tally.compared);
        Ok(Some(()))
    }
}

//! A version that is asked what the live one was asked, and answers nobody.
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
    /// The differences that are known, from a diff: all others are unexpected.
    pub expected: HashSet<CheckId>,
}

impl Default for ShadowOptions {
    fn default() -> Self {
        Self { every: NonZeroU64::MIN, expected: HashSet::new() }
    }
}

/// A difference that is known.
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
    /// A difference for this principal, place and permission.
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

/// What a version answered to the questions that the live one was asked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ShadowReport {
    /// The version that shadows.
    pub version: Digest,
    /// How many checks it was asked again, and answered.
    pub compared: u64,
    /// How many of them it would have allowed though they were denied.
    pub gains: u64,
    /// How many of them it would have denied though they were allowed.
    pub losses: u64,
    /// How many of them it answers alike, for another reason.
    pub reasons: u64,
    /// How many gains and losses were not among the expected ones.
    pub unexpected: u64,
    /// How many questions it left unanswered.
    pub failures: u64,
    /// How the last of these failed.
    pub last_failure: Option<EvalError>,
    /// How many checks were to be asked again and were not: too many at once, or the data had changed meanwhile.
    pub dropped: u64,
    /// Whether it failed so often that it is asked no more.
    pub stopped: bool,
    /// The first differences.
    pub differences: Vec<Difference>,
}

/// One check that two versions answer differently.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Difference {
    /// Who asked, at which place, for which permission.
    pub question: CheckId,
    /// The moment of the question, in milliseconds since 1970-01-01T00:00:00Z.
    pub now: u64,
    /// What was answered: whether it is allowed, and why.
    pub live: (bool, Reason),
    /// What the shadowing version would have answered.
    pub shadow: (bool, Reason),
    /// Whether it was not among the expected ones.
    pub unexpected: bool,
    /// What was answered, to be replayed under either version. `None` means that the data had changed before it could be kept, or that
    /// the live version gave no answer.
    pub capsule: Option<Arc<Capsule>>,
}

/// Why no version shadows.
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

/// A version that shadows: it is asked again what checks ask of the live one, on a thread of its own. Nobody waits for it, and nobody gets
/// its answers. What a pinned version answers is not compared.
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

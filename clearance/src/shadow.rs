//! A version that is asked what the live one was asked, and answers nobody.

use std::{
    collections::HashSet,
    fmt, io,
    num::NonZeroU64,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use clearance_directory::{Epoch, PlaceId, PlaceSlot, PrincipalId, PrincipalSlot};
use clearance_host::{Digest, EvalError};
use clearance_policy::types::{Facts, Reason};
use crossbeam_utils::sync::ShardedLock;

use crate::{Capsule, authorizer::Live, judge::Prepared, names::Names};

/// So many samples wait at most; what comes while they do is dropped, and counted.
const WAITING: usize = 1_024;
/// So many differences are kept with all that belongs to them; more are only counted.
const KEPT: usize = 256;
/// A version that left so many questions unanswered is asked no more.
const MOST_FAILURES: u64 = 64;

/// What a shadowing version is asked, and what is no surprise.
#[derive(Clone, Debug)]
pub struct Shadowing {
    /// Of so many checks, one is asked again. 1: each.
    pub every: NonZeroU64,
    /// The differences that are known, from a diff: all others are unexpected.
    pub expected: HashSet<Expected>,
}

impl Default for Shadowing {
    fn default() -> Self {
        Self { every: NonZeroU64::MIN, expected: HashSet::new() }
    }
}

/// A difference that is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Expected {
    /// `user`, `key` or `projectKey`, a colon, and the id.
    pub principal: Box<str>,
    /// `organization`, `team` or `project`, a colon, and the id.
    pub place: Box<str>,
    /// The name of the permission.
    pub permission: Box<str>,
}

impl Expected {
    /// A difference for this principal, place and permission.
    #[must_use]
    pub fn new(principal: PrincipalId<'_>, place: PlaceId<'_>, permission: &str) -> Self {
        let principal = format!("{}:{}", principal.kind(), principal.id()).into();
        let place = format!("{}:{}", place.kind(), place.id()).into();
        Self { principal, place, permission: permission.into() }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` of {} at {}", self.permission, self.principal, self.place)
    }
}

/// What a version said, in secret, to what the live one was asked.
#[derive(Clone, Debug)]
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
pub struct Difference {
    /// Who asked, at which place, for which permission.
    pub question: Expected,
    /// The moment of the question, in milliseconds since 1970-01-01T00:00:00Z.
    pub now: u64,
    /// What was answered: whether it is allowed, and why.
    pub live: (bool, Reason),
    /// What the shadowing version would have answered.
    pub shadow: (bool, Reason),
    /// Whether it was not among the expected ones.
    pub unexpected: bool,
    /// What was answered, to be replayed under either version. None where the data had changed before it could be kept, or the live
    /// version no longer answers.
    pub capsule: Option<Arc<Capsule>>,
}

/// A version that shadows.
#[derive(Debug)]
pub(crate) struct Shadow {
    every: NonZeroU64,
    checks: AtomicU64,
    samples: SyncSender<Sample>,
    tally: Arc<Tally>,
}

/// A check, and what was answered.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) principal: PrincipalSlot,
    pub(crate) place: PlaceSlot,
    pub(crate) permission: Box<str>,
    pub(crate) now: u64,
    pub(crate) epoch: Epoch,
    pub(crate) generation: u64,
    pub(crate) answer: (bool, Reason),
}

impl Sample {
    /// Whether the data and the version are still what it was answered from.
    fn is_current(&self, live: &Live) -> bool {
        let (epoch, judge) = (live.directory.epoch(self.principal, self.place), live.judge(Some(self.place)));
        epoch == self.epoch && judge.generation == self.generation
    }
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
    /// Starts the thread on which the version is asked. It ends when the shadow is dropped.
    pub(crate) fn start(prepared: Prepared, settings: Shadowing, live: Weak<ShardedLock<Live>>) -> io::Result<Self> {
        let (samples, waiting) = sync_channel(WAITING);
        let tally = Arc::new(Tally {
            version: prepared.version.digest(),
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
        let mut worker = Worker { prepared, expected: settings.expected, live, tally: Arc::clone(&tally) };
        thread::Builder::new().name("clearance-shadow".into()).spawn(move || worker.run(&waiting))?;
        Ok(Self { every: settings.every, checks: AtomicU64::new(0), samples, tally })
    }

    /// Whether this check is to be asked again.
    pub(crate) fn samples(&self) -> bool {
        self.checks.fetch_add(1, Ordering::Relaxed).is_multiple_of(self.every.get())
    }

    /// Asks it again, some time. Never waits.
    pub(crate) fn offer(&self, sample: Sample) {
        if self.tally.stopped.load(Ordering::Relaxed) || self.samples.try_send(sample).is_err() {
            count(&self.tally.dropped);
        }
    }

    pub(crate) fn report(&self) -> ShadowReport {
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

struct Worker {
    prepared: Prepared,
    expected: HashSet<Expected>,
    live: Weak<ShardedLock<Live>>,
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
                    if failures >= MOST_FAILURES {
                        self.tally.stopped.store(true, Ordering::Relaxed);
                        return;
                    }
                }
            }
        }
    }

    /// None where the data is no longer what the live version was asked about.
    fn compare(&mut self, sample: &Sample) -> Result<Option<()>, EvalError> {
        let Sample { now, answer, .. } = *sample;
        let Some((facts, question)) = self.facts(sample)? else { return Ok(None) };
        let number = self.prepared.version.permission(&sample.permission).unwrap_or(u32::MAX);
        let decision = self.prepared.version.decide(&facts, number)?;
        let shadow = (decision.allow, decision.reason);
        let tally = &self.tally;
        if shadow != answer {
            let unexpected = shadow.0 != answer.0 && !self.expected.contains(&question);
            // Nobody else adds any.
            let differences = || tally.differences.lock().unwrap_or_else(PoisonError::into_inner);
            if differences().len() < KEPT {
                let capsule = self.capsule(sample).map(Arc::new);
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
        // Last: whoever sees that it was compared sees what came of it.
        count(&tally.compared);
        Ok(Some(()))
    }

    /// What the live version answered, with all that led to it.
    fn capsule(&self, sample: &Sample) -> Option<Capsule> {
        let live = self.live.upgrade()?;
        let (version, facts, names) = {
            let live = live.read().unwrap_or_else(PoisonError::into_inner);
            if !sample.is_current(&live) {
                return None;
            }
            let judge = live.judge(Some(sample.place));
            let gathered = live.directory.facts(Some(sample.principal), Some(sample.place), sample.now, judge.roles.sets());
            (judge.version.clone(), gathered.facts.clone(), Names::of(&live.directory, &gathered))
        };
        Capsule::record(&version, &sample.permission, facts, names).ok()
    }

    /// What the live version was asked about, with the custom roles in the numbers of this one. The directory is held for moments
    /// only, and never while the policy works.
    fn facts(&mut self, sample: &Sample) -> Result<Option<(Facts, Expected)>, EvalError> {
        let Some(live) = self.live.upgrade() else { return Ok(None) };
        let Sample { principal, place, now, .. } = *sample;
        loop {
            let changed = {
                let live = live.read().unwrap_or_else(PoisonError::into_inner);
                if !sample.is_current(&live) {
                    return Ok(None);
                }
                if self.prepared.is_current() {
                    let directory = &live.directory;
                    let Prepared { version, roles, .. } = &self.prepared;
                    let gathered = directory.facts(Some(principal), Some(place), now, roles.sets());
                    if roles.check(directory, &gathered, version.digest()).is_err() {
                        return Ok(None);
                    }
                    let facts = gathered.facts;
                    let question =
                        Expected::new(directory.principal_id(principal), directory.place_id(place), &sample.permission);
                    return Ok(Some((facts, question)));
                }
                self.prepared.changed(&live)
            };
            self.prepared.update(changed)?;
        }
    }
}

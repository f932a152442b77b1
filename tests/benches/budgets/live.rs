//! Versions that change while others ask: what that costs a question.

use std::{
    num::NonZeroUsize,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use clearance::{Authorizer, PlaceId::Project, PolicyVersion, PrincipalId::Key, document::Timestamp};
use clearance_host::LANGWATCH;
use clearance_host::{Engine, Limits};
use clearance_policy::types::PermissionSet;
use clearance_rollout::{Shadow, ShadowOptions, diff::Diff};
use clearance_tests::other;

use crate::{
    company::{directory, key, project},
    guest::{About, Deed, after, component},
    measuring,
};

const PERMISSION: &str = "traces:update";
const NOW: u64 = 1_800_000_000_000;
/// This many keys are asked about, each at a project of its own.
const ASKED: usize = 1_000;
/// One swap comes so long after the other.
const PAUSE: Duration = Duration::from_millis(5);

/// What it costs.
pub(crate) struct Live {
    pub(crate) swaps: Swaps,
    pub(crate) diff: Exhaustive,
    pub(crate) shadows: Vec<Shadowed>,
}

/// Versions that follow one another while two threads check at full speed.
pub(crate) struct Swaps {
    pub(crate) swaps: usize,
    pub(crate) median: Duration,
    pub(crate) longest: Duration,
    pub(crate) failed: u64,
    pub(crate) mixed: u64,
    /// Checks with swaps, as a part of those without.
    pub(crate) throughput: f64,
}

/// The diff of two versions over many keys.
pub(crate) struct Exhaustive {
    pub(crate) keys: usize,
    pub(crate) places: usize,
    pub(crate) took: Duration,
    pub(crate) cores: usize,
    /// In one second on one core, gathered, asked through the component and compared.
    pub(crate) sets_each: f64,
}

/// The slowest check but for one in a hundred, beside a shadow.
pub(crate) struct Shadowed {
    pub(crate) what: &'static str,
    pub(crate) alone: Duration,
    pub(crate) beside: Duration,
}

pub(crate) fn benches() -> Live {
    let engine = Engine::new(Limits::default()).unwrap();
    let load = |bytes: &[u8]| engine.load(bytes).unwrap();
    let version = load(LANGWATCH);
    let number = version.permission(PERMISSION).unwrap();
    let other = load(&other::with_list("admin", |admin| admin.difference(PermissionSet::only(number))));
    let hostile = |deed| load(&component(deed, About::Decide, &after(5)));
    let shadows = [("which computes until its deadline", hostile(Deed::Loop)), ("which traps", hostile(Deed::Trap))];
    Live {
        swaps: swaps(&version, &other),
        diff: exhaustive(&version, &other),
        shadows: shadows.into_iter().map(|(what, shadow)| measure_shadow(&version, what, shadow)).collect(),
    }
}

fn questions() -> Vec<(String, String)> {
    (0..ASKED).map(|number| (key(number), project(number))).collect()
}

fn swaps(version: &PolicyVersion, other: &PolicyVersion) -> Swaps {
    let rounds = if measuring() { 1_000 } else { 10 };
    let authorizer = Authorizer::new(version.clone(), directory(ASKED)).unwrap();
    let questions = questions();
    let versions = [version.clone(), other.clone()];
    let live = version.digest();
    let (failed, mixed) = (AtomicU64::new(0), AtomicU64::new(0));
    // How many checks two threads make while something else is done.
    let checks_while = |work: &mut dyn FnMut()| {
        let (done, checks) = (AtomicBool::new(false), AtomicU64::new(0));
        let begin = Instant::now();
        thread::scope(|threads| {
            for _ in 0..2 {
                threads.spawn(|| {
                    let mut made = 0;
                    while !done.load(Ordering::Relaxed) {
                        for (key, project) in &questions {
                            match authorizer.view().check(Key(key), PERMISSION, Project(project)) {
                                Ok(decision) if decision.allow == (decision.policy == live) => made += 1,
                                Ok(_) => drop(mixed.fetch_add(1, Ordering::Relaxed)),
                                Err(_) => drop(failed.fetch_add(1, Ordering::Relaxed)),
                            }
                        }
                    }
                    checks.fetch_add(made, Ordering::Relaxed);
                });
            }
            work();
            done.store(true, Ordering::Relaxed);
        });
        checks.into_inner() as f64 / begin.elapsed().as_secs_f64()
    };
    // Once, so that the cache holds the answers of both.
    authorizer.swap(versions[1].clone()).unwrap();
    checks_while(&mut || thread::sleep(PAUSE));
    authorizer.swap(versions[0].clone()).unwrap();
    let without = checks_while(&mut || (0..rounds).for_each(|_| thread::sleep(PAUSE)));
    let mut times = Vec::new();
    let with = checks_while(&mut || {
        for round in 0..rounds {
            let begin = Instant::now();
            authorizer.swap(versions[(round + 1) % 2].clone()).unwrap();
            times.push(begin.elapsed());
            thread::sleep(PAUSE);
        }
    });
    times.sort_unstable();
    let (failed, mixed) = (failed.into_inner(), mixed.into_inner());
    assert_eq!((failed, mixed), (0, 0));
    Swaps { swaps: rounds, median: times[rounds / 2], longest: times[rounds - 1], failed, mixed, throughput: with / without }
}

fn exhaustive(version: &PolicyVersion, other: &PolicyVersion) -> Exhaustive {
    let keys = if measuring() { 100_000 } else { 1_000 };
    let directory = directory(keys);
    let begin = Instant::now();
    let diff = Diff::compare(&directory, version, other, Timestamp::from_millis(NOW).unwrap(), &|_| ()).unwrap();
    let took = begin.elapsed();
    assert!(diff.summary().losses >= keys as u64);
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let sets = 2 * diff.asked().sets;
    Exhaustive { keys, places: diff.asked().places, took, cores, sets_each: sets as f64 / took.as_secs_f64() / cores as f64 }
}

fn measure_shadow(version: &PolicyVersion, what: &'static str, shadow: PolicyVersion) -> Shadowed {
    let authorizer = Authorizer::new(version.clone(), directory(ASKED)).unwrap();
    let questions = questions();
    let alone = slow(&authorizer, &questions);
    let shadow = Shadow::start(&authorizer, shadow, ShadowOptions::default()).unwrap();
    let beside = slow(&authorizer, &questions);
    let report = shadow.end(&authorizer);
    assert!(report.dropped > 0, "the shadow was never too slow: {report:?}");
    Shadowed { what, alone, beside }
}

/// What all checks but the slowest of a hundred take at most.
fn slow(authorizer: &Authorizer, questions: &[(String, String)]) -> Duration {
    let time = Duration::from_millis(if measuring() { 2_000 } else { 50 });
    let begin = Instant::now();
    let mut times = Vec::new();
    while begin.elapsed() < time {
        for (key, project) in questions {
            let begin = Instant::now();
            assert!(authorizer.view().check(Key(key), PERMISSION, Project(project)).unwrap().allow);
            times.push(begin.elapsed());
        }
    }
    let rank = times.len() / 100 * 99;
    *times.select_nth_unstable(rank).1
}

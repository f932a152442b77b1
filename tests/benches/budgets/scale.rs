//! Many keys: loading, checking and memory.

use std::{hint::black_box, time::Instant};

use clearance::{Authorizer, PlaceId::Project, PrincipalId::Key};
use clearance_host::{Engine, Limits};
use criterion::{BenchmarkId, Criterion};

use crate::{
    company::{directory, key, project},
    measuring,
};

/// What one size costs.
pub(crate) struct Memory {
    pub(crate) keys: usize,
    pub(crate) bytes_per_key: u64,
    pub(crate) load_millis: u128,
}

/// How many keys are asked about: the same number at every size, so that only the size differs.
const ASKED: usize = 1_000;

pub(crate) fn benches(criterion: &mut Criterion) -> Vec<Memory> {
    let sizes: &[usize] = if measuring() { &[1_000, 100_000, 1_000_000] } else { &[1_000] };
    let version = Engine::new(Limits::default()).unwrap().load(clearance_policy::LANGWATCH).unwrap();
    let mut memory = Vec::new();
    let mut group = criterion.benchmark_group("check");
    for &keys in sizes {
        let (before, start) = (resident(), Instant::now());
        let directory = directory(keys);
        let bytes = resident().saturating_sub(before);
        memory.push(Memory { keys, bytes_per_key: bytes / keys as u64, load_millis: start.elapsed().as_millis() });

        let authorizer = Authorizer::new(version.clone(), directory).unwrap();
        let asked: Vec<(String, String)> =
            (0..ASKED).map(|number| number * (keys / ASKED)).map(|number| (key(number), project(number))).collect();
        let mut next = asked.iter().cycle();
        let mut check = || {
            let (key, project) = next.next().unwrap();
            authorizer.view().check(Key(black_box(key)), "traces:update", Project(black_box(project))).unwrap()
        };
        (0..ASKED).for_each(|_| assert!(check().allow));
        group.bench_function(BenchmarkId::from_parameter(keys), |bench| bench.iter(&mut check));
        let (key, project) = &asked[ASKED / 2];
        let again = || authorizer.view().check(Key(black_box(key)), "traces:update", Project(black_box(project))).unwrap();
        group.bench_function(BenchmarkId::new("again", keys), |bench| bench.iter(again));
    }
    group.finish();
    memory
}

/// Resident bytes of this process, where the system says so.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()).unwrap_or(0) * 1024
}

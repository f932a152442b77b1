//! Random documents and random facts. Few ids, so that things meet; unknown ones among them, so that data is odd.

pub(crate) mod document;
pub(crate) mod facts;
pub(crate) mod keys;
pub(crate) mod repair;

use proptest::prelude::ProptestConfig;

/// The same cases on every run: a failure here is a failure everywhere. Proptest prints the smallest case that fails.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// `.cargo/config.toml` gives it, for every crate.
#[test]
fn the_seed_is_fixed() {
    let seed = ProptestConfig::default().rng_seed;
    assert_ne!(seed, proptest::test_runner::RngSeed::Random, "run the tests with cargo");
}

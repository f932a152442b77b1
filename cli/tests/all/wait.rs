//! Waiting for something that is named.

use std::{
    thread,
    time::{Duration, Instant},
};

/// A machine that builds something else and whose disk is slow is far from this. What never comes ends the test all the same.
const PATIENCE: Duration = Duration::from_secs(300);

/// Waits until something is so. `state` says what is so instead, for the message of a test that has waited in vain.
pub(crate) fn wait_until(what: &str, state: impl Fn() -> String, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "{what} did not come: {}", state());
        thread::sleep(Duration::from_millis(20));
    }
}

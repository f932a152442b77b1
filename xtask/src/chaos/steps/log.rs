//! What becomes of a server whose log nobody reads.

use anyhow::{Context as _, Result};

use super::Outcome;
use crate::chaos::{count::Kind, ground::Ground};

/// How many refusals are logged, of which each takes more than a hundred bytes. A pipe holds 65,536.
const REFUSALS: usize = 2_000;

/// Stops the reader of the log, and goes on.
pub(super) fn stop_reader(ground: &mut Ground) -> Result<Outcome> {
    ground.server.stop_log();
    let refused = refuse_many(ground);
    ground.wait(3.0, 1.0);
    ground.server.resume_log();
    refused.map(|()| Outcome::Done)
}

/// Stops the server while nobody reads the log.
pub(super) fn stop_with_reader(ground: &mut Ground) -> Result<Outcome> {
    ground.server.stop_log();
    let refused = refuse_many(ground);
    let stopped = ground.server.stop().context("with a log that nobody reads");
    ground.server.resume_log();
    if stopped.is_err() {
        ground.server.kill()?;
    }
    ground.server.start()?;
    stopped.and(refused).map(|()| Outcome::Done)
}

/// Lets the server log more than a pipe holds.
fn refuse_many(ground: &Ground) -> Result<()> {
    let shared = &ground.load()?.shared;
    let mut client = shared.client();
    for number in 0..REFUSALS {
        let worth = shared.ask(&mut client, Kind::Unknown);
        anyhow::ensure!(
            worth != Some(crate::chaos::count::Worth::Refused),
            "the server answers no more, after {number} refusals that nobody read of"
        );
    }
    Ok(())
}

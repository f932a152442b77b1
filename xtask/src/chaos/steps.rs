//! What goes wrong, one after the other.

mod disk;
mod files;
mod input;
mod log;
pub(super) mod policy;
mod process;
mod stranger;

use anyhow::Result;

use super::ground::Ground;

/// Something that goes wrong.
pub(super) struct Step {
    /// What is done.
    pub(super) name: &'static str,
    /// Whether the gate has to answer meanwhile.
    pub(super) serves: bool,
    /// Does it, and undoes it.
    pub(super) run: fn(&mut Ground) -> Result<Outcome>,
}

/// Whether a step was done.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It was.
    Done,
    /// It is not possible here, for this reason.
    Skipped(String),
}

/// All steps, in their order. Those that start the server anew come first, so that memory at the end is that of the process that had
/// to bear the rest.
pub(super) const STEPS: [Step; 18] = [
    Step { name: "`kill -9`, and a start", serves: false, run: process::kill },
    Step { name: "the process stands still for 3 s (`SIGSTOP`)", serves: false, run: process::stand_still },
    Step { name: "the disk is full", serves: false, run: disk::fill },
    Step { name: "the folder of the database is read-only, over a start", serves: false, run: disk::forbid_writing },
    Step { name: "a backup with everything in it is restored", serves: false, run: files::restore_current },
    Step { name: "a backup is restored that is older than a revocation", serves: false, run: files::restore_older },
    Step { name: "the lock file is removed and a second server started", serves: false, run: files::start_second },
    Step { name: "the clock is an hour ahead, over a start and back", serves: false, run: process::set_clock_ahead },
    Step { name: "nobody reads the log, over a stop too", serves: false, run: log::stop_with_reader },
    Step { name: "nobody reads the log", serves: true, run: log::stop_reader },
    Step { name: "a role with 65,000 names, and `kill -9` after it", serves: false, run: input::add_long_role },
    Step { name: "600 bodies are half sent", serves: true, run: stranger::send_half },
    Step { name: "300 clients send and do not read", serves: true, run: stranger::read_nothing },
    Step { name: "a flood of unknown tokens", serves: true, run: stranger::flood_with_tokens },
    Step { name: "a flood of invented methods, and tokens sent as methods", serves: true, run: stranger::flood_with_methods },
    Step { name: "lists of 699,000 bindings from a key that may make none", serves: true, run: input::send_long_lists },
    Step { name: "4 processes compute beside it", serves: true, run: process::compute_beside },
    Step { name: "policies that trap and that never answer are to be live", serves: false, run: policy::activate_hostile },
];

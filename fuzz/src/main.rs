//! Runs one target of `clearance_tests::fuzz`, which `CLEARANCE_FUZZ_TARGET` names. `cargo xtask fuzz` calls it.

#![no_main]

use std::{cell::RefCell, env, fs, process};

use clearance_tests::fuzz::{Run, TARGETS, target};
use libfuzzer_sys::fuzz_target;

/// The target. Without it, the names of all targets are printed.
const TARGET: &str = "CLEARANCE_FUZZ_TARGET";

/// The folder into which the seeds of the target are written.
const SEEDS: &str = "CLEARANCE_FUZZ_SEEDS";

thread_local! {
    static OPEN: RefCell<Option<Run>> = const { RefCell::new(None) };
}

fn begin() {
    let Some(target) = env::var(TARGET).ok().as_deref().and_then(target) else {
        TARGETS.iter().for_each(|target| println!("{}", target.name));
        process::exit(0);
    };
    if let Ok(folder) = env::var(SEEDS) {
        for (number, seed) in (target.seeds)().iter().enumerate() {
            fs::write(format!("{folder}/seed-{number}"), seed).expect("the folder of the seeds can be written");
        }
    }
    OPEN.set(Some((target.open)()));
}

fuzz_target!(init: begin(), |bytes: &[u8]| {
    OPEN.with_borrow_mut(|open| open.as_mut().expect("it was opened")(bytes));
});

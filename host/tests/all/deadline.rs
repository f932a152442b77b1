//! What stops a component that goes on and on: a deadline for what it computes, and a timeout for all the time that passes.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use clearance_host::{EvalError, Limits, PolicyVersion};
use clearance_policy::types::{Decision, Reason};
use cpu_time::ThreadTime;

use crate::{
    facts::{MARK, member},
    guest::{guest, patient},
};

/// How many threads take the processor for each that the machine has.
const SPINNERS: usize = 16;
/// How long the honest guest computes, and how long it may. Other programs slow a processor down, so there is much room.
const COMPUTING: Duration = Duration::from_millis(150);
const DEADLINE: Duration = Duration::from_secs(1);

/// Loads the guest that computes for as long as it is asked to.
fn computing(limits: Limits) -> PolicyVersion {
    let mut guest = guest("computing");
    guest.limits = limits;
    guest.load().unwrap()
}

/// Asks it to count down from this number, and answers how long it computed.
fn count_down(policy: &PolicyVersion, from: u32) -> Result<Duration, EvalError> {
    let begin = ThreadTime::now();
    let unknown = Decision { allow: false, reason: Reason::PermissionUnknown, binding: None };
    assert_eq!(policy.decide(&member(), from)?, unknown);
    Ok(begin.elapsed())
}

/// The number from which it counts down in about this time.
fn number_for(time: Duration) -> u32 {
    let policy = computing(patient());
    let mut number = 1 << 20;
    loop {
        let took = count_down(&policy, number).unwrap();
        if took >= Duration::from_millis(20) {
            let scaled = f64::from(number) * time.as_secs_f64() / took.as_secs_f64();
            return scaled.min(f64::from(i32::MAX)) as u32;
        }
        number *= 2;
    }
}

#[test]
fn a_busy_machine_is_no_fault_of_the_component() {
    let number = number_for(COMPUTING);
    let policy = computing(Limits { deadline: DEADLINE, ..patient() });
    let done = AtomicBool::new(false);
    let count = thread::available_parallelism().map_or(2, usize::from) * SPINNERS;
    let outcome = thread::scope(|threads| {
        for _ in 0..count {
            threads.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let outcome = count_down(&policy, number);
        done.store(true, Ordering::Relaxed);
        outcome
    });
    assert!(outcome.is_ok(), "{outcome:?}");
}

/// What an endless guest is stopped with, and how long it computed.
fn stopped(policy: &PolicyVersion) -> (EvalError, Duration) {
    let begin = ThreadTime::now();
    let error = policy.decide(&member(), MARK).unwrap_err();
    (error, begin.elapsed())
}

fn endless(limits: Limits) -> PolicyVersion {
    let mut guest = guest("endless");
    guest.limits = limits;
    guest.load().unwrap()
}

#[test]
fn a_deadline_is_kept_after_any_pause() {
    let deadline = Duration::from_millis(50);
    let policy = endless(Limits { deadline, ..patient() });
    // The longer ones are enough for the clock to fall asleep.
    let computed = [0, 1, 5, 20, 100, 200].map(|pause| {
        thread::sleep(Duration::from_millis(pause));
        let (error, computed) = stopped(&policy);
        assert_eq!(error, EvalError::Deadline { policy: policy.digest(), limit: deadline });
        assert!(computed >= deadline, "it was stopped after {computed:?}");
        computed
    });
    // A busy machine may be late each time, and yet not every time.
    assert!(computed.iter().min() < Some(&(2 * deadline)), "{computed:?}");
}

/// The clock falls asleep while nobody asks, and a call that goes on asks nothing.
#[test]
fn a_deadline_of_many_ticks_is_kept_while_nobody_else_asks() {
    let deadline = Duration::from_millis(1_500);
    let policy = endless(Limits { deadline, ..patient() });
    assert_eq!(stopped(&policy).0, EvalError::Deadline { policy: policy.digest(), limit: deadline });
}

#[test]
fn a_call_that_takes_too_long_is_stopped_before_its_deadline() {
    let (deadline, timeout) = (Duration::from_secs(3_600), Duration::from_millis(200));
    let mut guest = guest("endless");
    guest.limits = Limits { deadline, timeout, ..patient() };
    let error = guest.fails(|policy| policy.decide(&member(), MARK));
    assert_eq!(error, EvalError::Timeout { policy: error.policy(), limit: timeout });
}

//! The limits themselves.

use std::time::{Duration, Instant};

use clearance_host::{Engine, EngineError, EvalError, Limits};
use clearance_policy::types::Facts;

use crate::{
    facts::{MARK, member},
    guest::{LACKS, guest},
};

#[test]
fn a_limit_that_is_too_small_is_named() {
    let default = Limits::default();
    for (limits, name) in [
        (Limits { deadline: Duration::ZERO, ..default }, "deadline"),
        (Limits { memory: 65_535, ..default }, "memory"),
        (Limits { stack: 0, ..default }, "stack"),
        (Limits { answer: 4_095, ..default }, "answer"),
    ] {
        let error = Engine::new(limits).unwrap_err();
        assert!(matches!(&error, EngineError::Limit { limit, .. } if *limit == name), "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
    assert_eq!(Engine::new(default).unwrap().limits(), &default);
}

#[test]
fn limits_that_nobody_reaches_are_fine() {
    let mut guest = guest("honest");
    guest.limits = Limits { deadline: Duration::MAX, memory: usize::MAX, stack: 1 << 20, answer: usize::MAX, instances: 0 };
    let policy = guest.load().unwrap();
    for _ in 0..10 {
        assert_eq!(policy.decide(&member(), 0), Ok(LACKS));
    }
}

#[test]
fn a_deadline_is_kept_after_any_pause() {
    let mut guest = guest("endless");
    guest.limits.deadline = Duration::from_millis(50);
    let policy = guest.load().unwrap();
    // The longer ones are enough for the clock to fall asleep.
    for pause in [0, 1, 5, 20, 100, 200] {
        std::thread::sleep(Duration::from_millis(pause));
        let start = Instant::now();
        assert!(matches!(policy.decide(&member(), MARK), Err(EvalError::Deadline { .. })));
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(50), "it was stopped after {took:?}");
        assert!(took < Duration::from_secs(5), "it was stopped after {took:?}");
    }
}

#[test]
fn a_question_that_does_not_fit_is_refused() {
    let mut guest = guest("honest");
    guest.limits.memory = 1 << 20;
    let facts = Facts { roles: vec![crate::guests::role(); 20_000], ..member() };
    let error = guest.fails(|policy| policy.decide(&facts, 0));
    assert_eq!(error, EvalError::Memory { policy: error.policy(), limit: 1 << 20 });
    assert_eq!(crate::guest::guest("honest").load().unwrap().decide(&facts, 0), Ok(LACKS));
}

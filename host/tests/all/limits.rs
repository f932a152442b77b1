//! The limits themselves.

use std::time::Duration;

use clearance_host::{Engine, EngineError, EvalError, Limits};
use clearance_policy::types::Facts;

use crate::{
    facts::member,
    guest::{LACKS, guest},
};

#[test]
fn a_limit_that_is_too_small_is_named() {
    let default = Limits::default();
    for (limits, name) in [
        (Limits { deadline: Duration::ZERO, ..default }, "deadline"),
        (Limits { timeout: Duration::ZERO, ..default }, "timeout"),
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
    let (time, bytes) = (Duration::MAX, usize::MAX);
    guest.limits = Limits { deadline: time, timeout: time, memory: bytes, stack: 1 << 20, answer: bytes, instances: 0 };
    let policy = guest.load().unwrap();
    for _ in 0..10 {
        assert_eq!(policy.decide(&member(), 0), Ok(LACKS));
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

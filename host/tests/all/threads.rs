//! One policy version, many threads.

use std::thread;

use clearance_host::{EvalError, PolicyVersion};
use clearance_policy::types::{Facts, Reason};

use crate::{
    facts::{MARK, member, nobody, nowhere},
    guest::guest,
};

const THREADS: u32 = 8;

fn reason(policy: &PolicyVersion, facts: &Facts, permission: u32) -> Result<Reason, EvalError> {
    policy.decide(facts, permission).map(|decision| decision.reason)
}

/// Every thread asks all questions, beginning with another.
fn ask_all(policy: &PolicyVersion, rounds: u32) {
    let questions = [
        (member(), 0, Reason::Lacks),
        (member(), 3, Reason::PermissionUnknown),
        (nowhere(), 0, Reason::PlaceUnknown),
        (nobody(), 0, Reason::PrincipalUnknown),
    ];
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let questions = &questions;
            scope.spawn(move || {
                for round in 0..rounds {
                    let (facts, permission, wanted) = &questions[((thread + round) % 4) as usize];
                    assert_eq!(reason(policy, facts, *permission), Ok(*wanted));
                }
            });
        }
    });
}

#[test]
fn all_answers_are_right() {
    ask_all(&guest("honest").load().unwrap(), 2_000);
}

#[test]
fn there_may_be_fewer_instances_than_threads() {
    for instances in [0, 1, 3] {
        let mut guest = guest("honest");
        guest.limits.instances = instances;
        ask_all(&guest.load().unwrap(), 200);
    }
}

#[test]
fn a_failure_stays_in_its_own_question() {
    let policy = guest("fourth_call").load().unwrap();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let policy = &policy;
            scope.spawn(move || {
                for round in 0..400 {
                    if (thread + round) % 3 == 0 {
                        match reason(policy, &member(), MARK) {
                            Ok(Reason::PermissionUnknown) | Err(EvalError::Trap { .. }) => {}
                            other => panic!("{other:?}"),
                        }
                    } else {
                        assert_eq!(reason(policy, &member(), 0), Ok(Reason::Lacks));
                    }
                }
            });
        }
    });
}

#[test]
fn a_version_outlives_its_engine_and_its_clones() {
    let policy = guest("honest").load().unwrap();
    let clone = policy.clone();
    drop(policy);
    thread::spawn(move || assert_eq!(reason(&clone, &member(), 0), Ok(Reason::Lacks))).join().unwrap();
}

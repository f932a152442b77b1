//! Threads that ask while versions follow each other.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
};

use clearance_native::Digest;

use crate::{check, company, component, unsigned};

const THREADS: usize = 3;
const SWAPS: usize = 10;

/// The strict policy refuses a key whose owner is deactivated like the default one, but says so of another permission first: what matters
/// here is that each answer is that of the version which it names.
#[test]
fn no_check_fails_or_mixes_versions_while_they_are_swapped() {
    let authorizer = company();
    let components = [component("strict"), component("langwatch")];
    let permissions = ["prompts:view", "prompts:update", "project:delete", "traces:view"];
    // What each version answers.
    let mut wanted: Vec<(Digest, Vec<_>)> = Vec::new();
    for component in &components {
        authorizer.swap(unsigned(component)).unwrap();
        let decisions: Vec<_> = permissions.iter().map(|name| check(&authorizer, name).unwrap()).collect();
        wanted.push((Digest::of(component), decisions));
    }
    let (stop, begin) = (AtomicBool::new(false), Barrier::new(THREADS + 1));
    let asked: usize = thread::scope(|scope| {
        let ask = || {
            begin.wait();
            let mut asked = 0;
            while !stop.load(Relaxed) || asked == 0 {
                for (at, name) in permissions.iter().enumerate() {
                    let decision = check(&authorizer, name).unwrap();
                    let (_, decisions) = wanted.iter().find(|(digest, _)| *digest == decision.policy).unwrap();
                    assert_eq!(decisions[at], decision);
                    asked += 1;
                }
            }
            asked
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(ask)).collect();
        begin.wait();
        for at in 0..SWAPS {
            authorizer.swap(unsigned(&components[at % 2])).unwrap();
        }
        stop.store(true, Relaxed);
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert!(asked >= THREADS * permissions.len());
}

//! Policy files that were damaged: each is refused, or is another component that is held to every limit.

use std::time::Duration;

use clearance_host::{Engine, Limits, LoadError};

use crate::{facts::member, guest::guest};

/// A small generator of numbers: the same damage in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// One to three bytes changed, inserted or taken out, or the file cut short.
fn spoil(bytes: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut spoilt = bytes.to_vec();
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(spoilt.len());
        match numbers.below(8) {
            0 => spoilt.insert(at, numbers.below(256) as u8),
            1 => drop(spoilt.remove(at)),
            2 if numbers.below(8) == 0 => spoilt.truncate(at.max(1)),
            3 => spoilt[at] = numbers.below(256) as u8,
            _ => spoilt[at] ^= 1 << numbers.below(8),
        }
    }
    spoilt
}

#[test]
fn a_damaged_policy_is_refused_or_kept_within_its_limits() {
    // A guest of a few hundred bytes, so that most damage hits something that matters.
    let whole = guest("honest").bytes();
    let limits = Limits { deadline: Duration::from_millis(50), instances: 1, ..Limits::default() };
    let engine = Engine::new(limits).unwrap();
    let mut numbers = Numbers(7);
    let (mut invalid, mut refused, mut loaded, mut stopped) = (0, 0, 0, 0);
    for _ in 0..ROUNDS {
        match engine.load(&spoil(&whole, &mut numbers)) {
            Err(LoadError::Invalid(_) | LoadError::NotAComponent { .. }) => invalid += 1,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
            Ok(policy) => {
                loaded += 1;
                stopped += u32::from(policy.decide(&member(), 0).is_err());
            }
        }
    }
    assert_eq!(invalid + refused + loaded, ROUNDS);
    assert!(invalid > ROUNDS / 4 && refused > ROUNDS / 100 && loaded > ROUNDS / 100, "{invalid} {refused} {loaded} {stopped}");
}

const ROUNDS: u32 = 8_000;

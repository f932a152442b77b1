//! Every target that takes bytes from outside, asked about its seeds and about bytes that are made from them.
//!
//! `cargo xtask fuzz` looks further; this shows that the targets work, with the same bytes in every run.

use clearance_tests::fuzz::{TARGETS, target};

/// How many inputs are made for each target.
const INPUTS: usize = 1_500;

/// No input is longer.
const MAX_INPUT_BYTES: usize = 1 << 14;

/// Targets of which one run takes long, and how many inputs they get.
const SLOW: [(&str, usize); 2] = [("requests", 250), ("versions", 400)];

/// Bytes that mean something in one of the formats.
const WORDS: [&[u8]; 18] = [
    b"\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\0",
    b"\n",
    b"\r\n",
    b"null",
    b"9999-12-31T23:59:59Z",
    b"-1",
    b"\xff\xff\xff\xff\xff\xff\xff\xff",
    "\u{202e}".as_bytes(),
    b"%ff",
    b"acme",
    b"[permission]",
];

/// The numbers of `SplitMix64`, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    }

    /// A number below this one, or 0.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).unwrap()
    }
}

/// Changes bytes in a few places: a bit, a number, a word, a piece of another seed, a piece less.
fn change(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], numbers: &mut Numbers) {
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(bytes.len() + 1);
        let end = (at + numbers.below(24)).min(bytes.len());
        match numbers.below(6) {
            0 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << numbers.below(8);
                }
            }
            1 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = numbers.next() as u8;
                }
            }
            2 => drop(bytes.splice(at..end, WORDS[numbers.below(WORDS.len())].iter().copied())),
            3 => {
                let other = &seeds[numbers.below(seeds.len())];
                let from = numbers.below(other.len());
                let to = (from + numbers.below(64)).min(other.len());
                drop(bytes.splice(at..end, other[from..to].iter().copied()));
            }
            4 => drop(bytes.drain(at..end)),
            _ => {
                let piece = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, piece));
            }
        }
    }
    bytes.truncate(MAX_INPUT_BYTES);
}

/// Asks a target about its seeds, and about what is made from them.
fn ask(name: &str) {
    let target = target(name).unwrap();
    let seeds = (target.seeds)();
    assert!(!seeds.is_empty(), "`{name}` has no seeds");
    let mut run = (target.open)();
    run(b"");
    seeds.iter().for_each(|seed| run(seed));
    let mut numbers = Numbers(u64::from_le_bytes(*b"a target"));
    let count = SLOW.iter().find(|(slow, _)| *slow == name).map_or(INPUTS, |(_, count)| *count);
    for _ in 0..count {
        let mut bytes = seeds[numbers.below(seeds.len())].clone();
        change(&mut bytes, &seeds, &mut numbers);
        run(&bytes);
    }
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                ask(stringify!($name));
            }
        )*

        #[test]
        fn no_target_is_without_a_test() {
            assert_eq!(TARGETS.map(|target| target.name), [$(stringify!($name)),*]);
        }
    };
}

targets! { questions answers capsule tokens directory changes catalog carried versions requests }

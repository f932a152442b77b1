//! The vectors: what LangWatch's own code answered.

use clearance_tests::case::World;

use crate::check::{Counts, check};

#[test]
fn scenarios() {
    let counts = check(&World::read_all("vectors/scenarios"));
    assert_eq!(counts, Counts { worlds: 42, decisions: 297, reasons: 286, own: 0, effective: 0, projects: 0 });
}

#[test]
fn random() {
    let counts = check(&World::read_all("vectors/random"));
    assert_eq!(counts, Counts { worlds: 45, decisions: 8268, reasons: 6263, own: 1082, effective: 410, projects: 612 });
}

//! The cases of this project's own: what the rules say, where vectors are thin or silent.

use clearance_tests::case::World;

use crate::check::{Counts, check};

#[test]
fn own_cases() {
    let counts = check(&World::read_all("cases"));
    assert_eq!(counts, Counts { worlds: 12, decisions: 357, reasons: 357, own: 0, effective: 19, projects: 7 });
}

//! `clearance policy diff`.

use crate::run::{clearance, company, temporary};

#[test]
fn a_policy_does_not_differ_from_itself() {
    let (company, svg) = (company(), temporary("diff.svg", ""));
    let run = clearance(&["policy", "diff", "langwatch", "langwatch", "--directory", &company, "--svg", &svg, "--json"]);
    assert_eq!(run.code, 0);
    let answer = run.json();
    assert_eq!((&answer["gains"], &answer["losses"]), (&0.into(), &0.into()));
    assert_eq!(answer["before"], answer["after"]);
    let drawn = std::fs::read_to_string(svg).unwrap();
    assert!(drawn.starts_with("<svg ") && drawn.ends_with("</svg>\n"), "{drawn}");
    let run = clearance(&["policy", "diff", "langwatch", "nowhere.wasm", "--directory", &company]);
    assert_eq!((run.code, &*run.out), (2, ""));
}

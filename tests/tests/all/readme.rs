//! What README.md shows is what its command prints.

#[path = "../../../clearance/examples/ceiling.rs"]
#[expect(dead_code, reason = "the example is a program, and its `main` is not called here")]
mod ceiling;

#[test]
fn the_first_command_prints_what_is_shown() {
    let mut printed = Vec::new();
    ceiling::show(&mut printed).unwrap();
    let shown = format!("```text\n{}```\n", String::from_utf8(printed).unwrap());
    assert!(include_str!("../../../README.md").contains(&shown), "README.md does not show this:\n{shown}");
}

//! The life of keys: what LangWatch's own code did.

use clearance_tests::management::Management;

fn check(file: &str, count: usize) {
    let management = Management::read(file);
    assert_eq!(management.len(), count);
    let differences = management.differences();
    assert!(differences.is_empty(), "{} of {count} cases differ:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn what_signed_in_users_do() {
    check("session.jsonl", 706);
}

#[test]
fn what_keys_do_over_http() {
    check("rest.jsonl", 552);
}

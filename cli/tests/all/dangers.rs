//! What `explain` warns of.

use crate::run::{Run, clearance, temporary};

const DIRECTORY: &str = r#"{
  "organizations": [{"id": "o"}, {"id": "other"}],
  "users": [{"id": "gone"}, {"id": "lite"}, {"id": "old"}, {"id": "boss"}, {"id": "custom"}, {"id": "off", "deactivatedAt": "2026-01-01T00:00:00Z"}],
  "members": [
    {"organization": "o", "user": "lite", "role": "EXTERNAL"},
    {"organization": "o", "user": "old", "role": "MEMBER"},
    {"organization": "o", "user": "boss", "role": "MEMBER"},
    {"organization": "o", "user": "off", "role": "MEMBER"},
    {"organization": "o", "user": "custom", "role": "MEMBER"}
  ],
  "teams": [{"id": "t", "organization": "o"}, {"id": "mine", "organization": "o", "personal": true, "owner": "old"}],
  "teamMemberships": [{"team": "t", "user": "old", "role": "MEMBER"}, {"team": "t", "user": "boss", "role": "ADMIN"}],
  "projects": [{"id": "p", "team": "t"}],
  "roles": [
    {"id": "empty", "organization": "o", "kind": "custom", "name": "Empty", "permissions": []},
    {"id": "foreign", "organization": "other", "kind": "custom", "name": "Foreign", "permissions": ["traces:view"]},
    {"id": "private", "organization": "o", "kind": "key", "name": "private", "permissions": ["traces:create"]},
    {"id": "fine", "organization": "o", "kind": "custom", "name": "Fine", "permissions": ["traces:manage"]}
  ],
  "keys": [
    {"id": "reader", "organization": "o", "name": "Reader", "mode": "readonly", "owner": "boss"},
    {"id": "service", "organization": "o", "name": "Service", "mode": "all", "createdBy": "off"},
    {"id": "leaver", "organization": "o", "name": "Leaver", "mode": "all", "owner": "gone"},
    {"id": "poisoned", "organization": "o", "name": "Poisoned", "mode": "restricted"}
  ],
  "bindings": [
    {"id": "b1", "organization": "o", "user": "gone", "role": "VIEWER", "scope": {"team": "t"}},
    {"id": "b2", "organization": "o", "user": "lite", "role": "CUSTOM", "customRole": "fine", "scope": {"team": "t"}},
    {"id": "b3", "organization": "o", "user": "old", "role": "VIEWER", "scope": {"team": "t"}},
    {"id": "b4", "organization": "o", "key": "reader", "role": "ADMIN", "scope": {"organization": "o"}},
    {"id": "b5", "organization": "o", "key": "service", "role": "ADMIN", "scope": {"organization": "o"}},
    {"id": "b6", "organization": "o", "key": "leaver", "role": "VIEWER", "scope": {"team": "t"}},
    {"id": "b7", "organization": "o", "key": "poisoned", "role": "CUSTOM", "customRole": "private", "scope": {"team": "t"}},
    {"id": "b8", "organization": "o", "user": "custom", "role": "CUSTOM", "customRole": "private", "scope": {"project": "p"}},
    {"id": "b9", "organization": "o", "user": "custom", "role": "CUSTOM", "customRole": "missing", "scope": {"team": "t"}}
  ]
}"#;

/// Questions, the dangers that apply, and words that must stand in the messages.
const QUESTIONS: [(&str, &[&str], &str); 12] = [
    (
        "--user custom --permission traces:view --team t",
        &["unusable-role"],
        "binding `b9` does not exist, so it is read as the list `viewer`",
    ),
    (
        "--user custom --permission traces:view --project p",
        &["unusable-role", "unusable-role"],
        "binding `b8` is private to one key",
    ),
    ("--key poisoned --permission traces:create --team t", &["unusable-role"], "leave the role to one key"),
    (
        "--user old --permission traces:create --project p",
        &["silenced-team-membership"],
        "team `t` counts again once the last binding",
    ),
    ("--user boss --permission traces:view --organization o", &["team-admin-at-organization"], "team `t`"),
    ("--user boss --permission traces:view --team t", &[], ""),
    ("--user lite --permission traces:view --project p", &["external-custom-role"], "binding `b2` is not capped"),
    ("--key reader --permission traces:create --project p", &["readonly-is-a-label"], "takes nothing away"),
    ("--key service --permission traces:create --project p", &["creator-gone"], "`off` made this service key and is deactivated"),
    (
        "--key service --permission organization:manage --organization o",
        &["creator-gone", "manages-keys"],
        "stronger than itself",
    ),
    ("--key leaver --permission traces:view --project p", &["revives-with-membership"], "if `gone` joins the organization again"),
    ("--user old --permission traces:view --team mine", &["personal-team-listed"], "team `mine` is personal"),
];

#[test]
fn dangers_that_apply_are_named_and_no_others() {
    let directory = temporary("dangers.json", DIRECTORY);
    let explain = |question: &str, json: &[&str]| -> Run {
        let arguments: Vec<&str> = ["explain", "--directory", &directory].into_iter().chain(question.split(' ')).collect();
        clearance(&[&arguments[..], json].concat())
    };
    for (question, codes, words) in QUESTIONS {
        let answer = explain(question, &["--json"]).json();
        let found: Vec<&str> =
            answer["dangers"].as_array().expect("a list").iter().filter_map(|danger| danger["code"].as_str()).collect();
        assert_eq!(found, codes, "{question}: {answer}");
        let human = explain(question, &[]).out;
        assert_eq!(human.matches("danger  ").count(), codes.len(), "{human}");
        assert!(human.contains(words), "`{words}` should be in: {human}");
    }
}

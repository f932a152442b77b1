//! Everything that may be wrong with what the command reads: one message, exit code 2, nothing on standard output.

use std::fs;

use crate::run::{clearance, company, file, temporary};

/// The one message of a run that must fail.
fn refused(arguments: &[&str]) -> String {
    let run = clearance(arguments);
    assert_eq!((run.code, &*run.out), (2, ""), "{arguments:?}: {}", run.err);
    let message = run.err.strip_prefix("error: ").unwrap_or_else(|| panic!("an error: {}", run.err));
    message.trim_end().to_owned()
}

/// As [`refused`], for what is not a matter of usage: on one line.
fn refused_line(arguments: &[&str], parts: &[&str]) {
    let message = refused(arguments);
    assert_eq!(message.lines().count(), 1, "{message}");
    for part in parts {
        assert!(message.contains(part), "`{part}` should be in: {message}");
    }
}

const DIRECTORIES: [(&str, &[&str]); 17] = [
    ("{", &["line 1, column 1", "EOF"]),
    ("[]", &["line 1", "expected"]),
    ("{}\n x", &["line 2, column 2", "trailing characters"]),
    (r#"{"organisations": []}"#, &["unknown field `organisations`", "`organizations`", "line 1"]),
    ("{\"organizations\": [\n{\"id\": 5}]}", &["organizations[0].id", "line 2", "integer `5`", "a string"]),
    (r#"{"organizations": [{"id": "a"}, {"id": "a"}]}"#, &["organizations[1].id", "`a`", "write another id"]),
    (r#"{"organizations": [{"id": "a b"}]}"#, &["organizations[0].id", "`a b`", "1 to 255 visible ASCII characters"]),
    (r#"{"teams": [{"id": "t", "organization": "a"}]}"#, &["teams[0].organization", "`a`", "add it first"]),
    (r#"{"projects": [{"id": "p", "team": "t"}]}"#, &["projects[0].team", "`t`", "add it first"]),
    (r#"{"users": [{"id": "u", "deactivatedAt": "soon"}]}"#, &["users[0].deactivatedAt", "`soon`", "RFC 3339"]),
    (r#"{"members": [{"organization": "a", "user": "u", "role": "BOSS"}]}"#, &["members[0].role", "`BOSS`", "`EXTERNAL`"]),
    (
        r#"{"bindings": [{"id": "b", "organization": "a", "user": "u", "key": "k", "role": "ADMIN", "scope": {"team": "t"}}]}"#,
        &["bindings[0]", "`user` and `key`", "exactly one"],
    ),
    (
        r#"{"bindings": [{"id": "b", "organization": "a", "role": "ADMIN", "scope": {"team": "t"}}]}"#,
        &["bindings[0]", "none", "exactly one of `user`, `group` and `key`"],
    ),
    (
        r#"{"bindings": [{"id": "b", "organization": "a", "user": "u", "role": "ADMIN", "scope": {}}]}"#,
        &["bindings[0].scope", "none", "exactly one of `organization`, `team` and `project`"],
    ),
    (
        r#"{"bindings": [{"id": "b", "organization": "a", "user": "u", "role": "OWNER", "scope": {"team": "t"}}]}"#,
        &["bindings[0]", "`OWNER`", "`VIEWER`"],
    ),
    (
        r#"{"bindings": [{"id": "b", "organization": "a", "user": "u", "role": "CUSTOM", "scope": {"team": "t"}}]}"#,
        &["bindings[0].customRole", "`CUSTOM`", "add `customRole`"],
    ),
    (
        r#"{"bindings": [{"id": "b", "organization": "a", "user": "u", "role": "ADMIN", "customRole": "r", "scope": {"team": "t"}}]}"#,
        &["bindings[0].customRole", "`r`", "leave `customRole` out"],
    ),
];

#[test]
fn a_directory_that_is_wrong_is_refused_by_every_verb_that_reads_one() {
    let cases = temporary("good.jsonl", r#"{"id":"1","user":"ana","at":{"team":"web"}}"#);
    for (number, (text, parts)) in DIRECTORIES.iter().enumerate() {
        let name = format!("directory-{number}.json");
        let directory = temporary(&name, text);
        let parts = [*parts, &[&*name]].concat();
        let question = ["--directory", &directory, "--user", "u", "--team", "t"];
        refused_line(&[&["check", "--permission", "ops:view"], &question[..]].concat(), &parts);
        refused_line(&[&["effective", "--json"], &question[..]].concat(), &parts);
        refused_line(&["lint", "--directory", &directory], &parts);
        refused_line(&["evaluate", "--directory", &directory, "--cases", &cases], &parts);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = file("examples").display().to_string();
    refused_line(&["lint", "--directory", "no-such.json"], &["cannot read `no-such.json`", "No such file"]);
    refused_line(&["lint", "--directory", &folder], &["cannot read", &folder]);
    refused_line(&["policy", "inspect", "no-such.wasm"], &["cannot read `no-such.wasm`"]);
    refused_line(&["evaluate", "--directory", &company(), "--cases", "no-such.jsonl"], &["cannot read `no-such.jsonl`"]);
    let latin = temporary("latin.json", b"{\n\"organizations\": [{\"id\": \"\xe4\"}]}");
    refused_line(&["lint", "--directory", &latin], &["latin.json", "line 2", "UTF-8"]);
}

const CASES: [(&str, &[&str]); 24] = [
    ("", &["the line is empty"]),
    ("7", &["this is no JSON object"]),
    (r#"["1","ana",null,null,"ops:view",{"team":"web"}]"#, &["this is no JSON object"]),
    (r#"{"id":"1","user":"ana","at":{"team":"web"}"#, &["column 42", "EOF"]),
    (r#"{"id":"1","user":"ana","at":{"team":"web"}} {}"#, &["column 45", "trailing characters"]),
    (r#"{"user":"ana","at":{"team":"web"}}"#, &["missing field `id`"]),
    (r#"{"id":1,"user":"ana","at":{"team":"web"}}"#, &["field `id`", "integer `1`", "a string"]),
    (r#"{"id":"1","at":{"team":"web"}}"#, &["no principal", "`user`, `key` and `projectKey`"]),
    (r#"{"id":"1","user":"ana","key":"ci","at":{"team":"web"}}"#, &["`user` and `key`", "exactly one"]),
    (r#"{"id":"1","user":"ana","projectKey":"shop","at":{"team":"web"}}"#, &["`user` and `projectKey`"]),
    (r#"{"id":"1","user":"ana","key":null,"at":{"team":"web"}}"#, &["field `key`", "null", "a string"]),
    (r#"{"id":"1","user":"ana","user":"ben","at":{"team":"web"}}"#, &["duplicate field `user`"]),
    (r#"{"id":"1","user":["ana"],"at":{"team":"web"}}"#, &["field `user`", "sequence", "a string"]),
    (r#"{"id":"1","user":"ana"}"#, &["missing field `at`"]),
    (r#"{"id":"1","user":"ana","at":{}}"#, &["field `at`", "no place", "`organization`, `team` and `project`"]),
    (r#"{"id":"1","user":"ana","at":"web"}"#, &["field `at`", "string \"web\"", "exactly one of"]),
    (r#"{"id":"1","user":"ana","at":["acme"]}"#, &["field `at`", "sequence", "exactly one of"]),
    (r#"{"id":"1","user":"ana","at":{"team":"web","project":"shop"}}"#, &["field `at", "more than one place"]),
    (r#"{"id":"1","user":"ana","at":{"project":7}}"#, &["field `at.project`", "integer `7`", "a string"]),
    (r#"{"id":"1","user":"ana","at":{"tribe":"web"}}"#, &["field `at", "`tribe`", "`team`"]),
    (r#"{"id":"1","user":"ana","at":{"team":"web"},"now":"today"}"#, &["field `now`", "`today`", "RFC 3339"]),
    (r#"{"id":"1","user":"ana","at":{"team":"web"},"now":1}"#, &["field `now`", "integer `1`"]),
    (r#"{"id":"1","user":"ana","at":{"team":"web"},"permission":null}"#, &["field `permission`", "null"]),
    (r#"{"id":"1","user":"ana","at":{"team":"web"},"permision":"ops:view"}"#, &["`permision`", "`permission`"]),
];

#[test]
fn a_line_that_cannot_be_read_stops_the_run_before_any_answer() {
    let good = r#"{"id":"0","user":"ana","permission":"ops:view","at":{"team":"web"}}"#;
    for (number, (line, parts)) in CASES.iter().enumerate() {
        let name = format!("cases-{number}.jsonl");
        let cases = temporary(&name, format!("{good}\n{good}\n{line}\n{good}\n"));
        let parts = [*parts, &[&*name, "line 3"]].concat();
        refused_line(&["evaluate", "--directory", &company(), "--cases", &cases], &parts);
    }
}

#[test]
fn a_file_that_is_no_policy_is_refused() {
    let bytes = fs::read(file("policy/dist/langwatch.wasm")).expect("the component is there");
    let half = bytes.get(..bytes.len() / 2).expect("a half");
    let wrong: [(&str, &[u8], &str); 4] = [
        ("empty.wasm", b"", "not a WebAssembly component"),
        ("text.wasm", b"policy", "not a WebAssembly component"),
        ("module.wasm", b"\0asm\x01\0\0\0", "not a WebAssembly component"),
        ("half.wasm", half, "this component cannot be compiled"),
    ];
    for (name, bytes, part) in wrong {
        let policy = temporary(name, bytes);
        refused_line(&["policy", "inspect", &policy], &[name, part]);
        refused_line(&["catalog", "--policy", &policy, "--json"], &[name, part]);
        let question = ["--directory", &company(), "--user", "ana", "--permission", "ops:view", "--team", "web"];
        refused_line(&[&["check", "--policy", &policy], &question[..]].concat(), &[name, part]);
    }
    // Nothing but the header of a component.
    let nothing = temporary("nothing.wasm", b"\0asm\x0d\0\x01\0");
    refused_line(&["policy", "inspect", &nothing], &["nothing.wasm", "a policy exports all of"]);
}

#[test]
fn wrong_usage_is_refused() {
    let company = company();
    let check = |rest: &str| {
        let mut arguments = vec!["check", "--directory", &company];
        arguments.extend(rest.split(' '));
        refused(&arguments)
    };
    for (rest, part) in [
        ("--permission ops:view --team web", "<--user <ID>|--key <ID>|--project-key <ID>>"),
        ("--user ana --key ci --permission ops:view --team web", "cannot be used with"),
        ("--user ana --permission ops:view", "<--project <ID>|--team <ID>|--organization <ID>>"),
        ("--user ana --permission ops:view --team web --project shop", "cannot be used with"),
        ("--user ana --user ben --permission ops:view --team web", "cannot be used multiple times"),
        ("--user ana --team web", "--permission <NAME>"),
        ("--user ana --permission ops:view --team web --now yesterday", "`yesterday` is not an RFC 3339 time"),
        ("--user ana --permission ops:view --team web --tribe x", "--tribe"),
    ] {
        let message = check(rest);
        assert!(message.contains(part), "`{part}` should be in: {message}");
    }
    assert!(refused(&["judge"]).contains("judge"));
    assert!(refused(&["lint"]).contains("--directory"));
}

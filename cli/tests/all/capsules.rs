//! Decisions that are kept in files, and made again.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;

use crate::run::{Run, ask, clearance, company, file};

const QUESTION: &str = "--key ci --permission team:manage --team web --now 2026-06-01T12:00:00Z";

/// A folder of its own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("capsules-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).expect("a folder can be made");
    folder
}

fn kept(name: &str, rest: &str) -> (PathBuf, String, Run) {
    let folder = folder(name);
    let capsule = folder.join("ci.capsule").display().to_string();
    let run = ask("check", &format!("{QUESTION} --capsule {capsule} {rest}"));
    (folder, capsule, run)
}

#[test]
fn a_capsule_is_replayed_to_the_last_step() {
    let (_, capsule, run) = kept("same", "");
    // The answer is what it is without a capsule.
    let plain = ask("check", QUESTION);
    assert_eq!((run.code, &run.out, &*run.err), (1, &plain.out, ""));

    let replay = clearance(&["replay", &capsule]);
    assert_eq!((replay.code, &*replay.err), (0, ""));
    assert!(replay.out.starts_with(&plain.out), "{}", replay.out);
    assert!(replay.out.contains("decided   2026-06-01T12:00:00.000Z by langwatch "), "{}", replay.out);
    assert!(replay.out.contains("signed    unsigned"), "{}", replay.out);
    assert!(replay.out.ends_with("The same answer, to the last step of the walk.\n"), "{}", replay.out);

    let answer = clearance(&["replay", &capsule, "--json"]).json();
    let explained = ask("explain", &format!("{QUESTION} --json")).json();
    for (field, value) in explained.as_object().expect("an object").iter().filter(|(field, _)| *field != "dangers") {
        assert_eq!((&answer["recorded"][field], &answer["replayed"][field]), (value, value), "{field}");
    }
    assert_eq!((&answer["differences"], &answer["permission"]), (&json!([]), &json!("team:manage")));
    assert_eq!((&answer["principal"], &answer["at"]), (&json!({"key": "ci"}), &json!({"team": "web"})));
    assert_eq!((&answer["now"], &answer["signature"]), (&json!("2026-06-01T12:00:00.000Z"), &json!("unsigned")));
    assert_eq!(answer["facts"]["principal"]["key"]["owner"]["id"], "ben");
    assert_eq!(answer["policy"]["digest"], explained["policy"]);
}

#[test]
fn another_version_answers_under_its_own_rules() {
    let folder = folder("other");
    let capsule = folder.join("c").display().to_string();
    // Where the two policies differ: a team membership grants nothing under the strict one.
    let run = ask("check", &format!("--user ben --permission datasets:view --project lake --capsule {capsule}"));
    assert_eq!(run.code, 0, "{}", run.err);
    let replay = clearance(&["replay", &capsule, "--policy", "strict"]);
    assert_eq!((replay.code, &*replay.err), (1, ""));
    assert!(replay.out.contains("Another answer: deny, lacks."), "{}", replay.out);
    let line = |field: &str| {
        let line = replay.out.lines().rfind(|line| line.starts_with(field)).unwrap_or_else(|| panic!("{field}: {}", replay.out));
        line.split_whitespace().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(line("allow"), ["true", "false"]);
    assert_eq!(line("reason"), ["team-membership", "lacks"]);
    let answer = clearance(&["replay", &capsule, "--policy", &file("policy/dist/strict.wasm").display().to_string(), "--json"]);
    assert_eq!(answer.code, 1);
    let answer = answer.json();
    assert_eq!((&answer["recorded"]["allow"], &answer["replayed"]["allow"]), (&json!(true), &json!(false)));
    assert_eq!(answer["differences"][0], json!({"field": "allow", "recorded": "true", "replayed": "false"}));
}

#[test]
fn the_version_that_decided_is_found_in_a_folder() {
    let folder = folder("folder");
    let path = |name: &str| folder.join(name).display().to_string();
    let (catalog, component, capsule, versions) = (path("c.toml"), path("ours.wasm"), path("c"), path("versions"));
    let text = fs::read_to_string(file("examples/printshop/catalog.toml")).expect("the example is there");
    fs::write(&catalog, text).expect("a file can be written");
    assert_eq!(clearance(&["policy", "build", "--catalog", &catalog, "--out", &component]).code, 0);
    let question = format!("{QUESTION} --policy {component} --capsule {capsule}");
    let run = ask("check", &question);
    assert!(run.code < 2, "{}", run.err);

    let replay = clearance(&["replay", &capsule]);
    assert_eq!((replay.code, &*replay.out), (2, ""));
    assert!(replay.err.contains("is not built in: name the folder that has it with `--policies`"), "{}", replay.err);
    assert_eq!(clearance(&["policy", "add", &component, "--policies", &versions, "--allow-unsigned"]).code, 0);
    let replay = clearance(&["replay", &capsule, "--policies", &versions]);
    assert_eq!((replay.code, &*replay.err), (0, ""), "{}", replay.out);
    let both = clearance(&["replay", &capsule, "--policies", &versions, "--policy", "strict"]);
    assert_eq!(both.code, 2);
}

#[test]
fn a_signature_says_whose_decision_it_was() {
    let folder = folder("signed");
    let path = |name: &str| folder.join(name).display().to_string();
    let (host, stranger, capsule) = (path("host.key"), path("stranger.key"), path("c"));
    for key in [&host, &stranger] {
        assert_eq!(clearance(&["policy", "keygen", "--out", key, "--no-password"]).code, 0);
    }
    let run = ask("check", &format!("{QUESTION} --capsule {capsule} --capsule-key {host}"));
    assert_eq!(run.code, 1, "{}", run.err);
    let replay = |trust: &[&str]| clearance(&[&["replay", &capsule], trust].concat());
    let (public, other) = (format!("{host}.pub"), format!("{stranger}.pub"));
    assert!(replay(&[]).out.contains("signed    unchecked"));
    let trusted = replay(&["--trust", &other, "--trust", &public]);
    assert_eq!(trusted.code, 0, "{}", trusted.err);
    assert!(trusted.out.contains(&format!("signed    by `{public}`")), "{}", trusted.out);
    assert_eq!(replay(&["--trust", &public, "--json"]).json()["signedBy"], public);
    let refused = replay(&["--trust", &other]);
    assert_eq!((refused.code, &*refused.out), (2, ""));
    assert!(refused.err.contains("none of the keys of `--trust` made the signature"), "{}", refused.err);

    // Another content under the same signature.
    let run = ask("check", &format!("{QUESTION} --capsule {}", path("plain")));
    assert_eq!(run.code, 1);
    let signed = fs::read(&capsule).expect("it is there");
    let signature = signed.windows(18).position(|bytes| bytes == b"untrusted comment:").expect("it is signed");
    let other_question =
        ask("check", &format!("--user ana --permission prompts:view --project shop --capsule {}", path("forged")));
    assert_eq!(other_question.code, 0);
    let forged = [fs::read(path("forged")).expect("it is there"), signed[signature..].to_vec()].concat();
    fs::write(&capsule, forged).expect("it can be written");
    assert_eq!(replay(&[]).code, 0);
    assert_eq!(replay(&["--trust", &public]).code, 2);
    let unsigned = clearance(&["replay", &path("plain"), "--trust", &public]);
    assert_eq!(unsigned.code, 2);
    assert!(unsigned.err.contains("is not signed"), "{}", unsigned.err);
}

#[test]
fn what_cannot_be_kept_or_read_says_so() {
    let (folder, capsule, _) = kept("bad", "");
    let mut bytes = fs::read(&capsule).expect("it is there");
    bytes[60] ^= 1;
    let damaged = folder.join("damaged").display().to_string();
    fs::write(&damaged, &bytes).expect("it can be written");
    let company = company();
    for (arguments, message) in [
        (vec!["replay", &*damaged], "this capsule is damaged"),
        (vec!["replay", &*company], "this is not a capsule"),
        (vec!["replay", "/nowhere/c"], "cannot read `/nowhere/c`"),
        (vec!["replay", &*capsule, "--policy", &*company], "directory.json"),
    ] {
        let run = clearance(&arguments);
        assert_eq!((run.code, &*run.out), (2, ""), "{arguments:?}");
        assert!(run.err.contains(message), "{}", run.err);
    }
    let run = ask("check", &format!("{QUESTION} --capsule /nowhere/c"));
    assert_eq!((run.code, &*run.out), (2, ""));
    assert!(run.err.contains("cannot write `/nowhere/c`"), "{}", run.err);
    assert_eq!(ask("check", &format!("{QUESTION} --capsule-key x")).code, 2);
}

//! `evaluate` over every given vector.

use std::{fs, path::PathBuf, process::Stdio};

use serde_json::Value;

use crate::run::{Run, clearance, command, company, file, temporary};

/// Within the time for which the vectors hold.
const NOW: &str = "2027-01-15T08:00:00Z";

fn folders() -> Vec<PathBuf> {
    let folders = ["scenarios", "random"].map(|kind| fs::read_dir(file("tests/vectors").join(kind)).expect("the folder lists"));
    let mut folders: Vec<PathBuf> = folders.into_iter().flatten().map(|entry| entry.expect("an entry").path()).collect();
    folders.sort();
    folders
}

fn evaluate(folder: &std::path::Path, cases: &str) -> Vec<Value> {
    let path = |name: &str| folder.join(name).display().to_string();
    let run = clearance(&["evaluate", "--directory", &path("directory.json"), "--cases", &path(cases), "--now", NOW]);
    assert_eq!((run.code, &*run.err), (0, ""), "{}", path(cases));
    run.out.lines().map(|line| serde_json::from_str(line).expect("an answer is JSON")).collect()
}

fn expected(folder: &std::path::Path, cases: &str) -> Option<Vec<Value>> {
    let text = fs::read_to_string(folder.join(cases)).ok()?;
    Some(text.lines().map(|line| serde_json::from_str(line).expect("a case is JSON")).collect())
}

#[test]
fn every_line_of_every_vector_is_right() {
    let folders = folders();
    assert_eq!(folders.len(), 87);
    let (mut decisions, mut sets) = (0, 0);
    for folder in folders {
        if let Some(cases) = expected(&folder, "decisions.jsonl") {
            let answers = evaluate(&folder, "decisions.jsonl");
            assert_eq!(answers.len(), cases.len(), "{}", folder.display());
            for (case, answer) in cases.iter().zip(&answers) {
                assert_eq!(answer.as_object().map(serde_json::Map::len), Some(3), "{answer}");
                assert_eq!((&answer["id"], &answer["allow"]), (&case["id"], &case["allow"]), "{case}");
                assert!(case["reason"].is_null() || case["reason"] == answer["reason"], "{case} {answer}");
                decisions += 1;
            }
        }
        if let Some(cases) = expected(&folder, "effective.jsonl") {
            let answers = evaluate(&folder, "effective.jsonl");
            assert_eq!(answers.len(), cases.len(), "{}", folder.display());
            for (case, answer) in cases.iter().zip(&answers) {
                assert_eq!(answer.as_object().map(serde_json::Map::len), Some(2), "{answer}");
                assert_eq!((&answer["id"], &answer["permissions"]), (&case["id"], &case["permissions"]), "{case}");
                sets += 1;
            }
        }
    }
    assert!(decisions > 5_000 && sets > 300, "{decisions} decisions, {sets} sets");
}

/// The text is not only right when it is read as JSON.
#[test]
fn answers_are_written_as_documented_and_a_line_may_have_its_own_moment() {
    let cases = temporary(
        "own-moments.jsonl",
        concat!(
            r#"{"id":"1","key":"trial","permission":"prompts:view","at":{"project":"shop"},"now":"2026-03-01T00:00:00Z"}"#,
            "\n",
            r#"{"at":{"project":"shop"},"permission":"prompts:view","key":"trial","id":"2"}"#,
            "\r\n",
            r#"{"id":"3","user":"ben","at":{"organization":"acme"}}"#,
        ),
    );
    let run = clearance(&["evaluate", "--directory", &company(), "--cases", &cases, "--now", "2026-05-01T00:00:00Z", "--json"]);
    let wanted = concat!(
        r#"{"id":"1","allow":true,"reason":"binding"}"#,
        "\n",
        r#"{"id":"2","allow":false,"reason":"key-expired"}"#,
        "\n",
        r#"{"id":"3","permissions":["organization:view","project:view","#,
    );
    assert_eq!(run.code, 0);
    assert!(run.out.starts_with(wanted), "{}", run.out);
    assert!(run.out.ends_with("]}\n"), "{}", run.out);
}

#[test]
fn questions_come_from_standard_input_too() {
    let mut command = command(&["evaluate", "--directory", &company(), "--cases", "-"]);
    let cases = temporary("standard-input.jsonl", r#"{"id":"1","user":"ana","permission":"ops:view","at":{"team":"web"}}"#);
    command.stdin(Stdio::from(fs::File::open(cases).expect("it was written")));
    let Run { code, out, .. } = crate::run::finish(command);
    assert_eq!((code, &*out), (0, "{\"id\":\"1\",\"allow\":true,\"reason\":\"binding\"}\n"));
}

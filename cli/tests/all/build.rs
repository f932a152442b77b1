//! `policy build`: a catalog becomes a component.

use std::{fs, path::Path};

use crate::run::{clearance, file, temporary};

fn example(name: &str) -> String {
    file("examples/printshop").join(name).display().to_string()
}

fn output(name: &str) -> String {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).display().to_string()
}

#[test]
fn the_example_answers_as_expected() {
    let out = output("printshop.wasm");
    let built = clearance(&["policy", "build", "--catalog", &example("catalog.toml"), "--out", &out, "--json"]).json();
    assert_eq!((&built["name"], &built["version"]), (&"printshop".into(), &"1.0.0".into()));
    let inspected = clearance(&["policy", "inspect", &out, "--json"]).json();
    for what in ["digest", "name", "version", "size"] {
        assert_eq!(built[what], inspected[what], "{what}");
    }
    let (directory, cases) = (example("directory.json"), example("cases.jsonl"));
    let run =
        clearance(&["evaluate", "--policy", &out, "--directory", &directory, "--cases", &cases, "--now", "2026-06-01T00:00:00Z"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    clearance_committed::check("examples/printshop/answers.jsonl", &run.out);
}

#[test]
fn the_bytes_are_the_same_from_run_to_run() {
    let bytes = |name: &str| {
        let out = output(name);
        assert_eq!(clearance(&["policy", "build", "--catalog", &example("catalog.toml"), "--out", &out]).code, 0);
        fs::read(out).unwrap()
    };
    assert!(bytes("once.wasm") == bytes("twice.wasm"));
}

/// With the questions of the example, each of which says what is to be answered.
fn build_with(cases: &str, out: &str) -> crate::run::Run {
    let (catalog, directory) = (example("catalog.toml"), example("directory.json"));
    clearance(&["policy", "build", "--catalog", &catalog, "--cases", cases, "--directory", &directory, "--out", out, "--json"])
}

#[test]
fn a_version_carries_the_cases_that_it_is_built_with() {
    let [out, again] = [output("carrying.wasm"), output("carrying-again.wasm")];
    let run = build_with(&example("cases.jsonl"), &out);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert_eq!(run.json()["cases"], 14);
    assert_eq!(build_with(&example("cases.jsonl"), &again).json()["digest"], run.json()["digest"]);
    let inspected = clearance(&["policy", "inspect", &out, "--json"]).json();
    assert_eq!((&inspected["cases"], &inspected["digest"]), (&14.into(), &run.json()["digest"]));
    let human = clearance(&["policy", "inspect", &out]);
    assert!(human.out.contains("cases     14 carried\n"), "{}", human.out);
}

#[test]
fn a_version_that_fails_its_own_cases_is_not_written() {
    let cases = fs::read_to_string(example("cases.jsonl")).unwrap();
    let out = temporary("kept-by-cases.wasm", "what was there");
    let refused = |cases: &str, message: &str| {
        let file = temporary("refused-cases.jsonl", cases);
        let run = build_with(&file, &out);
        assert_eq!((run.code, run.out.as_str()), (2, ""));
        assert!(run.err.contains(message), "{}", run.err);
        assert_eq!(fs::read_to_string(&out).unwrap(), "what was there");
    };
    refused(&cases.replace("owner-lacks", "key-lacks"), "nothing was written: case `8` is answered with denied, `owner-lacks`");
    refused(
        &cases.replacen("\"now\":\"2026-06-01T00:00:00Z\",", "", 1),
        "refused-cases.jsonl` cannot be carried: line 1: case `1` is to hold",
    );
    refused("", "cannot be carried: there is no case");
    let run =
        clearance(&["policy", "build", "--catalog", &example("catalog.toml"), "--cases", &example("cases.jsonl"), "--out", &out]);
    assert!(run.code == 2 && run.err.contains("--directory"), "{}", run.err);
}

#[test]
fn the_default_policy_can_be_built() {
    let (catalog, out) = (file("policy/catalog.toml").display().to_string(), output("default.wasm"));
    let run = clearance(&["policy", "build", "--catalog", &catalog, "--out", &out]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(run.out.starts_with("policy  langwatch 1.0.0\ndigest  sha256:"), "{}", run.out);
    assert!(fs::read(out).unwrap() == fs::read(file("policy/dist/langwatch.wasm")).unwrap());
}

#[test]
fn mistakes_are_named_and_nothing_is_written() {
    let text = fs::read_to_string(example("catalog.toml")).unwrap();
    let text =
        text.replace("tier = \"platform\"", "tier = \"stage\"").replace("\"design:print\"]\nadmin", "\"design:fold\"]\nadmin");
    let catalog = temporary("mistaken.toml", text);
    let out = temporary("kept.wasm", "what was there");
    let run = clearance(&["policy", "build", "--catalog", &catalog, "--out", &out]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    for message in [
        "line 49: tier `stage` does not exist: use `organization`, `any` or `platform`",
        "line 53: permission `design:fold` is not in the catalog: correct it, or add the action to its resource",
    ] {
        assert!(run.err.lines().any(|line| line == format!("`{catalog}`: {message}")), "{}", run.err);
    }
    assert!(run.err.ends_with(&format!("error: `{catalog}` has 2 mistakes to correct, nothing was written\n")), "{}", run.err);
    assert_eq!(fs::read_to_string(out).unwrap(), "what was there");
    let nowhere = output("no-such-folder/ours.wasm");
    let run = clearance(&["policy", "build", "--catalog", &example("catalog.toml"), "--out", &nowhere]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains(&format!("cannot write `{nowhere}`")), "{}", run.err);
}

#[test]
fn the_base_is_no_policy() {
    let base = file("policy/dist/base.wasm").display().to_string();
    let run = clearance(&["policy", "inspect", &base]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("also exports `init`"), "{}", run.err);
}

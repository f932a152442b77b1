//! Where output goes, and what never stands in it.

use std::{path::Path, process::Stdio};

use crate::run::{ask, clearance, command, company, file, finish, temporary};

fn question(verb: &'static str) -> Vec<String> {
    let company = company();
    let question = [verb, "--directory", &company, "--user", "ana", "--permission", "ops:view", "--team", "web"];
    question.map(String::from).to_vec()
}

fn with_environment(verb: &'static str, environment: &[(&str, &str)]) -> String {
    let question = question(verb);
    let mut command = command(&question.iter().map(|part| &**part).collect::<Vec<_>>());
    command.envs(environment.iter().copied());
    finish(command).out
}

#[test]
fn colour_is_for_terminals_and_for_those_who_want_it() {
    for verb in ["check", "explain"] {
        let plain = with_environment(verb, &[]);
        let coloured = with_environment(verb, &[("CLICOLOR_FORCE", "1")]);
        assert!(!plain.contains('\u{1b}'), "{plain}");
        assert!(coloured.contains("\u{1b}[1m\u{1b}[32mallow\u{1b}[0m"), "{coloured:?}");
        assert_eq!(with_environment(verb, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]), plain);
    }
    let mut json = command(&["catalog", "--json"]);
    json.env("CLICOLOR_FORCE", "1");
    assert!(!finish(json).out.contains('\u{1b}'));
}

#[test]
fn who_stops_reading_stops_the_run_without_a_word() {
    for (arguments, code) in
        [("--user ana --permission ops:view --team web", 0), ("--user ben --permission ops:view --team web", 1)]
    {
        let company = company();
        let mut all = vec!["explain", "--directory", &company];
        all.extend(arguments.split(' '));
        let mut child = command(&all).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), &*output.stderr), (Some(code), &b""[..]), "{arguments}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_an_error() {
    let question = question("check");
    let mut command = command(&question.iter().map(|part| &**part).collect::<Vec<_>>());
    let full = std::fs::File::create("/dev/full").expect("Linux has it");
    let output = command.stdout(full).stderr(Stdio::piped()).spawn().expect("it starts").wait_with_output().expect("it ends");
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(message.starts_with("error: cannot write the answer: "), "{message}");
}

#[test]
fn secrets_are_never_shown() {
    let secret = "sk-lw-very-secret";
    let text = std::fs::read_to_string(file("examples/company/directory.json")).expect("the company is there");
    let text = text.replace("sk-lw-not-a-secret-this-is-the-example-company", secret);
    let text = text.replace(r#""name": "CI","#, &format!(r#""name": "CI", "lookupId": "look", "hashedSecret": "{secret}","#));
    assert_eq!(text.matches(secret).count(), 2);
    let directory = temporary("secrets.json", text);
    for place in ["--project shop", "--team web", "--organization acme"] {
        for principal in ["--project-key shop", "--key ci", "--user ana", "--project-key", "--key", "--user"] {
            let typed = if principal.contains(' ') { principal.to_owned() } else { format!("{principal} {secret}") };
            for verb in ["check --permission traces:view", "explain --permission traces:view", "effective"] {
                for json in [&[][..], &["--json"]] {
                    let arguments = format!("{verb} --directory {directory} {typed} {place}");
                    let run = clearance(&[&arguments.split(' ').collect::<Vec<_>>()[..], json].concat());
                    assert!(run.code < 2, "{}", run.err);
                    assert!(!run.out.contains(secret), "{arguments}: {}", run.out);
                }
            }
        }
    }
    assert!(!clearance(&["lint", "--directory", &directory]).out.contains(secret));
}

#[test]
fn what_was_typed_cannot_draw_on_the_terminal() {
    let company = company();
    let run =
        clearance(&["check", "--directory", &company, "--user", "ana", "--permission", "a\u{1b}[31m\nallow", "--team", "web"]);
    assert_eq!(run.code, 1);
    assert_eq!(run.out.lines().count(), 3, "{}", run.out);
    assert!(!run.out.contains('\u{1b}'));
}

#[test]
fn every_verb_has_help_with_examples_and_exit_codes() {
    for verb in [
        &["check"][..],
        &["explain"],
        &["replay"],
        &["effective"],
        &["evaluate"],
        &["catalog"],
        &["lint"],
        &["policy", "inspect"],
        &["policy", "list"],
        &["policy", "add"],
        &["policy", "remove"],
        &["policy", "build"],
        &["policy", "diff"],
        &["policy", "activate"],
        &["policy", "keygen"],
        &["policy", "sign"],
        &["init"],
        &["serve"],
        &["key", "create"],
        &["key", "list"],
        &["key", "show"],
        &["key", "edit"],
        &["key", "revoke"],
        &["project-key", "rotate"],
        &["export"],
        &["audit", "tail"],
        &["audit", "head"],
        &["audit", "verify"],
        &["operator", "create"],
        &["operator", "list"],
        &["operator", "revoke"],
        &["token", "inspect"],
        &["token", "scan"],
        &[],
    ] {
        let run = clearance(&[verb, &["--help"]].concat());
        assert_eq!(run.code, 0);
        assert!(run.out.contains("Examples:\n  clearance ") && run.out.contains("Exit status:"), "{}", run.out);
        assert!(run.out.contains("--json"));
    }
}

#[test]
fn help_shows_examples_that_run() {
    for verb in ["check", "explain", "effective"] {
        // What they write goes elsewhere.
        let capsule = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ci.capsule").display().to_string();
        let help = clearance(&[verb, "--help"]).out.replace("\\\n", "").replace("ci.capsule", &capsule);
        let examples: Vec<&str> = help.lines().filter_map(|line| line.strip_prefix("  clearance ")).collect();
        assert!(examples.len() >= 2, "{help}");
        for example in examples {
            let (found, rest) = example.split_once(" --directory company.json ").expect("an example over the company");
            assert_eq!(found, verb);
            let run = ask(verb, rest);
            assert!(run.code < 2, "{example}: {}", run.err);
        }
    }
}

//! Running the command.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// What a run printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("it prints UTF-8");
        Self { code: output.status.code().expect("it exits"), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Without what was asked and not answered.
    pub(crate) fn without_question(self) -> Self {
        let err = self.err.split_inclusive('\n').filter(|line| !line.ends_with("[y/N] \n")).collect();
        Self { err, ..self }
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.err, "");
        assert_eq!(self.out.matches('\n').count(), 1, "one line: {}", self.out);
        serde_json::from_str(&self.out).expect("it is JSON")
    }
}

/// A file of the repository.
pub(crate) fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The directory of the example company.
pub(crate) fn company() -> String {
    file("examples/company/directory.json").display().to_string()
}

/// A file with this content, which nothing else may use.
pub(crate) fn temporary(name: &str, content: impl AsRef<[u8]>) -> String {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&file, content).expect("a temporary file can be written");
    file.display().to_string()
}

/// The command with a pepper, and without whatever else the surroundings say.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clearance"));
    command.args(arguments).stdin(Stdio::null());
    for name in [
        "NO_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "CLEARANCE_PEPPER_FILE",
        "CLEARANCE_OPERATOR",
        "CLEARANCE_OPERATOR_FILE",
        "CLEARANCE_SIGNING_PASSWORD",
        "CLEARANCE_SIGNING_PASSWORD_FILE",
    ] {
        command.env_remove(name);
    }
    command.env("CLEARANCE_PEPPER", PEPPER);
    command.env("CLEARANCE_CACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"));
    command
}

pub(crate) const PEPPER: &str = "a-pepper-for-tests-alone";

/// The command, with this on its standard input.
pub(crate) fn clearance_reading(arguments: &[&str], input: &[u8]) -> Run {
    let mut command = command(arguments);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("the command starts");
    // It may end without reading everything.
    let _ = child.stdin.take().expect("it is piped").write_all(input);
    Run::of(child.wait_with_output().expect("the command ends"))
}

/// A new database with the example company, which nothing else may use, and the token of its first operator.
pub(crate) fn database(name: &str) -> (String, String) {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).display().to_string();
    for end in ["", "-wal", "-shm", ".lock", ".head"] {
        let _ = fs::remove_file(format!("{file}{end}"));
    }
    let made = clearance(&["init", "--json", "--directory", &company(), "--database", &file]).json();
    (file, made["operator"]["token"].as_str().expect("the token is there").to_owned())
}

pub(crate) fn finish(mut command: Command) -> Run {
    Run::of(command.output().expect("the command runs"))
}

pub(crate) fn clearance(arguments: &[&str]) -> Run {
    finish(command(arguments))
}

/// A verb, asked about the company: the arguments are split at spaces.
pub(crate) fn ask(verb: &str, rest: &str) -> Run {
    let company = company();
    let mut arguments = vec![verb, "--directory", &company];
    arguments.extend(rest.split(' ').filter(|part| !part.is_empty()));
    clearance(&arguments)
}

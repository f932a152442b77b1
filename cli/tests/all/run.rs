//! Running the command.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What a run printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
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

/// The command, without whatever the surroundings say of colour.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clearance"));
    command.args(arguments).stdin(Stdio::null());
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}

pub(crate) fn finish(mut command: Command) -> Run {
    let output = command.output().expect("the command runs");
    let text = |bytes| String::from_utf8(bytes).expect("it prints UTF-8");
    Run { code: output.status.code().expect("it exits"), out: text(output.stdout), err: text(output.stderr) }
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

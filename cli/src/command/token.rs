//! `clearance token inspect`: what a token is.

use std::{
    fmt::Write,
    io::{self, IsTerminal as _, Read as _},
};

use anyhow::{Context, bail};
use clearance_store::{Inspection, Malformed, TokenKind, inspect};
use serde::Serialize;

use crate::report::{BAD, GOOD, HEAD, Report, Status};

/// No token is nearly as long.
const MAX_INPUT_BYTES: u64 = 64 * 1024;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shown: Option<Box<str>>,
    well_formed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

pub(crate) fn run(json: bool) -> anyhow::Result<Report> {
    let text = read()?;
    // A line ends in a line break, which is not part of the token.
    let Inspection { kind, prefix, malformed, shown, .. } = inspect(text.trim_end_matches(['\r', '\n']));
    drop(text);
    let (kind, what) = kind_of(kind, prefix);
    let problem = malformed.filter(|problem| !(kind == "project-key" && *problem == Malformed::NoUnderscore));
    let status = if problem.is_none() { Status::Good } else { Status::Bad };
    if json {
        let well_formed = problem.is_none();
        let problem = problem.map(|problem| problem.to_string());
        return Ok(Report::json(&Answer { kind, prefix, shown, well_formed, problem })?.with_status(status));
    }
    let mut text = String::new();
    let mut line = |name: &str, value: &str| writeln!(text, "{HEAD}{name:6}{HEAD:#} {value}");
    line("kind", what)?;
    if let Some(shown) = shown {
        line("shown", &format!("`{shown}`, which is how lists of keys name it"))?;
    }
    match problem {
        None => line("form", &format!("{GOOD}well formed{GOOD:#}"))?,
        Some(problem) => line("form", &format!("{BAD}malformed{BAD:#}: {problem}"))?,
    }
    Ok(Report::success(text).with_status(status))
}

/// What a token is, for programs and for people.
fn kind_of(kind: TokenKind, prefix: Option<&str>) -> (&'static str, &'static str) {
    match (kind, prefix) {
        (TokenKind::Key, Some("ik-lw-")) => ("key", "an ingestion key"),
        (TokenKind::Key, Some("pat-lw-")) => {
            ("key", "a personal key with the old prefix, which is accepted and not made any more")
        }
        (TokenKind::Key, _) => ("key", "a personal or service key"),
        (TokenKind::ProjectKey, _) => ("project-key", "a project key, the older kind, one for each project"),
        (TokenKind::Unknown, Some("op-cl-")) => ("operator", "an operator of Clearance; no key, and of no use to clients"),
        (TokenKind::Unknown, _) => ("unknown", "no form that is known: at most a project key, the oldest of which have any form"),
    }
}

/// The one token on standard input.
fn read() -> anyhow::Result<String> {
    let text = if io::stdin().is_terminal() {
        rpassword::prompt_password("token (not shown): ").context("cannot read the terminal")?
    } else {
        let mut text = String::new();
        let read = io::stdin().lock().take(MAX_INPUT_BYTES).read_to_string(&mut text);
        // The error of bytes that are not text would not repeat them, and neither does this.
        read.context("cannot read standard input")?;
        text
    };
    match text.trim_end().lines().count() {
        0 => bail!("standard input is empty, write one token"),
        1 => Ok(text),
        lines => bail!("standard input has {lines} lines, write one token; to look through a file, use `clearance token scan`"),
    }
}

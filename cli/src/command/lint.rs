//! `clearance lint`: leftovers and dangers of a directory.

use std::fmt::Write;

use crate::{
    arguments::Source,
    input,
    report::{FAINT, GOOD, Report, Status, WARN, on_one_line},
};

pub(crate) fn run(source: &Source, json: bool) -> anyhow::Result<Report> {
    let findings = clearance::lint::lint(&input::document(source)?);
    let status = if findings.is_empty() { Status::Good } else { Status::Bad };
    if json {
        return Ok(Report::json(&findings)?.with_status(status));
    }
    let mut text = String::new();
    for finding in &findings {
        writeln!(text, "{WARN}{}{WARN:#}  {FAINT}{}{FAINT:#}", finding.code, finding.path)?;
        writeln!(text, "  {}", on_one_line(&finding.message))?;
    }
    match findings.len() {
        0 => writeln!(text, "{GOOD}nothing found{GOOD:#}")?,
        1 => writeln!(text, "\n1 finding")?,
        count => writeln!(text, "\n{count} findings")?,
    }
    Ok(Report::success(text).with_status(status))
}

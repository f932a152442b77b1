//! `clearance project-key rotate`: another key for a project.

use std::fmt::Write;

use serde_json::json;

use crate::{
    arguments::{ProjectKeyCommand, ProjectKeyRotation},
    keys::Keys,
    report::{FAINT, GOOD, Report, on_one_line},
};

pub(crate) fn run(command: &ProjectKeyCommand, json: bool) -> anyhow::Result<Report> {
    let ProjectKeyCommand::Rotate(ProjectKeyRotation { by, project }) = command;
    let token = Keys::open(by)?.rotate_project_key(&by.user, project)?;
    let lost = format!("project `{project}` has another key, but it is lost here: rotate it again");
    if json {
        return Ok(Report::json(&json!({ "project": project, "projectKey": token.expose() }))?.with_secret(lost));
    }
    let mut text = String::new();
    let line = on_one_line(&format!("project `{project}` has another key, and the one before is dead"));
    writeln!(text, "{GOOD}rotated{GOOD:#}  {line}\n")?;
    writeln!(text, "LANGWATCH_API_KEY={}", token.expose())?;
    writeln!(text, "\n{FAINT}it names its project itself: LANGWATCH_PROJECT_ID is not needed{FAINT:#}")?;
    Ok(Report::success(text).with_secret(lost))
}

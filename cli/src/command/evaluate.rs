//! `clearance evaluate`: a file of questions.

use anyhow::{Context, anyhow};
use clearance::{View, document::Timestamp};
use clearance_rollout::Case;
use serde::Serialize;

use crate::{arguments::Cases, input, report::Report};

pub(crate) fn run(arguments: &Cases) -> anyhow::Result<Report> {
    let Cases { data, cases: file } = arguments;
    let cases = Case::read_all(&input::read_text_or_stdin(file)?).map_err(|error| anyhow!("{}: {error}", input::name(file)))?;
    let (authorizer, now) = input::open(data)?;
    let mut text = String::new();
    for (number, case) in (1..).zip(&cases) {
        let at: Timestamp = case.now.unwrap_or(now);
        let answer = answer(case, authorizer.view_at(at));
        text += &answer.with_context(|| format!("{}: line {number}", input::name(file)))?;
        text.push('\n');
    }
    Ok(Report::success(text))
}

#[derive(Serialize)]
struct DecisionLine<'a> {
    id: &'a str,
    allow: bool,
    reason: &'static str,
}

#[derive(Serialize)]
struct EffectiveLine<'a> {
    id: &'a str,
    permissions: Vec<&'a str>,
}

fn answer(case: &Case, moment: View<'_>) -> anyhow::Result<String> {
    let Case { id, principal, place, permission, .. } = case;
    let line = match permission {
        Some(permission) => {
            let decision = moment.check(principal.id(), permission, place.id())?;
            serde_json::to_string(&DecisionLine { id, allow: decision.allow, reason: decision.reason.as_str() })
        }
        None => {
            let effective = moment.effective(principal.id(), place.id())?;
            serde_json::to_string(&EffectiveLine { id, permissions: effective.permissions().collect() })
        }
    };
    Ok(line?)
}

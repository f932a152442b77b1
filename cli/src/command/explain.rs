//! `clearance explain`: one question, with the walk to the answer.

use std::fmt::Write;

use clearance::{Explanation, PrincipalId, json::Validity};
use serde::Serialize;

use super::check::{status, write_decision};
use crate::{
    arguments::{Question, Situation},
    danger::{self, Danger},
    input,
    report::{FAINT, HEAD, Report, WARN, on_one_line},
    walk, word,
};

pub(crate) fn run(question: &Question, json: bool) -> anyhow::Result<Report> {
    let Question { situation: Situation { data, principal, place }, permission } = question;
    let (principal, place) = (principal.id()?, place.id()?);
    let (authorizer, now) = input::open(data)?;
    let explanation = authorizer.view_at(now).explain(principal, permission, place)?;
    let document = authorizer.read_directory(clearance::Directory::document);
    let dangers = danger::find(&explanation, principal, permission, place, &document);
    let Explanation { decision, principal: side, owner, since, until, .. } = &explanation;
    let validity = Validity::from((*since, *until));
    let status = status(decision);
    if json {
        let answer = Answer { explanation: &explanation, dangers: &dangers };
        return Ok(Report::json(&answer)?.with_status(status));
    }

    let mut text = String::new();
    let named = word::principal_if_known(principal, &authorizer);
    write_decision(&mut text, decision, &named, permission, place)?;
    let key = match principal {
        PrincipalId::Key(id) => document.keys.iter().find(|key| &*key.id == id),
        _ => None,
    };
    let kind = match key.map(|key| key.owner.as_deref()) {
        Some(None) => ", a service key: it has no owner, so nothing caps it",
        Some(Some(_)) if owner.is_none() => ", whose owner is not known",
        _ => "",
    };
    write_side(&mut text, &format!("The {}{kind}", named.trim_start_matches("this ")), side)?;
    if let Some(owner) = owner {
        let id = key.and_then(|key| key.owner.as_deref()).unwrap_or_default();
        write_side(&mut text, &format!("Its owner, user `{id}`"), owner)?;
    }
    for Danger { code, message } in &dangers {
        writeln!(text, "\n{WARN}danger{WARN:#}  {code}\n        {}", on_one_line(message))?;
    }
    let version = authorizer.live_version();
    let description = version.description();
    writeln!(text, "\n{}", walk::validity(validity))?;
    writeln!(text, "{FAINT}{} {}, {}{FAINT:#}", description.policy, description.version, decision.policy)?;
    Ok(Report::success(text).with_status(status))
}

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    explanation: &'a Explanation,
    dangers: &'a [Danger],
}

fn write_side(out: &mut String, who: &str, side: &clearance::explanation::ExplainedSide) -> std::fmt::Result {
    let by_itself = if side.decision.allow { "allow" } else { "deny" };
    writeln!(out, "\n{HEAD}{who}{HEAD:#}\n  by itself: {by_itself} ({})", side.decision.reason)?;
    if side.steps.is_empty() {
        writeln!(out, "  {FAINT}nothing is stored that could grant it{FAINT:#}")?;
    }
    side.steps.iter().try_for_each(|step| walk::write_step(out, step))
}

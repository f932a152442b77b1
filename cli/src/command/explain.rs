//! `clearance explain`: one question, with the walk to the answer.

use std::fmt::Write;

use clearance::{Explanation, PrincipalId};
use serde::Serialize;

use super::check::{DecisionFields, status, write_decision};
use crate::{
    arguments::{Question, Situation},
    danger::{self, Danger},
    input,
    report::{FAINT, HEAD, Report, WARN, on_one_line},
    walk::{self, StepFields, Validity},
    word,
};

pub(crate) fn run(question: &Question, json: bool) -> anyhow::Result<Report> {
    let Question { situation: Situation { data, principal, place }, permission } = question;
    let (principal, place) = (principal.id()?, place.id()?);
    let (authorizer, now) = input::open(data)?;
    let explanation = authorizer.view_at(now).explain(principal, permission, place)?;
    let document = authorizer.read_directory(clearance::Directory::document);
    let dangers = danger::find(&explanation, principal, permission, place, &document);
    let Explanation { decision, principal: leg, owner, since, until } = &explanation;
    let validity = Validity::from((*since, *until));
    let status = status(decision);
    if json {
        let answer = Answer { explanation: (&explanation).into(), dangers: &dangers };
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
    write_leg(&mut text, &format!("The {}{kind}", named.trim_start_matches("this ")), leg)?;
    if let Some(owner) = owner {
        let id = key.and_then(|key| key.owner.as_deref()).unwrap_or_default();
        write_leg(&mut text, &format!("Its owner, user `{id}`"), owner)?;
    }
    for Danger { code, message } in &dangers {
        writeln!(text, "\n{WARN}danger{WARN:#}  {code}\n        {}", on_one_line(message))?;
    }
    let version = authorizer.live_version();
    let description = version.description();
    writeln!(text, "\n{validity}")?;
    writeln!(text, "{FAINT}{} {}, {}{FAINT:#}", description.policy, description.version, decision.policy)?;
    Ok(Report::success(text).with_status(status))
}

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    explanation: ExplanationFields<'a>,
    dangers: &'a [Danger],
}

/// An explanation, as JSON has it.
#[derive(Serialize)]
pub(super) struct ExplanationFields<'a> {
    #[serde(flatten)]
    decision: DecisionFields<'a>,
    policy: String,
    #[serde(flatten)]
    validity: Validity,
    principal: LegFields<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<LegFields<'a>>,
}

impl<'a> From<&'a Explanation> for ExplanationFields<'a> {
    fn from(Explanation { decision, principal, owner, since, until }: &'a Explanation) -> Self {
        Self {
            decision: decision.into(),
            policy: decision.policy.to_string(),
            validity: Validity::from((*since, *until)),
            principal: principal.into(),
            owner: owner.as_ref().map(LegFields::from),
        }
    }
}

#[derive(Serialize)]
struct LegFields<'a> {
    #[serde(flatten)]
    decision: DecisionFields<'a>,
    steps: Vec<StepFields<'a>>,
}

impl<'a> From<&'a clearance::explanation::Leg> for LegFields<'a> {
    fn from(leg: &'a clearance::explanation::Leg) -> Self {
        Self { decision: (&leg.decision).into(), steps: leg.steps.iter().map(StepFields::from).collect() }
    }
}

fn write_leg(out: &mut String, who: &str, leg: &clearance::explanation::Leg) -> std::fmt::Result {
    let by_itself = if leg.decision.allow { "allow" } else { "deny" };
    writeln!(out, "\n{HEAD}{who}{HEAD:#}\n  by itself: {by_itself} ({})", word::reason(leg.decision.reason))?;
    if leg.steps.is_empty() {
        writeln!(out, "  {FAINT}nothing is stored that could grant it{FAINT:#}")?;
    }
    leg.steps.iter().try_for_each(|step| walk::write_step(out, step))
}

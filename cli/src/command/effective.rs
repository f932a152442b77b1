//! `clearance effective`: all that a principal may do at a place.

use std::fmt::Write;

use clearance::{Effective, Reason};
use serde::Serialize;

use crate::{
    arguments::Situation,
    input,
    report::{BAD, GOOD, HEAD, Report, on_one_line},
    walk, word,
};

pub(crate) fn run(situation: &Situation, json: bool) -> anyhow::Result<Report> {
    let Situation { data, principal, place } = situation;
    let (principal, place) = (principal.id()?, place.id()?);
    let (authorizer, now) = input::open(data)?;
    let effective = authorizer.view_at(now).effective(principal, place)?;
    let version = authorizer.live_version();
    let catalog: Vec<&str> = version.description().permissions.iter().map(|permission| &*permission.name).collect();
    let held: Vec<&str> = effective.permissions().collect();
    let reason = refusal(&effective, &catalog);
    let validity = walk::Validity::from(effective.validity());
    if json {
        let policy = effective.policy().to_string();
        let answer = Answer { permissions: held, reason: reason.map(word::reason), validity, policy };
        return Report::json(&answer);
    }

    let principal = word::principal_if_known(principal, &authorizer);
    let place = on_one_line(&word::place(place));
    let mut text = String::new();
    if held.is_empty() {
        writeln!(text, "{BAD}nothing{BAD:#}  {principal} at {place}")?;
        if let Some(reason) = reason {
            writeln!(text, "         {}: {}", word::reason(reason), word::reason_sentence(reason))?;
        }
    } else {
        let (count, of) = (held.len(), catalog.len());
        writeln!(text, "{GOOD}{count} of {of}{GOOD:#} permissions: {principal} at {place}\n")?;
        write_grouped(&mut text, &held)?;
    }
    writeln!(text, "\n{validity}")?;
    Ok(Report::success(text))
}

#[derive(Serialize)]
struct Answer<'a> {
    permissions: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(flatten)]
    validity: walk::Validity,
    policy: String,
}

/// The one rule that denies everything, if there is one.
fn refusal(effective: &Effective, catalog: &[&str]) -> Option<Reason> {
    let mut decisions = catalog.iter().filter_map(|name| effective.decision(name));
    let first = decisions.next().filter(|first| !first.allow)?;
    decisions.all(|decision| decision.reason == first.reason).then_some(first.reason)
}

/// Names by resource, one a line.
pub(super) fn write_grouped(out: &mut String, names: &[&str]) -> std::fmt::Result {
    let resources = by_resource(names);
    let width = resources.iter().map(|(resource, _)| resource.chars().count()).max().unwrap_or(0);
    resources.iter().try_for_each(|(resource, actions)| writeln!(out, "  {HEAD}{resource:width$}{HEAD:#}  {}", actions.join(" ")))
}

/// The actions of each resource, in the order in which each comes first.
pub(super) fn by_resource<'a>(names: &[&'a str]) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut resources: Vec<(&str, Vec<&str>)> = Vec::new();
    for name in names {
        let (resource, action) = name.split_once(':').unwrap_or((name, ""));
        match resources.iter_mut().find(|(known, _)| *known == resource) {
            Some((_, actions)) => actions.push(action),
            None => resources.push((resource, vec![action])),
        }
    }
    resources
}

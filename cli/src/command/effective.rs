//! `clearance effective`: all that a principal may do at a place.

use std::fmt::Write;

use clearance::json::Validity;

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
    if json {
        return Report::json(&effective);
    }

    let principal = word::principal_if_known(principal, &authorizer);
    let place = on_one_line(&word::place(place));
    let mut text = String::new();
    if held.is_empty() {
        writeln!(text, "{BAD}nothing{BAD:#}  {principal} at {place}")?;
        if let Some(reason) = effective.refusal() {
            writeln!(text, "         {reason}: {}", word::reason_sentence(reason))?;
        }
    } else {
        let (count, of) = (held.len(), catalog.len());
        writeln!(text, "{GOOD}{count} of {of}{GOOD:#} permissions: {principal} at {place}\n")?;
        write_grouped(&mut text, &held)?;
    }
    writeln!(text, "\n{}", walk::validity(Validity::from(effective.validity())))?;
    Ok(Report::success(text))
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

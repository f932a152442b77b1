//! `clearance check`: one question.

use std::fmt::Write;

use clearance::{Decision, PlaceId};

use crate::{
    arguments::{Check, Question, Situation},
    command::sign,
    file, input,
    report::{BAD, FAINT, GOOD, Report, Status, on_one_line},
    word,
};

pub(crate) fn run(Check { question, capsule, capsule_key }: &Check, json: bool) -> anyhow::Result<Report> {
    let Question { situation: Situation { data, principal, place }, permission } = question;
    let (principal, place) = (principal.id()?, place.id()?);
    let (authorizer, now) = input::open(data)?;
    let decision = match capsule {
        None => authorizer.view_at(now).check(principal, permission, place)?,
        Some(file) => {
            let capsule = authorizer.view_at(now).capsule(principal, permission, place)?;
            let capsule = match capsule_key {
                Some(key) => sign::sign_capsule(capsule, key)?,
                None => capsule,
            };
            file::replace(file, &capsule.to_bytes())?;
            capsule.decision()
        }
    };
    let status = status(&decision);
    if json {
        return Ok(Report::json(&decision)?.with_status(status));
    }
    let mut text = String::new();
    write_decision(&mut text, &decision, &word::principal_if_known(principal, &authorizer), permission, place)?;
    Ok(Report::success(text).with_status(status))
}

pub(super) fn status(decision: &Decision) -> Status {
    if decision.allow { Status::Good } else { Status::Bad }
}

/// The answer in two lines, the verdict and the rule behind it; below a denial, how to ask for more.
pub(super) fn write_decision(
    out: &mut String,
    decision: &Decision,
    principal: &str,
    permission: &str,
    place: PlaceId<'_>,
) -> std::fmt::Result {
    let what = on_one_line(&format!("`{permission}` at {}", word::place(place)));
    match decision.allow {
        true => writeln!(out, "{GOOD}allow{GOOD:#}  {principal} has {what}")?,
        false => writeln!(out, "{BAD}deny{BAD:#}   {principal} does not have {what}")?,
    }
    let through = decision.binding.as_deref().map_or(String::new(), |id| format!(": `{id}`"));
    writeln!(out, "       {}: {}{through}", decision.reason, word::reason_sentence(decision.reason))?;
    match decision.allow {
        true => Ok(()),
        false => writeln!(out, "       {FAINT}`clearance repair` says what would grant it{FAINT:#}"),
    }
}

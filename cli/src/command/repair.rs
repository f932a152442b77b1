//! `clearance repair`: what would grant it.

use std::fmt::Write;

use clearance::{
    Repair,
    repair::{Asker, Obstacle, RepairAction, RepairChange, RepairOutcome},
};

use crate::{
    arguments::{Question, RepairQuestion, Situation},
    input,
    report::{BAD, FAINT, GOOD, HEAD, Report, Status, on_one_line},
    walk, word,
};

pub(crate) fn run(RepairQuestion { question, asker }: &RepairQuestion, json: bool) -> anyhow::Result<Report> {
    let Question { situation: Situation { data, principal, place }, permission } = question;
    let (principal, place) = (principal.id()?, place.id()?);
    let (authorizer, now) = input::open(data)?;
    let asker = asker.as_deref().map_or(Asker::Keeper, Asker::User);
    let repair = authorizer.view_at(now).repair(principal, permission, place, asker)?;
    let status = if repair.outcome == RepairOutcome::Allowed { Status::Good } else { Status::Bad };
    if json {
        return Ok(Report::json(&repair)?.with_status(status));
    }
    let Repair { outcome, policy, .. } = repair;
    let who = word::principal_if_known(principal, &authorizer);
    let what = on_one_line(&format!("`{permission}` at {}", word::place(place)));
    let mut text = String::new();
    match &outcome {
        RepairOutcome::Allowed => writeln!(text, "{GOOD}allow{GOOD:#}  {who} has {what}: nothing has to be changed")?,
        RepairOutcome::Nothing(Obstacle::NotShown) => {
            let sentence = word::obstacle_sentence(Obstacle::NotShown);
            writeln!(text, "{BAD}not-shown{BAD:#}  {sentence}")?;
        }
        RepairOutcome::Nothing(obstacle) => {
            writeln!(text, "{BAD}deny{BAD:#}   {who} does not have {what}, and no change here would grant it")?;
            writeln!(text, "       {obstacle}: {}", word::obstacle_sentence(*obstacle))?;
        }
        RepairOutcome::Sets { sets, more } => {
            writeln!(text, "{BAD}deny{BAD:#}   {who} does not have {what}")?;
            for (number, set) in (1..).zip(sets) {
                writeln!(text, "\n{HEAD}{number}{HEAD:#}")?;
                for RepairAction { change, by, .. } in set {
                    writeln!(text, "  {GOOD}+{GOOD:#} {}", on_one_line(&sentence(change)))?;
                    writeln!(text, "    {FAINT}{by}:{FAINT:#} {}", word::maker_phrase(*by))?;
                }
            }
            let others = if *more { ", as would others" } else { "" };
            let any = if sets.len() == 1 { "This would grant it" } else { "Any one of these would grant it" };
            writeln!(text, "\n{any}{others}. {FAINT}{policy}{FAINT:#}")?;
        }
    }
    Ok(Report::success(text).with_status(status))
}

fn sentence(change: &RepairChange) -> String {
    match change {
        RepairChange::Renew { key } => format!("key `{key}` expires later"),
        RepairChange::Reactivate { user } => format!("user `{user}` is reactivated"),
        RepairChange::Membership { organization, user, role } => {
            format!("user `{user}` becomes a member of organization `{organization}` as {role}")
        }
        RepairChange::Bind { holder, role, custom_role, scope, organization: _ } => {
            format!("{holder} gets {} at {}", walk::role(*role, custom_role.as_deref()), walk::scope(scope))
        }
    }
}

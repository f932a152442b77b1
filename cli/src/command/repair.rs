//! `clearance repair`: what would grant it.

use std::fmt::Write;

use clearance::{
    Repair,
    document::{BindingRole, Holder, MemberRole, Scope},
    repair::{Asker, Obstacle, RepairAction, RepairChange, RepairOutcome},
};
use serde::Serialize;

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
    let Repair { outcome, policy } = authorizer.view_at(now).repair(principal, permission, place, asker)?;
    let status = if outcome == RepairOutcome::Allowed { Status::Good } else { Status::Bad };
    if json {
        let answer = Answer { outcome: Outcome::from(&outcome), policy: policy.to_string() };
        return Ok(Report::json(&answer)?.with_status(status));
    }
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
            writeln!(text, "       {}: {}", word::obstacle(*obstacle), word::obstacle_sentence(*obstacle))?;
        }
        RepairOutcome::Sets { sets, more } => {
            writeln!(text, "{BAD}deny{BAD:#}   {who} does not have {what}")?;
            for (number, set) in (1..).zip(sets) {
                writeln!(text, "\n{HEAD}{number}{HEAD:#}")?;
                for RepairAction { change, by } in set {
                    writeln!(text, "  {GOOD}+{GOOD:#} {}", on_one_line(&sentence(change)))?;
                    writeln!(text, "    {FAINT}{}:{FAINT:#} {}", word::maker(*by), word::maker_phrase(*by))?;
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

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    outcome: Outcome<'a>,
    policy: String,
}

#[derive(Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
enum Outcome<'a> {
    Allowed,
    Sets { sets: Vec<Vec<ActionFields<'a>>>, more: bool },
    Nothing { obstacle: &'static str },
}

#[derive(Serialize)]
struct ActionFields<'a> {
    #[serde(flatten)]
    change: ChangeFields<'a>,
    by: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum ChangeFields<'a> {
    Renew {
        key: &'a str,
    },
    Reactivate {
        user: &'a str,
    },
    Membership {
        organization: &'a str,
        user: &'a str,
        role: MemberRole,
    },
    #[serde(rename_all = "camelCase")]
    Bind {
        organization: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        user: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        key: Option<&'a str>,
        role: BindingRole,
        #[serde(skip_serializing_if = "Option::is_none")]
        custom_role: Option<&'a str>,
        scope: &'a Scope,
    },
}

impl<'a> From<&'a RepairOutcome> for Outcome<'a> {
    fn from(outcome: &'a RepairOutcome) -> Self {
        match outcome {
            RepairOutcome::Allowed => Self::Allowed,
            RepairOutcome::Nothing(obstacle) => Self::Nothing { obstacle: word::obstacle(*obstacle) },
            RepairOutcome::Sets { sets, more } => {
                let action =
                    |RepairAction { change, by }: &'a RepairAction| ActionFields { change: change.into(), by: word::maker(*by) };
                Self::Sets { sets: sets.iter().map(|set| set.iter().map(action).collect()).collect(), more: *more }
            }
        }
    }
}

impl<'a> From<&'a RepairChange> for ChangeFields<'a> {
    fn from(change: &'a RepairChange) -> Self {
        match change {
            RepairChange::Renew { key } => Self::Renew { key },
            RepairChange::Reactivate { user } => Self::Reactivate { user },
            RepairChange::Membership { organization, user, role } => Self::Membership { organization, user, role: *role },
            RepairChange::Bind { organization, holder, role, custom_role, scope } => {
                let (user, key) = match holder {
                    Holder::User(id) => (Some(&**id), None),
                    Holder::Key(id) => (None, Some(&**id)),
                    Holder::Group(_) => (None, None),
                };
                Self::Bind { organization, user, key, role: *role, custom_role: custom_role.as_deref(), scope }
            }
        }
    }
}

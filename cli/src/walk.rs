//! The steps of an explanation, and for how long an answer holds.

use std::fmt::{self, Write as _};

use clearance::{
    document::{Binding, BindingRole, Holder, Scope, Timestamp},
    explanation::{Source, Step, Verdict},
};
use serde::Serialize;

use crate::{
    report::{BAD, FAINT, GOOD},
    word,
};

/// One step, as JSON has it.
#[derive(Serialize)]
pub(crate) struct StepFields<'a> {
    source: SourceFields<'a>,
    reading: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'static str>,
    verdict: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum SourceFields<'a> {
    Floor,
    Binding(&'a Binding),
    #[serde(rename_all = "camelCase")]
    TeamMembership {
        team: &'a str,
        role: BindingRole,
        #[serde(skip_serializing_if = "Option::is_none")]
        custom_role: Option<&'a str>,
    },
    ProjectKey,
}

impl<'a> From<&'a Step> for StepFields<'a> {
    fn from(step: &'a Step) -> Self {
        let source = match &step.source {
            Source::Floor => SourceFields::Floor,
            Source::Binding(binding) => SourceFields::Binding(binding),
            Source::TeamMembership { team, role, custom_role } => {
                SourceFields::TeamMembership { team, role: *role, custom_role: custom_role.as_deref() }
            }
            Source::ProjectKey => SourceFields::ProjectKey,
        };
        Self {
            source,
            reading: word::reading(step.reading),
            fault: step.fault.map(word::role_fault),
            verdict: word::verdict(step.verdict),
        }
    }
}

/// Writes one step in two lines: the source, and what became of it.
pub(crate) fn write_step(out: &mut String, step: &Step) -> fmt::Result {
    let source = match &step.source {
        Source::Floor => "what every member has at the organization".to_owned(),
        Source::ProjectKey => "the project key".to_owned(),
        Source::Binding(binding) => {
            let through = match &binding.holder {
                Holder::Group(group) => format!(", through group `{group}`"),
                Holder::User(_) | Holder::Key(_) => String::new(),
            };
            let role = role(binding.role, binding.custom_role.as_deref());
            format!("binding `{}`: {role} at {}{through}", binding.id, scope(&binding.scope))
        }
        Source::TeamMembership { team, role, custom_role } => {
            format!("team membership: {} of team `{team}`", self::role(*role, custom_role.as_deref()))
        }
    };
    match step.verdict {
        Verdict::Grants => writeln!(out, "  {GOOD}+{GOOD:#} {source}")?,
        _ => writeln!(out, "  {BAD}-{BAD:#} {source}")?,
    }
    write!(out, "    ")?;
    if let Some(fault) = step.fault {
        write!(out, "the custom role {}; ", word::fault_phrase(fault))?;
    }
    writeln!(out, "{FAINT}{}:{FAINT:#} {}", word::reading_phrase(step.reading), word::verdict_phrase(step.verdict))
}

/// A role, by name.
pub(crate) fn role(role: BindingRole, custom: Option<&str>) -> String {
    match custom {
        Some(id) => format!("{} `{id}`", word::role(role)),
        None => word::role(role).to_owned(),
    }
}

/// A scope, by its kind and id.
pub(crate) fn scope(scope: &Scope) -> String {
    match scope {
        Scope::Organization(id) => format!("organization `{id}`"),
        Scope::Team(id) => format!("team `{id}`"),
        Scope::Project(id) => format!("project `{id}`"),
    }
}

/// From when to when an answer holds while the data stays as it is. A moment is absent where the answer holds without a beginning or an end.
#[derive(Serialize)]
pub(crate) struct Validity {
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

impl From<(u64, u64)> for Validity {
    fn from((since, until): (u64, u64)) -> Self {
        // Time begins at 0 and has no end, so a moment that cannot be written does not count.
        Self {
            since: Some(since).filter(|since| *since > 0).and_then(Timestamp::from_millis),
            until: Timestamp::from_millis(until),
        }
    }
}

impl fmt::Display for Validity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.since, self.until) {
            (None, None) => out.write_str("Holds at any time, while the data stays as it is."),
            (Some(since), None) => write!(out, "Holds since {since}, while the data stays as it is."),
            (None, Some(until)) => write!(out, "Holds until {until}, while the data stays as it is."),
            (Some(since), Some(until)) => write!(out, "Holds from {since} until {until}, while the data stays as it is."),
        }
    }
}

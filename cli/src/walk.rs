//! The steps of an explanation, and for how long an answer holds.

use std::fmt::{self, Write as _};

use clearance::{
    document::{BindingRole, Holder, Scope},
    explanation::{Source, Step, Verdict},
    json::Validity,
};

use crate::{
    report::{BAD, FAINT, GOOD},
    word,
};

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
        Some(id) => format!("{} `{id}`", role.as_str()),
        None => role.as_str().to_owned(),
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

/// From when to when an answer holds, in a sentence.
pub(crate) fn validity(Validity { since, until }: Validity) -> String {
    match (since, until) {
        (None, None) => "Holds at any time, while the data stays as it is.".to_owned(),
        (Some(since), None) => format!("Holds since {since}, while the data stays as it is."),
        (None, Some(until)) => format!("Holds until {until}, while the data stays as it is."),
        (Some(since), Some(until)) => format!("Holds from {since} until {until}, while the data stays as it is."),
    }
}

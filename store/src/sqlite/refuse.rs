//! Refusals of steps, the same as those of a directory in memory.

use std::borrow::Cow;

use clearance_directory::Refusal;
use clearance_directory::document::BindingRole;

use super::fault::fault;
use crate::error::{StepProblem, StoreError};

/// Why a step is not done.
#[derive(Debug, PartialEq)]
pub(super) enum Stop {
    /// The step is refused: the field, and what is wrong there.
    Refused(Cow<'static, str>, StepProblem),
    /// The database failed.
    Fault(StoreError),
}

pub(super) type Done<T = ()> = Result<T, Stop>;

impl Stop {
    pub(super) fn row(field: impl Into<Cow<'static, str>>, refusal: Refusal) -> Self {
        Self::Refused(field.into(), refusal.into())
    }

    pub(super) fn duplicate(kind: &'static str, id: &str) -> Self {
        Self::row("id", Refusal::DuplicateId { kind, id: id.into() })
    }

    pub(super) fn not_found(field: &'static str, kind: &'static str, id: &str) -> Self {
        Self::row(field, Refusal::NotFound { kind, id: shortened(id) })
    }

    /// What the caller hears.
    pub(super) fn at(self, step: usize) -> StoreError {
        match self {
            Self::Refused(field, problem) => StoreError::Refused { step, field, problem },
            Self::Fault(error) => error,
        }
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Fault(fault(error))
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Fault(error)
    }
}

/// Refuses what is no id.
pub(super) fn id(field: impl Into<Cow<'static, str>>, id: &str) -> Done {
    if is_id(id) { Ok(()) } else { Err(Stop::row(field, Refusal::BadId { value: shortened(id) })) }
}

/// Whether a text is 1 to 255 visible ASCII characters.
pub(super) fn is_id(id: &str) -> bool {
    (1..=255).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

/// As [`id`], for a reference that may be absent.
pub(super) fn optional_id(field: &'static str, value: Option<&str>) -> Done {
    value.map_or(Ok(()), |value| id(field, value))
}

/// Refuses the list of a custom role that is beyond the bounds.
pub(super) fn role_list(names: &[Box<str>]) -> Done {
    clearance_directory::role_list::check(names).map_err(|error| Stop::row(error.field().to_owned(), error.refusal().clone()))
}

/// Refuses a custom role that is named without being the role, or is the role without being named.
pub(super) fn custom_role(role: BindingRole, named: Option<&str>, required: bool) -> Done {
    match (role, named) {
        (BindingRole::Custom, Some(named)) => id("customRole", named),
        (BindingRole::Custom, None) if required => Err(Stop::row("customRole", Refusal::CustomRoleAbsent)),
        (_, None) => Ok(()),
        (_, Some(named)) => Err(Stop::row("customRole", Refusal::CustomRoleUnused { custom_role: shortened(named) })),
    }
}

/// A piece of user input that is short enough to repeat in a message, with nothing in it that a terminal would obey.
pub(super) fn shortened(text: &str) -> Box<str> {
    const LONGEST: usize = 80;
    let mut short: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short.into()
}

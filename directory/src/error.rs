//! Why a document or a change is refused.
//!
//! Both refuse for the same reasons, because loading a document is making its rows one by one. A message names the place, the
//! value and the fix, and never repeats anything sensitive.

use std::borrow::Cow;
use std::fmt;

/// Why a document is refused: the place, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentError {
    path: Box<str>,
    position: Option<Position>,
    problem: Problem,
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in bytes: the end of a text or number that is refused, the start of what is in an object or list.
    pub column: usize,
}

/// What is wrong at one place of a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The text is not JSON, or not of the shape of a document.
    #[error("{0}")]
    Json(Box<str>),
    /// The row itself is refused.
    #[error(transparent)]
    Row(#[from] Refusal),
}

/// Why a change is refused: the field of the change, and what is wrong there. A refused change changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {refusal}")]
pub struct ChangeError {
    field: Cow<'static, str>,
    refusal: Refusal,
}

/// Why a batch is refused: the first change in it that is, and why. A refused batch changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("change {index}: {error}")]
#[non_exhaustive]
pub struct BatchError {
    /// The position of the change in the batch, counted from 0.
    pub index: usize,
    /// Why it is refused.
    pub error: ChangeError,
}

/// Why a row is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The value cannot be an id.
    #[error("`{value}` is not an id, write 1 to 255 visible ASCII characters")]
    BadId {
        /// What stands there, shortened.
        value: Box<str>,
    },
    /// The id is taken.
    #[error("there is a {kind} `{id}` already, write another id or keep only one of the two")]
    DuplicateId {
        /// The kind of row, in the words of the documentation.
        kind: &'static str,
        /// The id.
        id: Box<str>,
    },
    /// The user is in the organization, team or group already.
    #[error("the user `{user}` is in the {kind} `{id}` already, keep only one of the two")]
    DuplicatePair {
        /// `organization`, `team` or `group`.
        kind: &'static str,
        /// The id of the organization, team or group.
        id: Box<str>,
        /// The id of the user.
        user: Box<str>,
    },
    /// What should be there is not.
    #[error("there is no {kind} `{id}`, add it first or name one that exists")]
    NotFound {
        /// The kind of row, in the words of the documentation.
        kind: &'static str,
        /// The id.
        id: Box<str>,
    },
    /// The user is not in the organization, team or group.
    #[error("the user `{user}` is not in the {kind} `{id}`, name one who is")]
    PairNotFound {
        /// `organization`, `team` or `group`.
        kind: &'static str,
        /// The id of the organization, team or group.
        id: Box<str>,
        /// The id of the user.
        user: Box<str>,
    },
    /// A custom role is named by a row that has a built-in role.
    #[error(
        "the custom role `{custom_role}` is named but the role is not `CUSTOM`, leave `customRole` out or make the role `CUSTOM`"
    )]
    CustomRoleUnused {
        /// The id of the custom role.
        custom_role: Box<str>,
    },
    /// The role of a binding is CUSTOM and no custom role is named.
    #[error("the role is `CUSTOM` but no custom role is named, add `customRole` or write `ADMIN`, `MEMBER` or `VIEWER`")]
    CustomRoleAbsent,
    /// What is to be removed has children, which could not be without it.
    #[error("the {kind} `{id}` still has {children}, such as `{child}`: remove or move them first")]
    HasChildren {
        /// `organization` or `team`.
        kind: &'static str,
        /// The id of the organization or team.
        id: Box<str>,
        /// `teams` or `projects`.
        children: &'static str,
        /// The id of one of them.
        child: Box<str>,
    },
    /// The list of a custom role is too long.
    #[error("the list holds {found} names, write at most {}", crate::role_list::MAX_ROLE_NAMES)]
    TooManyNames {
        /// How many names it holds.
        found: usize,
    },
    /// A name in the list of a custom role is too long.
    #[error("`{value}` has {bytes} bytes, write a name of at most {}", crate::role_list::MAX_ROLE_NAME_BYTES)]
    LongName {
        /// The name, shortened.
        value: Box<str>,
        /// How many bytes it has.
        bytes: usize,
    },
    /// The directory cannot number any more things.
    #[error("the directory is full, a kind of row holds at most 4294967295 ids")]
    Full,
}

impl DocumentError {
    pub(crate) fn json(path: &str, position: Position, message: &str) -> Self {
        Self { path: path.into(), position: Some(position), problem: Problem::Json(message.into()) }
    }

    /// The refusal of one row, at its place among the rows of its list.
    pub(crate) fn row(list: &str, index: usize, error: ChangeError) -> Self {
        let ChangeError { field, refusal } = error;
        Self { path: format!("{list}[{index}].{field}").into(), position: None, problem: Problem::Row(refusal) }
    }

    pub(crate) fn at(self, position: Option<Position>) -> Self {
        Self { position, ..self }
    }

    /// Where in the document, such as `bindings[3].scope.team`; empty for the document as a whole.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where in the text. Absent when the document did not come from a text.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// What is wrong there.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, position, problem } = self;
        match position {
            None => write!(out, "{path}: {problem}"),
            Some(Position { line, column }) if path.is_empty() => write!(out, "line {line}, column {column}: {problem}"),
            Some(Position { line, column }) => write!(out, "{path} (line {line}, column {column}): {problem}"),
        }
    }
}

impl std::error::Error for DocumentError {}

impl ChangeError {
    pub(crate) fn new(field: impl Into<Cow<'static, str>>, refusal: Refusal) -> Self {
        Self { field: field.into(), refusal }
    }

    /// The field and what is wrong there.
    pub fn into_parts(self) -> (Cow<'static, str>, Refusal) {
        (self.field, self.refusal)
    }

    /// Where in the row, such as `scope.team`.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What is wrong there.
    pub fn refusal(&self) -> &Refusal {
        &self.refusal
    }
}

/// A piece of user input, short enough to repeat in a message, with nothing in it that a terminal would obey.
#[must_use]
pub fn shorten(text: &str) -> Box<str> {
    const MAX_SHOWN_CHARS: usize = 80;
    let mut short: String = text.chars().take(MAX_SHOWN_CHARS).flat_map(char::escape_debug).collect();
    if text.chars().nth(MAX_SHOWN_CHARS).is_some() {
        short.push('…');
    }
    short.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_hostile_values_are_shortened() {
        assert_eq!(&*shorten("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(shorten(&"ä".repeat(500)).chars().count(), 81);
    }
}

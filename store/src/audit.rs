//! What was done, by whom, and the chain that shows when somebody changed the record of it.

mod chain;
mod claims;
mod clean;
mod difference;

use std::fmt;

use clearance_directory::document::Timestamp;
use serde::Serialize;
use serde_json::Value;

pub(crate) use self::chain::{Stored, Walk};
pub(crate) use self::claims::{Claims, KeyClaim, OperatorClaim};
pub use self::difference::{Difference, Differences};
use crate::pepper::{Digest, hex, unhex};

/// What the audit is told.
///
/// Secrets do not get in: fields of `before` and `after` that are named as secrets are left out, and tokens are masked wherever
/// they stand.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// When it was done.
    pub at: Timestamp,
    /// Who did it.
    pub who: Who,
    /// What was done, such as `key.create`.
    pub verb: Box<str>,
    /// What it was done to, such as the id of a key.
    pub subject: Box<str>,
    /// What was there. None when nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What is there now. None when nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// From where: the address of the peer. None when it was done on this machine, by a command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<Box<str>>,
    /// The digest of the policy version that allowed it. None when none was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Box<str>>,
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "id", rename_all = "camelCase")]
pub enum Who {
    /// A signed-in user, by id.
    User(Box<str>),
    /// A key, by id.
    Key(Box<str>),
    /// A project key, by the id of its project.
    ProjectKey(Box<str>),
    /// An operator, by id.
    Operator(Box<str>),
    /// Whoever may write the database file, by a command.
    Command,
}

/// One row of the audit.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Counted from 1, without gaps.
    pub sequence: u64,
    /// What the audit was told.
    #[serde(flatten)]
    pub entry: Entry,
    /// The name of the pepper whose key binds the row to the one before.
    pub pepper: Box<str>,
    /// The link: 64 hexadecimal digits.
    pub link: Box<str>,
}

/// The end of the audit. Noted somewhere else, it shows later that nothing was cut off. Written as `COUNT:LINK`.
///
/// ```
/// use clearance_store::Head;
///
/// let head: Head = Head::EMPTY.to_string().parse()?;
/// assert_eq!(head.count(), 0);
/// # Ok::<(), clearance_store::HeadError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub(crate) count: u64,
    pub(crate) link: Digest,
}

impl Head {
    /// The head of an audit without rows.
    pub const EMPTY: Self = Self { count: 0, link: [0; 32] };

    /// How many rows the audit had.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The link of the last row: 64 hexadecimal digits, zeros where there is no row.
    pub fn link(&self) -> Box<str> {
        hex(&self.link)
    }
}

impl fmt::Display for Head {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.count, self.link())
    }
}

/// A text is no [`Head`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no head of an audit, write what `clearance audit head` printed: a count, a colon and 64 hexadecimal digits")]
pub struct HeadError;

impl std::str::FromStr for Head {
    type Err = HeadError;

    fn from_str(text: &str) -> Result<Self, HeadError> {
        let (count, link) = text.trim().split_once(':').ok_or(HeadError)?;
        let digits = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
        let count = count.parse().ok().filter(|_| digits).ok_or(HeadError)?;
        Ok(Self { count, link: unhex(link).ok_or(HeadError)? })
    }
}

/// Whether the audit is as it was written: the first row that is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Verdict {
    /// It is, up to this head. Without a head that was noted earlier, rows may have been cut off at the end.
    #[error("the audit is whole: {0}")]
    Whole(Head),
    /// A row is not as it was written, or stands in another row's place.
    #[error("row {sequence} of the audit was changed")]
    Changed {
        /// The row.
        sequence: u64,
    },
    /// Rows were taken out.
    #[error("row {sequence} of the audit is missing, the next that is there is {next}")]
    Missing {
        /// The first row that is missing.
        sequence: u64,
        /// The first row after it that is there.
        next: u64,
    },
    /// The audit ends before the head that was noted.
    #[error("the audit was cut off: row {sequence} and what followed is missing, up to row {noted} at least")]
    CutOff {
        /// The first row that is missing.
        sequence: u64,
        /// How many rows there were.
        noted: u64,
    },
    /// The chain is whole, and is not the one whose head was noted.
    #[error("the audit is another one than was noted: row {sequence} has another link")]
    Other {
        /// The row that was the last when the head was noted.
        sequence: u64,
    },
    /// The audit is as it was written, and what is stored is not what it says.
    #[error("the audit is whole, and {differences}")]
    Differs {
        /// The end of the audit.
        head: Head,
        /// What differs.
        differences: Differences,
    },
    /// A pepper that is needed is not given.
    #[error("row {sequence} of the audit needs the pepper `{pepper}`, which is not given: add it to the peppers")]
    UnknownPepper {
        /// The first such row.
        sequence: u64,
        /// The name of the pepper.
        pepper: Box<str>,
    },
}

impl Verdict {
    /// Whether everything is as it was written, as far as can be seen.
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::Whole(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_as_it_is_written() {
        let head = Head { count: 12, link: [0xab; 32] };
        let text = head.to_string();
        assert_eq!(text, format!("12:{}", "ab".repeat(32)));
        assert_eq!(format!(" {text}\n").parse(), Ok(head));
        for wrong in ["", "12", ":", "12:ab", "+12:", "1:ab", &format!("x{text}"), &format!("+{text}"), &text.to_uppercase()] {
            assert_eq!(wrong.parse::<Head>(), Err(HeadError), "{wrong}");
        }
    }
}

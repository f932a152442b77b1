//! What was done, by whom, and the chain that shows when somebody changed the record of it.

mod chain;
mod claims;
mod clean;
mod difference;
mod head;
mod verdict;

use clearance_directory::document::Timestamp;
use serde::Serialize;
use serde_json::Value;

pub(crate) use self::chain::{Stored, Walk};
pub(crate) use self::claims::{Claims, KeyClaim, OperatorClaim};
pub use self::difference::{Difference, Differences};
pub use self::head::{Head, HeadError};
pub use self::verdict::Verdict;

/// One row of the audit, before it is written.
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
    /// The value before. `None` means that there was no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// The value after. `None` means that there is no value now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// The address of the peer. `None` means that a command did it on this machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<Box<str>>,
    /// The digest of the policy version that allowed it. `None` means that no policy was asked.
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
    /// A command, whose user may write the database file.
    Command,
}

impl Who {
    /// Reads the stored word for the kind, and the id. `None` means that the word is not known.
    pub(crate) fn new(kind: &str, id: Option<Box<str>>) -> Option<Self> {
        match (kind, id) {
            ("user", Some(id)) => Some(Self::User(id)),
            ("key", Some(id)) => Some(Self::Key(id)),
            ("projectKey", Some(id)) => Some(Self::ProjectKey(id)),
            ("operator", Some(id)) => Some(Self::Operator(id)),
            ("command", None) => Some(Self::Command),
            _ => None,
        }
    }

    /// The word for the kind, as JSON and databases have it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Key(_) => "key",
            Self::ProjectKey(_) => "projectKey",
            Self::Operator(_) => "operator",
            Self::Command => "command",
        }
    }

    /// The id. `None` means that this kind has no id, as a command.
    pub(crate) fn id(&self) -> Option<&str> {
        match self {
            Self::User(id) | Self::Key(id) | Self::ProjectKey(id) | Self::Operator(id) => Some(id),
            Self::Command => None,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_did_it_is_stored_in_the_words_of_the_json() {
        let id = || "x".into();
        for who in [Who::User(id()), Who::Key(id()), Who::ProjectKey(id()), Who::Operator(id()), Who::Command] {
            assert_eq!(Who::new(who.kind(), who.id().map(Box::from)), Some(who.clone()));
            let json = serde_json::to_value(&who).unwrap();
            assert_eq!((json["kind"].as_str(), json["id"].as_str()), (Some(who.kind()), who.id()));
        }
        assert_eq!((Who::new("user", None), Who::new("command", Some(id())), Who::new("", None)), (None, None, None));
    }
}

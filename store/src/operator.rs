//! Machines that manage.

use std::collections::BTreeSet;
use std::fmt;

use clearance_directory::document::Timestamp;
use serde::{Deserialize, Serialize};

/// A machine that manages, such as a backend or a pipeline. Its credential is stored as keys are, but it is not a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operator {
    /// Unique among operators, 1 to 255 visible ASCII characters.
    pub id: Box<str>,
    /// For people.
    pub name: Box<str>,
    /// What it may do, and nothing else.
    pub purposes: BTreeSet<Purpose>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Present exactly when it is revoked, whatever the date says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// The first five characters of the lookup id of its token.
    pub shown: Box<str>,
}

/// What an operator may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// `check`: asks what any principal may do.
    Check,
    /// `directory`: changes the directory.
    Directory,
    /// `policy`: manages policy versions.
    Policy,
    /// `keys`: creates, edits and revokes keys, and rotates project keys.
    Keys,
    /// `operators`: makes operators, for no more than it is for itself, and revokes any.
    Operators,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Check, Self::Directory, Self::Policy, Self::Keys, Self::Operators];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Directory => "directory",
            Self::Policy => "policy",
            Self::Keys => "keys",
            Self::Operators => "operators",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Nothing that an operator can be for has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no operator is for `{0}`, write `check`, `directory`, `policy`, `keys` or `operators`")]
pub struct UnknownPurpose(Box<str>);

impl std::str::FromStr for Purpose {
    type Err = UnknownPurpose;

    fn from_str(text: &str) -> Result<Self, UnknownPurpose> {
        let found = Self::ALL.into_iter().find(|purpose| purpose.as_str() == text);
        found.ok_or_else(|| UnknownPurpose(text.chars().take(80).flat_map(char::escape_debug).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_is_one_of_five_words() {
        for purpose in Purpose::ALL {
            assert_eq!(purpose.to_string().parse(), Ok(purpose));
            assert_eq!(serde_json::to_value(purpose).unwrap(), purpose.as_str());
        }
        assert_eq!("admin".parse::<Purpose>(), Err(UnknownPurpose("admin".into())));
    }
}

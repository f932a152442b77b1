//! Answers in JSON: the same from the command, over HTTP and in every language.
//!
//! Each answer implements [`Serialize`]. Absent fields are left out, times are RFC 3339, and the words are those of the contract.

mod catalog;
mod explanation;
mod repair;

use clearance_directory::document::Timestamp;
use serde::{Serialize, Serializer, ser::SerializeMap};

pub use self::catalog::{Catalog, Category, Implication, List, Permission};
use crate::{Decision, Effective, Reason, VisibleProjects};

/// A decision without the version that made it, for a place that says the version once.
#[derive(Serialize)]
struct DecisionFields<'a> {
    allow: bool,
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    binding: Option<&'a str>,
}

impl<'a> From<&'a Decision> for DecisionFields<'a> {
    fn from(decision: &'a Decision) -> Self {
        Self { allow: decision.allow, reason: decision.reason.as_str(), binding: decision.binding.as_deref() }
    }
}

/// Writes `{"allow", "reason", "binding"?, "policy"}`.
impl Serialize for Decision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields<'a> {
            #[serde(flatten)]
            decision: DecisionFields<'a>,
            policy: String,
        }
        Fields { decision: self.into(), policy: self.policy.to_string() }.serialize(serializer)
    }
}

/// The time for which an answer holds while the data stays as it is. A bound is absent where there is no first or last moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Validity {
    /// The first moment at which the answer holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The last moment at which the answer holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// From the first and the last millisecond since 1970-01-01T00:00:00Z.
impl From<(u64, u64)> for Validity {
    fn from((since, until): (u64, u64)) -> Self {
        // Time begins at 0 and has no end, so a moment that cannot be written is none.
        Self {
            since: Some(since).filter(|since| *since > 0).and_then(Timestamp::from_millis),
            until: Timestamp::from_millis(until),
        }
    }
}

/// Writes `{"permissions", "reason"?, "since"?, "until"?, "policy"}`. `reason` is there where one rule denies everything.
impl Serialize for Effective {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields<'a> {
            permissions: Vec<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            reason: Option<&'static str>,
            #[serde(flatten)]
            validity: Validity,
            policy: String,
        }
        let fields = Fields {
            permissions: self.permissions().collect(),
            reason: self.refusal().map(Reason::as_str),
            validity: self.validity().into(),
            policy: self.policy().to_string(),
        };
        fields.serialize(serializer)
    }
}

/// Writes `{"all": true}` or `{"projects": [id, …]}`.
impl Serialize for VisibleProjects {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            Self::All => map.serialize_entry("all", &true)?,
            Self::Some(projects) => map.serialize_entry("projects", projects)?,
        }
        map.end()
    }
}

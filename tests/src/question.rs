//! What every implementation is asked, and what it answers: by id and by name, with no numbers in it.

use std::fmt;

use clearance_directory::document::{Scope, Timestamp};
use clearance_policy::types::Reason;

/// Who asks, by id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// A user.
    User(String),
    /// A key.
    Key(String),
    /// The project key of the project with this id.
    ProjectKey(String),
}

/// One principal at one node at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Situation {
    /// Who asks.
    pub principal: Principal,
    /// The place that is asked about.
    pub at: Scope,
    /// When, in milliseconds since 1970-01-01T00:00:00Z.
    pub now: u64,
}

impl Situation {
    /// The same principal at the same node at another moment.
    pub fn at_moment(&self, now: u64) -> Self {
        Self { now, ..self.clone() }
    }
}

impl fmt::Display for Situation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?} at {:?}", self.principal, self.at)?;
        match Timestamp::from_millis(self.now) {
            Some(moment) => write!(out, " on {moment}"),
            None => write!(out, " at moment {}", self.now),
        }
    }
}

/// The answer for one permission.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Answer {
    /// Whether it is granted.
    pub allow: bool,
    /// Which rule decided.
    pub reason: Reason,
    /// The id of the binding that grants it. Present exactly when the reason is `binding`.
    pub binding: Option<String>,
}

impl Answer {
    /// A refusal.
    pub fn deny(reason: Reason) -> Self {
        Self { allow: false, reason, binding: None }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", if self.allow { "allow" } else { "deny" }, self.reason)?;
        self.binding.iter().try_for_each(|id| write!(out, " {id}"))
    }
}

/// The answers for the whole catalog.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Effective {
    /// The names of the allowed permissions, in catalog order.
    pub permissions: Vec<String>,
    /// The answer for every permission of the catalog, in catalog order.
    pub answers: Vec<(String, Answer)>,
    /// The first moment for which all of this holds.
    pub since: u64,
    /// The last moment for which all of this holds.
    pub until: u64,
}

impl Effective {
    /// What these answers say, and what others say instead. Empty exactly when they are equal.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        if self == other {
            return vec![];
        }
        let changed = self.answers.iter().zip(&other.answers).filter(|(mine, theirs)| mine != theirs);
        let mut differences: Vec<String> = changed.map(|(mine, theirs)| format!("{mine:?} but {theirs:?}")).collect();
        let allowed =
            (self.permissions != other.permissions).then(|| format!("{:?} but {:?}", self.permissions, other.permissions));
        differences.extend(allowed);
        differences.push(format!("from {} to {} but from {} to {}", self.since, self.until, other.since, other.until));
        differences
    }
}

/// The projects that a key can see.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Visible {
    /// Every project of its organization.
    All,
    /// These, by id, sorted.
    These(Vec<String>),
}

//! What is stored otherwise than the audit says.

use std::fmt;

use serde::Serialize;

use crate::seal::Unsealed;

/// Something that is stored otherwise than the audit says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[non_exhaustive]
pub enum Difference {
    /// The audit says something of a key that is not there.
    #[error("the key `{key}` is not stored, and row {sequence} of the audit knows it")]
    KeyMissing {
        /// The id of the key.
        key: Box<str>,
        /// The last row that says something of it.
        sequence: u64,
    },
    /// A field of a key is not what the audit says.
    #[error("{field} of the key `{key}` is {stored}, and row {sequence} of the audit says {said}")]
    Key {
        /// The id of the key.
        key: Box<str>,
        /// The field.
        field: &'static str,
        /// What is stored.
        stored: Box<str>,
        /// What the audit says.
        said: Box<str>,
        /// The last row that says something of it.
        sequence: u64,
    },
    /// A key is revoked by the audit alone.
    #[error("the key `{key}` is not revoked, and the audit says in row {sequence} that it is")]
    KeyNotRevoked {
        /// The id of the key.
        key: Box<str>,
        /// The sequence number of the audit row.
        sequence: u64,
    },
    /// A key is revoked, and the audit does not know of it.
    #[error("the key `{key}` is revoked, and the audit knows of no revocation")]
    KeyRevoked {
        /// The id of the key.
        key: Box<str>,
    },
    /// The audit does not say that this key was made, and the database did not begin with it.
    #[error("the audit does not say that the key `{key}` was made, and the database began with {began_with} keys")]
    KeyUnknown {
        /// The id of the key: the last of those that are too many.
        key: Box<str>,
        /// How many keys the database began with.
        began_with: u64,
    },
    /// The audit says something of an operator who is not there.
    #[error("the operator `{operator}` is not stored, and row {sequence} of the audit knows it")]
    OperatorMissing {
        /// The id of the operator.
        operator: Box<str>,
        /// The last row that says something of it.
        sequence: u64,
    },
    /// The purposes of an operator are not what the audit says.
    #[error("the operator `{operator}` is for {stored}, and row {sequence} of the audit says for {said}")]
    OperatorPurposes {
        /// The id of the operator.
        operator: Box<str>,
        /// What is stored.
        stored: Box<str>,
        /// What the audit says.
        said: Box<str>,
        /// The sequence number of the audit row.
        sequence: u64,
    },
    /// An operator is revoked by the audit alone.
    #[error("the operator `{operator}` is not revoked, and the audit says in row {sequence} that it is")]
    OperatorNotRevoked {
        /// The id of the operator.
        operator: Box<str>,
        /// The sequence number of the audit row.
        sequence: u64,
    },
    /// The audit does not say that an operator was made.
    #[error("the audit does not say that the operator `{operator}` was made")]
    OperatorUnknown {
        /// The id of the operator.
        operator: Box<str>,
    },
    /// A credential without the right seal.
    #[error(transparent)]
    Credential(#[from] Unsealed),
}

/// All that differs: the first of it by name, and how much there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    named: Vec<Difference>,
    count: u64,
}

impl Differences {
    /// More are counted and not named.
    pub const MAX_NAMED: usize = 1000;

    pub(crate) fn push(&mut self, difference: Difference) {
        self.count = self.count.saturating_add(1);
        if self.named.len() < Self::MAX_NAMED {
            self.named.push(difference);
        }
    }

    /// The first differences, at most as many as a person reads.
    pub fn named(&self) -> &[Difference] {
        &self.named
    }

    /// The number of all differences, also of those that [`named`](Self::named) leaves out.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Whether there are no differences.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl fmt::Display for Differences {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.named.first(), self.count) {
            (Some(first), 1) => first.fmt(out),
            (Some(first), count) => write!(out, "{first}; {} more of what is stored differs from it", count - 1),
            (None, _) => out.write_str("nothing that is stored differs from it"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_are_named_and_all_are_counted() {
        let mut differences = Differences::default();
        assert!(differences.is_empty());
        assert_eq!(differences.to_string(), "nothing that is stored differs from it");
        let unknown = |number: usize| Difference::OperatorUnknown { operator: number.to_string().into() };
        differences.push(unknown(0));
        assert_eq!(differences.to_string(), unknown(0).to_string());
        (1..=Differences::MAX_NAMED).for_each(|number| differences.push(unknown(number)));
        assert_eq!((differences.named().len(), differences.count()), (1000, 1001));
        let shown = format!("{}; 1000 more of what is stored differs from it", unknown(0));
        assert_eq!(differences.to_string(), shown);
    }
}

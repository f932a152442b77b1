//! Text that must not reach a log, an error or a debug print.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Stored text from which somebody could become a principal: the hash of a secret, or a project key.
///
/// It is written to JSON, because a document must keep all that is stored, and printed nowhere else. Comparing two is for telling
/// documents apart, not for checking what a client sent: it does not take constant time.
#[derive(Clone, PartialEq, Eq)]
pub struct Sensitive(Box<str>);

impl Sensitive {
    /// Wraps a text.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The text itself. The caller answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Sensitive")
    }
}

impl Serialize for Sensitive {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Sensitive {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The error of the deserializer would quote what stands there instead of a string.
        Box::deserialize(deserializer).map(Self).map_err(|_| D::Error::custom("expected a string"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_and_errors_say_nothing_of_it() {
        assert_eq!(format!("{:?}", Sensitive::new("sk-lw-1")), "Sensitive");
        let error = serde_json::from_str::<Sensitive>("4711").unwrap_err();
        assert!(!error.to_string().contains("4711"), "{error}");
    }
}

//! Moments, as the document writes them and as the policy compares them.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment between 1970 and the end of the year 9999, to the millisecond.
///
/// In JSON it is an RFC 3339 time. A finer fraction than milliseconds is cut off, which changes no answer: the policy compares
/// whole milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

/// The last moment that can be written: 9999-12-30T21:59:59.999Z.
const LAST: u64 = 253_402_207_199_999;

impl Timestamp {
    /// The moment this many milliseconds after 1970-01-01T00:00:00Z. None when it lies after 9999-12-30T21:59:59.999Z.
    pub fn from_millis(millis: u64) -> Option<Self> {
        (millis <= LAST).then_some(Self(millis))
    }

    /// The same, or the last moment of all when it lies after that.
    pub fn saturating_from_millis(millis: u64) -> Self {
        Self(millis.min(LAST))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn millis(self) -> u64 {
        self.0
    }
}

/// Why a text is no [`Timestamp`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// The text is not shaped as RFC 3339 says, or names no real day or time.
    #[error("`{0}` is no RFC 3339 time, write one such as `2026-01-02T00:00:00.000Z`")]
    Unreadable(Box<str>),
    /// The moment lies before 1970.
    #[error("`{0}` lies before 1970, write a later time")]
    TooEarly(Box<str>),
}

impl std::str::FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let unreadable = || TimestampError::Unreadable(crate::error::shortened(text));
        if !is_rfc3339_shaped(text) {
            return Err(unreadable());
        }
        let moment: jiff::Timestamp = text.parse().map_err(|_| unreadable())?;
        if moment < jiff::Timestamp::UNIX_EPOCH {
            return Err(TimestampError::TooEarly(crate::error::shortened(text)));
        }
        u64::try_from(moment.as_millisecond()).ok().and_then(Self::from_millis).ok_or_else(unreadable)
    }
}

/// Whether the separators stand where RFC 3339 wants them. The parser behind it also reads other ISO 8601 forms, which would then
/// be written back differently from what was stored.
fn is_rfc3339_shaped(text: &str) -> bool {
    let bytes = text.as_bytes();
    let at = |index: usize, allowed: &[u8]| bytes.get(index).is_some_and(|byte| allowed.contains(byte));
    let offset_from_end = |back: usize, allowed: &[u8]| bytes.len().checked_sub(back).is_some_and(|index| at(index, allowed));
    let date_and_time = at(4, b"-") && at(7, b"-") && at(10, b"Tt") && at(13, b":") && at(16, b":");
    let offset = offset_from_end(1, b"Zz") || (offset_from_end(6, b"+-") && offset_from_end(3, b":"));
    date_and_time && offset && bytes.len() >= 20
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = i64::try_from(self.0).ok().and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
        match moment {
            Some(moment) => write!(out, "{moment:.3}"),
            // The constructors let no such number in.
            None => write!(out, "{} ms after 1970", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_rfc3339() {
        for (text, millis, written) in [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000Z"),
            ("2026-01-02T00:00:00.000Z", 1_767_312_000_000, "2026-01-02T00:00:00.000Z"),
            ("2026-01-02T01:00:00.1239+01:00", 1_767_312_000_123, "2026-01-02T00:00:00.123Z"),
            ("2026-01-02t00:00:00z", 1_767_312_000_000, "2026-01-02T00:00:00.000Z"),
            ("9999-12-30T21:59:59.999Z", 253_402_207_199_999, "9999-12-30T21:59:59.999Z"),
        ] {
            let moment: Timestamp = text.parse().unwrap();
            assert_eq!(moment.millis(), millis, "{text}");
            assert_eq!(moment.to_string(), written);
            assert_eq!(Timestamp::from_millis(millis), Some(moment));
        }
    }

    #[test]
    fn refuses_what_is_not_rfc3339() {
        for text in [
            "",
            "Z",
            "2026-01-02",
            "20260102T000000Z",
            "9999-12-30T22:00:00.000Z",
            "9999-12-30T22:00:00.999Z",
            "2026-01-02 00:00:00Z",
            "2026-13-02T00:00:00Z",
            "2026-01-02T00:00:00",
        ] {
            assert!(matches!(text.parse::<Timestamp>(), Err(TimestampError::Unreadable(_))), "{text}");
        }
        assert!(matches!("1969-12-31T23:59:59.999Z".parse::<Timestamp>(), Err(TimestampError::TooEarly(_))));
        assert!(matches!("1970-01-01T00:00:00+01:00".parse::<Timestamp>(), Err(TimestampError::TooEarly(_))));
        assert_eq!(Timestamp::from_millis(u64::MAX), None);
        let last = Timestamp::saturating_from_millis(u64::MAX);
        assert_eq!((Timestamp::from_millis(last.millis()), Timestamp::from_millis(last.millis() + 1)), (Some(last), None));
        assert_eq!(Timestamp::saturating_from_millis(5).millis(), 5);
    }
}

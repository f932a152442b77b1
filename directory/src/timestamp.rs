//! Moments, as the document writes them and as the policy compares them.

use std::fmt;

use jiff::civil::Date;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment between 1970 and the end of the year 9999, to the millisecond.
///
/// In JSON it is an RFC 3339 time. A later one is read as the last moment that can be written: `9999-12-31T23:59:59Z`, which stands for
/// "never", is one. A finer fraction than milliseconds is cut off, which changes no answer: the policy compares
/// whole milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

/// The last moment that can be written: 9999-12-30T21:59:59.999Z.
const LAST_MILLIS: u64 = 253_402_207_199_999;

impl Timestamp {
    /// The moment this many milliseconds after 1970-01-01T00:00:00Z. `None` means that it lies after 9999-12-30T21:59:59.999Z.
    pub fn from_millis(millis: u64) -> Option<Self> {
        (millis <= LAST_MILLIS).then_some(Self(millis))
    }

    /// The same, or the last moment of all when it lies after that.
    pub fn saturating_from_millis(millis: u64) -> Self {
        Self(millis.min(LAST_MILLIS))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn millis(self) -> u64 {
        self.0
    }
}

/// Why a text is not a [`Timestamp`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimestampError {
    /// The text is not shaped as RFC 3339 says, or names no real day or time.
    #[error("`{0}` is not an RFC 3339 time, write one such as `2026-01-02T00:00:00.000Z`")]
    Unreadable(Box<str>),
    /// The moment lies before 1970.
    #[error("`{0}` lies before 1970, write a later time")]
    TooEarly(Box<str>),
}

impl std::str::FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let millis = rfc3339(text.as_bytes()).ok_or_else(|| TimestampError::Unreadable(crate::error::shorten(text)))?;
        let millis = u64::try_from(millis).map_err(|_| TimestampError::TooEarly(crate::error::shorten(text)))?;
        // People write the end of the year 9999 for "never".
        Ok(Self::saturating_from_millis(millis))
    }
}

/// The milliseconds since 1970 of an RFC 3339 time. `None` means that the text is not a time: the grammar is that of section 5.6, and no more of
/// ISO 8601. The second 60 is read as the one before it.
fn rfc3339(text: &[u8]) -> Option<i64> {
    let mut text = Text(text);
    let (year, _) = (text.number(4)?, text.one_of(b"-")?);
    let (month, _) = (text.number(2)?, text.one_of(b"-")?);
    let (day, _) = (text.number(2)?, text.one_of(b"Tt")?);
    let (hour, _) = (text.number(2)?, text.one_of(b":")?);
    let (minute, _) = (text.number(2)?, text.one_of(b":")?);
    let second = text.number(2)?;
    let millis = if text.one_of(b".").is_some() { text.millis()? } else { 0 };
    let offset = text.offset()?;
    if !text.0.is_empty() || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let date = Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    let days = date.duration_since(date_of_1970()?).as_hours() / 24;
    let minutes = (days * 24 + hour) * 60 + minute - offset;
    Some((minutes * 60 + second.min(59)) * 1_000 + millis)
}

fn date_of_1970() -> Option<Date> {
    Date::new(1970, 1, 1).ok()
}

/// What is left of a text.
struct Text<'a>(&'a [u8]);

impl Text<'_> {
    /// The next byte, if it is one of these.
    fn one_of(&mut self, allowed: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        allowed.contains(first).then(|| {
            self.0 = rest;
            *first
        })
    }

    fn digit(&mut self) -> Option<i64> {
        self.one_of(b"0123456789").map(|digit| i64::from(digit - b'0'))
    }

    /// A number of exactly this many digits.
    fn number(&mut self, digits: usize) -> Option<i64> {
        (0..digits).try_fold(0, |number, _| Some(number * 10 + self.digit()?))
    }

    /// The digits behind the point, one at the least, cut off behind the third.
    fn millis(&mut self) -> Option<i64> {
        let mut millis = self.digit()? * 100;
        for worth in [10, 1] {
            millis += self.digit().unwrap_or(0) * worth;
        }
        while self.digit().is_some() {}
        Some(millis)
    }

    /// How many minutes the time is ahead of UTC.
    fn offset(&mut self) -> Option<i64> {
        let sign = match self.one_of(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Some(0),
        };
        let (hours, _) = (self.number(2)?, self.one_of(b":")?);
        let minutes = self.number(2)?;
        (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
    }
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
            ("2026-01-01T23:30:00.5-00:30", 1_767_312_000_500, "2026-01-02T00:00:00.500Z"),
            ("2026-01-02T23:59:00+23:59", 1_767_312_000_000, "2026-01-02T00:00:00.000Z"),
            ("2026-01-01T00:01:00-23:59", 1_767_312_000_000, "2026-01-02T00:00:00.000Z"),
            ("2026-01-01T23:59:60Z", 1_767_311_999_000, "2026-01-01T23:59:59.000Z"),
            ("2024-02-29T00:00:00.000000000000001Z", 1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
        ] {
            let moment: Timestamp = text.parse().unwrap();
            assert_eq!(moment.millis(), millis, "{text}");
            assert_eq!(moment.to_string(), written);
            assert_eq!(Timestamp::from_millis(millis), Some(moment));
        }
    }

    /// People write the end of the year 9999 for "never".
    #[test]
    fn what_is_later_than_the_last_moment_is_the_last_moment() {
        for text in [
            "9999-12-30T22:00:00.000Z",
            "9999-12-31T23:59:59Z",
            "9999-12-31T23:59:59.999999Z",
            "9999-12-31T23:59:59+14:00",
            "9999-12-31T23:59:59-12:00",
            "9999-12-31T23:59:60-23:59",
        ] {
            let moment: Timestamp = text.parse().unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(moment, Timestamp::saturating_from_millis(u64::MAX), "{text}");
            assert_eq!(moment.to_string().parse(), Ok(moment));
        }
    }

    #[test]
    fn shows_itself_as_it_is_written() {
        let moment: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        assert_eq!(format!("{moment} {moment:?}"), "2026-01-02T03:04:05.000Z 2026-01-02T03:04:05.000Z");
    }

    #[test]
    fn refuses_what_is_not_rfc3339() {
        for text in [
            "",
            "Z",
            "2026-01-02",
            "20260102T000000Z",
            "2026-01-02 00:00:00Z",
            "2026-13-02T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-01-02T00:00:00",
            "2026-01-02T00:00:00+25:00",
            "2026-01-02T00:00:00+24:00",
            "2026-01-02T00:00:00-01:60",
            "2026-01-02T00:00:00+0100",
            "2026-01-02T00:00:00+01",
            "2026-01-02T00:00:00,5Z",
            "2026-01-02T00:00:00.Z",
            "2026-01-02T24:00:00Z",
            "2026-01-02T00:60:00Z",
            "2026-01-02T00:00:61Z",
            "2026-01-02T00:00Z",
            "2026-01-02T00:00:00Z ",
            "2026-01-02T00:00:00Z[UTC]",
            "+2026-01-02T00:00:00Z",
            "10000-01-01T00:00:00Z",
            "２026-01-02T00:00:00Z",
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

//! Closed sets and moments as columns hold them.

use std::str::FromStr;

use clearance_directory::document::Timestamp;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};

/// A member of a closed set, read from a column that holds its word.
pub(super) struct Word<T>(pub(super) T);

impl<T: FromStr> FromSql for Word<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map(Self).map_err(|_| FromSqlError::InvalidType)
    }
}

/// A moment read from a column.
pub(super) struct Moment(pub(super) Timestamp);

impl FromSql for Moment {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let millis = value.as_i64()?;
        let moment = u64::try_from(millis).ok().and_then(Timestamp::from_millis);
        moment.map(Self).ok_or(FromSqlError::OutOfRange(millis))
    }
}

/// A moment as a column holds it. No moment is too late for one.
pub(super) fn millis(moment: Timestamp) -> i64 {
    i64::try_from(moment.millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use clearance_directory::document::Mode;

    use super::*;

    #[test]
    fn a_word_of_no_member_is_damage() {
        let column = |text: &str| Word::<Mode>::column_result(ValueRef::Text(text.as_bytes())).map(|Word(mode)| mode);
        for mode in Mode::ALL {
            assert_eq!(column(mode.as_str()).unwrap(), mode);
        }
        assert!(column("").is_err() && column("ALL").is_err());
    }

    #[test]
    fn a_moment_outside_of_time_is_damage() {
        assert!(Moment::column_result(ValueRef::Integer(-1)).is_err());
        assert!(Moment::column_result(ValueRef::Integer(i64::MAX)).is_err());
        assert_eq!(Moment::column_result(ValueRef::Integer(7)).unwrap().0.millis(), 7);
    }
}

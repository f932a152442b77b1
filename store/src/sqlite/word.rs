//! Closed sets and moments as columns hold them.

use clearance_directory::document::{BindingRole, MemberRole, Mode, RoleKind, Timestamp};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};

use crate::operator::Purpose;

/// A closed set whose members are words in a column.
pub(super) trait Words: Copy + Sized + 'static {
    /// Every member with its word.
    const WORDS: &'static [(Self, &'static str)];
}

impl Words for MemberRole {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Admin, "ADMIN"), (Self::Member, "MEMBER"), (Self::External, "EXTERNAL")];
}

impl Words for BindingRole {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Admin, "ADMIN"), (Self::Member, "MEMBER"), (Self::Viewer, "VIEWER"), (Self::Custom, "CUSTOM")];
}

impl Words for RoleKind {
    const WORDS: &'static [(Self, &'static str)] = &[(Self::Custom, "custom"), (Self::Key, "key")];
}

impl Words for Mode {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::All, "all"), (Self::Readonly, "readonly"), (Self::Restricted, "restricted")];
}

impl Words for Purpose {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Check, "check"),
        (Self::Directory, "directory"),
        (Self::Policy, "policy"),
        (Self::Keys, "keys"),
        (Self::Operators, "operators"),
    ];
}

/// The word of a member.
pub(super) fn word<T: Words + PartialEq>(member: T) -> &'static str {
    T::WORDS.iter().find(|(other, _)| *other == member).map_or("", |(_, word)| word)
}

/// A member read from a column.
pub(super) struct Word<T>(pub(super) T);

impl<T: Words> FromSql for Word<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        let member = T::WORDS.iter().find(|(_, word)| *word == text);
        member.map(|(member, _)| Self(*member)).ok_or(FromSqlError::InvalidType)
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
    use super::*;

    fn covers<T: Words + PartialEq + std::fmt::Debug + serde::Serialize>() {
        for (member, text) in T::WORDS {
            assert_eq!(serde_json::to_value(member).unwrap(), *text);
            assert_eq!(word(*member), *text);
            assert_eq!(Word::<T>::column_result(ValueRef::Text(text.as_bytes())).unwrap().0, *member);
        }
        assert!(Word::<T>::column_result(ValueRef::Text(b"")).is_err());
    }

    #[test]
    fn columns_hold_the_words_of_the_json() {
        covers::<MemberRole>();
        covers::<BindingRole>();
        covers::<RoleKind>();
        covers::<Mode>();
        covers::<Purpose>();
        // A member without a word would be the empty one.
        assert_eq!(MemberRole::WORDS.len() + BindingRole::WORDS.len() + RoleKind::WORDS.len() + Mode::WORDS.len(), 12);
        assert_eq!(Purpose::WORDS.len(), Purpose::ALL.len());
    }

    #[test]
    fn a_moment_outside_of_time_is_damage() {
        assert!(Moment::column_result(ValueRef::Integer(-1)).is_err());
        assert!(Moment::column_result(ValueRef::Integer(i64::MAX)).is_err());
        assert_eq!(Moment::column_result(ValueRef::Integer(7)).unwrap().0.millis(), 7);
    }
}

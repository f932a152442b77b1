//! Closed sets as the words that JSON, databases and messages have for them.

use crate::error::shorten;

/// A text that is not one of the words of a closed set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not {what}, write {allowed}")]
pub struct UnknownWord {
    found: Box<str>,
    what: &'static str,
    allowed: String,
}

impl UnknownWord {
    pub(crate) fn new(found: &str, what: &'static str, words: &[&'static str]) -> Self {
        let quoted = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let allowed = match words.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or `{last}`", quoted(rest)),
            _ => quoted(words),
        };
        Self { found: shorten(found), what, allowed }
    }
}

/// Gives each member of a closed set its word: `ALL`, `as_str`, `Display` and `FromStr`. What it is called stands in the message for a
/// text that is not one of the words.
macro_rules! words {
    ($Set:ident, $what:literal, { $($Member:ident = $word:literal),+ $(,)? }) => {
        impl $Set {
            /// All of them.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$Member),+];

            /// The word for it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Member => $word,)+
                }
            }
        }

        impl std::fmt::Display for $Set {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $Set {
            type Err = $crate::word::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let found = Self::ALL.into_iter().find(|member| member.as_str() == text);
                found.ok_or_else(|| $crate::word::UnknownWord::new(text, $what, &Self::ALL.map(Self::as_str)))
            }
        }
    };
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    use std::fmt::{Debug, Display};
    use std::str::FromStr;

    use super::UnknownWord;
    use crate::document::{BindingRole, HolderKind, MemberRole, Mode, PlaceKind, RoleKind};
    use crate::slot::PrincipalKind;

    fn is_read_as_written<T: Copy + Debug + Display + FromStr<Err = UnknownWord> + PartialEq>(members: &[T]) {
        for member in members {
            assert_eq!(member.to_string().parse(), Ok(*member));
        }
        assert!("".parse::<T>().is_err());
    }

    /// The words of JSON are those that `serde` derives.
    fn is_the_word_of_json<T: Copy + Display + serde::Serialize>(members: &[T]) {
        for member in members {
            assert_eq!(serde_json::to_value(member).unwrap(), member.to_string());
        }
    }

    #[test]
    fn a_word_is_read_as_it_is_written() {
        is_read_as_written(&MemberRole::ALL);
        is_read_as_written(&BindingRole::ALL);
        is_read_as_written(&RoleKind::ALL);
        is_read_as_written(&Mode::ALL);
        is_read_as_written(&HolderKind::ALL);
        is_read_as_written(&PlaceKind::ALL);
        is_read_as_written(&PrincipalKind::ALL);
        let error = "admin\n".parse::<MemberRole>().unwrap_err();
        assert_eq!(error.to_string(), "`admin\\n` is not a role of a member, write `ADMIN`, `MEMBER` or `EXTERNAL`");
        assert_eq!("".parse::<RoleKind>().unwrap_err().to_string(), "`` is not a kind of custom role, write `custom` or `key`");
    }

    #[test]
    fn the_words_are_those_of_the_json() {
        is_the_word_of_json(&MemberRole::ALL);
        is_the_word_of_json(&BindingRole::ALL);
        is_the_word_of_json(&RoleKind::ALL);
        is_the_word_of_json(&Mode::ALL);
    }
}

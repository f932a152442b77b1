//! What a text is as a token, without asking anybody.

use super::form::{INGESTION, LOOKUP_LENGTH, OLD_PERSONAL, OPERATOR, PERSONAL, SECRET_LENGTH, TokenKind, kind, shown};

/// What a text is as a token. No field holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// Where a server would search it.
    pub kind: TokenKind,
    /// Its prefix. `None` means that the text does not begin with a known prefix.
    pub prefix: Option<&'static str>,
    /// How the text differs from a minted token. `None` means that it does not. A server accepts some tokens that differ.
    pub malformed: Option<Malformed>,
    /// The first five characters of its lookup id, as lists show them. `None` means that the text has no lookup id of 16 characters.
    pub shown: Option<Box<str>>,
}

/// How a text differs from the tokens that are minted, the first difference alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Malformed {
    /// There is white space before or behind it.
    #[error("there is white space around the token, take it away")]
    Space,
    /// It begins with no prefix that is known.
    #[error("the token begins with none of `sk-lw-`, `ik-lw-`, `pat-lw-` and `op-cl-`: it can only be an old project key")]
    Prefix,
    /// Nothing divides the two halves.
    #[error("no underscore divides the lookup id from the secret: it is a project key, or was cut off")]
    NoUnderscore,
    /// The lookup id is too long or too short.
    #[error("the lookup id has {0} characters and not 16: a piece is missing, or two were joined")]
    LookupLength(usize),
    /// The secret is too long or too short.
    #[error("the secret has {0} characters and not 48: a piece is missing, or two were joined")]
    SecretLength(usize),
    /// A character is not one of `0-9A-Za-z`.
    #[error("character {0} of the token is not one of `0-9A-Za-z`: copy the token again")]
    Character(usize),
}

/// Says what a text is as a token, and where it differs from what is minted.
///
/// ```
/// use clearance_store::{Malformed, TokenKind, inspect};
///
/// let inspection = inspect("sk-lw-XHvVfHGOLajkbzKk_tooShort");
/// assert_eq!(inspection.kind, TokenKind::ProjectKey);
/// assert_eq!(inspection.malformed, Some(Malformed::SecretLength(8)));
/// assert_eq!(inspection.shown.as_deref(), Some("XHvVf"));
/// ```
pub fn inspect(text: &str) -> Inspection {
    let prefix = [PERSONAL, INGESTION, OLD_PERSONAL, OPERATOR].into_iter().find(|prefix| text.starts_with(prefix));
    let kind = kind(text);
    let malformed = |malformed| Inspection { kind, prefix, malformed: Some(malformed), shown: None };
    if text.trim() != text {
        return malformed(Malformed::Space);
    }
    let Some((prefix, rest)) = prefix.and_then(|prefix| Some((prefix, text.strip_prefix(prefix)?))) else {
        return malformed(Malformed::Prefix);
    };
    let Some((lookup_id, secret)) = rest.split_once('_') else { return malformed(Malformed::NoUnderscore) };
    let length = lookup_id.chars().count();
    if length != LOOKUP_LENGTH {
        return malformed(Malformed::LookupLength(length));
    }
    let before = prefix.len() + LOOKUP_LENGTH + 1;
    let length = secret.chars().count();
    let malformed = if let Some(at) = stranger(lookup_id) {
        Some(Malformed::Character(prefix.len() + at))
    } else if length != SECRET_LENGTH {
        Some(Malformed::SecretLength(length))
    } else {
        stranger(secret).map(|at| Malformed::Character(before + at))
    };
    Inspection { kind, prefix: Some(prefix), malformed, shown: Some(shown(lookup_id).into()) }
}

/// Where the first character stands that no token has, counted from 1.
fn stranger(half: &str) -> Option<usize> {
    half.chars().position(|character| !character.is_ascii_alphanumeric()).map(|index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_difference_has_a_name() {
        let (lookup_id, secret) = ("a".repeat(16), "b".repeat(48));
        let whole = format!("sk-lw-{lookup_id}_{secret}");
        let inspection = inspect(&whole);
        assert_eq!((inspection.kind, inspection.prefix, inspection.malformed), (TokenKind::Key, Some("sk-lw-"), None));
        assert_eq!(inspection.shown.as_deref(), Some("aaaaa"));
        for (text, expected) in [
            (format!("{whole}\n"), Malformed::Space),
            (String::new(), Malformed::Prefix),
            (format!("SK-LW-{lookup_id}_{secret}"), Malformed::Prefix),
            (format!("sk-lw-{lookup_id}"), Malformed::NoUnderscore),
            ("pat-lw-aYZB_8p3x".to_owned(), Malformed::LookupLength(4)),
            (format!("{whole}c"), Malformed::SecretLength(49)),
            (format!("ik-lw-{lookup_id}_{}", "b".repeat(47)), Malformed::SecretLength(47)),
            (format!("op-cl-ä{}_{secret}", "a".repeat(15)), Malformed::Character(7)),
            (format!("sk-lw-{lookup_id}_{}-", "b".repeat(47)), Malformed::Character(71)),
        ] {
            assert_eq!(inspect(&text).malformed, Some(expected), "{text}");
        }
    }

    #[test]
    fn nothing_of_a_project_key_is_shown() {
        for text in ["sk-lw-oldprojectkey", "aP58WKyLrBMB3CZ3REwCauXlSByGv1ro", "sk-lw-abc_def"] {
            assert_eq!(inspect(text).shown, None, "{text}");
        }
    }
}

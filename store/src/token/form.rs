//! How tokens look, and how they fall into halves.

use std::fmt;

use zeroize::Zeroizing;

/// How many characters the two halves of a minted token have.
pub(super) const LOOKUP_LENGTH: usize = 16;
pub(super) const SECRET_LENGTH: usize = 48;

/// How many characters of a lookup id may be shown.
const SHOWN_CHARS: usize = 5;

/// The prefixes of keys.
pub(super) const PERSONAL: &str = "sk-lw-";
pub(super) const OLD_PERSONAL: &str = "pat-lw-";
pub(super) const INGESTION: &str = "ik-lw-";
/// The prefix of operators, which are ours alone: for a client of LangWatch it is any other text.
pub(super) const OPERATOR: &str = "op-cl-";

/// The whole text that a client sends to say who it is.
///
/// It is never printed: not by `Debug`, and there is no `Display` and no `Serialize`. Its memory is overwritten when it is
/// dropped. Any text can be a token, because any text can be a project key.
///
/// ```
/// use clearance_store::{Token, TokenKind};
///
/// let token = Token::new("pat-lw-ACuw_Wprf");
/// assert_eq!(token.kind(), TokenKind::Key);
/// assert_eq!(token.split().map(|(lookup_id, _secret)| lookup_id), Some("ACuw"));
/// assert_eq!(format!("{token:?}"), "Token");
/// ```
#[derive(Clone)]
pub struct Token(Zeroizing<Box<str>>);

/// The hidden half of a token. It is not printed.
#[derive(Clone, Copy)]
pub struct Secret<'a>(&'a str);

/// What a token looks like. Looks decide where it is searched, never what it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// The token of a key: searched by its lookup id.
    Key,
    /// The older kind of key, one for each project: searched whole.
    ProjectKey,
    /// Neither. It is searched as a project key, because old ones have any form.
    Unknown,
}

impl Token {
    /// Takes a text as it came from a client.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// What the token looks like.
    pub fn kind(&self) -> TokenKind {
        kind(&self.0)
    }

    /// The lookup id and the secret: what stands before and after the first underscore behind the prefix, whatever their
    /// lengths. `None` means that the text has no prefix of keys or operators, has no underscore, or has an empty half.
    pub fn split(&self) -> Option<(&str, Secret<'_>)> {
        let rest = [PERSONAL, OLD_PERSONAL, INGESTION, OPERATOR].iter().find_map(|prefix| self.0.strip_prefix(prefix))?;
        let (lookup_id, secret) = rest.split_once('_')?;
        (!lookup_id.is_empty() && !secret.is_empty()).then_some((lookup_id, Secret(secret)))
    }

    /// Whether it begins as the tokens of operators do.
    pub(crate) fn is_operator(&self) -> bool {
        self.0.starts_with(OPERATOR)
    }

    /// Whether a key that fails may still be a project key.
    pub(crate) fn may_be_project_key(&self) -> bool {
        self.kind() != TokenKind::Key || self.0.starts_with(PERSONAL)
    }

    /// The text itself. The caller is responsible for where it goes: a token is shown once, to the user who made it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl<'a> Secret<'a> {
    /// Takes a text as it stood behind the underscore.
    pub fn new(text: &'a str) -> Self {
        Self(text)
    }

    pub(crate) fn bytes(self) -> &'a [u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token")
    }
}

impl fmt::Debug for Secret<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret")
    }
}

pub(super) fn kind(text: &str) -> TokenKind {
    if text.starts_with(OLD_PERSONAL) || text.starts_with(INGESTION) {
        return TokenKind::Key;
    }
    match text.strip_prefix(PERSONAL) {
        Some(rest) if is_minted(rest.as_bytes()) => TokenKind::Key,
        Some(_) => TokenKind::ProjectKey,
        None => TokenKind::Unknown,
    }
}

/// Whether what follows a prefix has the form that is minted: 16 letters and digits, an underscore, 48 letters and digits.
pub(super) fn is_minted(rest: &[u8]) -> bool {
    rest.len() == LOOKUP_LENGTH + 1 + SECRET_LENGTH && begins_minted(rest)
}

/// As [`is_minted`], whatever follows.
pub(super) fn begins_minted(rest: &[u8]) -> bool {
    let Some((lookup_id, rest)) = rest.split_first_chunk::<LOOKUP_LENGTH>() else { return false };
    let Some((b'_', rest)) = rest.split_first() else { return false };
    let Some((secret, _)) = rest.split_first_chunk::<SECRET_LENGTH>() else { return false };
    are_alphanumeric(lookup_id) & are_alphanumeric(secret)
}

/// Looks at every byte, whatever the others are: a fixed number of bytes is compared many at a time.
fn are_alphanumeric<const LENGTH: usize>(bytes: &[u8; LENGTH]) -> bool {
    bytes.iter().fold(true, |all, byte| all & byte.is_ascii_alphanumeric())
}

/// What may be shown of a lookup id: its first five characters.
///
/// ```
/// assert_eq!(clearance_store::shown("XHvVfHGOLajkbzKk"), "XHvVf");
/// ```
pub fn shown(lookup_id: &str) -> &str {
    lookup_id.char_indices().nth(SHOWN_CHARS).and_then(|(end, _)| lookup_id.get(..end)).unwrap_or(lookup_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_short() {
        assert_eq!(shown(""), "");
        assert_eq!(shown("abc"), "abc");
        assert_eq!(shown("äöüabcd"), "äöüab");
    }

    #[test]
    fn an_operator_is_no_key() {
        let token = Token::new(format!("op-cl-{}_{}", "a".repeat(16), "b".repeat(48)));
        assert_eq!(token.kind(), TokenKind::Unknown);
        assert!(token.is_operator() && token.split().is_some());
    }

    #[test]
    fn both_halves_hold_something() {
        for text in ["pat-lw-a_", "pat-lw-_b", "pat-lw-_", "pat-lw-ab", "a_b"] {
            assert!(Token::new(text).split().is_none(), "{text}");
        }
        let token = Token::new("pat-lw-a_b_c");
        let (lookup_id, secret) = token.split().unwrap();
        assert_eq!((lookup_id, secret.bytes()), ("a", &b"b_c"[..]));
        assert_eq!(format!("{token:?} {secret:?}"), "Token Secret");
    }
}

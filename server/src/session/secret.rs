//! What an application and the server both know.

use clearance_store::Token;
use subtle::ConstantTimeEq as _;

/// The fewest characters.
const MIN_SECRET_BYTES: usize = 16;

/// What an application shows so that it may ask on behalf of signed-in users. It cannot be printed.
#[derive(Clone, Debug)]
pub struct SessionSecret(Token);

/// Why a text cannot be a [`SessionSecret`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionSecretError {
    /// It could be guessed.
    #[error("the session secret has fewer than {MIN_SECRET_BYTES} characters: write more, such as `openssl rand -hex 32` prints")]
    Short,
    /// It cannot stand in a header.
    #[error("the session secret holds something else than visible ASCII characters, which no header can: write another one")]
    NoHeader,
}

impl SessionSecret {
    /// Takes a secret: 16 visible ASCII characters at least.
    ///
    /// # Errors
    ///
    /// It is shorter, or holds others.
    pub fn new(text: &str) -> Result<Self, SessionSecretError> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SessionSecretError::NoHeader);
        }
        if text.len() < MIN_SECRET_BYTES {
            return Err(SessionSecretError::Short);
        }
        Ok(Self(Token::new(text)))
    }

    /// Whether this is what was shown. How long it takes says nothing about where they differ.
    pub(crate) fn is(&self, shown: &[u8]) -> bool {
        self.0.expose().as_bytes().ct_eq(shown).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_long_and_can_stand_in_a_header() {
        assert_eq!(SessionSecret::new("0123456789abcde").unwrap_err(), SessionSecretError::Short);
        assert_eq!(SessionSecret::new("").unwrap_err(), SessionSecretError::Short);
        assert_eq!(SessionSecret::new("0123456789 abcdef").unwrap_err(), SessionSecretError::NoHeader);
        assert_eq!(SessionSecret::new("0123456789äabcdef").unwrap_err(), SessionSecretError::NoHeader);
        let secret = SessionSecret::new("0123456789abcdef").unwrap();
        assert!(secret.is(b"0123456789abcdef"));
        for wrong in [&b""[..], b"0123456789abcdeF", b"0123456789abcdef0", b"0123456789abcde"] {
            assert!(!secret.is(wrong));
        }
        assert!(!format!("{secret:?}").contains("0123"));
    }
}

//! New tokens, from the random numbers of the operating system.

use zeroize::Zeroizing;

use super::form::{INGESTION, LOOKUP_LENGTH, OPERATOR, PERSONAL, SECRET_LENGTH, Token};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What a token is made for. It decides the prefix alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mintable {
    /// A personal or service key: `sk-lw-`.
    Key,
    /// An ingestion key: `ik-lw-`.
    IngestionKey,
    /// An operator: `op-cl-`.
    Operator,
}

/// No token could be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no random numbers, nothing was created: try again")]
pub struct MintError;

/// Makes a token: 16 and 48 characters of `0-9A-Za-z`, each as likely as every other, which is 381 bits.
///
/// # Errors
///
/// The operating system gives no random numbers.
pub fn mint(kind: Mintable) -> Result<Token, MintError> {
    let prefix = match kind {
        Mintable::Key => PERSONAL,
        Mintable::IngestionKey => INGESTION,
        Mintable::Operator => OPERATOR,
    };
    draw(prefix, &[LOOKUP_LENGTH, SECRET_LENGTH])
}

/// Makes a project key: `sk-lw-` and 48 characters of `0-9A-Za-z`. It has no underscore, so that it is never taken for a key.
///
/// # Errors
///
/// The operating system gives no random numbers.
pub fn mint_project_key() -> Result<Token, MintError> {
    draw(PERSONAL, &[SECRET_LENGTH])
}

/// A prefix and random parts with underscores between them.
fn draw(prefix: &str, lengths: &[usize]) -> Result<Token, MintError> {
    // Long enough that it never grows, which would leave a copy behind.
    let mut text = Zeroizing::new(String::with_capacity(prefix.len() + lengths.iter().sum::<usize>() + lengths.len()));
    text.push_str(prefix);
    let mut pool = Zeroizing::new([0_u8; 64]);
    for (index, &length) in lengths.iter().enumerate() {
        if index > 0 {
            text.push('_');
        }
        let mut missing = length;
        while missing > 0 {
            getrandom::fill(pool.as_mut_slice()).map_err(|_| MintError)?;
            for character in pool.iter().filter_map(|&byte| character(byte)).take(missing) {
                text.push(character);
                missing -= 1;
            }
        }
    }
    Ok(Token::new(text.as_str()))
}

/// The character that a random byte stands for. `None` means that the byte would make some characters likelier than others.
fn character(byte: u8) -> Option<char> {
    let count = ALPHABET.len();
    let fair = 256 / count * count;
    let index = usize::from(byte);
    if index < fair { ALPHABET.get(index % count).map(|&byte| char::from(byte)) } else { None }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::token::form::{TokenKind, is_minted};

    #[test]
    fn tokens_have_the_form_that_is_minted() {
        for (kind, prefix) in [(Mintable::Key, "sk-lw-"), (Mintable::IngestionKey, "ik-lw-"), (Mintable::Operator, "op-cl-")] {
            let token = mint(kind).unwrap();
            let rest = token.expose().strip_prefix(prefix).unwrap();
            assert!(is_minted(rest.as_bytes()));
            assert_eq!(token.kind() == TokenKind::Key, kind != Mintable::Operator);
            assert_ne!(mint(kind).unwrap().expose(), token.expose());
        }
        let project_key = mint_project_key().unwrap();
        assert_eq!((project_key.kind(), project_key.expose().len()), (TokenKind::ProjectKey, 54));
        assert!(project_key.split().is_none());
    }

    #[test]
    fn every_character_is_as_likely_as_every_other() {
        let mut counts = BTreeMap::new();
        for byte in 0..=u8::MAX {
            *counts.entry(character(byte)).or_insert(0) += 1;
        }
        assert_eq!(counts.remove(&None), Some(256 - 248));
        assert_eq!(counts.len(), 62);
        assert!(counts.values().all(|&count| count == 4));
    }
}

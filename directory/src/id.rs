//! What an id is.

use std::borrow::Cow;

use crate::error::{ChangeError, Refusal, shorten};

/// How many bytes an id may have.
pub const MAX_ID_BYTES: usize = 255;

/// Whether a text is an id: 1 to 255 visible ASCII characters.
#[must_use]
pub fn is_id(text: &str) -> bool {
    (1..=MAX_ID_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Refuses a text that is not an id.
///
/// # Errors
///
/// The field, and the text, shortened.
pub fn check(field: impl Into<Cow<'static, str>>, text: &str) -> Result<(), ChangeError> {
    if is_id(text) { Ok(()) } else { Err(ChangeError::new(field, Refusal::BadId { value: shorten(text) })) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_1_to_255_visible_ascii_characters() {
        for good in ["a", "!", "~", "w0001.k`\"1", &"x".repeat(255)] {
            assert_eq!(check("id", good), Ok(()), "{good}");
        }
        for bad in ["", " ", "a b", "a\n", "ä", "\u{7f}", &"x".repeat(256)] {
            assert!(check("id", bad).is_err(), "{bad}");
        }
    }
}

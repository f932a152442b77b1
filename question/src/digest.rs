//! The name of a policy version.

use std::{fmt, str::FromStr};

use sha2::{Digest as _, Sha256};
use thiserror::Error;

const PREFIX: &str = "sha256:";

/// Names a policy version: the SHA-256 of its component's bytes.
///
/// Written and parsed as `sha256:` and 64 lowercase hexadecimal digits.
///
/// ```
/// use clearance_question::Digest;
///
/// let digest = Digest::of(b"some bytes");
/// assert_eq!(digest.to_string().parse(), Ok(digest));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 32 bytes of the digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 64 digits alone, as files are named.
    #[must_use]
    pub fn hex(self) -> String {
        self.to_string().split_off(PREFIX.len())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As one text: it is written into every denial.
        let mut digits = [0; 64];
        for (pair, byte) in digits.as_chunks_mut().0.iter_mut().zip(self.0) {
            *pair = [hex(byte >> 4), hex(byte & 0xf)];
        }
        f.write_str(PREFIX)?;
        f.write_str(str::from_utf8(&digits).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let digits = text.strip_prefix(PREFIX).ok_or(DigestError::Prefix)?.as_bytes();
        let (pairs, rest) = digits.as_chunks::<2>();
        if !rest.is_empty() || pairs.len() != 32 {
            return Err(DigestError::Length(digits.len()));
        }
        let mut digest = [0; 32];
        for (byte, [high, low]) in digest.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(Self(digest))
    }
}

/// The digit of four bits.
fn hex(bits: u8) -> u8 {
    if bits < 10 { b'0' + bits } else { b'a' + bits - 10 }
}

fn digit(byte: u8) -> Result<u8, DigestError> {
    match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'f' => Ok(byte - b'a' + 10),
        _ => Err(DigestError::Digit),
    }
}

/// Why a text is not a [`Digest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DigestError {
    /// It does not begin with `sha256:`.
    #[error("a digest begins with `{PREFIX}`")]
    Prefix,
    /// The number of characters after `sha256:` is not 64.
    #[error("a digest has 64 digits after `{PREFIX}`, not {0}")]
    Length(usize),
    /// A character is not a lowercase hexadecimal digit.
    #[error("the digits of a digest are `0` to `9` and `a` to `f`")]
    Digit,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_as_it_is_written() {
        let digest = Digest::of(b"abc");
        assert_eq!(digest.to_string(), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!(format!("{digest:?}"), digest.to_string());
    }

    #[test]
    fn other_texts_are_no_digest() {
        let read = str::parse::<Digest>;
        assert_eq!(read("ba7816"), Err(DigestError::Prefix));
        assert_eq!(read("sha256:ba7816"), Err(DigestError::Length(6)));
        assert_eq!(read(&format!("sha256:{}", "0".repeat(65))), Err(DigestError::Length(65)));
        assert_eq!(read(&format!("sha256:{}", "A".repeat(64))), Err(DigestError::Digit));
        assert_eq!(read(&format!("sha256:{}", "é".repeat(32))), Err(DigestError::Digit));
    }
}

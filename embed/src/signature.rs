//! Who says what a policy is.

use minisign_verify::{PublicKey, Signature};
use thiserror::Error;

/// Why a signature does not let a policy in.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// There is no signature, and there must be one.
    #[error("the policy is not signed: give its signature, or say that unsigned policies are allowed")]
    Unsigned,
    /// No key is trusted.
    #[error("no trusted key was given, so no signature can be checked")]
    NoKeys,
    /// A text is not a public key of minisign. The text is not repeated: it could be a secret key.
    #[error("trusted key {index} is not a public key of minisign: two lines, the second begins with `RW`")]
    Key {
        /// Which one, counted from 0.
        index: usize,
    },
    /// The text is not a signature of minisign.
    #[error("the signature is not one of minisign: four lines, the first begins with `untrusted comment:`")]
    Malformed,
    /// A trusted key is named, and it did not sign these bytes.
    #[error("the signature names trusted key {index}, which did not sign these bytes")]
    Wrong {
        /// Which one, counted from 0.
        index: usize,
    },
    /// A key that is not trusted signed it.
    #[error("none of the trusted keys signed the policy")]
    Stranger,
}

impl SignatureError {
    /// Its name: the same in every language.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::NoKeys => "no-keys",
            Self::Key { .. } => "key-malformed",
            Self::Malformed => "signature-malformed",
            Self::Wrong { .. } => "signature-wrong",
            Self::Stranger => "stranger",
        }
    }
}

/// Checks that one of these keys signed these bytes. A key is the text of minisign's `.pub` file, or the second line of it alone.
///
/// # Errors
///
/// [`SignatureError`] says why the bytes may not be used.
pub fn verify(component: &[u8], signature: Option<&str>, keys: &[impl AsRef<str>]) -> Result<(), SignatureError> {
    let mut trusted = Vec::new();
    for (index, text) in keys.iter().enumerate() {
        let text = text.as_ref().trim();
        let key = if text.contains('\n') { PublicKey::decode(text) } else { PublicKey::from_base64(text) };
        trusted.push(key.map_err(|_| SignatureError::Key { index })?);
    }
    let text = signature.ok_or(SignatureError::Unsigned)?;
    if trusted.is_empty() {
        return Err(SignatureError::NoKeys);
    }
    let signature = Signature::decode(text).map_err(|_| SignatureError::Malformed)?;
    // Other keys may have the same number by accident; one that verifies is enough.
    let mut named = None;
    for (index, key) in trusted.iter().enumerate() {
        match key.verify(component, &signature, true) {
            Ok(()) => return Ok(()),
            Err(minisign_verify::Error::UnexpectedKeyId) => {}
            Err(_) => named = Some(index),
        }
    }
    Err(named.map_or(SignatureError::Stranger, |index| SignatureError::Wrong { index }))
}

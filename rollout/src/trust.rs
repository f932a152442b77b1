//! The keys whose signatures make a component trusted.

use std::fmt;

use clearance::Digest;
use minisign_verify::{Error, PublicKey, Signature};
use thiserror::Error;

/// The public keys whose owners decide which components may be used as policies. Signatures are those of minisign, over the bytes
/// of the component.
///
/// ```
/// use clearance::Digest;
/// use clearance_rollout::{Trust, TrustError, TrustedKey};
///
/// let key = TrustedKey::parse("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3", "the platform team")?;
/// let trust = Trust::keys(vec![key]);
/// assert_eq!(trust.verify(b"a component", None), Err(TrustError::Unsigned { policy: Digest::of(b"a component") }));
/// # Ok::<(), clearance_rollout::TrustedKeyError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Trust {
    keys: Vec<TrustedKey>,
    unsigned: bool,
}

impl Trust {
    /// Trusts a component that one of these keys signed, and no other. Without keys it trusts no component.
    #[must_use]
    pub fn keys(keys: Vec<TrustedKey>) -> Self {
        Self { keys, unsigned: false }
    }

    /// Trusts every component, signed or not. The signature is still verified with these keys: [`Signed::Unverified`] says why
    /// the component would otherwise have been refused.
    #[must_use]
    pub fn unsigned(keys: Vec<TrustedKey>) -> Self {
        Self { keys, unsigned: true }
    }

    /// Checks that these bytes may be used as a policy, and says who signed them. `signature` is the text of the signature, if
    /// there is one.
    ///
    /// # Errors
    ///
    /// [`TrustError`] says why they may not be used. [`Trust::unsigned`] never fails.
    pub fn verify(&self, component: &[u8], signature: Option<&str>) -> Result<Signed, TrustError> {
        match self.find_signer(component, signature) {
            Err(error) if self.unsigned => Ok(Signed::Unverified(error)),
            signed => signed,
        }
    }

    fn find_signer(&self, component: &[u8], signature: Option<&str>) -> Result<Signed, TrustError> {
        let policy = Digest::of(component);
        let text = signature.ok_or(TrustError::Unsigned { policy })?;
        if self.keys.is_empty() {
            return Err(TrustError::NoKeys { policy });
        }
        let signature = Signature::decode(text).map_err(|_| TrustError::Malformed { policy })?;
        // Other keys may have the same number by accident; one that verifies is enough.
        let mut known = None;
        for TrustedKey { name, key } in &self.keys {
            // Minisign signs a hash; in earlier days it signed the bytes.
            match key.verify(component, &signature, true) {
                Ok(()) => return Ok(Signed::By { key: name.clone(), comment: signature.trusted_comment().to_owned() }),
                Err(Error::UnexpectedKeyId) => {}
                Err(_) => known = Some(name.clone()),
            }
        }
        Err(match known {
            Some(key) => TrustError::Wrong { policy, key },
            None => TrustError::Stranger { policy },
        })
    }
}

/// A public key of minisign, with a name for messages.
#[derive(Clone)]
pub struct TrustedKey {
    name: String,
    key: PublicKey,
}

impl TrustedKey {
    /// Reads a public key: the two lines of a file that minisign writes, or the second of them alone. `name` is what messages
    /// call it, for instance the name of the file.
    ///
    /// # Errors
    ///
    /// The text is not a public key.
    pub fn parse(text: &str, name: &str) -> Result<Self, TrustedKeyError> {
        let malformed = |_| TrustedKeyError { name: name.to_owned() };
        let text = text.trim();
        let key = if text.contains('\n') { PublicKey::decode(text) } else { PublicKey::from_base64(text) };
        Ok(Self { name: name.to_owned(), key: key.map_err(malformed)? })
    }

    /// The name of the key in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether this key made this signature of these bytes. The answer is `false` for a text that is not a signature.
    #[must_use]
    pub fn has_signed(&self, bytes: &[u8], signature: &str) -> bool {
        Signature::decode(signature).is_ok_and(|signature| self.key.verify(bytes, &signature, false).is_ok())
    }
}

impl fmt::Debug for TrustedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustedKey").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A text is not a public key. The text is not repeated: it could be a secret key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{name}` is not a public key of minisign: two lines, the second begins with `RW`; the file of a secret key has another beside it that ends in `.pub`"
)]
#[non_exhaustive]
pub struct TrustedKeyError {
    /// The name that was given for the key.
    pub name: String,
}

/// Who signed a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signed {
    /// A trusted key signed it.
    By {
        /// The name of the key.
        key: String,
        /// The trusted comment of the signature, which is signed as well.
        comment: String,
    },
    /// It needs no signature: it is a built-in version, as trusted as the program itself.
    BuiltIn,
    /// No trusted key signed it, and it may be used all the same.
    Unverified(
        /// Why it would otherwise have been refused.
        TrustError,
    ),
}

/// Why a component is not trusted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TrustError {
    /// There is no signature.
    #[error("policy {policy} is not signed: sign it with `clearance policy sign`, and keep the signature beside it")]
    Unsigned {
        /// The digest of the component.
        policy: Digest,
    },
    /// There is a signature, and no trusted key is configured.
    #[error("policy {policy} is signed, and no key is trusted: name a public key with `--trust`")]
    NoKeys {
        /// The digest of the component.
        policy: Digest,
    },
    /// The signature cannot be read.
    #[error("the signature of policy {policy} cannot be read: it must be a file of minisign with four lines")]
    Malformed {
        /// The digest of the component.
        policy: Digest,
    },
    /// No trusted key made the signature.
    #[error("policy {policy} is signed by a key that is not trusted: name its public key with `--trust` if it should be")]
    Stranger {
        /// The digest of the component.
        policy: Digest,
    },
    /// The signature names a trusted key that did not sign this.
    #[error("the signature of policy {policy} is wrong: `{key}` did not sign these bytes, or not that comment")]
    Wrong {
        /// The digest of the component.
        policy: Digest,
        /// The name of the key.
        key: String,
    },
}

//! The server-side secrets behind every stored hash, and what is derived from them.

mod source;

use std::fmt;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::token::{MintError, Secret};

/// The environment variable that holds the peppers.
pub(crate) const VARIABLE: &str = "CLEARANCE_PEPPER";
/// The environment variable that names the file with the peppers.
pub(crate) const FILE_VARIABLE: &str = "CLEARANCE_PEPPER_FILE";
/// The name of a pepper that was given without one.
pub(crate) const UNNAMED: &str = "default";

/// How many peppers there can be.
pub(crate) const MAX_PEPPERS: usize = 32;

const MIN_PEPPER_CHARS: usize = 16;
const MAX_NAME_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

/// A digest: an HMAC, or a link of the audit.
pub(crate) type Digest = [u8; 32];

/// The pepper under which everything new is hashed, and older ones under which rows may still stand.
///
/// ```
/// use clearance_store::{Match, Peppers, Secret};
///
/// let peppers = Peppers::parse("2026=correct-horse-battery\ndefault=staple-staple-staple", "the example")?;
/// let older = Peppers::parse("staple-staple-staple", "the example")?;
/// let stored = older.hash(Secret::new("s3cret"));
/// assert_eq!(peppers.verify(Secret::new("s3cret"), &stored), Match::Hash { pepper: "default" });
/// assert_eq!(peppers.verify(Secret::new("guess"), &stored), Match::None);
/// # Ok::<(), clearance_store::PepperError>(())
/// ```
pub struct Peppers {
    current: Pepper,
    older: Vec<Pepper>,
}

/// What one pepper is used for. The pepper itself is not kept: everything is ready to use.
pub(crate) struct Pepper {
    name: Box<str>,
    hash: Hmac<Sha256>,
    project_key: Hmac<Sha256>,
    link: Hmac<Sha256>,
    credential: Hmac<Sha256>,
    seal: XChaCha20Poly1305,
    verifier: Digest,
}

/// Whether a secret belongs to a stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match<'a> {
    /// It does, and the hash was made with this pepper.
    Hash {
        /// The name of the pepper.
        pepper: &'a str,
    },
    /// It does, and the hash is a plain SHA-256, which has to be rewritten.
    Plain,
    /// The secret does not match, or the stored value is not a hash.
    None,
}

/// Why no peppers could be read. No message repeats a pepper.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PepperError {
    /// Nothing says what the pepper is.
    #[error("there is no pepper: set `{FILE_VARIABLE}` to a file that holds it, or set `{VARIABLE}`")]
    Absent,
    /// Both variables are set.
    #[error("both `{VARIABLE}` and `{FILE_VARIABLE}` are set: keep one of the two")]
    Both,
    /// The variable is not valid UTF-8.
    #[error("`{VARIABLE}` is not UTF-8: write the pepper in visible characters")]
    NoText,
    /// The file cannot be read.
    #[error("{FILE_VARIABLE}: cannot read `{path}`: {problem}")]
    File {
        /// The path of the file.
        path: Box<str>,
        /// What the operating system says.
        problem: Box<str>,
    },
    /// A pepper is too short to be secret.
    #[error("{place}: the pepper `{name}` has {length} characters, write at least 16, such as `openssl rand -base64 32` prints")]
    Short {
        /// The variable or file, and the line.
        place: Box<str>,
        /// The name of the pepper.
        name: Box<str>,
        /// How many characters it has.
        length: usize,
    },
    /// One of several peppers has no name.
    #[error("{place}: of several peppers each needs a name, write `name=pepper` with at most 32 of `a-z A-Z 0-9 . _ -`")]
    Nameless {
        /// The variable or file, and the line.
        place: Box<str>,
    },
    /// Two peppers have one name.
    #[error("{place}: there are two peppers named `{name}`, give one another name")]
    Duplicate {
        /// The variable or file, and the line.
        place: Box<str>,
        /// The name.
        name: Box<str>,
    },
    /// No key can be derived from a pepper. No pepper is known to do this.
    #[error("no key can be derived from the pepper `{name}`, write another one")]
    Underivable {
        /// The name of the pepper.
        name: Box<str>,
    },
    /// There are more peppers than anybody needs.
    #[error("{place}: there are more than 32 peppers, take away those that no row uses")]
    Many {
        /// The variable or file.
        place: Box<str>,
    },
}

impl Peppers {
    /// Hashes a secret with the current pepper: 64 hexadecimal digits.
    pub fn hash(&self, secret: Secret<'_>) -> Box<str> {
        hex(&self.current.hash(secret.bytes()))
    }

    /// Compares a secret with a stored hash, as rows without the name of a pepper need it: with every pepper, and as a plain
    /// SHA-256. It takes the same time whatever the outcome.
    pub fn verify(&self, secret: Secret<'_>, stored: &str) -> Match<'_> {
        let stored = unhex(stored);
        let expected = stored.unwrap_or_default();
        let mut found = Match::None;
        for pepper in self.all() {
            if bool::from(pepper.hash(secret.bytes()).ct_eq(&expected)) {
                found = Match::Hash { pepper: &pepper.name };
            }
        }
        if bool::from(plain(secret.bytes()).ct_eq(&expected)) {
            found = Match::Plain;
        }
        if stored.is_some() { found } else { Match::None }
    }

    /// The names, the current one first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all().map(|pepper| &*pepper.name)
    }

    pub(crate) fn new(mut named: impl Iterator<Item = (Box<str>, Zeroizing<Box<str>>)>) -> Result<Self, PepperError> {
        let (name, value) = named.next().ok_or(PepperError::Absent)?;
        let current = Pepper::new(name, value.as_bytes())?;
        let older: Result<_, _> = named.map(|(name, value)| Pepper::new(name, value.as_bytes())).collect();
        Ok(Self { current, older: older? })
    }

    /// The one under which everything new is hashed.
    pub(crate) fn current(&self) -> &Pepper {
        &self.current
    }

    /// All of them, the current one first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Pepper> + Clone {
        std::iter::once(&self.current).chain(&self.older)
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Pepper> {
        self.all().find(|pepper| &*pepper.name == name)
    }
}

impl Pepper {
    fn new(name: Box<str>, value: &[u8]) -> Result<Self, PepperError> {
        let derive = |context: &str| {
            let mut key = Zeroizing::new([0; 32]);
            let derived = Hkdf::<Sha256>::new(None, value).expand(context.as_bytes(), key.as_mut_slice());
            derived.map(|()| key).map_err(|_| PepperError::Underivable { name: name.clone() })
        };
        let keyed = |context: &str| derive(context).map(|key| hmac_with(key.as_slice()));
        let seal = derive("clearance project key seal 1")?;
        Ok(Self {
            hash: hmac_with(value),
            project_key: keyed("clearance project key index 1")?,
            link: keyed("clearance audit link 1")?,
            credential: keyed("clearance credential seal 1")?,
            seal: XChaCha20Poly1305::new(&(*seal).into()),
            verifier: digest(&keyed("clearance pepper verifier 1")?, &[b"the same pepper"]),
            name,
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What is stored for a secret.
    pub(crate) fn hash(&self, secret: &[u8]) -> Digest {
        digest(&self.hash, &[secret])
    }

    /// What a project key is found by.
    pub(crate) fn project_key(&self, project_key: &[u8]) -> Digest {
        digest(&self.project_key, &[project_key])
    }

    /// What binds a row of the audit to the one before it.
    pub(crate) fn link(&self, before: &Digest, row: &[u8]) -> Digest {
        digest(&self.link, &[before, row])
    }

    /// What binds a stored credential to its row.
    pub(crate) fn credential(&self, row: &[u8]) -> Digest {
        digest(&self.credential, &[row])
    }

    /// What tells this pepper from every other, without helping to find it more than any stored hash does.
    pub(crate) fn verifier(&self) -> &Digest {
        &self.verifier
    }

    /// Encrypts the key of a project, so that it can be read for this project alone.
    pub(crate) fn seal(&self, project: &str, project_key: &[u8]) -> Result<Vec<u8>, MintError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| MintError)?;
        let payload = Payload { msg: project_key, aad: project.as_bytes() };
        // It fails for texts of more than 256 GiB only.
        let sealed = self.seal.encrypt(&XNonce::from(nonce), payload).map_err(|_| MintError)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts what [`Self::seal`] made. `None` means that another pepper made it, that it was made for another project, or that it was
    /// changed.
    pub(crate) fn open(&self, project: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad: project.as_bytes() };
        self.seal.decrypt(&XNonce::from(*nonce), payload).ok().map(Zeroizing::new)
    }
}

impl fmt::Debug for Peppers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.names()).finish()
    }
}

/// What older rows hold in place of an HMAC.
pub(crate) fn plain(secret: &[u8]) -> Digest {
    Sha256::digest(secret).into()
}

pub(crate) fn hex(digest: &Digest) -> Box<str> {
    base16ct::lower::encode_string(digest).into()
}

/// Reads what [`hex`] wrote, and nothing else.
pub(crate) fn unhex(text: &str) -> Option<Digest> {
    let mut digest = [0; 32];
    (text.len() == 64).then_some(())?;
    base16ct::lower::decode(text, &mut digest).ok()?;
    Some(digest)
}

/// An HMAC that is ready to use. A key is a block: shorter ones are filled up with zeros, longer ones hashed.
fn hmac_with(key: &[u8]) -> Hmac<Sha256> {
    const BLOCK_BYTES: usize = 64;
    let hashed = Zeroizing::new(plain(key));
    let short = if key.len() > BLOCK_BYTES { hashed.as_slice() } else { key };
    let mut block = Zeroizing::new([0; BLOCK_BYTES]);
    block.iter_mut().zip(short).for_each(|(to, from)| *to = *from);
    Hmac::new(&(*block).into())
}

fn digest(keyed: &Hmac<Sha256>, parts: &[&[u8]]) -> Digest {
    let mut mac = keyed.clone();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hmac_is_that_of_the_key_whatever_its_length() {
        for length in [0, 1, 63, 64, 65, 131] {
            let key = vec![7; length];
            let mut expected = Hmac::<Sha256>::new_from_slice(&key).unwrap();
            expected.update(b"text");
            assert_eq!(digest(&hmac_with(&key), &[b"te", b"xt"]), Digest::from(expected.finalize().into_bytes()), "{length}");
        }
    }
}

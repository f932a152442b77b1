//! A capsule as a file:
//!
//! | bytes | what |
//! |---|---|
//! | 18 | `clearance capsule` and the version of this layout, 1 |
//! | 4 | how many bytes the content takes, little-endian |
//! | … | the content, by postcard |
//! | 32 | SHA-256 of all that is before |
//! | … | the signature, a text of minisign over all that is before, or nothing |
//!
//! Facts and the walk are the words of the contract, as the component was asked and as it answered.

use std::fmt;

use clearance_policy::wire::{Reader, Words};
use clearance_question::{Digest, VersionLabel};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Capsule;
use crate::names::Names;

const MAGIC: &[u8; 17] = b"clearance capsule";
const LAYOUT: u8 = 1;
const HEADER_BYTES: usize = MAGIC.len() + 1 + 4;
const SUM_BYTES: usize = 32;
/// More than any question takes that a component answers within its limits.
const MAX_CAPSULE_BYTES: usize = 16 << 20;

/// Why bytes are not a capsule.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CapsuleError {
    /// The bytes do not begin as a capsule does.
    #[error("this is not a capsule: it does not begin with `clearance capsule`")]
    NoCapsule,
    /// The capsule has a layout that this version of the crate does not know.
    #[error(
        "this capsule has the layout {found}, and only layout {LAYOUT} is known here: read it with the program that wrote it"
    )]
    Layout {
        /// The number of the layout.
        found: u8,
    },
    /// There are more bytes than a capsule may have.
    #[error("this capsule has {found} bytes, and {MAX_CAPSULE_BYTES} are the most")]
    TooLarge {
        /// The number of bytes.
        found: usize,
    },
    /// Bytes are missing at the end.
    #[error("this capsule is cut off after {found} bytes")]
    CutOff {
        /// The number of bytes.
        found: usize,
    },
    /// The checksum does not match the bytes.
    #[error("this capsule is damaged: its bytes do not have the sum that it names")]
    Damaged,
    /// The checksum matches, but this part of the content cannot be read.
    #[error("the {0} of this capsule cannot be read, though nothing is damaged: another program wrote it")]
    Content(Part),
}

/// A part of a capsule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The content as a whole.
    Content,
    /// The semantic version of the policy.
    Semver,
    /// The digest of the version.
    Digest,
    /// The facts.
    Facts,
    /// The walk to the answer.
    Explanation,
    /// The ids of what the facts are about.
    Names,
    /// The signature.
    Signature,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Content => "content",
            Self::Semver => "version number",
            Self::Digest => "digest",
            Self::Facts => "facts",
            Self::Explanation => "explanation",
            Self::Names => "names",
            Self::Signature => "signature",
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Content {
    digest: Box<str>,
    name: Box<str>,
    semver: Box<str>,
    contract: Box<str>,
    permission: Box<str>,
    facts: Vec<u8>,
    explanation: Vec<u8>,
    names: Names,
}

impl Capsule {
    /// The bytes of the capsule without its signature. A signature is made over these.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        let Self { version: VersionLabel { digest, name, semver }, contract, permission, facts, explanation, names, .. } = self;
        let content = Content {
            digest: digest.to_string().into(),
            name: name.as_str().into(),
            semver: semver.to_string().into(),
            contract: contract.clone(),
            permission: permission.clone(),
            facts: words(facts),
            explanation: words(explanation),
            names: names.clone(),
        };
        // Nothing in it is of a kind that cannot be written.
        let content = postcard::to_allocvec(&content).unwrap_or_default();
        let mut bytes = Vec::with_capacity(HEADER_BYTES + content.len() + SUM_BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.push(LAYOUT);
        bytes.extend_from_slice(&u32::try_from(content.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend_from_slice(&content);
        let sum = Digest::of(&bytes);
        bytes.extend_from_slice(sum.as_bytes());
        bytes
    }

    /// The bytes of the capsule, to be written to a file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.signed_bytes();
        bytes.extend_from_slice(self.signature.as_deref().unwrap_or_default().as_bytes());
        bytes
    }

    /// Reads the bytes of a capsule. The signature is not verified.
    ///
    /// # Errors
    ///
    /// [`CapsuleError`] where it is not a capsule, or is damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CapsuleError> {
        let found = bytes.len();
        let cut_off = CapsuleError::CutOff { found };
        let begins = bytes.iter().zip(MAGIC).all(|(one, other)| one == other);
        if !begins || found == 0 {
            return Err(CapsuleError::NoCapsule);
        }
        if found > MAX_CAPSULE_BYTES {
            return Err(CapsuleError::TooLarge { found });
        }
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| cut_off.clone())?;
        let (layout, rest) = rest.split_first().ok_or_else(|| cut_off.clone())?;
        if *layout != LAYOUT {
            return Err(CapsuleError::Layout { found: *layout });
        }
        let (length, rest) = rest.split_first_chunk().ok_or_else(|| cut_off.clone())?;
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let (content, rest) = rest.split_at_checked(length).ok_or_else(|| cut_off.clone())?;
        let (sum, signature) = rest.split_first_chunk::<SUM_BYTES>().ok_or(cut_off)?;
        let summed = bytes.get(..HEADER_BYTES.saturating_add(length)).unwrap_or_default();
        if Digest::of(summed).as_bytes() != sum {
            return Err(CapsuleError::Damaged);
        }
        let malformed = CapsuleError::Content;
        let signature = std::str::from_utf8(signature).map_err(|_| malformed(Part::Signature))?;
        let read: Content = postcard::from_bytes(content).map_err(|_| malformed(Part::Content))?;
        // One capsule has one encoding: nothing can hide behind the content, or in it.
        if postcard::to_allocvec(&read).ok().as_deref() != Some(content) {
            return Err(malformed(Part::Content));
        }
        let Content { digest, name, semver, contract, permission, facts, explanation, names } = read;
        let version = VersionLabel {
            digest: digest.parse().map_err(|_| malformed(Part::Digest))?,
            name: name.into(),
            semver: semver.parse().map_err(|_| malformed(Part::Semver))?,
        };
        let facts = Reader::whole(&facts).ok_or_else(|| malformed(Part::Facts))?;
        let explanation = Reader::whole(&explanation).ok_or_else(|| malformed(Part::Explanation))?;
        if !names.fit(&facts) {
            return Err(malformed(Part::Names));
        }
        let signature = Some(signature).filter(|text| !text.is_empty()).map(Box::from);
        Ok(Self { version, contract, permission, facts, explanation, names, signature })
    }
}

fn words(value: &impl Words) -> Vec<u8> {
    let mut out = Vec::new();
    value.put(&mut out);
    out
}

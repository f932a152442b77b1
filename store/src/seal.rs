//! What binds a stored credential to its row, so that nobody makes one who has the file and not the pepper.

use subtle::ConstantTimeEq as _;

use crate::pepper::{Digest, Pepper, Peppers};

/// A stored credential, with all that its seal covers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sealed<'a> {
    /// The token of a key. `pepper` is the name of the pepper that made the hash; `None` means that a directory file brought it.
    Key { id: &'a str, lookup_id: &'a str, hash: &'a str, pepper: Option<&'a str> },
    /// The token of an operator.
    Operator { id: &'a str, lookup_id: &'a str, hash: &'a str, pepper: &'a str },
    /// A project key.
    ProjectKey { project: &'a str, digest: &'a Digest, pepper: &'a str },
}

impl Sealed<'_> {
    /// The seal that this row is to have.
    pub(crate) fn seal(&self, with: &Pepper) -> Digest {
        with.credential(&self.bytes())
    }

    /// Whether a seal is the one of this row.
    pub(crate) fn is_sealed(&self, with: &Pepper, seal: &[u8]) -> bool {
        bool::from(self.seal(with).as_slice().ct_eq(seal))
    }

    /// As [`is_sealed`](Self::is_sealed), with the pepper of this name. Without a pepper or a seal it is not.
    pub(crate) fn has_seal(&self, peppers: &Peppers, with: Option<&str>, seal: Option<&[u8]>) -> bool {
        let pepper = with.and_then(|with| peppers.find(with));
        pepper.zip(seal).is_some_and(|(pepper, seal)| self.is_sealed(pepper, seal))
    }

    /// Two rows with a different field have different bytes: each field stands behind its length.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256);
        let mut put = |field: &[u8]| {
            bytes.extend((field.len() as u64).to_le_bytes());
            bytes.extend(field);
        };
        match self {
            Self::Key { id, lookup_id, hash, pepper } => {
                [b"key".as_slice(), id.as_bytes(), lookup_id.as_bytes(), hash.as_bytes()].into_iter().for_each(&mut put);
                // No pepper has an empty name.
                put(pepper.unwrap_or_default().as_bytes());
            }
            Self::Operator { id, lookup_id, hash, pepper } => {
                let fields = [b"operator".as_slice(), id.as_bytes(), lookup_id.as_bytes(), hash.as_bytes(), pepper.as_bytes()];
                fields.into_iter().for_each(put);
            }
            Self::ProjectKey { project, digest, pepper } => {
                [b"project key".as_slice(), project.as_bytes(), digest.as_slice(), pepper.as_bytes()].into_iter().for_each(put);
            }
        }
        bytes
    }
}

/// A stored credential without the right seal: this program did not write it, and it is not accepted from anybody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[error("the credential of the {what} `{id}` has no seal of this database: somebody else wrote it")]
#[non_exhaustive]
pub struct Unsealed {
    /// `key`, `operator` or `project key`.
    pub what: &'static str,
    /// The id of the key, the operator or the project.
    pub id: Box<str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_bound() {
        let peppers = Peppers::parse("0123456789abcdef", "the test").unwrap();
        let digest = [7; 32];
        let key = |id, lookup_id, hash, pepper| Sealed::Key { id, lookup_id, hash, pepper };
        let all = [
            key("a", "b", "c", None),
            key("x", "b", "c", None),
            key("a", "x", "c", None),
            key("a", "b", "x", None),
            key("a", "b", "c", Some("x")),
            key("ab", "", "c", None),
            Sealed::Operator { id: "a", lookup_id: "b", hash: "c", pepper: "x" },
            Sealed::Operator { id: "a", lookup_id: "b", hash: "c", pepper: "y" },
            Sealed::ProjectKey { project: "a", digest: &digest, pepper: "x" },
            Sealed::ProjectKey { project: "b", digest: &digest, pepper: "x" },
            Sealed::ProjectKey { project: "a", digest: &[8; 32], pepper: "x" },
        ];
        for (index, row) in all.iter().enumerate() {
            let seal = row.seal(peppers.current());
            for (other, of) in all.iter().enumerate() {
                assert_eq!(of.is_sealed(peppers.current(), &seal), index == other, "{row:?} {of:?}");
            }
            assert!(!row.is_sealed(peppers.current(), &[]));
        }
        let another = Peppers::parse("fedcba9876543210", "the test").unwrap();
        assert!(!all[0].is_sealed(another.current(), &all[0].seal(peppers.current())));
    }
}

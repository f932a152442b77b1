//! Who a token is, answered from memory.

pub(crate) mod update;

use std::fmt;
use std::sync::Arc;

use hashbrown::HashMap;
use subtle::ConstantTimeEq as _;

use crate::operator::Operator;
use crate::pepper::{Digest, MAX_PEPPERS, Peppers, plain};
use crate::seal::Unsealed;
use crate::token::{Secret, Token, TokenKind};

/// All that tokens are verified with: hashes by lookup id, and projects by the HMAC of their project key.
///
/// It says whose token it is, and nothing about what may be done with it, nor whether the key is revoked or expired: that is for
/// the directory and the policy.
///
/// A lookup id that nobody has costs as much as one with the wrong secret, so that a refusal takes the same time: each secret is
/// hashed in every way in which any stored hash was made.
pub struct Credentials {
    peppers: Arc<Peppers>,
    keys: HashMap<Box<str>, Hashed<Box<str>>>,
    operators: HashMap<Box<str>, Hashed<Operator>>,
    projects: HashMap<Digest, Found>,
    /// How many hashes were made in each way.
    hashes: Uses,
    /// How many project keys are found with each pepper.
    project_keys: Uses,
    refused: Refused,
}

/// Stored credentials that are not accepted from anybody.
#[derive(Clone, Debug, Default)]
struct Refused {
    count: u64,
    first: Vec<Unsealed>,
}

/// A stored hash, and whose it is.
#[derive(Clone)]
struct Hashed<T> {
    of: T,
    hash: Digest,
    made: Made,
}

/// A project that was found by its project key.
#[derive(Clone)]
struct Found {
    project: Box<str>,
    pepper: u8,
}

/// How a hash was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Made {
    /// With the pepper at this position.
    With(u8),
    /// Nobody wrote it down: with any of the peppers, or as a plain SHA-256.
    Somehow,
}

/// How many rows were made with the pepper at each position, and how many nobody knows of.
#[derive(Clone, Default)]
struct Uses {
    peppers: [u32; MAX_PEPPERS],
    somehow: u32,
}

/// Whose token it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified<'a> {
    /// The token of a key.
    Key {
        /// The id of the key.
        key: &'a str,
        /// Present when the hash should be made again with the current pepper: write it, when there is time.
        rewrite: Option<Rewrite>,
    },
    /// A project key.
    ProjectKey {
        /// The id of the project.
        project: &'a str,
        /// As for a key.
        rewrite: Option<Rewrite>,
    },
}

/// A credential that should be stored again under the current pepper. It says nothing about itself.
#[derive(Clone)]
pub struct Rewrite(pub(crate) RewriteOf);

#[derive(Clone)]
pub(crate) enum RewriteOf {
    Key { key: Box<str>, old: Digest, new: Digest },
    Operator { operator: Box<str>, old: Digest, new: Digest },
    ProjectKey { project: Box<str>, token: Token },
}

impl PartialEq for Rewrite {
    /// Two are the same when they rewrite the same thing.
    fn eq(&self, other: &Self) -> bool {
        self.of() == other.of()
    }
}

impl Eq for Rewrite {}

impl Rewrite {
    /// What is rewritten: for telling whether it is being done already.
    pub fn of(&self) -> (&'static str, &str) {
        match &self.0 {
            RewriteOf::Key { key, .. } => ("key", key),
            RewriteOf::Operator { operator, .. } => ("operator", operator),
            RewriteOf::ProjectKey { project, .. } => ("project key", project),
        }
    }
}

impl Credentials {
    /// The key or the project key that a token belongs to. `None` means that the token is not known.
    ///
    /// The token of a key is not tried as a project key here. When the key turns out to be revoked or expired and the token begins
    /// with `sk-lw-`, that is for the caller to do, with [`Self::verify_project_key`].
    pub fn verify(&self, token: &Token) -> Option<Verified<'_>> {
        if token.kind() == TokenKind::Key
            && let Some((lookup_id, secret)) = token.split()
            && let Some((hashed, new)) = self.compare(self.keys.get(lookup_id), secret)
        {
            let rewrite = new.map(|new| Rewrite(RewriteOf::Key { key: hashed.of.clone(), old: hashed.hash, new }));
            return Some(Verified::Key { key: &hashed.of, rewrite });
        }
        self.verify_project_key(token)
    }

    /// The project that a project key belongs to. `None` means that the token is not known, or that it cannot be a project key: one that begins with `pat-lw-` or
    /// `ik-lw-`.
    pub fn verify_project_key(&self, token: &Token) -> Option<Verified<'_>> {
        if !token.may_be_project_key() {
            return None;
        }
        let text = token.expose().as_bytes();
        let mut found = None;
        for (position, pepper) in self.peppers.all().enumerate() {
            if position == 0 || self.project_keys.of(position) > 0 {
                found = found.or(self.projects.get(&pepper.project_key(text)));
            }
        }
        let Found { project, pepper } = found?;
        let rewrite = || Rewrite(RewriteOf::ProjectKey { project: project.clone(), token: token.clone() });
        Some(Verified::ProjectKey { project, rewrite: (*pepper > 0).then(rewrite) })
    }

    /// The first stored credentials without the right seal, and the number of all of them. They are not accepted from anybody.
    pub fn unsealed(&self) -> (&[Unsealed], u64) {
        (&self.refused.first, self.refused.count)
    }

    /// The operator that a token belongs to, and the credential to rewrite. `None` means that the token is not known or is not an operator's, or that the operator is
    /// revoked. What it may do is for the caller to see.
    pub fn verify_operator(&self, token: &Token) -> Option<(&Operator, Option<Rewrite>)> {
        let (lookup_id, secret) = token.split().filter(|_| token.is_operator())?;
        let (hashed, new) = self.compare(self.operators.get(lookup_id), secret)?;
        if hashed.of.revoked_at.is_some() {
            return None;
        }
        let operator = || hashed.of.id.clone();
        let rewrite = new.map(|new| Rewrite(RewriteOf::Operator { operator: operator(), old: hashed.hash, new }));
        Some((&hashed.of, rewrite))
    }

    /// The operator with this id, revoked or not. `None` means that the operator does not exist, or that its stored credential does not
    /// have the right seal.
    /// It looks at one operator after the other: there are few, and only writes ask.
    pub fn operator(&self, id: &str) -> Option<&Operator> {
        self.operators.values().map(|hashed| &hashed.of).find(|operator| *operator.id == *id)
    }

    /// Compares a secret with a stored hash, in the same time whether there is one or not. Beside the row stands the new hash, when
    /// the stored one should be replaced.
    fn compare<'a, T>(&self, stored: Option<&'a Hashed<T>>, secret: Secret<'_>) -> Option<(&'a Hashed<T>, Option<Digest>)> {
        let none = ([0; 32], Made::Somehow);
        let (hash, made) = stored.map_or(none, |stored| (stored.hash, stored.made));
        let secret = secret.bytes();
        let current = self.peppers.current().hash(secret);
        let is_current = bool::from(current.ct_eq(&hash));
        let mut is_older = false;
        for (position, pepper) in self.peppers.all().enumerate().skip(1) {
            if self.hashes.of(position) > 0 || self.hashes.somehow > 0 {
                let applies = made == Made::Somehow || made.position() == Some(position);
                is_older |= bool::from(pepper.hash(secret).ct_eq(&hash)) & applies;
            }
        }
        if self.hashes.somehow > 0 {
            is_older |= bool::from(plain(secret).ct_eq(&hash)) & (made == Made::Somehow);
        }
        let is_current = is_current & (made == Made::Somehow || made == Made::With(0));
        let stored = stored.filter(|_| is_current | is_older)?;
        Some((stored, (made != Made::With(0)).then_some(current)))
    }
}

impl Made {
    fn position(self) -> Option<usize> {
        match self {
            Self::With(position) => Some(position.into()),
            Self::Somehow => None,
        }
    }
}

impl Uses {
    fn of(&self, position: usize) -> u32 {
        self.peppers.get(position).copied().unwrap_or_default()
    }

    fn count(&mut self, made: Made, change: impl Fn(u32) -> u32) {
        match made {
            Made::Somehow => self.somehow = change(self.somehow),
            Made::With(position) => {
                if let Some(uses) = self.peppers.get_mut(usize::from(position)) {
                    *uses = change(*uses);
                }
            }
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { keys, operators, projects, .. } = self;
        write!(out, "Credentials({} keys, {} operators, {} project keys)", keys.len(), operators.len(), projects.len())
    }
}

impl fmt::Debug for Rewrite {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, id) = self.of();
        write!(out, "Rewrite({kind} `{id}`)")
    }
}

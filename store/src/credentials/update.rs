//! How memory follows what was stored.

use std::fmt;
use std::sync::Arc;

use hashbrown::HashMap;

use super::{Credentials, Found, Hashed, Made, Refused, Uses};
use crate::operator::Operator;
use crate::pepper::{Digest, Peppers};
use crate::seal::Unsealed;

/// A change of the credentials that has been stored. It says nothing about itself.
#[derive(Clone)]
pub struct CredentialUpdate(pub(crate) Update);

/// Peppers are named, because positions are a matter of memory. The name of none means that nobody knows how a hash was made.
#[derive(Clone)]
pub(crate) enum Update {
    SetKey { lookup_id: Box<str>, key: Box<str>, hash: Digest, pepper: Option<Box<str>> },
    RemoveKey { lookup_id: Box<str> },
    SetOperator { lookup_id: Box<str>, operator: Operator, hash: Digest, pepper: Option<Box<str>> },
    SetProjectKey { digest: Digest, project: Box<str>, pepper: Box<str> },
    RemoveProjectKey { digest: Digest },
}

impl Credentials {
    pub(crate) fn new(peppers: Arc<Peppers>) -> Self {
        Self {
            peppers,
            keys: HashMap::new(),
            operators: HashMap::new(),
            projects: HashMap::new(),
            hashes: Uses::default(),
            project_keys: Uses::default(),
            refused: Refused::default(),
        }
    }

    /// Notes a stored credential that is not accepted from anybody.
    pub(crate) fn refuse(&mut self, unsealed: Unsealed) {
        const MAX_NAMED: usize = 100;
        self.refused.count = self.refused.count.saturating_add(1);
        if self.refused.first.len() < MAX_NAMED {
            self.refused.first.push(unsealed);
        }
    }

    /// Follows what has been stored, in its order.
    pub fn apply(&mut self, update: CredentialUpdate) {
        match update.0 {
            Update::SetKey { lookup_id, key, hash, pepper } => {
                let made = self.made(pepper.as_deref());
                let before = self.keys.insert(lookup_id, Hashed { of: key, hash, made });
                self.hashes.replace(before.map(|before| before.made), Some(made));
            }
            Update::RemoveKey { lookup_id } => {
                let before = self.keys.remove(&lookup_id);
                self.hashes.replace(before.map(|before| before.made), None);
            }
            Update::SetOperator { lookup_id, operator, hash, pepper } => {
                let made = self.made(pepper.as_deref());
                let before = self.operators.insert(lookup_id, Hashed { of: operator, hash, made });
                self.hashes.replace(before.map(|before| before.made), Some(made));
            }
            Update::SetProjectKey { digest, project, pepper } => {
                // Without its pepper a project key is never found, and the database does not open without it.
                let Made::With(pepper) = self.made(Some(&pepper)) else { return };
                let before = self.projects.insert(digest, Found { project, pepper });
                self.project_keys.replace(before.map(|before| Made::With(before.pepper)), Some(Made::With(pepper)));
            }
            Update::RemoveProjectKey { digest } => {
                let before = self.projects.remove(&digest);
                self.project_keys.replace(before.map(|before| Made::With(before.pepper)), None);
            }
        }
    }

    fn made(&self, pepper: Option<&str>) -> Made {
        let position = pepper.and_then(|pepper| self.peppers.names().position(|name| name == pepper));
        position.and_then(|position| u8::try_from(position).ok()).map_or(Made::Somehow, Made::With)
    }
}

impl Uses {
    fn replace(&mut self, before: Option<Made>, after: Option<Made>) {
        if let Some(made) = after {
            self.count(made, |uses| uses.saturating_add(1));
        }
        if let Some(made) = before {
            self.count(made, |uses| uses.saturating_sub(1));
        }
    }
}

impl fmt::Debug for CredentialUpdate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, id) = match &self.0 {
            Update::SetKey { key, .. } => ("set key", &**key),
            Update::RemoveKey { .. } => ("remove key", ""),
            Update::SetOperator { operator, .. } => ("set operator", &*operator.id),
            Update::SetProjectKey { project, .. } => ("set project key", &**project),
            Update::RemoveProjectKey { .. } => ("remove project key", ""),
        };
        write!(out, "CredentialUpdate({what} `{id}`)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_refused_are_named_and_all_are_counted() {
        let peppers = Peppers::parse("0123456789abcdef", "the test").unwrap();
        let mut credentials = Credentials::new(Arc::new(peppers));
        (0..101).for_each(|id| credentials.refuse(Unsealed { what: "key", id: id.to_string().into() }));
        let (named, count) = credentials.unsealed();
        assert_eq!((named.len(), &*named[99].id, count), (100, "99", 101));
    }
}

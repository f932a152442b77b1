//! A stored key, as a principal that may see it sees it.

use clearance_directory::{
    Directory,
    document::{Binding, Holder, Key},
};

/// A stored key with its bindings, and without the hash of its secret.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyRecord {
    /// The row of the key. The hash of the secret is left out.
    pub key: Key,
    /// Its bindings, in the order of their ids.
    pub bindings: Vec<Binding>,
    /// The names of the permissions in its private role. Empty where its bindings name no such role.
    pub permissions: Vec<Box<str>>,
    /// Whether it works at the moment of the view.
    pub status: KeyStatus,
}

/// Whether a key works at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyStatus {
    /// It works, as far as it and its owner may do anything.
    Active,
    /// Its last moment is over.
    Expired,
    /// It was revoked, whether or not it has expired.
    Revoked,
}

/// What every member may know of any key of the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyName {
    /// The name of the key.
    pub name: Box<str>,
    /// Whether it is revoked.
    pub revoked: bool,
}

impl KeyStatus {
    /// All statuses, in the order of their declaration.
    pub const ALL: [Self; 3] = [Self::Active, Self::Expired, Self::Revoked];

    /// The word for it in JSON and in the output of the command, such as `active`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// The status of a key at a moment, in milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn of(key: &Key, now: u64) -> Self {
        match key {
            Key { revoked_at: Some(_), .. } => Self::Revoked,
            Key { expires_at: Some(expires), .. } if expires.millis() < now => Self::Expired,
            Key { .. } => Self::Active,
        }
    }
}

impl KeyRecord {
    /// The record of a key. `None` means that no key is stored under the id.
    pub(super) fn of(directory: &Directory, id: &str, now: u64) -> Option<Self> {
        let key = Key { hashed_secret: None, ..directory.key(id)? };
        let bindings = directory.bindings_of(&Holder::Key(id.into()));
        let permissions = directory.private_roles_of(id).into_iter().flat_map(|(_, list)| list).cloned().collect();
        let status = KeyStatus::of(&key, now);
        Some(Self { key, bindings, permissions, status })
    }
}

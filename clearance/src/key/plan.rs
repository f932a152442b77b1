//! What the policy allows, as changes of the data.

use clearance_directory::{
    Change, Directory,
    document::{BindingRole, Holder, Key, Mode, Sensitive, Timestamp},
};
use clearance_policy::types::{
    Mode as ModeFacts,
    lifecycle::{Edited, Plan, Power, TextChange, WantedRole, Warning},
};
use clearance_question::Digest;

use crate::key::{KeyPower, WantedBinding};

/// A key that the policy allows to be made.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "nothing is stored yet"]
#[non_exhaustive]
pub struct KeyCreationPlan {
    /// The id of the organization that it belongs to.
    pub organization: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// Its description. Absent exactly when it has none.
    pub description: Option<Box<str>>,
    /// The last moment at which it works. Absent exactly when it never expires.
    pub expires: Option<Timestamp>,
    /// The label that it carries.
    pub mode: Mode,
    /// The id of its owner. Absent exactly when it is a service key.
    pub owner: Option<Box<str>>,
    /// The id of the user who makes it. Absent exactly when a service key does.
    pub creator: Option<Box<str>>,
    /// Its bindings and permissions.
    pub power: KeyPower,
    /// What the user who makes it should be told.
    pub warnings: Vec<Warning>,
    /// The policy version that allows it.
    pub policy: Digest,
}

/// What the program that stores a new key adds to the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct NewKey {
    /// An id that no key has or had.
    pub id: Box<str>,
    /// When it is made.
    pub at: Timestamp,
    /// The public half of the token. `None` means that it is kept elsewhere.
    pub lookup_id: Option<Box<str>>,
    /// The hash of the hidden half of the token. `None` means that it is kept elsewhere.
    pub hashed_secret: Option<Sensitive>,
}

/// An edit that the policy allows.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "nothing is stored yet"]
#[non_exhaustive]
pub struct KeyEditPlan {
    /// The whole row of the key after the edit.
    pub key: Key,
    /// What replaces all its bindings and its private role. Absent exactly when they stay as they are.
    pub power: Option<KeyPower>,
    /// What the user who edits it should be told.
    pub warnings: Vec<Warning>,
    /// The policy version that allows it.
    pub policy: Digest,
    /// Whether the row differs from the stored one.
    row_differs: bool,
    /// The changes that remove the bindings and the private role that the key has now.
    old_power: Vec<Change>,
}

/// A revocation that the policy allows.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "nothing is stored yet"]
#[non_exhaustive]
pub struct KeyRevocationPlan {
    /// What revokes the key, all at once. Its row and its built-in bindings stay; its private role goes, with the CUSTOM bindings
    /// that name it.
    pub changes: Vec<Change>,
    /// The policy version that allows it.
    pub policy: Digest,
}

impl KeyCreationPlan {
    /// The changes that make the key, all at once. `mint` gives a new id for each binding and, for a restricted key, one for its
    /// private role.
    pub fn changes(&self, new: &NewKey, mint: impl FnMut() -> Box<str>) -> Vec<Change> {
        let NewKey { id, at, lookup_id, hashed_secret } = new;
        let mut changes = vec![Change::AddKey(Key {
            id: id.clone(),
            organization: self.organization.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            mode: self.mode,
            owner: self.owner.clone(),
            created_by: self.creator.clone(),
            created_at: Some(*at),
            expires_at: self.expires,
            revoked_at: None,
            last_used_at: None,
            ingestion_source: None,
            lookup_id: lookup_id.clone(),
            hashed_secret: hashed_secret.clone(),
        })];
        changes.extend(self.power.changes(&self.organization, id, mint));
        changes
    }

    /// The plan with ids instead of handles. `None` means that it names what is not stored, or a time that cannot be stored.
    pub(super) fn from_answer(directory: &Directory, organization: &str, plan: Plan, policy: Digest) -> Option<Self> {
        let Plan { name, description, expires, mode, owner, creator, power, warnings } = plan;
        let user = |user| directory.user_of(user).map(Box::from);
        Some(Self {
            organization: organization.into(),
            name: name.into(),
            description: description.map(String::into_boxed_str),
            expires: all_or_nothing(expires, Timestamp::from_millis)?,
            mode: stored_mode(mode),
            owner: all_or_nothing(owner, user)?,
            creator: all_or_nothing(creator, user)?,
            power: named_power(directory, power)?,
            warnings,
            policy,
        })
    }
}

impl KeyEditPlan {
    /// The changes that make the edit, all at once: none for an edit of nothing. `mint` gives a new id for each new binding and
    /// one for a new private role.
    pub fn changes(&self, mint: impl FnMut() -> Box<str>) -> Vec<Change> {
        let mut changes = Vec::new();
        if self.row_differs {
            changes.push(Change::EditKey(self.key.clone()));
        }
        if let Some(power) = &self.power {
            changes.extend_from_slice(&self.old_power);
            changes.extend(power.changes(&self.key.organization, &self.key.id, mint));
        }
        changes
    }

    /// The edit of a key with ids instead of handles. `None` means that it names what is not stored.
    pub(super) fn from_answer(directory: &Directory, key: &str, edited: Edited, policy: Digest) -> Option<Self> {
        let Edited { name, description, mode, power, warnings } = edited;
        let before = directory.key(key)?;
        let after = Key {
            name: name.map_or_else(|| before.name.clone(), String::into_boxed_str),
            description: match description {
                TextChange::Keep => before.description.clone(),
                TextChange::Clear => None,
                TextChange::Set(description) => Some(description.into()),
            },
            mode: mode.map_or(before.mode, stored_mode),
            ..before.clone()
        };
        let bindings = directory.bindings_of(&Holder::Key(key.into()));
        let removed = bindings.into_iter().map(|binding| Change::RemoveBinding(binding.id));
        Some(Self {
            row_differs: after != before,
            key: after,
            power: all_or_nothing(power, |power| named_power(directory, power))?,
            warnings,
            policy,
            old_power: removed.chain(removed_roles(directory, key)).collect(),
        })
    }
}

impl KeyRevocationPlan {
    pub(super) fn of(directory: &Directory, key: &str, at: Timestamp, policy: Digest) -> Self {
        let private = directory.private_roles_of(key);
        let names_private = |role: Option<&str>| private.iter().any(|(id, _)| role == Some(*id));
        let bindings = directory.bindings_of(&Holder::Key(key.into()));
        let removed = bindings.into_iter().filter(|binding| names_private(binding.custom_role.as_deref()));
        let mut changes = vec![Change::RevokeKey { key: key.into(), at }];
        changes.extend(removed.map(|binding| Change::RemoveBinding(binding.id)));
        changes.extend(removed_roles(directory, key));
        Self { changes, policy }
    }
}

/// The private role goes with the bindings of the key. A binding of somebody else that names it
/// granted nothing, and grants no more without it.
fn removed_roles(directory: &Directory, key: &str) -> impl Iterator<Item = Change> {
    directory.private_roles_of(key).into_iter().map(|(role, _)| Change::RemoveRole(role.into()))
}

/// `None` exactly when there is a value and no name for it.
fn all_or_nothing<T, U>(value: Option<T>, named: impl FnOnce(T) -> Option<U>) -> Option<Option<U>> {
    match value {
        None => Some(None),
        Some(value) => named(value).map(Some),
    }
}

fn named_power(directory: &Directory, power: Power) -> Option<KeyPower> {
    let Power { bindings, permissions } = power;
    let binding = |binding: &clearance_policy::types::lifecycle::NewBinding| {
        let role = match binding.role {
            WantedRole::Admin => BindingRole::Admin,
            WantedRole::Member => BindingRole::Member,
            WantedRole::Viewer => BindingRole::Viewer,
            WantedRole::Custom => BindingRole::Custom,
        };
        Some(WantedBinding { role, scope: directory.scope(binding.scope)? })
    };
    let bindings = bindings.iter().map(binding).collect::<Option<Vec<_>>>()?;
    let custom = bindings.iter().any(|binding| binding.role == BindingRole::Custom);
    // A list for nobody, or nothing for a binding that names a list.
    if custom == permissions.is_empty() {
        return None;
    }
    Some(KeyPower { bindings, permissions: permissions.into_iter().map(String::into_boxed_str).collect() })
}

fn stored_mode(mode: ModeFacts) -> Mode {
    match mode {
        ModeFacts::All => Mode::All,
        ModeFacts::Readonly => Mode::Readonly,
        ModeFacts::Restricted => Mode::Restricted,
    }
}

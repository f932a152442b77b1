//! The life of a key: asked of the policy, stored, then followed.

use clearance::document::{Holder, Key};
use clearance::key::{KeyChange, KeyDraft, KeyError, KeyRecord, KeyRefusal, KeyStatus, NewKey, Warning};
use clearance::{Change, PrincipalId};
use clearance_store::{Mintable, Step, Token, Who, Write, mint};
use serde_json::{Value, json};

use crate::caller::Origin;
use crate::clock::now;
use crate::fault::Fault;
use crate::id::random_id;
use crate::keeper::Keeper;
use crate::refusals::Subject;

/// A key that was just made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CreatedKey {
    /// What is stored.
    pub record: KeyRecord,
    /// Its token, which cannot be read again later.
    pub token: Token,
    /// Warnings for the user who made it.
    pub warnings: Vec<Warning>,
}

/// A key that was just edited.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EditedKey {
    /// What is stored now.
    pub record: KeyRecord,
    /// Warnings for the user who edited it.
    pub warnings: Vec<Warning>,
}

/// Why a key was not made, shown, edited or revoked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum KeyFault {
    /// The policy says no. Nothing was changed.
    #[error(transparent)]
    Refused(#[from] KeyRefusal),
    /// It is nobody's fault who asked.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Keeper {
    /// Makes a key, if the policy lets this principal make it.
    ///
    /// # Errors
    ///
    /// [`KeyFault`] tells a refusal from a fault. Nothing was made then.
    pub fn create_key(
        &self,
        actor: PrincipalId<'_>,
        organization: &str,
        draft: &KeyDraft,
        origin: &Origin,
    ) -> Result<CreatedKey, KeyFault> {
        // A caller who may not do this takes no turn from others.
        let _ = self.authorizer()?.view().create_key(actor, organization, draft)?;
        let turn = self.turn(origin)?;
        self.may_still_act(actor)?;
        let plan = turn.moment().create_key(actor, organization, draft)?;
        let token = mint(Mintable::Key).map_err(Fault::Mint)?;
        let id = random_id("key")?;
        let mut ids = Ids::for_bindings(plan.power.bindings.len())?;
        let new = NewKey { id: id.clone(), at: turn.now, lookup_id: None, hashed_secret: None };
        let mut steps = Vec::new();
        for change in plan.changes(&new, || ids.next()) {
            steps.push(match change {
                Change::AddKey(key) => Step::AddKey { key, token: token.clone() },
                other => Step::Change(other),
            });
        }
        let after = json!({
            "name": plan.name,
            "description": plan.description,
            "mode": plan.mode,
            "owner": plan.owner,
            "createdBy": plan.creator,
            "expiresAt": plan.expires,
            "bindings": bindings(&plan.power.bindings),
            "permissions": plan.power.permissions,
        });
        let after = with_acting_user(after, actor, origin);
        let entry = turn.entry_by(origin, "key.create", &id, None, Some(after), plan.policy);
        turn.commit(&Write { steps, audit: vec![entry], ..Write::default() })?;
        Ok(CreatedKey { record: self.record(&id)?, token, warnings: plan.warnings })
    }

    /// Changes a key, if the policy lets this principal do so. Its token, owner and expiry stay.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn edit_key(
        &self,
        actor: PrincipalId<'_>,
        organization: &str,
        key: &str,
        change: &KeyChange,
        origin: &Origin,
    ) -> Result<EditedKey, KeyFault> {
        let _ = self.authorizer()?.view().edit_key(actor, organization, key, change)?;
        let turn = self.turn(origin)?;
        self.may_still_act(actor)?;
        let edit = turn.moment().edit_key(actor, organization, key, change)?;
        // The policy does not know of a revocation that is not stored.
        if self.is_refused(PrincipalId::Key(key)) {
            return Err(KeyRefusal::AlreadyRevoked.into());
        }
        let mut ids = Ids::for_bindings(edit.power.as_ref().map_or(0, |power| power.bindings.len()))?;
        let changes = edit.changes(|| ids.next());
        // The audit gets a row for an edit of nothing as well: somebody asked for it.
        let before = self.audit_fields(key)?;
        let power = edit.power.as_ref();
        let after = json!({
            "name": edit.key.name,
            "description": edit.key.description,
            "mode": edit.key.mode,
            "owner": edit.key.owner,
            "expiresAt": edit.key.expires_at,
            "bindings": power.map_or_else(|| before.get("bindings").cloned(), |power| Some(bindings(&power.bindings))),
            "permissions": power.map_or_else(|| before.get("permissions").cloned(), |power| Some(json!(power.permissions))),
        });
        let after = with_acting_user(after, actor, origin);
        let entry = turn.entry_by(origin, "key.edit", key, Some(before), Some(after), edit.policy);
        let steps = changes.into_iter().map(Step::Change).collect();
        turn.commit(&Write { steps, audit: vec![entry], ..Write::default() })?;
        Ok(EditedKey { record: self.record(key)?, warnings: edit.warnings })
    }

    /// Revokes a key, at once and for good, if the policy lets this principal do so. It is stored when this returns, and every check
    /// that begins later refuses the key. Answers the key as it is then.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key), but for [`Fault::RevokedNotStored`]: then the key is refused from now on in this
    /// process, and [`tend`](Self::tend) goes on trying to store that.
    pub fn revoke_key(
        &self,
        actor: PrincipalId<'_>,
        organization: &str,
        key: &str,
        origin: &Origin,
    ) -> Result<KeyRecord, KeyFault> {
        let _ = self.authorizer()?.view().revoke_key(actor, organization, key)?;
        let turn = self.turn_to_revoke(origin)?;
        self.may_still_act(actor)?;
        let revocation = turn.moment().revoke_key(actor, organization, key)?;
        let before = with_acting_user(self.audit_fields(key)?, actor, origin);
        let entry = turn.entry_by(origin, "key.revoke", key, Some(before), None, revocation.policy);
        let steps = revocation.changes.into_iter().map(Step::Change).collect();
        let write = Write { steps, audit: vec![entry], ..Write::default() };
        self.commit_revocation(&turn, Subject::Key(key.into()), write)?;
        Ok(self.record(key)?)
    }

    /// Refuses a key that was revoked and whose revocation is not stored, so that the policy does not know of it.
    pub(crate) fn may_still_act(&self, actor: PrincipalId<'_>) -> Result<(), KeyFault> {
        if self.is_refused(actor) { Err(KeyFault::Refused(KeyRefusal::Forbidden { permission: None })) } else { Ok(()) }
    }

    /// The keys of an organization that this principal sees in a list, newest first.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn list_keys(&self, actor: PrincipalId<'_>, organization: &str) -> Result<Vec<KeyRecord>, KeyFault> {
        let mut records = self.authorizer()?.view().list_keys(actor, organization)?;
        records.iter_mut().for_each(|record| self.with_last_use(record));
        Ok(records)
    }

    /// One key, if this principal can see it.
    ///
    /// # Errors
    ///
    /// As for [`create_key`](Self::create_key).
    pub fn read_key(&self, actor: PrincipalId<'_>, organization: &str, key: &str) -> Result<KeyRecord, KeyFault> {
        let mut record = self.authorizer()?.view().read_key(actor, organization, key)?;
        self.with_last_use(&mut record);
        Ok(record)
    }

    /// The key as it is stored. It asks for no permission: the caller was just allowed to change the key.
    fn record(&self, key: &str) -> Result<KeyRecord, Fault> {
        let now = now().millis();
        let record = self.authorizer()?.read_directory(|directory| {
            let row = directory.key(key)?;
            let permissions = directory.private_roles_of(key).into_iter().flat_map(|(_, list)| list).cloned().collect();
            let bindings = directory.bindings_of(&Holder::Key(key.into()));
            Some(KeyRecord { status: KeyStatus::of(&row, now), key: row, bindings, permissions })
        });
        let mut record = record.ok_or(Fault::OutOfStep)?;
        self.with_last_use(&mut record);
        Ok(record)
    }

    /// The key for the audit.
    pub(crate) fn audit_fields(&self, key: &str) -> Result<Value, Fault> {
        let KeyRecord { key, bindings, permissions, .. } = self.record(key)?;
        let Key { name, description, mode, owner, expires_at, .. } = key;
        Ok(json!({
            "name": name,
            "description": description,
            "mode": mode,
            "owner": owner,
            "expiresAt": expires_at,
            "bindings": bindings,
            "permissions": permissions,
        }))
    }

    pub(crate) fn with_last_use(&self, record: &mut KeyRecord) {
        record.key.last_used_at = self.last_used.latest(&record.key.id).or(record.key.last_used_at);
    }
}

impl From<KeyError> for KeyFault {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Refused(refusal) => Self::Refused(refusal),
            KeyError::Eval(error) => Self::Fault(Fault::Policy(error)),
            KeyError::BadFacts => Self::Fault(Fault::BadFacts),
        }
    }
}

/// Adds the user on whose behalf it was done, where somebody else did it.
pub(crate) fn with_acting_user(mut told: Value, actor: PrincipalId<'_>, origin: &Origin) -> Value {
    if let (PrincipalId::User(user), Value::Object(fields)) = (actor, &mut told)
        && !matches!(&origin.who, Who::User(who) if **who == *user)
    {
        fields.insert("as".into(), user.into());
    }
    told
}

fn bindings(wanted: &[clearance::key::WantedBinding]) -> Value {
    let binding = |binding: &clearance::key::WantedBinding| json!({ "role": binding.role, "scope": binding.scope });
    wanted.iter().map(binding).collect()
}

/// New ids for bindings and one private role, drawn before they are needed: drawing can fail.
struct Ids(std::vec::IntoIter<Box<str>>);

impl Ids {
    fn for_bindings(count: usize) -> Result<Self, Fault> {
        let ids: Result<Vec<_>, _> = (0..=count).map(|_| random_id("kb")).collect();
        Ok(Self(ids?.into_iter()))
    }

    /// The next one. More than were drawn are empty, which nothing is stored under.
    fn next(&mut self) -> Box<str> {
        self.0.next().unwrap_or_default()
    }
}

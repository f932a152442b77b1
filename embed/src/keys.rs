//! Questions about keys: who may make, change, revoke and see which ones, and what would be stored then.
//!
//! Nothing is stored. An answer that allows something has the changes, for [`Session::apply`](crate::Session::apply) and for wherever
//! the caller keeps its data.

use clearance::{
    Change, Digest, View,
    document::{Sensitive, Timestamp},
    key::{KeyChange, KeyDraft, KeyError, KeyRecord, KeyRefusal, NewKey, Warning},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    failure::Failure,
    request::{Named, present},
};

/// A key that somebody wants.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CreateKey {
    #[serde(rename = "as")]
    actor: Named,
    organization: String,
    /// An id that no key has or had. The ids of its bindings and of its private role begin with it.
    id: String,
    draft: Map<String, Value>,
    #[serde(default, deserialize_with = "present")]
    lookup_id: Option<Box<str>>,
    #[serde(default, deserialize_with = "present")]
    hashed_secret: Option<Sensitive>,
}

/// A change of a key that somebody wants.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditKey {
    #[serde(rename = "as")]
    actor: Named,
    organization: String,
    id: String,
    change: Map<String, Value>,
}

/// A key, as somebody wants to see or revoke it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OneKey {
    #[serde(rename = "as")]
    actor: Named,
    organization: String,
    id: String,
}

/// All keys that somebody may see.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListKeys {
    #[serde(rename = "as")]
    actor: Named,
    organization: String,
}

impl CreateKey {
    pub(crate) fn answer(self, view: View<'_>, now: Timestamp) -> Result<Value, Failure> {
        let Self { actor, organization, id, draft, lookup_id, hashed_secret } = self;
        match view.create_key(actor.id(), &organization, &KeyDraft::from_json(&draft)) {
            Ok(plan) => {
                let mint = ids(id.clone());
                let new = NewKey { id: id.as_str().into(), at: now, lookup_id, hashed_secret };
                Ok(allowed(&plan.changes(&new, mint), &plan.warnings, plan.policy))
            }
            Err(error) => refused(error),
        }
    }
}

impl EditKey {
    pub(crate) fn answer(self, view: View<'_>, now: Timestamp) -> Result<Value, Failure> {
        let Self { actor, organization, id, change } = self;
        match view.edit_key(actor.id(), &organization, &id, &KeyChange::from_json(&change)) {
            // Other ids than those of the creation and of every edit at another moment.
            Ok(plan) => {
                let mint = ids(format!("{id}-{}", now.millis()));
                Ok(allowed(&plan.changes(mint), &plan.warnings, plan.policy))
            }
            Err(error) => refused(error),
        }
    }
}

impl OneKey {
    pub(crate) fn revoke(self, view: View<'_>) -> Result<Value, Failure> {
        match view.revoke_key(self.actor.id(), &self.organization, &self.id) {
            Ok(plan) => Ok(allowed(&plan.changes, &[], plan.policy)),
            Err(error) => refused(error),
        }
    }

    pub(crate) fn read(self, view: View<'_>) -> Result<Value, Failure> {
        match view.read_key(self.actor.id(), &self.organization, &self.id) {
            Ok(key) => Ok(json!({"allowed": true, "key": shown(&key)})),
            Err(error) => refused(error),
        }
    }
}

impl ListKeys {
    pub(crate) fn answer(self, view: View<'_>) -> Result<Value, Failure> {
        match view.list_keys(self.actor.id(), &self.organization) {
            Ok(keys) => Ok(json!({"allowed": true, "keys": keys.iter().map(shown).collect::<Vec<_>>()})),
            Err(error) => refused(error),
        }
    }
}

/// New ids, made of one: there is no random source.
fn ids(prefix: String) -> impl FnMut() -> Box<str> {
    let mut count = 0_u32;
    move || {
        count += 1;
        format!("{prefix}-{count}").into()
    }
}

fn allowed(changes: &[Change], warnings: &[Warning], policy: Digest) -> Value {
    let warnings: Vec<_> = warnings.iter().map(|warning| warning.as_str()).collect();
    json!({"allowed": true, "changes": changes, "warnings": warnings, "policy": policy.to_string()})
}

/// A refusal is an answer; that the policy gave none is a failure.
fn refused(error: KeyError) -> Result<Value, Failure> {
    match error {
        KeyError::Refused(refusal) => Ok(refusal_as_json(&refusal)),
        KeyError::Eval(error) => Err(error.into()),
        other => Err(Failure::new("bad-facts", other.to_string())),
    }
}

fn refusal_as_json(refusal: &KeyRefusal) -> Value {
    json!({"allowed": false, "code": refusal.code(), "message": refusal.to_string(), "fields": refusal.fields()})
}

fn shown(KeyRecord { key, bindings, permissions, status }: &KeyRecord) -> Value {
    json!({"key": key, "bindings": bindings, "permissions": permissions, "status": status.as_str()})
}

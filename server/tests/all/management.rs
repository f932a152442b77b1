//! The directory of the cases about the life of keys, and what is stored of a key.

use std::collections::BTreeSet;

use clearance::document::{Binding, Holder, Key};
use clearance::{Directory, key};
use clearance_keeper::Keeper;
use serde_json::{Map, Value, json};

use crate::client::Reply;
use crate::running::vector;

/// The directory that every case starts from.
pub(crate) fn directory() -> String {
    vector("management/directory.json")
}

/// The token of a caller, as a header. None for the caller that has none.
pub(crate) fn bearer(caller: &str) -> Option<String> {
    let secrets: Value = serde_json::from_str(&vector("management/secrets.json")).unwrap();
    let token = match caller {
        "none" => return None,
        "legacyProjectKey" => "sk-lw-legacyP1",
        key => secrets["tokens"][key].as_str().unwrap_or_else(|| panic!("`{key}` has a token")),
    };
    Some(format!("Bearer {token}"))
}

/// All that is stored, in one order, in memory and in the database, and how long the audit is. But for when keys were last used, which
/// is written when there is time.
#[derive(Debug, PartialEq)]
pub(crate) struct State {
    pub(crate) memory: Value,
    stored: Value,
    pub(crate) audit: u64,
}

impl State {
    pub(crate) fn of(keeper: &Keeper) -> Self {
        let memory = keeper.authorizer().unwrap().read_directory(Directory::document);
        let stored = keeper.store().export().unwrap();
        let audit = keeper.store().audit_head().unwrap().count();
        let state = Self { memory: ordered(json!(memory)), stored: ordered(json!(stored)), audit };
        assert_eq!(state.memory["keys"], state.stored["keys"], "memory follows");
        assert_eq!(state.memory["bindings"], state.stored["bindings"], "memory follows");
        assert_eq!(state.memory["roles"], state.stored["roles"], "memory follows");
        state
    }
}

fn ordered(mut document: Value) -> Value {
    for key in document["keys"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        key.remove("lastUsedAt");
    }
    for list in document.as_object_mut().into_iter().flat_map(Map::values_mut).filter_map(Value::as_array_mut) {
        list.sort_by_cached_key(Value::to_string);
    }
    document
}

/// A stored key as cases show it, or null.
pub(crate) fn stored(keeper: &Keeper, id: &str) -> Value {
    keeper.authorizer().unwrap().read_directory(|directory| {
        let Some(key) = directory.key(id) else { return Value::Null };
        let Key { name, owner, created_by, mode, revoked_at, expires_at, .. } = key;
        let bindings: Vec<Binding> = directory.bindings_of(&Holder::Key(id.into()));
        let bindings: Value = bindings.iter().map(binding_word).collect();
        let permissions: Vec<&Box<str>> = directory.private_roles_of(id).into_iter().flat_map(|(_, list)| list).collect();
        sorted(json!({
            "name": name, "userId": owner, "createdByUserId": created_by, "permissionMode": mode.as_str(),
            "revoked": revoked_at.is_some(), "expiresAt": expires_at, "bindings": bindings, "permissions": permissions,
        }))
    })
}

fn binding_word(binding: &Binding) -> Value {
    json!(format!("{}@{}:{}", binding.role.as_str(), key::scope_type(&binding.scope), binding.scope.id()))
}

/// Lists are sets. The length of a hash is left out: that a token works says more.
pub(crate) fn sorted(value: Value) -> Value {
    match value {
        Value::Array(entries) => {
            let entries: BTreeSet<String> = entries.into_iter().map(|entry| sorted(entry).to_string()).collect();
            json!(entries)
        }
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(name, _)| name != "hashedLen");
            kept.map(|(name, value)| (name, sorted(value))).collect()
        }
        other => other,
    }
}

/// The ids of the keys that one state has and the other has not.
pub(crate) fn added(before: &State, after: &State) -> Vec<String> {
    let ids = |state: &State| -> BTreeSet<String> {
        state.memory["keys"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect()
    };
    ids(after).difference(&ids(before)).cloned().collect()
}

/// The fields that a refusal names, and that each has a message.
pub(crate) fn fields(reply: &Reply) -> Vec<String> {
    let body = reply.json();
    let fields = body["fields"].as_array().cloned().unwrap_or_default();
    let name = |field: &Value| {
        assert!(!field["message"].as_str().unwrap().is_empty());
        field["field"].as_str().unwrap().to_owned()
    };
    fields.iter().map(name).collect()
}

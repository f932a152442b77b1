//! The life of keys: what a signed-in user or a key asks for, through the library, on a directory that each case has for itself.

use std::collections::BTreeSet;
use std::path::Path;

use clearance::document::{Binding, Document, Key, Sensitive, Timestamp};
use clearance::key::{self, KeyChange, KeyDraft, KeyError, KeyRecord, KeyStatus, NewKey};
use clearance::{Authorizer, Change, Directory, PrincipalId, View};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::case::{NOW, Source, read_lines};
use crate::evaluator::Component;

/// A question and what came of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManagementCase {
    id: String,
    /// The id of a user; over HTTP that of a key, `legacyProjectKey` or `none`.
    caller: String,
    /// What a signed-in user does.
    op: Option<String>,
    /// What that user sends.
    #[serde(default)]
    input: Map<String, Value>,
    /// What a key does.
    method: Option<String>,
    path: Option<String>,
    /// What that key sends.
    #[serde(default)]
    body: Map<String, Value>,
    expected: Expected,
    #[serde(rename = "tag")]
    _tag: String,
    #[serde(rename = "world")]
    _world: String,
    #[serde(rename = "surface")]
    _surface: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Expected {
    ok: Option<bool>,
    status: Option<u16>,
    /// The name of a status, where there is no error.
    code: Option<String>,
    error: Option<String>,
    fields: Option<Vec<String>>,
    /// Absent where the case does not fix it.
    #[serde(default, deserialize_with = "present")]
    result: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    created: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    after: Option<Value>,
    /// Tokens are made elsewhere.
    #[serde(rename = "tokenPrefix")]
    _token_prefix: Option<String>,
    /// The record of what was done is kept elsewhere.
    #[serde(rename = "audit")]
    _audit: Option<Value>,
}

/// `null` is something that is expected.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// What came of a question.
#[derive(Debug, PartialEq)]
struct Outcome {
    /// The code of the refusal. None where there was none.
    code: Option<String>,
    fields: Vec<String>,
    result: Option<Value>,
}

/// A directory, and what is asked about its keys.
#[derive(Debug)]
pub struct Management {
    document: Document,
    cases: Vec<(Source, ManagementCase)>,
}

/// The id of a key that a case makes.
const NEW: &str = "the-new-key";

impl Management {
    /// Reads a file of cases of the folder, and the directory beside it.
    ///
    /// Panics, naming the place, when something there cannot be read.
    pub fn read(file: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/management");
        let text = std::fs::read_to_string(folder.join("directory.json")).expect("the directory is there");
        let document = Document::from_json(&text).expect("the directory is one");
        Self { document, cases: read_lines(&folder.join(file), |case: &ManagementCase| &case.id) }
    }

    /// How many cases there are.
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Whether there are no cases.
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// Asks all, and says what differs.
    pub fn differences(&self) -> Vec<String> {
        let differs = |(source, case): &(Source, ManagementCase)| {
            let difference = self.difference(case)?;
            Some(format!("{source}: {difference}"))
        };
        self.cases.iter().filter_map(differs).collect()
    }

    fn difference(&self, case: &ManagementCase) -> Option<String> {
        let directory = Directory::from_document(self.document.clone()).expect("the directory loads");
        let authorizer = Authorizer::new(Component::get().version(), directory).expect("the roles compile");
        let before = state(&authorizer);
        let outcome = match (&case.op, &case.method, &case.path) {
            (Some(op), None, None) => session(&authorizer, &case.caller, op, &case.input),
            (None, Some(method), Some(path)) => rest(&authorizer, &case.caller, method, path, &case.body),
            _ => panic!("a user or a key asks"),
        };
        let Expected { ok, status, code, error, fields, result, created, after, .. } = &case.expected;
        let granted = ok.unwrap_or_else(|| status.is_some_and(|status| status < 300));
        let wanted = match (granted, error.as_deref(), code.as_deref()) {
            (true, ..) => None,
            (false, Some(error), _) => Some(error),
            (false, None, Some("BAD_REQUEST")) => Some("validation_error"),
            (false, None, Some("FORBIDDEN")) => Some("Forbidden"),
            (false, None, other) => panic!("a refusal is named, not {other:?}"),
        };
        if outcome.code.as_deref() != wanted || outcome.fields != *fields.as_deref().unwrap_or_default() {
            return Some(format!("expected {wanted:?} {fields:?}, got {outcome:?}"));
        }
        if let Some(result) = result
            && sort(outcome.result.clone().unwrap_or_default()) != sort(result.clone())
        {
            return Some(format!("expected {result}, got {:?}", outcome.result));
        }
        let id = case.path.as_deref().and_then(|path| path.strip_prefix("/api/api-keys/"));
        let id = id.or_else(|| case.input.get("apiKeyId").and_then(Value::as_str));
        for (id, wanted, made) in [(Some(NEW), created, true), (id, after, false)] {
            let stored = id.map_or(Value::Null, |id| stored_key(&authorizer, id, made));
            if let Some(wanted) = wanted
                && stored != sort(wanted.clone())
            {
                return Some(format!("expected {wanted}, stored is {stored}"));
            }
        }
        (outcome.code.is_some() && state(&authorizer) != before).then(|| "a refusal changed something".to_owned())
    }
}

/// A signed-in user does something.
fn session(authorizer: &Authorizer, caller: &str, op: &str, input: &Map<String, Value>) -> Outcome {
    let text = |name: &str| input.get(name).and_then(Value::as_str).unwrap_or_default();
    let (organization, key) = (text("organizationId"), text("apiKeyId"));
    let (now, user) = (now(authorizer), PrincipalId::User(caller));
    let ids = |ids: Vec<Box<str>>| Some(json!(ids));
    outcome(match op {
        "create" => create(now, user, organization, input).map(|()| None),
        "update" => edit(now, user, organization, key, input).map(|()| None),
        "revoke" => revoke(now, user, organization, key).map(|()| None),
        "list" => now.list_keys(user, organization).map(|keys| ids(keys.into_iter().map(|record| record.key.id).collect())),
        "nameById" => now
            .key_name(user, organization, key)
            .map(|name| Some(name.map_or(Value::Null, |name| json!({"name": name.name, "revoked": name.revoked})))),
        "myBindings" => now.own_bindings(user, organization).map(|own| Some(own.iter().map(binding_word).collect())),
        "orgTeams" => now.teams(user, organization).map(|teams| ids(teams.into_iter().map(|team| team.id).collect())),
        "orgProjects" => now.projects(user, organization).map(|rows| ids(rows.into_iter().map(|row| row.id).collect())),
        "orgMembers" => now.members(user, organization).map(|rows| ids(rows.into_iter().map(|row| row.user).collect())),
        other => panic!("nobody does `{other}`"),
    })
}

/// A key does something over HTTP, if it authenticates.
fn rest(authorizer: &Authorizer, caller: &str, method: &str, path: &str, body: &Map<String, Value>) -> Outcome {
    let row = authorizer.read_directory(|directory| directory.key(caller));
    let Some(row) = row.filter(|key| KeyStatus::of(key, NOW) == KeyStatus::Active) else {
        return Outcome { code: Some("Unauthorized".to_owned()), fields: Vec::new(), result: None };
    };
    let (now, asker, organization) = (now(authorizer), PrincipalId::Key(caller), &*row.organization);
    let key = path.strip_prefix("/api/api-keys/");
    outcome(match (method, key) {
        ("GET", None) => {
            now.list_keys(asker, organization).map(|keys| Some(keys.into_iter().map(|record| json!(record.key.id)).collect()))
        }
        ("POST", None) => create(now, asker, organization, body).map(|()| None),
        ("GET", Some(key)) => now.read_key(asker, organization, key).map(|record| Some(key_value(&record))),
        ("PATCH", Some(key)) => edit(now, asker, organization, key, body).map(|()| None),
        ("DELETE", Some(key)) => revoke(now, asker, organization, key).map(|()| None),
        other => panic!("there is no {other:?}"),
    })
}

fn now(authorizer: &Authorizer) -> View<'_> {
    authorizer.view_at(Timestamp::from_millis(NOW).expect("a moment"))
}

fn create(now: View<'_>, actor: PrincipalId<'_>, organization: &str, fields: &Map<String, Value>) -> Result<(), KeyError> {
    let plan = now.create_key(actor, organization, &KeyDraft::from_json(fields))?;
    let new = NewKey {
        id: NEW.into(),
        at: Timestamp::from_millis(NOW).expect("a moment"),
        lookup_id: None,
        hashed_secret: Some(Sensitive::new("0".repeat(64))),
    };
    store(now, plan.changes(&new, mint()));
    Ok(())
}

fn edit(
    now: View<'_>,
    actor: PrincipalId<'_>,
    organization: &str,
    key: &str,
    fields: &Map<String, Value>,
) -> Result<(), KeyError> {
    let edit = now.edit_key(actor, organization, key, &KeyChange::from_json(fields))?;
    store(now, edit.changes(mint()));
    Ok(())
}

fn revoke(now: View<'_>, actor: PrincipalId<'_>, organization: &str, key: &str) -> Result<(), KeyError> {
    let revocation = now.revoke_key(actor, organization, key)?;
    store(now, revocation.changes);
    Ok(())
}

fn store(now: View<'_>, changes: Vec<Change>) {
    now.authorizer().apply_all(changes).expect("what the policy allows can be stored");
}

fn mint() -> impl FnMut() -> Box<str> {
    let mut count = 0;
    move || {
        count += 1;
        format!("new-{count}").into()
    }
}

fn outcome(answer: Result<Option<Value>, KeyError>) -> Outcome {
    match answer {
        Ok(result) => Outcome { code: None, fields: Vec::new(), result },
        Err(KeyError::Refused(refusal)) => {
            assert!(!refusal.to_string().is_empty());
            Outcome { code: Some(refusal.code().to_owned()), fields: refusal.fields(), result: None }
        }
        Err(error) => panic!("{error}"),
    }
}

/// All that is stored, in one order.
fn state(authorizer: &Authorizer) -> Value {
    let document = authorizer.read_directory(Directory::document);
    let mut state = serde_json::to_value(document).expect("a document is JSON");
    for list in state.as_object_mut().into_iter().flat_map(Map::values_mut).filter_map(Value::as_array_mut) {
        list.sort_by_cached_key(Value::to_string);
    }
    state
}

/// A stored key as cases show it, or null. `made`: the case made it, and so wants to know of its hash.
fn stored_key(authorizer: &Authorizer, id: &str, made: bool) -> Value {
    authorizer.read_directory(|directory| {
        let Some(key) = directory.key(id) else { return Value::Null };
        let Key { name, owner, created_by, mode, revoked_at, expires_at, hashed_secret, .. } = key;
        let bindings: Vec<Binding> = directory.bindings_of(&clearance::document::Holder::Key(id.into()));
        let bindings: Value = bindings.iter().map(binding_word).collect();
        let permissions: Vec<&Box<str>> = directory.private_roles_of(id).into_iter().flat_map(|(_, list)| list).collect();
        let mut shown = json!({
            "name": name, "userId": owner, "createdByUserId": created_by, "permissionMode": mode.as_str(),
            "revoked": revoked_at.is_some(), "expiresAt": expires_at, "bindings": bindings, "permissions": permissions,
        });
        if made {
            shown["hashedLen"] = json!(hashed_secret.map_or(0, |hash| hash.expose().len()));
        }
        sort(shown)
    })
}

/// A key as it is read over HTTP.
fn key_value(record: &KeyRecord) -> Value {
    let KeyRecord { key, bindings, permissions, .. } = record;
    assert_eq!(key.hashed_secret, None);
    let binding = |binding: &Binding| {
        let (role, scope) = (binding.role.as_str(), &binding.scope);
        json!({"role": role, "scopeType": key::scope_type(scope), "scopeId": scope.id()})
    };
    json!({
        "id": key.id, "keyType": if key.owner.is_some() { "personal" } else { "service" }, "assignedToUserId": key.owner,
        "permissionMode": key.mode.as_str(), "permissions": permissions, "bindings": bindings.iter().map(binding).collect::<Vec<_>>(),
    })
}

fn binding_word(binding: &Binding) -> Value {
    json!(format!("{}@{}:{}", binding.role.as_str(), key::scope_type(&binding.scope), binding.scope.id()))
}

/// Lists are sets.
fn sort(value: Value) -> Value {
    match value {
        Value::Array(entries) => {
            let entries: BTreeSet<String> = entries.into_iter().map(|entry| sort(entry).to_string()).collect();
            json!(entries)
        }
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, sort(value))).collect(),
        other => other,
    }
}

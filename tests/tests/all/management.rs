//! The life of keys: what LangWatch's own code did when a signed-in user or a key asked, and what was stored in the end.

mod directory;
mod sent;

use clearance_policy::types::Facts;
use clearance_policy::types::lifecycle::{
    Edit, Fault, Field, KeyAnswer, KeyQuestion, NewBinding, Power, Refusal, Sight, WantedRole,
};
use clearance_tests::evaluator::{Component, Evaluator, Native};
use serde_json::{Map, Value, json};

use directory::World;

/// What a question came to.
#[derive(Debug)]
enum Outcome {
    Refused {
        code: &'static str,
        fields: Vec<String>,
    },
    Shown(Value),
    /// A key was made or changed; the key as the vectors write it.
    Stored(Value),
}

fn field_name(fault: &Fault) -> String {
    let field = match fault.spot.field {
        Field::Assignee => "assignedToUserId",
        Field::Bindings => "bindings",
        Field::Description => "description",
        Field::Expires => "expiresAt",
        Field::Kind => "keyType",
        Field::Name => "name",
        Field::Mode => "permissionMode",
        Field::Permissions => "permissions",
        Field::Projects => "projectIds",
    };
    fault.spot.index.map_or(field.into(), |index| format!("{field}.{index}"))
}

fn refused(refusal: &Refusal) -> Outcome {
    let mut fields = Vec::new();
    let code = match refusal {
        Refusal::BadFacts => "bad-facts",
        Refusal::Forbidden(_) => "Forbidden",
        Refusal::Validation(faults) => {
            fields = faults.iter().map(field_name).collect();
            "validation_error"
        }
        Refusal::ScopeViolation(_) => "api_key_scope_violation",
        Refusal::ReservedName => "api_key_reserved_name",
        Refusal::NotFound => "api_key_not_found",
        Refusal::NotOwned => "api_key_not_owned",
        Refusal::AlreadyRevoked => "api_key_already_revoked",
        Refusal::PersonalWorkspace(_) => "personal_workspace_not_managed_here",
    };
    Outcome::Refused { code, fields }
}

impl World {
    fn power(&self, power: &Power) -> (Vec<String>, Vec<String>) {
        let binding = |binding: &NewBinding| {
            let role = match binding.role {
                WantedRole::Admin => "ADMIN",
                WantedRole::Member => "MEMBER",
                WantedRole::Viewer => "VIEWER",
                WantedRole::Custom => "CUSTOM",
            };
            format!("{role}@{}", self.scope(binding.scope))
        };
        let mut bindings: Vec<String> = power.bindings.iter().map(binding).collect();
        bindings.sort_unstable();
        (bindings, power.permissions.clone())
    }

    /// Asks, and does to a copy of the key what the answer says.
    fn outcome(&self, evaluator: &impl Evaluator, question: KeyQuestion, facts: &Facts, id: &str) -> Outcome {
        let answer = match evaluator.ask(facts, &question) {
            Ok(answer) => answer,
            Err(refusal) => return refused(&refusal),
        };
        match answer {
            KeyAnswer::Plan(plan) => {
                let (bindings, permissions) = self.power(&plan.power);
                Outcome::Stored(json!({
                    "name": plan.name,
                    "userId": plan.owner.map(|user| self.user_id(user)),
                    "createdByUserId": plan.creator.map(|user| self.user_id(user)),
                    "permissionMode": sent::mode_name(plan.mode),
                    "revoked": false,
                    "expiresAt": plan.expires.map(directory::moment),
                    "bindings": bindings,
                    "permissions": permissions,
                }))
            }
            KeyAnswer::Edited(edited) => {
                let mut after = self.shown_key(id);
                if let Some(name) = edited.name {
                    after["name"] = name.into();
                }
                if let Some(mode) = edited.mode {
                    after["permissionMode"] = sent::mode_name(mode).into();
                }
                if let Some(power) = edited.power {
                    let (bindings, permissions) = self.power(&power);
                    after["bindings"] = bindings.into();
                    after["permissions"] = permissions.into();
                }
                Outcome::Stored(after)
            }
            KeyAnswer::Granted if matches!(question, KeyQuestion::Revoke(_)) => {
                let mut after = self.shown_key(id);
                after["revoked"] = true.into();
                after["permissions"] = json!([]);
                let bindings = after["bindings"].as_array_mut().unwrap();
                bindings.retain(|binding| !binding.as_str().unwrap().starts_with("CUSTOM"));
                Outcome::Stored(after)
            }
            KeyAnswer::Granted => Outcome::Shown(self.read_key(id)),
            KeyAnswer::Seen(indices) => {
                let indices: Vec<usize> = indices.into_iter().map(|index| index.try_into().unwrap()).collect();
                Outcome::Shown(self.shown(&question, id, &indices))
            }
        }
    }

    fn session(&self, evaluator: &impl Evaluator, case: &Value) -> Outcome {
        let (caller, input) = (case["caller"].as_str().unwrap(), case["input"].as_object().unwrap());
        let organization = input["organizationId"].as_str().unwrap();
        let facts = self.user_facts(caller, organization);
        let id = input.get("apiKeyId").and_then(Value::as_str).unwrap_or_default();
        let question = match case["op"].as_str().unwrap() {
            "list" => KeyQuestion::List(self.stored_keys()),
            "nameById" => KeyQuestion::Look(Sight::KeyNames(self.stored_key(id).into_iter().collect())),
            "myBindings" => KeyQuestion::Look(Sight::OwnBindings(self.bindings_of(caller))),
            "orgTeams" => KeyQuestion::Look(Sight::Teams(self.teams())),
            "orgProjects" => KeyQuestion::Look(Sight::Projects(self.projects())),
            "orgMembers" => KeyQuestion::Look(Sight::Members(self.members(organization))),
            "create" => KeyQuestion::Create(self.draft(input, Some(caller), organization)),
            "update" => KeyQuestion::Edit(Edit { key: self.stored_key(id), change: self.change(input, id) }),
            "revoke" => KeyQuestion::Revoke(self.stored_key(id)),
            other => panic!("`{other}` is no operation"),
        };
        self.outcome(evaluator, question, &facts, if id.is_empty() { caller } else { id })
    }

    fn rest(&self, evaluator: &impl Evaluator, case: &Value) -> Outcome {
        let caller = case["caller"].as_str().unwrap();
        let Some(facts) = self.key_facts(caller) else { return Outcome::Refused { code: "Unauthorized", fields: vec![] } };
        let empty = Map::new();
        let body = case.get("body").and_then(Value::as_object).unwrap_or(&empty);
        let path = case["path"].as_str().unwrap().strip_prefix("/api/api-keys").unwrap();
        let id = path.strip_prefix('/').unwrap_or_default();
        let key = self.stored_key(id);
        let question = match (case["method"].as_str().unwrap(), id) {
            ("GET", "") => KeyQuestion::List(self.stored_keys()),
            ("GET", _) => KeyQuestion::Read(key),
            ("POST", "") => KeyQuestion::Create(self.draft(body, self.owner_of(caller), self.organization_of(caller))),
            ("PATCH", _) => KeyQuestion::Edit(Edit { key, change: self.change(body, id) }),
            ("DELETE", _) => KeyQuestion::Revoke(key),
            other => panic!("{other:?} is no route"),
        };
        self.outcome(evaluator, question, &facts, id)
    }
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(sorted).collect();
            items.sort_by_key(ToString::to_string);
            Value::Array(items)
        }
        Value::Object(fields) => Value::Object(fields.iter().map(|(name, value)| (name.clone(), sorted(value))).collect()),
        other => other.clone(),
    }
}

/// Holds one outcome against what is expected of it.
fn compare(world: &World, case: &Value, outcome: &Outcome) {
    let expected = &case["expected"];
    let context = format!("{case}\n  came to {outcome:?}");
    let code = match (&expected["error"], expected["code"].as_str()) {
        (Value::String(error), _) => Some(error.as_str()),
        (_, Some("BAD_REQUEST")) => Some("validation_error"),
        (_, Some("FORBIDDEN")) => Some("Forbidden"),
        (_, Some(other)) => panic!("`{other}` without an error: {context}"),
        (_, None) => None,
    };
    match outcome {
        Outcome::Refused { code: found, fields } => {
            assert_eq!(Some(*found), code, "{context}");
            if let Some(wanted) = expected.get("fields") {
                assert_eq!(&json!(fields), wanted, "{context}");
            }
            assert!(expected["created"].is_null(), "{context}");
        }
        Outcome::Shown(value) => {
            assert_eq!(code, None, "{context}");
            assert_eq!(sorted(value), sorted(&expected["result"]), "{context}");
        }
        Outcome::Stored(value) => {
            assert_eq!(code, None, "{context}");
            let mut wanted = expected.get("created").or(expected.get("after")).expect("what is stored").clone();
            let fields = wanted.as_object_mut().unwrap();
            fields.remove("hashedLen");
            assert_eq!(sorted(value), sorted(&wanted), "{context}");
            assert_eq!(value["permissions"], wanted["permissions"], "in this order: {context}");
        }
    }
    if let Some(after) = expected.get("after").filter(|_| code.is_some()) {
        let id = case["input"]["apiKeyId"].as_str().or_else(|| case["path"].as_str()?.strip_prefix("/api/api-keys/")).unwrap();
        let stored = if world.stored_key(id).is_some() { world.shown_key(id) } else { Value::Null };
        assert_eq!(sorted(&stored), sorted(after), "a refusal changes nothing: {context}");
    }
}

/// Every case starts from a fresh copy of the directory: nothing is ever written to this one.
fn check(evaluator: &impl Evaluator, file: &str, ask: impl Fn(&World, &Value) -> Outcome, count: usize) {
    let path = format!("{}/vectors/management/{file}", env!("CARGO_MANIFEST_DIR"));
    let cases: Vec<Value> =
        std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(cases.len(), count);
    let world = World::read(evaluator);
    for case in &cases {
        compare(&world, case, &ask(&world, case));
    }
}

#[test]
fn a_signed_in_user() {
    check(&Native, "session.jsonl", |world, case| world.session(&Native, case), 706);
    let component = Component::get();
    check(component, "session.jsonl", |world, case| world.session(component, case), 706);
}

#[test]
fn a_key_over_http() {
    check(&Native, "rest.jsonl", |world, case| world.rest(&Native, case), 552);
    let component = Component::get();
    check(component, "rest.jsonl", |world, case| world.rest(component, case), 552);
}

//! All cases of the keys API, over HTTP.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64ct::Encoding as _;
use clearance_keeper::{Refused, Target};
use clearance_store::Token;
use serde_json::{Value, json};

use crate::client::Reply;
use crate::management::{State, added, bearer, directory, fields, sorted, stored};
use crate::running::{Running, lines};

#[test]
fn every_case_is_answered_as_the_vectors_say() {
    let cases = lines("management/rest.jsonl");
    let document = directory();
    let next = AtomicUsize::new(0);
    let statuses = Mutex::new(BTreeMap::new());
    // Mostly waiting for disks: more threads than processors.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut running = None;
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let status = check(running.get_or_insert_with(|| Running::start(&document)), case);
                    // A refusal was seen to change nothing.
                    running = running.filter(|_| status >= 300);
                    *statuses.lock().unwrap().entry(status).or_insert(0) += 1;
                }
            });
        }
    });
    let statuses = statuses.into_inner().unwrap();
    let expected = BTreeMap::from([(200, 67), (201, 30), (401, 46), (403, 210), (404, 104), (409, 9), (422, 86)]);
    assert_eq!((cases.len(), statuses), (552, expected));
}

fn check(running: &Running, case: &Value) -> u16 {
    let (keeper, expected) = (&running.keeper, &case["expected"]);
    let (method, path, caller) = (text(case, "method"), text(case, "path"), text(case, "caller"));
    let before = State::of(keeper);
    let token = bearer(caller);
    let headers: Vec<_> = token.iter().map(|token| ("authorization", token.as_str())).collect();
    let body = case.get("body").map(Value::to_string).unwrap_or_default();
    let reply = running.client().send(method, path, &headers, body.as_bytes());
    let after = State::of(keeper);

    let answer = reply.json();
    assert_eq!(json!(reply.status), expected["status"], "{case} {answer}");
    let id = path.strip_prefix("/api/api-keys/");
    if reply.status < 300 {
        shape(method, id, &answer);
        assert!(keeper.last_used(caller).is_some(), "{case}");
        assert_eq!(after.audit - before.audit, u64::from(method != "GET"), "{case}");
    } else {
        assert_eq!(answer["error"], expected["error"], "{case}");
        assert!(!text(&answer, "message").is_empty());
        assert_eq!(before, after, "a refusal changes nothing: {case}");
        assert_eq!(keeper.last_used(caller), None, "{case}");
        assert_eq!(reply.header("www-authenticate").is_some(), reply.status == 401, "{case}");
        let wanted = expected.get("fields").cloned().unwrap_or(json!([]));
        assert_eq!(sorted(json!(fields(&reply))), sorted(wanted), "{case}");
    }
    if let Some(result) = expected.get("result") {
        check_result(result, &answer, case);
    }
    let made = added(&before, &after);
    if let Some(created) = expected.get("created") {
        let row = made.first().map_or(Value::Null, |id| stored(keeper, id));
        assert_eq!(row, sorted(created.clone()), "{case}");
    }
    assert_eq!(made.len(), usize::from(reply.status == 201), "{case}");
    if reply.status == 201 {
        assert_eq!(answer["apiKey"]["id"], json!(made[0]), "{case}");
        let token = text(&answer, "token");
        assert!(token.starts_with(text(expected, "tokenPrefix")) && token.len() == 6 + 16 + 1 + 48, "{case}");
        let resolved = keeper.resolve(&Token::new(token), Target::Organization);
        let born_expired = expected["created"]["expiresAt"].as_str().is_some_and(|expires| expires < "2021");
        assert_eq!(resolved.is_ok(), !born_expired, "{case}");
        // Nobody else has it, and nothing that is stored holds it.
        assert!(matches!(keeper.resolve(&Token::new(format!("{token}x")), Target::Organization), Err(Refused::Unauthorized)));
        assert!(!format!("{after:?} {:?}", keeper.store().audit_tail(9).unwrap()).contains(&token[6 + 17..]), "{case}");
    }
    if let (Some(wanted), Some(id)) = (expected.get("after"), id) {
        assert_eq!(stored(keeper, id), sorted(wanted.clone()), "{case}");
    }
    reply.status
}

fn check_result(result: &Value, answer: &Value, case: &Value) {
    match result {
        Value::Array(_) => {
            let ids: Value = answer["data"].as_array().unwrap().iter().map(|key| key["id"].clone()).collect();
            assert_eq!(sorted(ids), sorted(result.clone()), "{case}");
        }
        Value::Object(wanted) => {
            for (name, wanted) in wanted {
                assert_eq!(sorted(answer[name].clone()), sorted(wanted.clone()), "{case}: {name}");
            }
        }
        other => panic!("{other}"),
    }
}

/// What every client may rely on, whatever the case.
fn shape(method: &str, id: Option<&str>, answer: &Value) {
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    match (method, id) {
        ("GET", None) => {
            for key in answer["data"].as_array().unwrap() {
                let wanted = ["description", "expiresAt", "id", "lastUsedAt", "name", "revokedAt", "roleBindings"];
                assert_eq!(names(key).into_iter().filter(|name| name != "createdAt").collect::<Vec<_>>(), wanted);
                assert_ne!(key.get("createdAt"), Some(&Value::Null));
                assert!(key["roleBindings"].as_array().unwrap().iter().all(|binding| binding["role"] != "CUSTOM"));
                assert!(
                    key["roleBindings"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .all(|binding| names(binding) == ["id", "role", "scopeId", "scopeType"])
                );
            }
        }
        ("GET" | "PATCH", Some(_)) => {
            let wanted = [
                "assignedToUserId",
                "bindings",
                "createdByUserId",
                "description",
                "expiresAt",
                "id",
                "keyType",
                "lastUsedAt",
                "name",
                "permissionMode",
                "permissions",
                "revokedAt",
                "roleBindings",
            ];
            assert_eq!(names(answer).into_iter().filter(|name| name != "createdAt").collect::<Vec<_>>(), wanted);
            assert_ne!(answer.get("createdAt"), Some(&Value::Null));
            assert!(["personal", "service"].contains(&text(answer, "keyType")));
            assert!(
                answer["bindings"].as_array().unwrap().iter().all(|binding| names(binding) == ["role", "scopeId", "scopeType"])
            );
        }
        ("POST", None) => {
            assert_eq!(names(answer), ["apiKey", "token"]);
            assert_eq!(names(&answer["apiKey"]), ["createdAt", "id", "name"]);
        }
        ("DELETE", Some(_)) => assert_eq!(*answer, json!({ "success": true })),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_401_is_one_and_the_same() {
    let running = Running::start(&directory());
    let token = |caller| bearer(caller).unwrap();
    let unknown = format!("Bearer sk-lw-{}_{}", "a".repeat(16), "b".repeat(48));
    let wrong = format!("{}x", &token("kAdmin")[..token("kAdmin").len() - 1]);
    let mut replies: Vec<Reply> = Vec::new();
    for value in [unknown, wrong, token("tRevoked"), token("tExpired"), token("legacyProjectKey"), "Bearer nonsense".to_owned()] {
        replies.push(running.client().get("/api/api-keys", &[("authorization", &value)]));
    }
    assert!(replies.iter().all(|reply| reply.status == 401 && reply.lasting() == replies[0].lasting()), "{replies:?}");
}

#[test]
fn every_way_to_send_a_key_is_read() {
    let running = Running::start(&directory());
    let bearer = bearer("kAdmin").unwrap();
    let token = bearer.strip_prefix("Bearer ").unwrap();
    let basic = format!("Basic {}", base64ct::Base64::encode_string(format!("p1:{token}").as_bytes()));
    for headers in [
        &[("authorization", bearer.as_str()), ("x-auth-token", token), ("x-project-id", "p1"), ("accept", "*/*")][..],
        &[("authorization", &bearer), ("x-project-id", "p9")],
        &[("authorization", &bearer), ("x-project-id", "nope")],
        &[("authorization", &basic)],
        &[("x-auth-token", token)],
    ] {
        assert_eq!(running.client().get("/api/api-keys/kAdmin", headers).status, 200, "{headers:?}");
    }
    assert_eq!(running.client().get(&format!("/api/api-keys?token={token}"), &[]).status, 401);
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} of {value}"))
}

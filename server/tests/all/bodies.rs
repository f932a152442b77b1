//! Bodies of the keys API that are not what they should be.

use serde_json::{Value, json};

use crate::client::Reply;
use crate::management::{State, fields};
use crate::running::{Running, token};

const KEYS: &str = "/api/api-keys";

fn admin() -> String {
    format!("Bearer {}", token("kAdmin"))
}

/// The body of a key that is made.
fn refuse_flaws() -> Value {
    json!({ "name": "n", "bindings": [{ "role": "VIEWER", "scopeType": "PROJECT", "scopeId": "p1" }] })
}

fn with(name: &str, value: &Value) -> Value {
    let mut body = refuse_flaws();
    body[name] = value.clone();
    body
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

/// Sends a body that is refused, to both routes that take one or to one of them.
fn refused(running: &Running, body: &Value) -> Reply {
    let reply = running.client().post(KEYS, &[("authorization", &admin())], body);
    assert_eq!((reply.status, &reply.json()["error"]), (422, &json!("validation_error")), "{}", reply.text());
    reply
}

fn patched(running: &Running, body: &Value) -> Reply {
    running.client().send("PATCH", "/api/api-keys/tMember", &[("authorization", &admin())], body.to_string().as_bytes())
}

#[test]
fn every_field_of_the_wrong_type_is_named_and_nothing_is_written() {
    let running = Running::company();
    let before = State::of(&running.keeper);
    let texts = ["keyType", "name", "description", "expiresAt", "assignedToUserId", "permissionMode"];
    let wrong = [json!(null), json!(7), json!(true), json!([]), json!({})];
    for name in texts {
        for value in &wrong {
            assert_eq!(fields(&refused(&running, &with(name, value))), [name], "{value}");
        }
    }
    for name in ["permissions", "bindings", "projectIds"] {
        for value in [json!(null), json!(7), json!("x"), json!({})] {
            let named = fields(&refused(&running, &with(name, &value)));
            assert!(named.contains(&name.to_owned()), "{name} {value} {named:?}");
        }
    }
    for (name, value) in [("keyType", "ingestion"), ("permissionMode", "ALL"), ("expiresAt", "soon"), ("expiresAt", "")] {
        assert_eq!(fields(&refused(&running, &with(name, &json!(value)))), [name], "{value}");
    }
    let role = |role: Value| json!([{ "role": role, "scopeType": "PROJECT", "scopeId": "p1" }]);
    for bindings in [
        role(json!("OWNER")),
        role(json!(7)),
        json!([7]),
        json!([{}]),
        json!([{ "role": "VIEWER" }]),
        json!([{ "role": "VIEWER", "scopeType": "USER", "scopeId": "p1" }]),
        json!([{ "role": "VIEWER", "scopeType": "PROJECT", "scopeId": 1 }]),
    ] {
        assert_eq!(fields(&refused(&running, &with("bindings", &bindings))), ["bindings.0"], "{bindings}");
        let reply = patched(&running, &json!({ "bindings": bindings }));
        assert_eq!((reply.status, fields(&reply)), (422, vec!["bindings.0".to_owned()]), "{bindings}");
    }
    for name in ["name", "permissionMode"] {
        let reply = patched(&running, &json!({ name: 7 }));
        assert_eq!((reply.status, fields(&reply)), (422, vec![name.to_owned()]));
    }
    assert_eq!(State::of(&running.keeper), before);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let running = Running::company();
    let before = State::of(&running.keeper);
    let body = json!({
        "keyType": 7, "name": 7, "description": "d".repeat(501), "expiresAt": 7, "assignedToUserId": 7, "permissionMode": 7,
        "permissions": [7, "traces:view", "nothing"], "bindings": [7, 7], "projectIds": [7],
    });
    let named = fields(&refused(&running, &body));
    for name in [
        "keyType",
        "name",
        "description",
        "expiresAt",
        "assignedToUserId",
        "permissionMode",
        "permissions.0",
        "permissions.2",
        "bindings.0",
        "bindings.1",
        "projectIds.0",
    ] {
        assert!(named.contains(&name.to_owned()), "{name} of {named:?}");
    }
    let named = fields(&refused(&running, &json!({})));
    assert_eq!(sorted(named), ["bindings", "name"]);
    let reply = patched(&running, &json!({ "name": "", "description": 7, "permissionMode": "x", "bindings": [] }));
    assert_eq!(reply.status, 422);
    let named = fields(&reply);
    for name in ["name", "description", "permissionMode", "bindings"] {
        assert!(named.contains(&name.to_owned()), "{name} of {named:?}");
    }
    assert_eq!(State::of(&running.keeper), before);
}

#[test]
fn lengths_count_utf_16_units() {
    let running = Running::company();
    let before = State::of(&running.keeper);
    for (name, value) in [
        ("name", json!("")),
        ("name", json!("x".repeat(101))),
        ("name", json!("\u{1f511}".repeat(51))),
        ("name", json!("x".repeat(1 << 20))),
        ("description", json!("x".repeat(501))),
        ("description", json!("x".repeat(1 << 20))),
        ("keyType", json!("x".repeat(1 << 20))),
        ("expiresAt", json!("x".repeat(1 << 20))),
        ("permissionMode", json!("x".repeat(1 << 20))),
    ] {
        assert_eq!(fields(&refused(&running, &with(name, &value))), [name]);
    }
    let binding = |index: usize| json!({ "role": "VIEWER", "scopeType": "PROJECT", "scopeId": format!("p{index}") });
    let bindings: Vec<Value> = (0..21).map(binding).collect();
    let body = json!({ "name": "", "description": "x".repeat(501), "bindings": bindings });
    assert_eq!(sorted(fields(&refused(&running, &body))), ["bindings", "description", "name"]);
    let ids: Vec<String> = (0..51).map(|index| format!("p{index}")).collect();
    let body = json!({ "name": "n", "keyType": "service", "projectIds": ids });
    assert_eq!(fields(&refused(&running, &body)), ["projectIds"]);
    // Longer than any sound body can be.
    let reply = running.client().post(KEYS, &[("authorization", &admin())], &with("name", &json!("x".repeat(5 << 20))));
    assert_eq!((reply.status, &reply.json()["error"]), (413, &json!("payload_too_large")));
    assert_eq!(State::of(&running.keeper), before);

    for name in ["x".repeat(100), "\u{1f511}".repeat(50)] {
        let reply = running.client().post(KEYS, &[("authorization", &admin())], &with("name", &json!(name)));
        assert_eq!((reply.status, &reply.json()["apiKey"]["name"]), (201, &json!(name)));
    }
}

#[test]
fn only_the_reserved_name_itself_is_reserved() {
    let running = Running::company();
    let made = |name: &str| running.client().post(KEYS, &[("authorization", &admin())], &with("name", &json!(name))).status;
    assert_eq!(made("Langy session"), 422);
    for name in ["langy session", "Langy session ", "Langy  session", "Langy sess\u{131}on", "Langy\u{a0}session"] {
        assert_eq!(made(name), 201, "{name}");
    }
}

#[test]
fn unknown_fields_are_passed_over_and_a_body_that_is_none_is_refused() {
    let running = Running::company();
    let body = json!({
        "name": "n", "color": "red", "userId": "member", "customRoleId": "cMgr",
        "bindings": [{ "role": "VIEWER", "scopeType": "PROJECT", "scopeId": "p1", "customRoleId": "cMgr", "extra": 1 }],
    });
    assert_eq!(running.client().post(KEYS, &[("authorization", &admin())], &body).status, 201);
    assert_eq!(patched(&running, &json!({ "color": "red", "revokedAt": null, "expiresAt": 7 })).status, 200);

    let before = State::of(&running.keeper);
    for broken in [&b""[..], b"{", b"{}x", b"\xff", b"{\"name\": \"\xff\"}", b"{'name': 1}", &b"[".repeat(1000)] {
        for (method, path) in [("POST", KEYS), ("PATCH", "/api/api-keys/tMember")] {
            let send = |key: &str| {
                let authorization = format!("Bearer {}", token(key));
                running.client().send(method, path, &[("authorization", &authorization)], broken)
            };
            let reply = send("kAdmin");
            assert_eq!((reply.status, &reply.json()["error"]), (400, &json!("bad_request")), "{method}");
            // Who may not do it at all is told that first, and nobody is told anything without a key.
            let reply = send("tMember");
            assert_eq!((reply.status, &reply.json()["error"]), (403, &json!("Forbidden")), "{method}");
            assert_eq!(send("tRevoked").status, 401);
        }
    }
    for no_object in ["null", "7", "\"x\"", "[]", "[{}]"] {
        let reply = running.client().send("POST", KEYS, &[("authorization", &admin())], no_object.as_bytes());
        assert_eq!((reply.status, fields(&reply)), (422, vec![String::new()]), "{no_object}");
    }
    assert_eq!(State::of(&running.keeper), before);
}

#[test]
fn an_id_that_is_no_id_is_not_found() {
    let running = Running::company();
    for id in ["nope", "%20", "%ff", "%00", "a%2Fb", "tMember%20", "..", &"x".repeat(4000)] {
        for method in ["GET", "PATCH", "DELETE"] {
            let body = if method == "PATCH" { &b"{}"[..] } else { b"" };
            let reply = running.client().send(method, &format!("{KEYS}/{id}"), &[("authorization", &admin())], body);
            assert_eq!((reply.status, &reply.json()["error"]), (404, &json!("api_key_not_found")), "{method} {id}");
        }
    }
}

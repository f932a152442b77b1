//! A member that stands twice in an object of a body: what a file is refused for, a body is refused for.

use clearance_server::{SessionSecret, SessionSettings, Settings, openapi};
use clearance_store::Purpose;
use serde_json::{Value, json};

use crate::client::Client;
use crate::management::State;
use crate::running::{Running, token, vector};

const SECRET: &str = "0123456789abcdef";

#[test]
fn every_route_with_a_body_refuses_it_at_any_depth() {
    let secret = SessionSecret::new(SECRET).unwrap();
    let session = SessionSettings { listen: ([127, 0, 0, 1], 0).into(), peers: vec![[127, 0, 0, 1].into()], secret };
    let settings = Settings { session: Some(session), ..Settings::default() };
    let running = Running::with(&vector("management/directory.json"), settings);
    let operator = running.operator(&Purpose::ALL);
    let admin = format!("Bearer {}", token("kAdmin"));
    let before = State::of(&running.keeper);
    let document = serde_json::to_value(openapi()).unwrap();
    let mut routes = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation.get("requestBody").is_none() {
                continue;
            }
            routes += 1;
            let sent = path.replace("{organization}", "orgA").replace("{project}", "p1").replace("{id}", "tMember");
            let is_session = path.starts_with("/v1/session/");
            let (address, headers) = if is_session {
                (running.session.unwrap(), vec![("x-clearance-session-secret", SECRET), ("x-clearance-user", "admin")])
            } else {
                let credential = if path.starts_with("/v1/") { &operator } else { &admin };
                (running.address, vec![("authorization", credential.as_str())])
            };
            for (body, place) in [
                (r#"{"name": "a", "as": "admin", "name": "b"}"#, "name"),
                (
                    r#"{"bindings": [{"role": "VIEWER", "scopeType": "PROJECT", "scopeId": "p1", "role": "ADMIN"}]}"#,
                    "bindings.0.role",
                ),
                (r#"{"x": [[{"y": {"z": 1, "\u007a": 1}}]]}"#, "x.0.0.y.z"),
            ] {
                let reply = Client::connect(address).send(&method.to_uppercase(), &sent, &headers, body.as_bytes());
                assert_eq!(reply.status, 422, "{method} {path}: {}", reply.text());
                let expected = json!([{ "field": place, "message": "stands there twice" }]);
                assert_eq!(reply.json()["fields"], expected, "{method} {path}");
            }
        }
    }
    assert!(routes >= 11, "{routes}");
    let after = State::of(&running.keeper);
    assert_eq!(after, before);
}

#[test]
fn of_two_removals_in_one_object_none_is_made() {
    let running = Running::company();
    let operator = running.operator(&[Purpose::Directory]);
    let before = State::of(&running.keeper);
    let member = |user: &str| format!(r#""removeMember": {{"organization": "orgA", "user": "{user}"}}"#);
    let body = format!(r#"{{"batch": "b", "changes": [{{{}, {}}}]}}"#, member("member"), member("admin"));
    let reply = running.client().send("POST", "/v1/directory/changes", &[("authorization", &operator)], body.as_bytes());
    assert_eq!((reply.status, &reply.json()["type"]), (422, &json!("urn:clearance:problem:invalid")));
    let expected: Value = json!([{ "field": "changes.0.removeMember", "message": "stands there twice" }]);
    assert_eq!(reply.json()["fields"], expected);
    assert_eq!(State::of(&running.keeper), before);
}

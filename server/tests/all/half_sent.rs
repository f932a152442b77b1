//! Bodies that never come, and what they must not hold up.

use std::time::Duration;

use clearance_server::{Limits, SessionSecret, SessionSettings, Settings};
use clearance_store::Purpose;

use crate::client::Client;
use crate::openapi::operations;
use crate::running::{Running, token, vector};

/// So long that nothing in a test ends by itself.
const NEVER: Duration = Duration::from_secs(3600);

/// A head whose body does not follow.
fn head(method: &str, path: &str, headers: &[(&str, &str)], framing: &str) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{framing}\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    (head + "\r\n").into_bytes()
}

#[test]
fn every_route_refuses_a_wrong_credential_before_its_body() {
    let secret = SessionSecret::new("0123456789abcdef").unwrap();
    let session = SessionSettings { listen: ([127, 0, 0, 1], 0).into(), peers: vec![[127, 0, 0, 1].into()], secret };
    let limits = Limits { request: NEVER, activation: NEVER, ..Limits::default() };
    let running =
        Running::with(&vector("management/directory.json"), Settings { session: Some(session), limits, ..Settings::default() });
    let document = serde_json::to_value(clearance_server::openapi()).unwrap();
    let wrong = [
        ("authorization", "Bearer op-cl-AAAAAAAAAAAAAAAA_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"),
        ("x-clearance-user", "admin"),
        ("x-clearance-session-secret", "another-secret-of-some-length"),
    ];
    let mut asked = 0;
    for (path, method, operation) in operations(&document) {
        if operation.get("security").is_none() {
            continue;
        }
        let is_session = operation["tags"] == serde_json::json!(["session"]);
        let address = if is_session { running.session.unwrap() } else { running.address };
        let path = path.replace("{id}", "x").replace("{organization}", "x").replace("{project}", "x");
        for framing in ["content-length: 1000", "content-length: 200000", "transfer-encoding: chunked"] {
            let mut client = Client::connect(address);
            client.raw(&head(&method, &path, &wrong, framing));
            assert_eq!(client.reply(&method).status, 401, "{method} {path}, {framing}");
            asked += 1;
        }
    }
    assert!(asked > 90);
}

#[test]
fn bodies_that_nobody_vouches_for_hold_nothing() {
    const ROOM: usize = 8;
    let limits = Limits { requests: ROOM, request: NEVER, activation: NEVER, ..Limits::default() };
    let running = Running::with(&vector("management/directory.json"), Settings { limits, ..Settings::default() });
    let mut waiting = Vec::new();
    for path in ["/v1/policy/activate", "/v1/check", "/v1/directory/changes", "/api/api-keys", "/v1/keys", "/api/auth/validate"] {
        for _ in 0..2 * ROOM {
            let mut client = running.client();
            client.raw(&head("POST", path, &[("authorization", "Bearer nobody")], "content-length: 200000"));
            waiting.push(client);
        }
    }
    let token = token("tMember");
    let mut client = running.client();
    for waiting in &mut waiting {
        let reply = client.get("/v1/authorize?permission=traces:view", &[("x-auth-token", &token)]);
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(waiting.reply("POST").status, 401);
    }
}

#[test]
fn a_connection_is_used_again_after_a_refusal_whose_body_came_late() {
    let running = Running::company();
    let mut client = running.client();
    for _ in 0..3 {
        client.raw(&head("POST", "/v1/check", &[("authorization", "Bearer nobody")], "content-length: 9"));
        assert_eq!(client.reply("POST").status, 401);
        client.raw(b"[1, 2, 3]");
    }
    assert_eq!(client.get("/healthz", &[]).status, 200);
}

/// Half-sent bodies of those who are known take room from others of their kind alone.
#[test]
fn bodies_of_the_known_hold_up_neither_the_gate_nor_a_revocation() {
    let limits = Limits { requests: 4, request: NEVER, activation: NEVER, ..Limits::default() };
    let running = Running::with(&vector("management/directory.json"), Settings { limits, ..Settings::default() });
    let operator = running.operator(&[Purpose::Keys, Purpose::Policy, Purpose::Directory, Purpose::Check]);
    let authorization = [("authorization", operator.as_str())];
    let mut waiting = Vec::new();
    for path in ["/v1/policy/activate", "/v1/directory/changes", "/v1/keys", "/v1/check"] {
        let mut is_full = false;
        // In the end there is no room for one more of the kind.
        for _ in 0..600 {
            let mut client = running.client();
            client.raw(&head("POST", path, &authorization, "content-length: 200000"));
            if client.replies_within(Duration::from_millis(20)) {
                assert_eq!(client.reply("POST").status, 503, "{path}");
                is_full = true;
                break;
            }
            waiting.push(client);
        }
        assert!(is_full, "{path}: a client that is known is not without bounds either");
    }
    let token = token("tMember");
    let mut client = running.client();
    assert_eq!(client.get("/v1/authorize?permission=traces:view", &[("x-auth-token", &token)]).status, 200);
    assert_eq!(client.send("DELETE", "/v1/keys/tMember?as=admin", &authorization, b"").status, 200);
    let question = serde_json::json!({ "user": "admin", "permission": "traces:view", "at": { "project": "p1" } });
    assert_eq!(client.post("/v1/check", &authorization, &question).status, 200);
}

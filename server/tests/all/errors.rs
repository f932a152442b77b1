//! How errors read, and bad input.

use clearance_store::Purpose;
use serde_json::{Value, json};

use crate::running::{Running, token};

#[test]
fn each_side_has_its_own_form() {
    let running = Running::company();
    let client = &mut running.client();
    for (path, is_problem) in
        [("/v1/nope", true), ("/nope", true), ("/", true), ("/api/nope", false), ("/api", false), ("/apis", true)]
    {
        let reply = client.get(path, &[]);
        assert_eq!(reply.status, 404, "{path}");
        let body = reply.json();
        if is_problem {
            assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{path}");
            assert_eq!((&body["type"], &body["status"]), (&json!("urn:clearance:problem:not-found"), &json!(404)));
            assert!(body["title"].is_string() && body["detail"].is_string());
        } else {
            assert_eq!(reply.header("content-type"), Some("application/json"), "{path}");
            assert_eq!(body["error"], "not_found");
            assert!(body["message"].is_string());
        }
    }
    let reply = client.send("DELETE", "/v1/me", &[], b"");
    assert_eq!((reply.status, &reply.json()["type"]), (405, &json!("urn:clearance:problem:method-not-allowed")));
    assert!(reply.header("allow").unwrap().contains("GET"));
    let reply = client.send("DELETE", "/api/projects", &[], b"");
    assert_eq!((reply.status, &reply.json()["error"]), (405, &json!("method_not_allowed")));
}

#[test]
fn a_body_that_is_no_json_is_a_400() {
    let running = Running::company();
    let operator = running.operator(&[Purpose::Check, Purpose::Directory]);
    let client = &mut running.client();
    let deep = "[".repeat(100_000);
    for body in ["", "{", "{\"a\":1}x", "\u{0}", "{\"token\": \"sk-lw-secret", &deep] {
        for path in ["/v1/check", "/v1/directory/changes"] {
            let reply = client.send("POST", path, &[("Authorization", &operator)], body.as_bytes());
            assert_eq!(
                (reply.status, &reply.json()["type"]),
                (400, &json!("urn:clearance:problem:unreadable")),
                "{path} {body:.20}"
            );
            assert!(!reply.text().contains("sk-lw-"));
        }
    }
    let reply = client.send("POST", "/v1/check", &[("Authorization", &operator)], b"\xff\xfe");
    assert_eq!(reply.status, 400);
}

#[test]
fn every_wrong_field_is_named_and_none_is_repeated() {
    let running = Running::company();
    let operator = running.operator(&[Purpose::Check]);
    let client = &mut running.client();
    let mut fields = |body: &Value| -> Vec<String> {
        let reply = client.post("/v1/check", &[("Authorization", &operator)], body);
        assert_eq!((reply.status, &reply.json()["type"]), (422, &json!("urn:clearance:problem:invalid")), "{body}");
        assert!(!reply.text().contains("hidden"), "{}", reply.text());
        reply.json()["fields"].as_array().unwrap().iter().map(|flaw| flaw["field"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(fields(&json!([])), [""]);
    assert_eq!(
        fields(&json!({ "token": ["hidden"], "permission": 4, "at": "hidden", "x": "hidden" })),
        ["token", "permission", "at", "x"]
    );
    assert_eq!(fields(&json!({ "user": "a", "key": "b", "permission": "p", "at": { "project": "c" } })), ["user"]);
    assert_eq!(fields(&json!({ "user": "a", "permission": "p" })), ["at"]);
    assert_eq!(fields(&json!({ "user": "a", "permission": "p", "at": {} })), ["at"]);
    assert_eq!(fields(&json!({ "user": "a", "permission": "p", "at": { "project": "c", "team": "d" } })), ["at"]);
    assert_eq!(fields(&json!({ "questions": {}, "more": 1 })), ["questions", "more"]);
    assert_eq!(
        fields(&json!({ "questions": [{ "permission": "p" }, "hidden", { "user": 7, "at": { "project": "c" } }] })),
        ["questions.0.user", "questions.1", "questions.2.user", "questions.2.permission"]
    );
    assert_eq!(fields(&json!({ "questions": vec![json!({}); 1001] })), ["questions"]);
}

#[test]
fn a_long_body_is_a_413() {
    let running = Running::company();
    let operator = running.operator(&[Purpose::Check]);
    let body = json!({ "user": "x".repeat(1 << 20), "permission": "p", "at": { "project": "c" } });
    let reply = running.client().post("/v1/check", &[("Authorization", &operator)], &body);
    assert_eq!((reply.status, &reply.json()["type"]), (413, &json!("urn:clearance:problem:too-large")));
    let body = json!({ "user": "x".repeat(200_000), "permission": "p", "at": { "project": "c" } });
    assert_eq!(running.client().post("/v1/check", &[("Authorization", &operator)], &body).status, 200);
}

#[test]
fn what_langwatch_sends_too_much_is_passed_over() {
    let running = Running::company();
    let headers = [("X-Auth-Token", token("tMember"))];
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(running.client().post("/api/auth/validate", &headers, &json!({ "x": 1 })).status, 200);
    assert_eq!(running.client().get("/api/projects?x=1", &headers).status, 200);
}

#[test]
fn a_connection_outlives_a_refusal() {
    let running = Running::company();
    let client = &mut running.client();
    for _ in 0..50 {
        for path in ["/v1/check", "/v1/directory/changes", "/api/auth/validate", "/api/api-keys", "/api/nope"] {
            let reply = client.post(path, &[], &json!({ "name": "n" }));
            assert!([401, 404].contains(&reply.status), "{path}");
            assert_eq!(reply.header("connection"), None);
        }
    }
}

//! Operators, made and revoked while the server runs.

use clearance::PrincipalId;
use clearance_keeper::Origin;
use clearance_store::{Purpose, Token};
use serde_json::{Value, json};

use crate::client::Reply;
use crate::running::Running;

const OPERATORS: &str = "/v1/operators";

fn kind(reply: &Reply) -> (u16, Value) {
    (reply.status, reply.json()["type"].clone())
}

#[test]
fn one_that_leaked_is_revoked_while_the_server_runs() {
    let running = Running::company();
    let first = running.operator(&Purpose::ALL);
    let client = &mut running.client();
    let made = client.post(OPERATORS, &[("authorization", &first)], &json!({ "name": "ci", "purposes": ["check", "keys"] }));
    assert_eq!(made.status, 201, "{}", made.text());
    let (id, token) = (made.json()["id"].as_str().unwrap().to_owned(), made.json()["token"].as_str().unwrap().to_owned());
    let bearer = format!("Bearer {token}");
    let question = json!({ "user": "admin", "permission": "traces:view", "at": { "project": "p1" } });
    assert_eq!(client.post("/v1/check", &[("authorization", &bearer)], &question).status, 200);
    assert_eq!(client.get("/v1/policy", &[("authorization", &bearer)]).status, 403, "it is for no more");

    let listed = client.get(OPERATORS, &[("authorization", &first)]).json();
    let row = listed["operators"].as_array().unwrap().iter().find(|row| row["id"] == *id).unwrap().clone();
    assert_eq!((&row["purposes"], &row["name"], row.get("revokedAt")), (&json!(["check", "keys"]), &json!("ci"), None));
    assert!(!listed.to_string().contains(token.rsplit('_').next().unwrap()));

    let gone = client.send("DELETE", &format!("{OPERATORS}/{id}"), &[("authorization", &first)], b"");
    assert_eq!((gone.status, gone.json()), (200, json!({ "id": id, "revoked": true })));
    assert_eq!(client.post("/v1/check", &[("authorization", &bearer)], &question).status, 401);
    assert_eq!(client.send("DELETE", &format!("{OPERATORS}/{id}"), &[("authorization", &first)], b"").status, 200);
    let unknown = client.send("DELETE", &format!("{OPERATORS}/nobody"), &[("authorization", &first)], b"");
    assert_eq!(kind(&unknown), (404, json!("urn:clearance:problem:not-found")));
    let verbs: Vec<_> = running.keeper.store().audit_tail(10).unwrap().into_iter().map(|row| row.entry.verb).collect();
    assert!(verbs.iter().any(|verb| &**verb == "operator.create") && verbs.iter().any(|verb| &**verb == "operator.revoke"));
}

/// Nobody who is revoked while a body is on its way has a say any more once it is there.
#[test]
fn one_that_is_revoked_while_its_request_is_under_way_changes_nothing() {
    let running = Running::company();
    let key = json!({
        "as": "admin", "organization": "orgA", "name": "n",
        "bindings": [{ "role": "VIEWER", "scopeType": "PROJECT", "scopeId": "p1" }],
    });
    for (method, path, body) in [
        ("POST", OPERATORS, json!({ "name": "successor", "purposes": ["operators"] })),
        ("POST", "/v1/directory/changes", json!({ "batch": "b", "changes": [{ "addUser": { "id": "zoe" } }] })),
        ("POST", "/v1/keys", key),
        ("PATCH", "/v1/keys/tMember", json!({ "as": "admin", "name": "n" })),
        ("POST", "/v1/project-keys/p1/rotate", json!({ "as": "admin" })),
    ] {
        let operator = running.keeper.create_operator("leaked", &Purpose::ALL, &Origin::COMMAND).unwrap();
        let body = body.to_string();
        let mut client = running.client();
        client.begin(method, path, operator.token.expose(), body.len());
        running.keeper.revoke_operator(&operator.id, &Origin::COMMAND).unwrap();
        let state = || {
            let directory = running.keeper.authorizer().unwrap().read_directory(clearance::Directory::document);
            (directory, running.keeper.operators().unwrap(), running.keeper.store().audit_head().unwrap().count())
        };
        let before = state();
        client.raw(body.as_bytes());
        let reply = client.reply(method);
        assert_eq!(kind(&reply), (401, json!("urn:clearance:problem:unauthorized")), "{method} {path}: {}", reply.text());
        assert_eq!(state(), before, "{method} {path}");
    }
    let admin = PrincipalId::User("admin");
    let shown = running.keeper.project_key(admin, "p1", &Origin::COMMAND).unwrap();
    assert_eq!(shown.as_ref().map(Token::expose), Some("sk-lw-legacyP1"));
}

/// A row says that somebody was revoked once.
#[test]
fn one_that_is_revoked_already_is_told_once() {
    let running = Running::company();
    let first = running.operator(&Purpose::ALL);
    let id = running.keeper.create_operator("leaked", &Purpose::ALL, &Origin::COMMAND).unwrap().id;
    for _ in 0..3 {
        let gone = running.client().send("DELETE", &format!("{OPERATORS}/{id}"), &[("authorization", &first)], b"");
        assert_eq!((gone.status, gone.json()), (200, json!({ "id": id, "revoked": true })));
    }
    let rows = running.keeper.store().audit_tail(10).unwrap();
    assert_eq!(rows.iter().filter(|row| &*row.entry.verb == "operator.revoke").count(), 1);
}

#[test]
fn none_makes_one_for_more_than_itself() {
    let running = Running::company();
    let manager = running.operator(&[Purpose::Operators, Purpose::Check]);
    let other = running.operator(&[Purpose::Keys, Purpose::Directory, Purpose::Policy, Purpose::Check]);
    let client = &mut running.client();
    let wanted = |purposes: &[&str]| json!({ "name": "n", "purposes": purposes });
    let mut made = |operator: &str, body: &Value| client.post(OPERATORS, &[("authorization", operator)], body);
    assert_eq!(made(&manager, &wanted(&["check", "operators"])).status, 201);
    assert_eq!(kind(&made(&manager, &wanted(&["check", "keys"]))), (403, json!("urn:clearance:problem:forbidden")));
    assert_eq!(made(&other, &wanted(&["check"])).status, 403);
    assert_eq!(made("Bearer nobody", &wanted(&["check"])).status, 401);
    for (body, field) in [
        (wanted(&[]), "purposes"),
        (wanted(&["everything"]), "purposes.[0]"),
        (json!({ "name": "", "purposes": ["check"] }), "name"),
        (json!({ "name": "n".repeat(101), "purposes": ["check"] }), "name"),
        (json!({ "purposes": ["check"] }), "name"),
        (json!({ "name": "n", "purposes": ["check"], "x": 1 }), "x"),
    ] {
        let reply = made(&manager, &body);
        assert_eq!((reply.status, &reply.json()["fields"][0]["field"]), (422, &json!(field)), "{}", reply.text());
    }
    for (method, path) in [("GET", OPERATORS), ("DELETE", "/v1/operators/x")] {
        assert_eq!(running.client().send(method, path, &[("authorization", &other)], b"").status, 403, "{method}");
    }
}

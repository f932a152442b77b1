//! Operators, made and revoked while the server runs.

use clearance_store::Purpose;
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

//! `/v1/check`.

use clearance_store::Purpose;
use serde_json::{Value, json};

use crate::running::{Running, lines, token};

#[test]
fn all_decisions_of_a_vector_are_answered_as_it_says() {
    let running = Running::on_vector("random/w0001");
    let operator = running.operator(&[Purpose::Check]);
    let cases = lines("random/w0001/decisions.jsonl");
    let mut client = running.client();
    for cases in cases.chunks(300) {
        let question = |case: &Value| {
            let mut question = case.clone();
            for name in ["allow", "reason", "own"] {
                question.as_object_mut().unwrap().remove(name);
            }
            question
        };
        let questions: Vec<Value> = cases.iter().map(question).collect();
        let reply = client.post("/v1/check", &[("Authorization", &operator)], &json!({ "questions": questions }));
        assert_eq!(reply.status, 200, "{}", reply.text());
        let body = reply.json();
        let answers = body["answers"].as_array().unwrap();
        assert_eq!(answers.len(), cases.len());
        for (case, answer) in cases.iter().zip(answers) {
            assert_eq!((&case["id"], &case["allow"]), (&answer["id"], &answer["allow"]), "{case}");
            if let Some(reason) = case.get("reason") {
                assert_eq!(reason, &answer["reason"], "{case}");
            }
        }
    }
}

#[test]
fn a_token_is_judged_as_on_a_route() {
    let running = Running::company();
    let operator = running.operator(&[Purpose::Check, Purpose::Directory]);
    let mut client = running.client();
    let mut ask = |question: Value| {
        let reply = client.post("/v1/check", &[("Authorization", &operator)], &question);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    };
    let answer = ask(json!({ "id": "q", "token": token("tMember"), "permission": "traces:view" }));
    assert_eq!((&answer["id"], &answer["allow"], &answer["reason"]), (&json!("q"), &json!(true), &json!("binding")));
    assert_eq!((&answer["key"], &answer["owner"], &answer["project"]), (&json!("tMember"), &json!("member"), &json!("p1")));
    assert!(answer["policy"].as_str().unwrap().starts_with("sha256:"));
    // Being asked about is not being used.
    assert_eq!(running.keeper.last_used("tMember"), None);

    let at = |token: String, at: Value| json!({ "token": token, "permission": "organization:view", "at": at });
    assert_eq!(ask(at(token("kAdmin"), json!({ "organization": "orgA" })))["allow"], true);
    assert_eq!(ask(at(token("kAdmin"), json!({ "organization": "orgB" })))["reason"], "key-lacks");
    for refused in [
        at(token("kAdmin"), json!({ "project": "p9" })),
        at(token("tRevoked"), json!({ "organization": "orgA" })),
        at("sk-lw-legacyP1".into(), json!({ "organization": "orgA" })),
        json!({ "token": token("kAdmin"), "permission": "traces:view" }),
        json!({ "token": "", "permission": "traces:view" }),
    ] {
        assert_eq!(ask(refused.clone()), json!({ "allow": false, "reason": "unauthorized" }), "{refused}");
    }
    let answer = ask(json!({ "token": "sk-lw-legacyP1", "permission": "traces:view", "at": { "project": "p2" } }));
    assert_eq!((&answer["reason"], &answer["project"]), (&json!("project-key"), &json!("p1")));
    assert_eq!(ask(json!({ "projectKey": "p1", "permission": "traces:view", "at": { "project": "p1" } }))["allow"], true);
}

#[test]
fn only_an_operator_for_it_may_ask() {
    let running = Running::company();
    let mut client = running.client();
    let question = json!({ "user": "admin", "permission": "traces:view", "at": { "project": "p1" } });
    let mut status = |headers: &[(&str, &str)]| client.post("/v1/check", headers, &question).status;
    let operator = running.keeper.create_operator("o", &[Purpose::Check], &clearance_keeper::Origin::COMMAND).unwrap();
    let bearer = format!("Bearer {}", operator.token.expose());
    assert_eq!(status(&[("Authorization", &bearer)]), 200);
    assert_eq!(status(&[("Authorization", &running.operator(&[Purpose::Directory, Purpose::Keys]))]), 403);
    assert_eq!(status(&[]), 401);
    assert_eq!(status(&[("X-Auth-Token", operator.token.expose())]), 401);
    assert_eq!(status(&[("X-Auth-Token", &token("kAdmin")), ("X-Project-Id", "p1")]), 401);
    assert_eq!(status(&[("Authorization", &format!("Bearer {}", token("kAdmin")))]), 401);
    running.keeper.revoke_operator(&operator.id, &clearance_keeper::Origin::COMMAND).unwrap();
    assert_eq!(status(&[("Authorization", &bearer)]), 401);
    // An operator is not a key.
    assert_eq!(
        client.get("/v1/authorize?permission=traces:view", &[("Authorization", &bearer), ("X-Project-Id", "p1")]).status,
        401
    );
}

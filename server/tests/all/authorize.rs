//! The gate.

use serde_json::{Value, json};

use crate::client::{Client, Reply};
use crate::running::{Running, token};

fn ask(client: &mut Client, key: &str, question: &str, project: Option<&str>) -> Reply {
    let token = token(key);
    let project = project.map(|project| ("X-Project-Id", project));
    let headers: Vec<_> = [("X-Auth-Token", token.as_str())].into_iter().chain(project).collect();
    client.get(&format!("/v1/authorize?{question}"), &headers)
}

#[test]
fn an_answer_says_who_it_is() {
    let running = Running::company();
    let client = &mut running.client();
    let reply = ask(client, "kAdmin", "permission=traces:view", Some("p1"));
    assert_eq!((reply.status, reply.body.len()), (200, 0));
    assert_eq!(reply.header("x-clearance-key"), Some("kAdmin"));
    assert_eq!(reply.header("x-clearance-owner"), Some("admin"));
    assert_eq!(reply.header("x-clearance-project"), Some("p1"));
    let policy = running.keeper.authorizer().unwrap().version().digest().to_string();
    assert_eq!(reply.header("x-clearance-policy"), Some(policy.as_str()));

    let reply = ask(client, "tSvc", "permission=traces:view&at=project", Some("p1"));
    assert_eq!((reply.status, reply.header("x-clearance-key"), reply.header("x-clearance-owner")), (200, Some("tSvc"), None));
}

#[test]
fn a_refusal_names_the_permission_and_who_it_is() {
    let running = Running::company();
    let reply = ask(&mut running.client(), "tMember", "permission=project:delete", None);
    assert_eq!(reply.status, 403);
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    assert!(reply.header("www-authenticate").unwrap().contains("insufficient_scope"));
    let body = reply.json();
    assert_eq!(body["type"], "urn:clearance:problem:forbidden");
    for (name, value) in [("permission", "project:delete"), ("key", "tMember"), ("owner", "member"), ("project", "p1")] {
        assert_eq!(body[name], value, "{body}");
    }
    let policy = running.keeper.authorizer().unwrap().version().digest().to_string();
    assert_eq!((&body["policy"], reply.header("x-clearance-policy")), (&serde_json::json!(policy), Some(&*policy)));
}

#[test]
fn an_unknown_permission_and_an_unclear_question_are_refused() {
    let running = Running::company();
    let client = &mut running.client();
    for question in [
        "permission=no:such",
        "permission=",
        "",
        "permission=traces:view&permission=traces:view",
        "permission=traces:view&at=team",
        "permission=traces:view&x=1",
        "permission=%ff",
        "permission=traces%3Aview%00",
    ] {
        let reply = ask(client, "kAdmin", question, Some("p1"));
        assert_eq!((reply.status, &reply.json()["key"]), (403, &json!("kAdmin")), "{question}");
        // Whoever is nobody does not learn which permissions there are.
        assert_eq!(client.get(&format!("/v1/authorize?{question}"), &[]).status, 401, "{question}");
        assert_eq!(ask(client, "tRevoked", question, Some("p1")).status, 401, "{question}");
    }
    assert_eq!(ask(client, "kAdmin", "permission=traces%3Aview", Some("p1")).status, 200);
}

#[test]
fn at_an_organization_keys_need_no_project() {
    let running = Running::company();
    let client = &mut running.client();
    let question = "permission=organization:manage&at=organization";
    let reply = ask(client, "kAdmin", question, None);
    assert_eq!((reply.status, reply.header("x-clearance-key")), (200, Some("kAdmin")));
    assert_eq!(reply.header("x-clearance-project"), None);
    // What a client says about projects does not matter there.
    assert_eq!(ask(client, "kAdmin", question, Some("nope")).status, 200);
    let reply = ask(client, "tMember", question, None);
    assert_eq!((reply.status, &reply.json()["project"]), (403, &Value::Null));
    assert_eq!(client.get(&format!("/v1/authorize?{question}"), &[("X-Auth-Token", "sk-lw-legacyP1")]).status, 401);
    assert_eq!(client.get("/v1/authorize?permission=traces:view", &[("X-Auth-Token", "sk-lw-legacyP1")]).status, 200);
}

#[test]
fn the_query_holds_no_credential() {
    let running = Running::company();
    let path = format!("/v1/authorize?permission=traces:view&token={}", token("kAdmin"));
    assert_eq!(running.client().get(&path, &[("X-Project-Id", "p1")]).status, 401);
}

#[test]
fn what_a_client_says_it_is_counts_for_nothing() {
    let running = Running::company();
    let token = token("tMember");
    let lies = [("X-Auth-Token", token.as_str()), ("X-Clearance-Key", "kAdmin"), ("X-Clearance-Owner", "admin")];
    let reply = running.client().get("/v1/authorize?permission=traces:view", &lies);
    let said: Vec<_> = reply.headers.iter().filter(|(name, _)| name == "x-clearance-key").collect();
    assert_eq!(said, [&("x-clearance-key".to_owned(), "tMember".to_owned())]);
}

#[test]
fn head_asks_the_same() {
    let running = Running::company();
    let token = token("kAdmin");
    let headers = [("X-Auth-Token", token.as_str()), ("X-Project-Id", "p1")];
    let client = &mut running.client();
    assert_eq!(client.send("HEAD", "/v1/authorize?permission=traces:view", &headers, b"").status, 200);
    assert_eq!(client.send("HEAD", "/v1/authorize?permission=no:such", &headers, b"").status, 403);
}

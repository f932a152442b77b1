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
    let policy = running.keeper.authorizer().unwrap().live_version().digest().to_string();
    assert_eq!(reply.header("x-clearance-policy"), Some(policy.as_str()));

    let reply = ask(client, "tSvc", "permission=traces:view&at=project", Some("p1"));
    assert_eq!(
        (reply.status, reply.header("x-clearance-key"), reply.header("x-clearance-owner")),
        (200, Some("tSvc"), Some("-"))
    );
}

/// Proxies that copy a header only where it is there would pass on the one that a client sent.
#[test]
fn every_pass_says_the_same_names_and_none_is_empty() {
    let running = Running::company();
    let client = &mut running.client();
    let tokens = [token("kAdmin"), token("tSvc"), token("kAdminSvc"), "sk-lw-legacyP1".to_owned()];
    let mut passes = 0;
    for token in &tokens {
        for question in ["permission=traces:view", "permission=organization:view&at=organization"] {
            let headers = [("X-Auth-Token", token.as_str()), ("X-Project-Id", "p1")];
            let reply = client.get(&format!("/v1/authorize?{question}"), &headers);
            if reply.status != 200 {
                continue;
            }
            passes += 1;
            let said: Vec<_> = reply.headers.iter().filter(|(name, _)| name.starts_with("x-clearance-")).collect();
            let mut names: Vec<_> = said.iter().map(|(name, _)| name.as_str()).collect();
            names.sort_unstable();
            assert_eq!(names, ["x-clearance-key", "x-clearance-owner", "x-clearance-policy", "x-clearance-project"]);
            assert!(said.iter().all(|(_, value)| !value.is_empty()), "{said:?}");
        }
    }
    assert!(passes >= 5, "{passes}");
    let reply = client.get("/v1/authorize?permission=traces:view", &[("X-Auth-Token", "sk-lw-legacyP1")]);
    assert_eq!((reply.header("x-clearance-key"), reply.header("x-clearance-owner")), (Some("-"), Some("-")));
}

/// Some proxies keep the method of the client, some its path behind the gate's.
#[test]
fn any_method_and_any_path_behind_it_ask_the_same() {
    let running = Running::company();
    let client = &mut running.client();
    let admin = token("kAdmin");
    let headers = [("X-Auth-Token", admin.as_str()), ("X-Project-Id", "p1")];
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
        for path in ["/v1/authorize", "/v1/authorize/", "/v1/authorize/api/otel/v1/traces", "/v1/authorize/a%2F..%2Fb"] {
            let mut ask = |question: &str, headers: &[(&str, &str)]| {
                let reply = client.send(method, &format!("{path}?{question}"), headers, b"");
                // Every method is allowed: a proxy that copies headers must not tell a browser otherwise.
                assert_eq!(reply.header("allow"), None, "{method} {path}");
                (reply.status, reply.header("x-clearance-key").map(str::to_owned))
            };
            assert_eq!(ask("permission=traces:view", &headers), (200, Some("kAdmin".into())), "{method} {path}");
            assert_eq!(ask("permission=no:such", &headers), (403, None), "{method} {path}");
            assert_eq!(ask("permission=traces:view", &[]), (401, None), "{method} {path}");
        }
    }
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
    let policy = running.keeper.authorizer().unwrap().live_version().digest().to_string();
    assert_eq!((&body["policy"], reply.header("x-clearance-policy")), (&serde_json::json!(policy), Some(&*policy)));
}

/// It is written without a tree, and reads as it always did.
#[test]
fn the_bytes_of_a_refusal_stay() {
    let running = Running::company();
    let client = &mut running.client();
    let policy = running.keeper.authorizer().unwrap().live_version().digest();
    let detail = "the credential is valid, and does not hold the permission that this takes";
    let reply = ask(client, "tMember", "permission=project:delete", None);
    let reason = reply.json()["reason"].as_str().unwrap().to_owned();
    let expected = format!(
        r#"{{"type":"urn:clearance:problem:forbidden","title":"Forbidden","status":403,"detail":"{detail}","key":"tMember","owner":"member","permission":"project:delete","policy":"{policy}","project":"p1","reason":"{reason}"}}"#
    );
    assert_eq!(reply.text(), expected);
    let reply = ask(client, "tMember", "permission=%22%0a", None);
    assert_eq!(reply.json()["permission"], "\"\n");
    let reply = client.get("/v1/authorize", &[]);
    let detail = "no valid credential: send an API key that is in use, and the project if it has several";
    let expected =
        format!(r#"{{"type":"urn:clearance:problem:unauthorized","title":"Unauthorized","status":401,"detail":"{detail}"}}"#);
    assert_eq!((reply.text(), reply.header("content-type")), (&*expected, Some("application/problem+json")));
    let reply = client.get("/api/projects", &[]);
    let expected = format!(r#"{{"error":"Unauthorized","message":"{detail}"}}"#);
    assert_eq!((reply.text(), reply.header("content-type")), (&*expected, Some("application/json")));
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
        // A client that is nobody does not learn which permissions there are.
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
    assert_eq!(reply.header("x-clearance-project"), Some("-"));
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

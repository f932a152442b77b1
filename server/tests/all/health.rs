//! How the server is, request ids, and what it says of itself.

use serde_json::Value;

use crate::running::{Running, token};

#[test]
fn it_is_alive_and_ready() {
    let running = Running::company();
    let client = &mut running.client();
    let reply = client.get("/healthz", &[]);
    assert_eq!((reply.status, reply.text(), reply.header("x-request-id")), (200, "ok\n", None));
    let reply = client.get("/readyz", &[]);
    assert_eq!((reply.status, reply.text()), (200, "ready\n"));
}

#[test]
fn requests_and_answers_are_counted_without_ids() {
    let running = Running::company();
    let client = &mut running.client();
    let token = token("tMember");
    let headers = [("X-Auth-Token", token.as_str())];
    client.get("/v1/authorize?permission=traces:view", &headers);
    client.get("/v1/authorize?permission=traces:view", &headers);
    client.get("/v1/authorize?permission=project:delete", &headers);
    client.get("/v1/authorize?permission=traces:view", &[]);
    client.get("/api/projects/p1/api-key", &headers);
    client.get("/sk-lw-something", &headers);
    // Invented methods, short ones too, and one that is a token.
    for method in ["SK-LW-METHOD", "SK-LW-1", "BREW", "GETT", "sk-cl-A"] {
        client.send(method, "/v1/me", &headers, b"");
    }
    let reply = client.get("/metrics", &[]);
    assert!(reply.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    let text = reply.text();
    for line in [
        r#"clearance_answers_total{answer="Allow"} 2"#,
        r#"clearance_answers_total{answer="Deny"} 1"#,
        r#"clearance_answers_total{answer="Unauthorized"} 1"#,
        r#"clearance_http_requests_total{route="/v1/authorize",method="GET",status="200"} 2"#,
        r#"clearance_http_requests_total{route="/api/projects/{id}/api-key",method="GET",status="403"} 1"#,
        r#"clearance_http_requests_total{route="none",method="GET",status="404"} 1"#,
        r#"clearance_http_requests_total{route="/v1/me",method="other",status="405"} 5"#,
        r#"clearance_http_request_seconds_count{route="/v1/authorize"} 4"#,
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(
        !text.contains("sk-lw")
            && !text.contains("SK-LW")
            && !text.contains("sk-cl")
            && !text.contains("BREW")
            && !text.contains("tMember"),
        "{text}"
    );
}

#[test]
fn a_request_keeps_its_id_or_gets_one() {
    let running = Running::company();
    let client = &mut running.client();
    for id in ["0af7651916cd43dd8448eb211c80319c", "0AF76519-16CD-43DD-8448-EB211C80319C"] {
        let reply = client.get("/v1/me", &[("X-Request-Id", id)]);
        assert_eq!((reply.status, reply.header("x-request-id")), (401, Some(id)));
    }
    // Anything else may be a secret that stands in the wrong header.
    let token = token("tMember");
    let mut ids = std::collections::BTreeSet::new();
    for given in
        ["abc-1", "a b", &token, "sk-lw-legacyP2", "0af7651916cd43dd8448eb211c80319", "0af7651916cd43dd-8448-eb211c80319c"]
    {
        let reply = client.get("/v1/me", &[("X-Request-Id", given)]);
        let id = reply.header("x-request-id").unwrap().to_owned();
        assert!(id.len() == 32 && ids.insert(id), "{given}");
    }
}

#[test]
fn it_says_which_routes_there_are() {
    let running = Running::company();
    let document: Value = running.client().get("/openapi.json", &[]).json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for (path, method) in [
        ("/v1/authorize", "get"),
        ("/v1/check", "post"),
        ("/v1/me", "get"),
        ("/v1/directory/changes", "post"),
        ("/api/me/project", "get"),
        ("/api/projects", "get"),
        ("/api/projects/{id}/api-key", "get"),
        ("/api/projects/{id}/regenerate-api-key", "post"),
        ("/api/auth/validate", "post"),
    ] {
        let operation = &document["paths"][path][method];
        assert!(operation["responses"]["200"].is_object() && operation["responses"]["401"].is_object(), "{path}");
    }
    assert_eq!(document, serde_json::to_value(clearance_server::openapi()).unwrap());
}

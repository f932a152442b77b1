//! `/v1/me`.

use serde_json::{Value, json};

use crate::running::{Running, token};

#[test]
fn a_key_learns_what_it_is_and_may_do() {
    let running = Running::company();
    let client = &mut running.client();
    let me = |client: &mut crate::client::Client, token: &str, project: Option<&str>| {
        let project = project.map(|project| ("X-Project-Id", project));
        let headers: Vec<_> = [("X-Auth-Token", token)].into_iter().chain(project).collect();
        client.get("/v1/me", &headers)
    };
    let body = me(client, &token("tRestricted"), None).json();
    assert_eq!(body["kind"], "key");
    assert_eq!((&body["owner"], &body["organization"], &body["project"]), (&json!("member"), &json!("orgA"), &json!("p1")));
    assert_eq!(body["permissions"], json!(["traces:view", "datasets:view"]));
    let key = &body["key"];
    assert_eq!((&key["id"], &key["mode"], &key["shown"]), (&json!("tRestricted"), &json!("restricted"), &json!("oV2pU")));
    assert!(key.get("hashedSecret").is_none() && key.get("lookupId").is_none());

    // A key of no one project is told what it may do at its organization.
    let body = me(client, &token("kAdmin"), None).json();
    assert_eq!(body["project"], Value::Null);
    assert!(body["permissions"].as_array().unwrap().contains(&json!("organization:manage")));
    assert_eq!(me(client, &token("kAdmin"), Some("nope")).status, 401);
    assert_eq!(me(client, &token("kAdmin"), Some("p3")).json()["project"], "p3");

    let body = me(client, "sk-lw-legacyP1", Some("nope")).json();
    assert_eq!((&body["kind"], &body["project"], &body["organization"]), (&json!("project-key"), &json!("p1"), &Value::Null));
    assert!(body.get("key").is_none());
}

//! The routes that clients of LangWatch call beside the keys API.

use serde_json::{Value, json};

use crate::client::{Client, Reply};
use crate::running::{Running, token};

fn get(client: &mut Client, path: &str, key: &str) -> Reply {
    client.get(path, &[("Authorization", &format!("Bearer {}", token(key)))])
}

#[test]
fn a_credential_learns_its_project() {
    let running = Running::company();
    let client = &mut running.client();
    let reply = get(client, "/api/me/project", "tIngestCompany");
    assert_eq!((reply.status, reply.json()), (200, json!({ "id": "p1", "name": "p1", "slug": "p1", "isPersonal": false })));
    let reply = client.get("/api/me/project", &[("X-Auth-Token", "sk-lw-legacyPpM")]);
    assert_eq!(reply.json(), json!({ "id": "ppM", "name": "ppM", "slug": "ppM", "isPersonal": true }));
    assert_eq!(get(client, "/api/me/project", "kAdmin").status, 401);
}

#[test]
fn a_key_lists_the_projects_that_it_can_see() {
    let running = Running::company();
    let client = &mut running.client();
    let ids = |reply: &Reply| -> Vec<String> {
        reply.json()["data"].as_array().unwrap().iter().map(|project| project["id"].as_str().unwrap().to_owned()).collect()
    };
    let reply = get(client, "/api/projects?page=1&limit=50", "kAdmin");
    assert_eq!(ids(&reply), ["p1", "p2", "p3", "ppM"]);
    assert_eq!(reply.json()["pagination"], json!({ "page": 1, "limit": 50, "total": 4 }));
    assert_eq!(reply.json()["data"][0], json!({ "id": "p1", "name": "p1", "slug": "p1", "teamId": "t1" }));
    let reply = get(client, "/api/projects?page=2&limit=3", "kAdmin");
    assert_eq!((ids(&reply), &reply.json()["pagination"]["total"]), (vec!["ppM".to_owned()], &json!(4)));
    assert_eq!(ids(&get(client, "/api/projects?page=9", "kAdmin")), [""; 0]);
    assert_eq!(ids(&get(client, "/api/projects", "tSvc")), ["p1", "p2"]);
    assert_eq!(ids(&get(client, "/api/projects", "tMember")), ["p1"]);
    assert_eq!(ids(&get(client, "/api/projects", "tIngestCompany")), [""; 0]);
    assert_eq!(client.get("/api/projects", &[("X-Auth-Token", "sk-lw-legacyP1")]).status, 401);
    let reply = get(client, "/api/projects?page=0&limit=x", "kAdmin");
    assert_eq!((reply.status, &reply.json()["error"]), (422, &json!("validation_error")));
    assert_eq!(reply.json()["fields"].as_array().unwrap().len(), 2);
}

#[test]
fn a_project_key_is_read_and_replaced() {
    let running = Running::company();
    let client = &mut running.client();
    let reply = get(client, "/api/projects/p1/api-key", "kAdmin");
    assert_eq!((reply.status, reply.json()), (200, json!({ "apiKey": "sk-lw-legacyP1" })));
    assert_eq!(get(client, "/api/projects/p1/api-key", "tSvc").status, 200);
    for (project, key, status, code) in [
        ("p1", "tMember", 403, "Forbidden"),
        ("p3", "tSvc", 403, "Forbidden"),
        ("p9", "kAdmin", 404, "api_key_not_found"),
        ("p9", "tMember", 404, "api_key_not_found"),
        ("nope", "tMember", 404, "api_key_not_found"),
        ("p1", "tRevoked", 401, "Unauthorized"),
    ] {
        for (method, path) in [("GET", "api-key"), ("POST", "regenerate-api-key")] {
            let authorization = format!("Bearer {}", token(key));
            let reply =
                client.send(method, &format!("/api/projects/{project}/{path}"), &[("Authorization", &authorization)], b"");
            assert_eq!((reply.status, &reply.json()["error"]), (status, &json!(code)), "{method} {project} {key}");
        }
    }

    let admin = format!("Bearer {}", token("kAdmin"));
    let reply = client.send("POST", "/api/projects/p1/regenerate-api-key", &[("Authorization", &admin)], b"");
    assert_eq!(reply.status, 200);
    let new = reply.json()["apiKey"].as_str().unwrap().to_owned();
    let status = |client: &mut Client, token: &str| client.get("/api/me/project", &[("X-Auth-Token", token)]).status;
    assert_eq!((status(client, "sk-lw-legacyP1"), status(client, &new), status(client, "sk-lw-legacyP2")), (401, 200, 200));
    assert_eq!(get(client, "/api/projects/p1/api-key", "kAdmin").json(), json!({ "apiKey": new }));
    const READ: &str = "project-key.read";
    const ROTATE: &str = "project-key.rotate";
    let audit = running.keeper.store().audit_tail(10).unwrap();
    assert_eq!(audit.iter().map(|row| &*row.entry.verb).collect::<Vec<_>>(), [READ, READ, ROTATE, READ]);
    // Who saw it is told as who replaced it is.
    for row in audit.iter().skip(2).map(|row| serde_json::to_value(row).unwrap()) {
        assert_eq!(
            (&row["who"], &row["peer"], &row["subject"]),
            (&json!({ "kind": "key", "id": "kAdmin" }), &json!("127.0.0.1"), &json!("p1"))
        );
        assert!(!row.to_string().contains("sk-lw-"));
    }
}

#[test]
fn a_credential_is_validated_at_sign_in() {
    let running = Running::company();
    let client = &mut running.client();
    let mut status =
        |token: &str| client.post("/api/auth/validate", &[("X-Auth-Token", token)], &Value::Object(Default::default())).status;
    assert_eq!(status("sk-lw-legacyP1"), 200);
    assert_eq!(status(&token("tMember")), 200);
    assert_eq!(status(&token("kAdmin")), 200);
    for invalid in ["", "sk-lw-nothing", &token("tRevoked"), &token("tExpired"), "sk-lw-legacyArch"] {
        assert_eq!(status(invalid), 401, "{invalid}");
    }
}

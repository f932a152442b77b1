//! Keys, as the command line manages them.

use clearance_store::{Purpose, Who};
use serde_json::{Value, json};

use crate::client::Reply;
use crate::management::{State, fields, sorted};
use crate::running::Running;

struct Desk {
    running: Running,
    operator: String,
}

impl Desk {
    fn open() -> Self {
        let running = Running::company();
        let operator = running.operator(&[Purpose::Keys]);
        Self { running, operator }
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.running.client().send(method, path, &[("authorization", &self.operator)], body.as_bytes())
    }

    fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &Value::Null)
    }
}

fn ids(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{}", reply.text());
    sorted(reply.json()["keys"].as_array().unwrap().iter().map(|key| key["id"].clone()).collect())
}

/// People write the end of the year 9999 for "never". A text that is not a time is refused with the form that is wanted.
#[test]
fn an_expiry_is_a_time_of_rfc_3339() {
    let desk = Desk::open();
    let make = |expires: &str| {
        let body = json!({
            "as": "admin", "organization": "orgA", "keyType": "service", "name": "ci", "expiresAt": expires,
            "bindings": [{ "role": "VIEWER", "scopeType": "PROJECT", "scopeId": "p1" }],
        });
        desk.send("POST", "/v1/keys", &body)
    };
    for never in ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999-12:00"] {
        let reply = make(never);
        assert_eq!(reply.status, 201, "{}", reply.text());
        assert_eq!(reply.json()["key"]["expiresAt"], "9999-12-30T21:59:59.999Z");
    }
    for wrong in ["never", "2027-01-02T00:00:00+25:00", "2027-01-02T00:00:00,5Z"] {
        let reply = make(wrong);
        assert_eq!(reply.status, 422, "{wrong}: {}", reply.text());
        assert!(
            reply.text().contains("expiresAt") && reply.text().contains("such as `2026-01-02T00:00:00Z`"),
            "{}",
            reply.text()
        );
    }
}

#[test]
fn an_operator_leads_a_key_through_its_life() {
    let desk = Desk::open();
    let body = json!({
        "as": "admin", "organization": "orgA", "keyType": "service", "name": "ci", "permissionMode": "restricted",
        "categories": [{ "category": "traces", "level": "write" }, { "category": "cost", "level": "read" }],
        "permissions": ["traces:view", "experiments:update"],
        "bindings": [{ "role": "CUSTOM", "scopeType": "TEAM", "scopeId": "t1" }],
    });
    let reply = desk.send("POST", "/v1/keys", &body);
    assert_eq!(reply.status, 201, "{}", reply.text());
    let made = reply.json();
    assert!(made["token"].as_str().unwrap().starts_with("sk-lw-"));
    let key = &made["key"];
    let id = key["id"].as_str().unwrap();
    assert_eq!(
        (&key["keyType"], &key["status"], &key["permissionMode"]),
        (&json!("service"), &json!("active"), &json!("restricted"))
    );
    assert_eq!(key["categories"], json!([{ "category": "traces", "level": "write" }, { "category": "cost", "level": "read" }]));
    assert_eq!(key["otherPermissions"], json!(["experiments:update"]));
    assert_eq!(key["shown"], json!(made["token"].as_str().unwrap()[6..11]));
    assert_eq!((key.get("owner"), key.get("lastUsedAt"), key.get("description")), (None, None, None));
    assert_eq!(key["bindings"][0]["scopeId"], "t1");
    assert_eq!(made["warnings"], json!([]));

    let reply = desk.get(&format!("/v1/keys/{id}?as=admin"));
    assert_eq!((reply.status, &reply.json()), (200, key));
    // A use that is not written yet is shown.
    let token = made["token"].as_str().unwrap();
    let headers = [("x-auth-token", token), ("x-project-id", "p1")];
    assert_eq!(desk.running.client().get("/v1/authorize?permission=traces:create", &headers).status, 200);
    assert!(desk.get(&format!("/v1/keys/{id}?as=admin")).json()["lastUsedAt"].is_string());

    let reply = desk.send("PATCH", &format!("/v1/keys/{id}"), &json!({ "as": "admin", "name": "ci 2", "description": "d" }));
    assert_eq!(
        (reply.status, &reply.json()["key"]["name"], &reply.json()["key"]["description"]),
        (200, &json!("ci 2"), &json!("d"))
    );
    let body = json!({
        "as": "admin", "permissionMode": "restricted", "categories": [{ "category": "cost", "level": "read" }],
        "bindings": [{ "role": "CUSTOM", "scopeType": "PROJECT", "scopeId": "p1" }],
    });
    let reply = desk.send("PATCH", &format!("/v1/keys/{id}"), &body);
    assert_eq!((reply.status, &reply.json()["key"]["categories"]), (200, &json!([{ "category": "cost", "level": "read" }])));
    assert_eq!(desk.running.client().get("/v1/authorize?permission=traces:create", &headers).status, 403);

    let reply = desk.send("DELETE", &format!("/v1/keys/{id}?as=admin"), &Value::Null);
    assert_eq!((reply.status, &reply.json()["key"]["status"]), (200, &json!("revoked")));
    assert!(reply.json()["key"]["revokedAt"].is_string());
    assert_eq!(desk.running.client().get("/v1/authorize?permission=cost:view", &headers).status, 401);
    let reply = desk.send("DELETE", &format!("/v1/keys/{id}?as=admin"), &Value::Null);
    assert_eq!(
        (reply.status, &reply.json()["code"], &reply.json()["fields"]),
        (409, &json!("api_key_already_revoked"), &json!([]))
    );
    assert_eq!(reply.json()["type"], "urn:clearance:problem:api-key-already-revoked");

    let rows = desk.running.keeper.store().audit_tail(4).unwrap();
    let told: Vec<_> = rows.iter().map(|row| (&*row.entry.verb, &*row.entry.subject)).collect();
    assert_eq!(told, [("key.create", id), ("key.edit", id), ("key.edit", id), ("key.revoke", id)]);
    for row in &rows {
        assert!(matches!(row.entry.who, Who::Operator(_)));
        let acting = row.entry.after.as_ref().or(row.entry.before.as_ref()).unwrap();
        assert_eq!(acting["as"], "admin", "{acting}");
        assert!(row.entry.policy.is_some() && row.entry.peer.as_deref() == Some("127.0.0.1"));
    }
}

#[test]
fn keys_are_listed_as_the_user_sees_them() {
    let desk = Desk::open();
    let of = |user: &str, more: &str| ids(&desk.get(&format!("/v1/keys?organization=orgA&as={user}{more}")));
    assert_eq!(
        of("member", ""),
        sorted(json!([
            "kAdminSvc",
            "kMember",
            "kMgrSvc",
            "kOverreach",
            "kViewSvc",
            "tExpired",
            "tIngestMine",
            "tMember",
            "tRestricted",
            "tSvc"
        ]))
    );
    assert_eq!(of("member", "&all=false"), of("member", ""));
    let all = of("member", "&all=true").to_string();
    assert!(all.contains("tRevoked") && !all.contains("tLangy") && !all.contains("kMgr\\\""), "{all}");
    let expired = desk.get("/v1/keys/tExpired?as=member").json();
    assert_eq!((&expired["status"], &expired["keyType"]), (&json!("expired"), &json!("personal")));
    assert_eq!(desk.get("/v1/keys/tIngestMine?as=member").json()["keyType"], "ingestion");
    assert_eq!(expired.get("createdAt"), None);

    let reply = desk.get("/v1/keys?organization=orgA&as=outsider&all=true");
    assert_eq!((reply.status, &reply.json()["code"]), (403, &json!("api_key_scope_violation")));
    for path in ["/v1/keys/nope?as=admin", "/v1/keys/tLangy?as=admin", "/v1/keys/kMgr?as=member"] {
        let reply = desk.get(path);
        assert_eq!((reply.status, &reply.json()["code"]), (404, &json!("api_key_not_found")), "{path}");
    }
}

#[test]
fn what_a_key_can_be_made_of_is_shown() {
    let desk = Desk::open();
    let choices = desk.get("/v1/keys/choices?organization=orgA&as=admin").json();
    let names = |list: &str, id: &str| -> Vec<String> {
        choices[list].as_array().unwrap().iter().map(|row| row[id].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("teams", "id"), ["t1", "t2", "tpA", "tpM"]);
    assert_eq!(names("projects", "id"), ["p1", "p2", "p3", "ppM"]);
    assert_eq!(choices["projects"][0], json!({ "id": "p1", "team": "t1" }));
    assert_eq!(names("bindings", "scopeId"), ["orgA", "tpA"]);
    assert!(names("members", "user").len() > 5);
    assert!(!choices.to_string().contains("sk-lw-"));
    let choices = desk.get("/v1/keys/choices?organization=orgA&as=member").json();
    assert_eq!(choices["members"], json!([]));
}

#[test]
fn a_project_key_is_replaced() {
    let desk = Desk::open();
    let reply = desk.send("POST", "/v1/project-keys/p1/rotate", &json!({ "as": "admin" }));
    assert_eq!((reply.status, &reply.json()["project"]), (200, &json!("p1")));
    let new = reply.json()["projectKey"].as_str().unwrap().to_owned();
    let status = |token: &str| desk.running.client().get("/v1/me", &[("x-auth-token", token)]).status;
    assert_eq!((status("sk-lw-legacyP1"), status(&new)), (401, 200));
    let reply = desk.send("POST", "/v1/project-keys/p1/rotate", &json!({ "as": "viewer" }));
    assert_eq!((reply.status, &reply.json()["code"]), (403, &json!("Forbidden")));
    assert_eq!(desk.send("POST", "/v1/project-keys/p9/rotate", &json!({ "as": "admin" })).status, 403);
    assert_eq!(desk.send("POST", "/v1/project-keys/nope/rotate", &json!({ "as": "admin" })).status, 404);
    let audit = desk.running.keeper.store().audit_tail(9).unwrap();
    assert_eq!(audit.last().unwrap().entry.after, Some(json!({ "project": "p1", "as": "admin" })));
    assert!(!serde_json::to_string(&audit).unwrap().contains("sk-lw-"));
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let desk = Desk::open();
    let before = State::of(&desk.running.keeper);
    let body = json!({
        "as": 7, "name": "", "description": 7, "projectIds": ["p1"], "color": "red",
        "categories": [{ "category": "traces", "level": "all" }, { "category": "nothing", "level": "read" }, 7, { "category": "traces" }],
        "permissions": ["x"], "bindings": [{ "role": "CUSTOM", "scopeType": "TEAM", "scopeId": "t1", "customRoleId": "cMgr" }],
    });
    let reply = desk.send("POST", "/v1/keys", &body);
    assert_eq!(
        (reply.status, &reply.json()["code"], &reply.json()["type"]),
        (422, &json!("validation_error"), &json!("urn:clearance:problem:validation-error"))
    );
    let named = fields(&reply);
    for name in [
        "as",
        "organization",
        "name",
        "description",
        "projectIds",
        "color",
        "categories.0",
        "categories.1",
        "categories.2",
        "categories.3.level",
        "permissions.0",
        "bindings.0.customRoleId",
        "permissionMode",
    ] {
        // serde names a missing field of an object at the object.
        let name = if name == "categories.3.level" { "categories.3" } else { name };
        assert!(named.contains(&name.to_owned()), "{name} of {named:?}");
    }
    assert!(reply.text().contains("`read`, `write`") || reply.text().contains("`write`"), "it lists the levels");
    assert!(reply.text().contains("`traces`"), "it lists the categories");

    let reply = desk.send("PATCH", "/v1/keys/nope", &json!({ "as": "admin", "name": "", "expiresAt": "x" }));
    assert_eq!((reply.status, sorted(json!(fields(&reply)))), (422, sorted(json!(["name", "expiresAt"]))));
    let reply = desk.send("PATCH", "/v1/keys/nope", &json!({ "as": "admin", "name": "x" }));
    assert_eq!((reply.status, &reply.json()["code"]), (404, &json!("api_key_not_found")));

    for (method, path, wrong) in [
        ("GET", "/v1/keys", &["as", "organization"][..]),
        ("GET", "/v1/keys?as=a&organization=o&all=yes", &["all"]),
        ("GET", "/v1/keys?as=a&as=b&organization=o", &["as"]),
        ("GET", "/v1/keys?as=a&organization=o&x=1", &["x"]),
        ("GET", "/v1/keys/tSvc?x=1", &["as", "x"]),
        ("DELETE", "/v1/keys/tSvc", &["as"]),
        ("GET", "/v1/keys/choices?as=a", &["organization"]),
        ("POST", "/v1/project-keys/p1/rotate", &["as", "x"]),
    ] {
        let reply = desk.send(method, path, &if method == "POST" { json!({ "x": 1 }) } else { Value::Null });
        assert_eq!((reply.status, sorted(json!(fields(&reply)))), (422, sorted(json!(wrong))), "{method} {path}");
    }
    assert_eq!(desk.send("POST", "/v1/keys", &json!({ "as": "x".repeat(1 << 20), "name": "x".repeat(1 << 20) })).status, 413);
    assert_eq!(desk.send("POST", "/v1/keys", &json!({ "as": "admin", "name": "x".repeat(1 << 20) })).status, 422);
    assert_eq!(State::of(&desk.running.keeper), before);
}

#[test]
fn only_an_operator_for_keys_is_let_in() {
    let desk = Desk::open();
    let other = desk.running.operator(&[Purpose::Check, Purpose::Directory, Purpose::Policy]);
    let key = format!("Bearer {}", crate::running::token("kAdmin"));
    for (method, path) in [
        ("GET", "/v1/keys?organization=orgA&as=admin"),
        ("POST", "/v1/keys"),
        ("GET", "/v1/keys/tSvc?as=admin"),
        ("PATCH", "/v1/keys/tSvc"),
        ("DELETE", "/v1/keys/tSvc?as=admin"),
        ("GET", "/v1/keys/choices?organization=orgA&as=admin"),
        ("POST", "/v1/project-keys/p1/rotate"),
    ] {
        let status = |headers: &[(&str, &str)]| desk.running.client().send(method, path, headers, b"").status;
        assert_eq!(status(&[]), 401, "{method} {path}");
        assert_eq!(status(&[("authorization", &key)]), 401, "{method} {path}");
        assert_eq!(status(&[("authorization", &other)]), 403, "{method} {path}");
    }
}

//! `/v1/directory/changes`.

use clearance_store::Purpose;
use serde_json::{Value, json};

use crate::client::{Client, Reply};
use crate::running::{Running, token};

fn send(running: &Running, client: &mut Client, batch: &str, changes: &Value) -> Reply {
    let operator = running.operator(&[Purpose::Directory]);
    client.post("/v1/directory/changes", &[("Authorization", &operator)], &json!({ "batch": batch, "changes": changes }))
}

#[test]
fn a_batch_is_made_once_and_in_order() {
    let running = Running::company();
    let client = &mut running.client();
    let changes = json!([
        { "addOrganization": { "id": "new" } },
        { "addTeam": { "id": "newT", "organization": "new" } },
        { "addProject": { "id": "newP", "team": "newT" } },
        { "addUser": { "id": "zoe" } },
        { "addMember": { "organization": "new", "user": "zoe", "role": "MEMBER" } },
        { "addBinding": { "id": "newB", "organization": "new", "user": "zoe", "role": "VIEWER", "scope": { "team": "newT" } } },
    ]);
    let reply = send(&running, client, "batch-1", &changes);
    assert_eq!(
        (reply.status, reply.json()),
        (200, json!({ "batch": "batch-1", "changes": 6, "repeated": false })),
        "{}",
        reply.text()
    );
    let question = json!({ "user": "zoe", "permission": "traces:view", "at": { "project": "newP" } });
    let operator = running.operator(&[Purpose::Check]);
    assert_eq!(client.post("/v1/check", &[("Authorization", &operator)], &question).json()["allow"], true);

    assert_eq!(send(&running, client, "batch-1", &changes).json()["repeated"], true);
    let other = json!([{ "removeBinding": "newB" }]);
    let reply = send(&running, client, "batch-1", &other);
    assert_eq!((reply.status, &reply.json()["type"]), (409, &json!("urn:clearance:problem:batch-conflict")));
    assert_eq!(client.post("/v1/check", &[("Authorization", &operator)], &question).json()["allow"], true);
    assert_eq!(send(&running, client, "batch-2", &other).status, 200);
    assert_eq!(client.post("/v1/check", &[("Authorization", &operator)], &question).json()["allow"], false);
    assert_eq!(running.keeper.store().audit_head().unwrap().count(), 5 + 2, "five operators and two batches");
}

#[test]
fn a_change_that_is_refused_refuses_the_batch() {
    let running = Running::company();
    let client = &mut running.client();
    let before = running.keeper.store().export().unwrap();
    let add = json!({ "addUser": { "id": "zoe" } });
    let reply = send(&running, client, "b", &json!([add, { "addTeam": { "id": "x", "organization": "nope" } }]));
    assert_eq!(reply.status, 422);
    let body = reply.json();
    assert_eq!(
        (&body["type"], &body["index"], &body["field"]),
        (&json!("urn:clearance:problem:change-refused"), &json!(1), &json!("organization"))
    );
    let directory = running.keeper.authorizer().unwrap().read_directory(clearance::Directory::document);
    assert!(!directory.users.iter().any(|user| &*user.id == "zoe"));
    assert_eq!(running.keeper.store().export().unwrap(), before);
    // The id of a batch that was refused is free.
    assert_eq!(send(&running, client, "b", &json!([add])).status, 200);
}

#[test]
fn what_belongs_to_the_life_of_keys_is_refused() {
    let running = Running::company();
    let client = &mut running.client();
    let key = json!({ "id": "k", "organization": "orgA", "name": "k", "mode": "all" });
    let edited = json!({ "id": "tSvc", "organization": "orgA", "name": "k", "mode": "all" });
    let binding = |id: &str, holder: &str, of: &str| json!({ "id": id, "organization": "orgA", holder: of, "role": "ADMIN", "scope": { "organization": "orgA" } });
    let role = |id: &str, kind: &str| json!({ "id": id, "organization": "orgA", "kind": kind, "name": "r", "permissions": ["traces:view"] });
    for (change, field) in [
        (json!({ "addKey": key }), "key"),
        (json!({ "editKey": edited }), "key"),
        (json!({ "revokeKey": { "key": "tSvc", "at": "2026-06-01T00:00:00Z" } }), "key"),
        (json!({ "removeKey": "tSvc" }), "key"),
        (json!({ "addBinding": binding("bx", "key", "tSvc") }), "key"),
        (json!({ "editBinding": binding("b1", "key", "tSvc") }), "key"),
        // Such as would take the binding from the key.
        (json!({ "editBinding": binding("b22", "user", "admin") }), "id"),
        (json!({ "removeBinding": "b22" }), "id"),
        (json!({ "addRole": role("rx", "key") }), "kind"),
        (json!({ "editRole": role("cDs", "key") }), "kind"),
        (json!({ "editRole": role("s_tRestricted", "custom") }), "id"),
        (json!({ "removeRole": "s_tRestricted" }), "id"),
        // Such as would poison the role.
        (
            json!({ "addBinding": { "id": "bx", "organization": "orgA", "user": "bare", "role": "CUSTOM", "customRole": "s_tRestricted", "scope": { "team": "t1" } } }),
            "customRole",
        ),
        (
            json!({ "addTeamMembership": { "team": "t1", "user": "bare", "role": "CUSTOM", "customRole": "s_tRestricted" } }),
            "customRole",
        ),
        (json!({ "addProject": { "id": "px", "team": "t1", "projectKey": "sk-lw-x" } }), "projectKey"),
        (json!({ "editProject": { "id": "p1", "team": "t1", "projectKey": "sk-lw-x" } }), "projectKey"),
    ] {
        let reply = send(&running, client, "b", &json!([{ "addUser": { "id": "zoe" } }, change]));
        let body = reply.json();
        assert_eq!((reply.status, &body["index"], &body["field"]), (422, &json!(1), &json!(field)), "{change} {body}");
    }
    // A project keeps its key when it is edited.
    assert_eq!(send(&running, client, "c", &json!([{ "editProject": { "id": "p1", "team": "t1", "name": "One" } }])).status, 200);
    assert_eq!(client.get("/v1/authorize?permission=traces:view", &[("X-Auth-Token", "sk-lw-legacyP1")]).status, 200);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let running = Running::company();
    let client = &mut running.client();
    let operator = running.operator(&[Purpose::Directory]);
    let body = json!({
        "batch": "",
        "changes": [{ "addUser": { "id": 7 } }, { "removeUser": "x" }, { "dropTables": {} }, { "addUser": { "id": "x", "age": 3 } }, 5],
        "more": true,
    });
    let reply = client.post("/v1/directory/changes", &[("Authorization", &operator)], &body);
    assert_eq!((reply.status, &reply.json()["type"]), (422, &json!("urn:clearance:problem:invalid")));
    let fields: Vec<String> =
        reply.json()["fields"].as_array().unwrap().iter().map(|flaw| flaw["field"].as_str().unwrap().into()).collect();
    for (expected, found) in ["batch", "more", "changes.0", "changes.2", "changes.3", "changes.4"].iter().zip(&fields) {
        assert!(found.starts_with(expected), "{fields:?}");
    }
    assert_eq!(fields.len(), 6);
    let reply = client.post("/v1/directory/changes", &[("Authorization", &format!("Bearer {}", token("kAdmin")))], &body);
    assert_eq!(reply.status, 401);
}

/// What is wrong with a body is named as far as anybody reads it: the answer does not grow with what was sent.
#[test]
fn a_body_with_many_mistakes_gets_a_short_answer() {
    let running = Running::company();
    let operator = running.operator(&[Purpose::Directory]);
    let many = |one: &str| format!(r#"{{"batch":"many","changes":[{}]}}"#, vec![one; 30_000].join(","));
    let unknown = (0..20_000).map(|number| format!(r#","x{number}":1"#)).collect::<String>();
    for body in [many("{}"), many(r#"{"a":1}"#), format!(r#"{{"batch":"many","changes":[]{unknown}}}"#)] {
        let reply = running.client().send("POST", "/v1/directory/changes", &[("authorization", &operator)], body.as_bytes());
        let named = reply.json()["fields"].as_array().map(Vec::len);
        assert_eq!((reply.status, named), (422, Some(100)), "{}", &reply.text()[..200]);
        assert!(reply.body.len() < 256 * 1024, "{} bytes", reply.body.len());
    }
}

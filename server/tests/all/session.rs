//! All cases of signed-in users, over HTTP; and who may speak for them.

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use clearance_server::{SessionSecret, SessionSettings, Settings};
use clearance_store::Who;
use serde_json::{Value, json};

use crate::client::{Client, Reply};
use crate::management::{State, added, bearer, directory, fields, sorted, stored};
use crate::running::{Running, lines};

const SECRET: &str = "a-secret-between-the-application-and-the-server";

fn settings(peers: &[&str]) -> Settings {
    let peers = peers.iter().map(|peer| peer.parse::<IpAddr>().unwrap()).collect();
    let session = SessionSettings { listen: ([127, 0, 0, 1], 0).into(), peers, secret: SessionSecret::new(SECRET).unwrap() };
    Settings { session: Some(session), ..Settings::default() }
}

fn start() -> Running {
    Running::with(&directory(), settings(&["127.0.0.1"]))
}

fn session(running: &Running) -> Client {
    Client::connect(running.session.unwrap())
}

#[test]
fn every_case_is_answered_as_the_vectors_say() {
    let cases = lines("management/session.jsonl");
    let (next, succeeded) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut running = None;
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let ok = check(running.get_or_insert_with(start), case);
                    // A refusal was seen to change nothing.
                    running = running.filter(|_| !ok);
                    succeeded.fetch_add(usize::from(ok), Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!((cases.len(), succeeded.into_inner()), (706, 155));
}

/// The method, the path and the body of an operation.
fn request(case: &Value) -> (&'static str, String, String) {
    let mut input = case["input"].as_object().unwrap().clone();
    let organization = input.remove("organizationId").unwrap();
    let key = input.remove("apiKeyId");
    let organization = format!("/v1/session/organizations/{}", organization.as_str().unwrap());
    let keys = format!("{organization}/keys");
    let key = key.map(|key| format!("{keys}/{}", key.as_str().unwrap()));
    let body = Value::Object(input).to_string();
    match text(case, "op") {
        "list" => ("GET", keys, String::new()),
        "create" => ("POST", keys, body),
        "update" => ("PATCH", key.unwrap(), body),
        "revoke" => ("DELETE", key.unwrap(), String::new()),
        "nameById" => ("GET", format!("{}/name", key.unwrap()), String::new()),
        "myBindings" => ("GET", format!("{organization}/bindings"), String::new()),
        "orgTeams" => ("GET", format!("{organization}/teams"), String::new()),
        "orgProjects" => ("GET", format!("{organization}/projects"), String::new()),
        "orgMembers" => ("GET", format!("{organization}/members"), String::new()),
        other => panic!("nobody does `{other}`"),
    }
}

fn check(running: &Running, case: &Value) -> bool {
    let (keeper, expected) = (&running.keeper, &case["expected"]);
    let (method, path, body) = request(case);
    let before = State::of(keeper);
    let headers = [("x-clearance-user", text(case, "caller")), ("x-clearance-session-secret", SECRET)];
    let reply = session(running).send(method, &path, &headers, body.as_bytes());
    let after = State::of(keeper);

    let (answer, ok) = (reply.json(), expected["ok"] == true);
    let wanted = match (ok, expected["error"].as_str(), expected["code"].as_str()) {
        (true, ..) => None,
        (false, Some(error), _) => Some(error),
        (false, None, Some("BAD_REQUEST")) => Some("validation_error"),
        (false, None, Some("FORBIDDEN")) => Some("Forbidden"),
        (false, None, other) => panic!("a refusal is named, not {other:?}"),
    };
    let status = match wanted {
        None if text(case, "op") == "create" => 201,
        None => 200,
        Some("api_key_not_found") => 404,
        Some("api_key_already_revoked") => 409,
        Some("api_key_reserved_name" | "validation_error") => 422,
        Some(_) => 403,
    };
    assert_eq!((reply.status, answer["code"].as_str()), (status, wanted), "{case} {answer}");
    if let Some(code) = wanted {
        let kind = format!("urn:clearance:problem:{}", code.to_ascii_lowercase().replace('_', "-"));
        assert_eq!((&answer["type"], reply.header("content-type")), (&json!(kind), Some("application/problem+json")), "{case}");
        assert_eq!(before, after, "a refusal changes nothing: {case}");
        let wanted = expected.get("fields").cloned().unwrap_or(json!([]));
        assert_eq!(sorted(json!(fields(&reply))), sorted(wanted), "{case}");
    }
    if let Some(result) = expected.get("result") {
        assert_eq!(sorted(result_of(case, &answer)), sorted(result.clone()), "{case}");
    }
    let made = added(&before, &after);
    if let Some(created) = expected.get("created") {
        let row = made.first().map_or(Value::Null, |id| stored(keeper, id));
        assert_eq!(row, sorted(created.clone()), "{case}");
    }
    if let Some(prefix) = expected["tokenPrefix"].as_str() {
        assert!(text(&answer, "token").starts_with(prefix));
        assert_eq!(answer["key"]["id"], json!(made[0]), "{case}");
    }
    if let Some(wanted) = expected.get("after") {
        assert_eq!(stored(keeper, text(&case["input"], "apiKeyId")), sorted(wanted.clone()), "{case}");
    }
    check_audit(running, case, after.audit - before.audit);
    ok
}

fn check_audit(running: &Running, case: &Value, count: u64) {
    let wanted = case["expected"].get("audit").cloned().unwrap_or(json!([]));
    let rows = running.keeper.store().audit_tail(usize::try_from(count).unwrap()).unwrap();
    let verbs: Value = rows
        .iter()
        .map(|row| match &*row.entry.verb {
            "key.create" => "apiKey.create",
            "key.edit" => "apiKey.update",
            "key.revoke" => "apiKey.revoke",
            other => other,
        })
        .collect();
    assert_eq!(verbs, wanted, "{case}");
    for row in rows {
        assert_eq!(row.entry.who, Who::User(text(case, "caller").into()));
        assert_eq!(row.entry.peer.as_deref(), Some("127.0.0.1"));
        assert!(row.entry.policy.unwrap().starts_with("sha256:"));
    }
}

/// An answer in the words of the vectors.
fn result_of(case: &Value, answer: &Value) -> Value {
    let ids = |list: &str, id: &str| answer[list].as_array().unwrap().iter().map(|row| row[id].clone()).collect();
    match text(case, "op") {
        "list" => ids("keys", "id"),
        "nameById" => answer["key"].clone(),
        "myBindings" => {
            let word = |row: &Value| format!("{}@{}:{}", text(row, "role"), text(row, "scopeType"), text(row, "scopeId"));
            answer["bindings"].as_array().unwrap().iter().map(word).collect()
        }
        "orgTeams" => ids("teams", "id"),
        "orgProjects" => ids("projects", "id"),
        "orgMembers" => ids("members", "user"),
        other => panic!("`{other}` has a result"),
    }
}

const KEYS: &str = "/v1/session/organizations/orgA/keys";

fn with(headers: &[(&str, &str)], running: &Running) -> Reply {
    session(running).get(KEYS, headers)
}

#[test]
fn only_the_application_speaks_for_users() {
    let running = start();
    let (user, secret) = (("x-clearance-user", "admin"), ("x-clearance-session-secret", SECRET));
    assert_eq!(with(&[user, secret], &running).status, 200);
    assert_eq!(with(&[user, secret, ("cookie", "a=b"), ("x-forwarded-for", "9.9.9.9")], &running).status, 200);

    let token = bearer("kAdmin").unwrap();
    let bare = token.strip_prefix("Bearer ").unwrap();
    let long = format!("{SECRET}x");
    let shut_out: Vec<Vec<(&str, &str)>> = vec![
        vec![],
        vec![user],
        vec![secret],
        vec![user, ("x-clearance-session-secret", "")],
        vec![user, ("x-clearance-session-secret", &SECRET[1..])],
        vec![user, ("x-clearance-session-secret", &long)],
        vec![user, secret, secret],
        vec![user, user, secret],
        vec![user, ("x-clearance-user", "member"), secret],
        vec![("x-clearance-user", ""), secret],
        vec![("x-clearance-user", "\u{e4}"), secret],
        vec![user, secret, ("authorization", &token)],
        vec![user, secret, ("authorization", "")],
        vec![user, secret, ("authorization", "Basic !")],
        vec![user, secret, ("x-auth-token", bare)],
        vec![("authorization", &token)],
    ];
    let first = with(&shut_out[0], &running);
    assert_eq!(first.header("www-authenticate"), Some("Clearance-Session realm=\"clearance\""));
    for headers in shut_out {
        let reply = with(&headers, &running);
        assert_eq!((reply.status, reply.lasting()), (401, first.lasting()), "{headers:?}");
    }
    // A client that is not let in learns of no route and of no method.
    let mut client = session(&running);
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/nope"),
        ("GET", "/v1/session/organizations/orgA/nope"),
        ("GET", "/v1/session/organizations/%ff/keys"),
        ("PUT", KEYS),
        ("DELETE", KEYS),
        ("BREW", KEYS),
        ("POST", "/v1/session/organizations/orgA/keys/k/name"),
    ] {
        let reply = client.send(method, path, &[user], b"");
        assert_eq!((reply.status, reply.lasting()), (401, first.lasting()), "{method} {path}");
    }
    assert_eq!(client.get("/nope", &[user, secret]).status, 404);
    assert_eq!(client.send("PUT", KEYS, &[user, secret], b"").status, 405);
    // An unknown user is not a member: the policy says so.
    assert_eq!(with(&[("x-clearance-user", "nobody"), secret], &running).json()["code"], "api_key_scope_violation");
}

#[test]
fn only_a_configured_address_speaks_for_users() {
    let running = Running::with(&directory(), settings(&["192.0.2.1", "::1"]));
    let headers = [("x-clearance-user", "admin"), ("x-clearance-session-secret", SECRET)];
    assert_eq!(with(&headers, &running).status, 401);
    for forged in ["x-forwarded-for", "x-real-ip", "forwarded", "x-client-ip", "cf-connecting-ip"] {
        let reply = with(&[headers[0], headers[1], (forged, "192.0.2.1")], &running);
        assert_eq!(reply.status, 401, "{forged}");
    }
    // The same address, written as an address of the other family.
    let running = Running::with(&directory(), settings(&["::ffff:127.0.0.1"]));
    assert_eq!(with(&headers, &running).status, 200);
    let running = Running::with(&directory(), settings(&[]));
    assert_eq!(with(&headers, &running).status, 401);
}

#[test]
fn each_listener_has_its_own_routes() {
    let running = start();
    let headers = [("x-clearance-user", "admin"), ("x-clearance-session-secret", SECRET)];
    // The other listener knows neither the routes nor the headers.
    let mut client = running.client();
    assert_eq!(client.get(KEYS, &headers).status, 404);
    assert_eq!(client.get("/api/api-keys", &headers).status, 401);
    assert_eq!(client.get("/v1/me", &headers).status, 401);
    assert_eq!(client.get("/v1/authorize?permission=traces:create", &headers).status, 401);
    assert_eq!(client.get("/v1/keys?organization=orgA&as=admin", &headers).status, 401);
    let token = bearer("kMember").unwrap();
    let ids = |reply: Reply| -> Value { reply.json()["data"].as_array().unwrap().iter().map(|key| key["id"].clone()).collect() };
    let member = ids(client.get("/api/api-keys", &[("authorization", &token)]));
    let claims_admin = client.get("/api/api-keys", &[("authorization", &token), headers[0], headers[1]]);
    assert_eq!(ids(claims_admin), member);
    let body = br#"{"name": "n", "keyType": "service"}"#;
    assert_eq!(client.send("POST", "/api/api-keys", &[("authorization", &token), headers[0], headers[1]], body).status, 403);

    let mut client = session(&running);
    for path in ["/api/api-keys", "/v1/me", "/v1/keys", "/metrics", "/openapi.json", "/readyz"] {
        assert_eq!(client.get(path, &headers).status, 404, "{path}");
    }

    assert_eq!(Running::start(&directory()).session, None);
}

#[test]
fn what_is_not_known_is_refused() {
    let running = start();
    let headers = [("x-clearance-user", "admin"), ("x-clearance-session-secret", SECRET)];
    let before = State::of(&running.keeper);
    let body = json!({
        "name": "", "projectIds": ["p1"], "organizationId": "orgA", "color": "red",
        "bindings": [{"role": "VIEWER", "scopeType": "TEAM", "scopeId": "t1", "customRoleId": "cDs"}],
    });
    let reply = session(&running).post(KEYS, &headers, &body);
    assert_eq!(reply.status, 422);
    assert_eq!(
        sorted(json!(fields(&reply))),
        sorted(json!(["name", "projectIds", "organizationId", "color", "bindings.0.customRoleId"]))
    );
    let reply = session(&running).send("PATCH", &format!("{KEYS}/tSvc"), &headers, br#"{"expiresAt": null, "name": 7}"#);
    assert_eq!((reply.status, sorted(json!(fields(&reply)))), (422, sorted(json!(["expiresAt", "name"]))));
    let reply = session(&running).send("PATCH", &format!("{KEYS}/tSvc"), &headers, b"{");
    assert_eq!(reply.status, 400);
    assert_eq!(State::of(&running.keeper), before);
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} of {value}"))
}

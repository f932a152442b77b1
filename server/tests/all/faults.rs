//! A database that fails.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use clearance::Digest;
use clearance::PrincipalId::{Key, User};
use clearance::document::Document;
use clearance_host::{Engine, LANGWATCH, Limits, STRICT};
use clearance_keeper::{Fault, Keeper, KeyFault, Origin, Versions};
use clearance_rollout::{Trust, VersionStore};
use clearance_server::Settings;
use clearance_store::{Committed, Loaded, Purpose, SqliteStore, Store as _, StoreError, Write};
use serde_json::json;

use crate::hooked::{Hooked, Hooks};
use crate::running::{Running, peppers, policy, token, vector};

/// A database that can be made to fail.
#[derive(Default)]
struct Failing {
    fails: AtomicBool,
    /// What no write may be about.
    stuck: Mutex<Option<&'static str>>,
}

impl Hooks for Failing {
    fn before(&self) -> Result<(), StoreError> {
        if self.fails.load(Ordering::SeqCst) { Err(StoreError::Full) } else { Ok(()) }
    }

    fn before_commit(&self, write: &Write) -> Result<(), StoreError> {
        let stuck = *self.stuck.lock().unwrap();
        if write.audit.iter().any(|entry| Some(&*entry.subject) == stuck) { Err(StoreError::Full) } else { Ok(()) }
    }
}

#[test]
fn what_needs_the_database_answers_503_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let document = Document::from_json(&vector("management/directory.json")).unwrap();
    let store = SqliteStore::create(folder.path().join("db"), &document, peppers(), &Write::default()).unwrap();
    let store = Arc::new(Hooked::new(store, Failing::default()));
    let keeper = Keeper::open(store.clone(), policy()).unwrap();
    let mut running = Running::of(keeper);
    let operator = running.operator(&[Purpose::Directory]);
    let client = &mut running.client();
    let admin = format!("Bearer {}", token("kAdmin"));
    let before = running.keeper.authorizer().unwrap().read_directory(clearance::Directory::document);

    store.fails.store(true, Ordering::SeqCst);
    let batch = json!({ "batch": "b", "changes": [{ "addUser": { "id": "zoe" } }] });
    let reply = client.post("/v1/directory/changes", &[("Authorization", &operator)], &batch);
    assert_eq!((reply.status, &reply.json()["type"]), (503, &json!("urn:clearance:problem:store-unavailable")));
    let key = r#"{"name": "n", "bindings": [{"role": "VIEWER", "scopeType": "PROJECT", "scopeId": "p1"}]}"#;
    for (method, path, body) in [
        ("POST", "/api/projects/p1/regenerate-api-key", ""),
        ("POST", "/api/api-keys", key),
        ("PATCH", "/api/api-keys/tMember", r#"{"name": "n"}"#),
        ("DELETE", "/api/api-keys/kMember", ""),
    ] {
        let reply = client.send(method, path, &[("Authorization", &admin)], body.as_bytes());
        assert_eq!((reply.status, &reply.json()["error"]), (503, &json!("service_unavailable")));
        assert_eq!(reply.header("retry-after"), Some("1"));
    }
    assert_eq!(client.get("/api/projects/p1/api-key", &[("Authorization", &admin)]).status, 503);
    assert_eq!(client.get("/readyz", &[]).status, 503);
    let refused = running.keeper.revoke_key(Key("kAdmin"), "orgA", "tSvc", &Origin::COMMAND);
    assert!(matches!(refused, Err(clearance_keeper::KeyFault::Fault(Fault::RevokedNotStored(StoreError::Full)))));
    // Checks go on, from memory.
    let member = token("tMember");
    assert_eq!(client.get("/v1/authorize?permission=traces:view", &[("X-Auth-Token", &member)]).status, 200);
    assert_eq!(client.get("/healthz", &[]).status, 200);
    assert_eq!(running.keeper.authorizer().unwrap().read_directory(clearance::Directory::document), before);
    assert!(running.keeper.tend().is_err());

    store.fails.store(false, Ordering::SeqCst);
    // The revocations that waited are stored.
    running.keeper.tend().unwrap();
    assert_eq!(client.get("/readyz", &[]).status, 200);
    assert_eq!(client.post("/v1/directory/changes", &[("Authorization", &operator)], &batch).json()["repeated"], false);
    // What could not be written was kept.
    running.stop().unwrap();
    let document = store.load().unwrap().document;
    assert!(document.keys.iter().any(|key| &*key.id == "tMember" && key.last_used_at.is_some()));
}

#[test]
fn a_revocation_that_cannot_be_stored_counts_from_now_on_and_is_stored_later() {
    let folder = tempfile::tempdir().unwrap();
    let document = Document::from_json(&vector("management/directory.json")).unwrap();
    let store = SqliteStore::create(folder.path().join("db"), &document, peppers(), &Write::default()).unwrap();
    let store = Arc::new(Hooked::new(store, Failing::default()));
    let running = Running::of(Keeper::open(store.clone(), policy()).unwrap());
    let (operator, leaked) = (running.operator(&Purpose::ALL), running.operator(&[Purpose::Check]));
    let leaked_id = store.operators().unwrap().pop().unwrap().id;
    let client = &mut running.client();
    let (admin, member) = (format!("Bearer {}", token("kAdmin")), token("tMember"));
    let asks = |client: &mut crate::client::Client, token: &str| {
        client.get("/v1/authorize?permission=traces:view", &[("X-Auth-Token", token)]).status
    };
    assert_eq!(asks(client, &member), 200);

    store.fails.store(true, Ordering::SeqCst);
    for _ in 0..2 {
        let reply = client.send("DELETE", "/api/api-keys/tMember", &[("authorization", &admin)], b"");
        assert_eq!((reply.status, &reply.json()["error"]), (503, &json!("service_unavailable")));
        assert!(reply.json()["message"].as_str().unwrap().contains("not yet stored"), "{}", reply.text());
    }
    let reply = client.send("DELETE", &format!("/v1/operators/{leaked_id}"), &[("authorization", &operator)], b"");
    assert_eq!((reply.status, &reply.json()["type"]), (503, &json!("urn:clearance:problem:revocation-not-stored")));
    // Nobody can be refused who is not there, and nobody changes a key that is refused.
    let reply = client.send("DELETE", "/v1/operators/nonsense", &[("authorization", &operator)], b"");
    assert_eq!((reply.status, &reply.json()["type"]), (503, &json!("urn:clearance:problem:store-unavailable")));
    let reply = client.send("PATCH", "/api/api-keys/tMember", &[("authorization", &admin)], br#"{"name": "n"}"#);
    assert_eq!((reply.status, &reply.json()["error"]), (409, &json!("api_key_already_revoked")), "{}", reply.text());
    let refused = |client: &mut crate::client::Client| {
        assert_eq!(asks(client, &member), 401);
        assert_eq!(client.get("/v1/me", &[("X-Auth-Token", &member)]).status, 401);
        let question = json!({ "key": "tMember", "permission": "traces:view", "at": { "project": "p1" } });
        let reply = client.post("/v1/check", &[("authorization", &operator)], &question);
        assert_eq!((&reply.json()["allow"], &reply.json()["reason"]), (&json!(false), &json!("key-revoked")));
        assert_eq!(client.post("/v1/check", &[("authorization", &leaked)], &question).status, 401);
    };
    refused(client);
    assert!(running.keeper.tend().is_err());
    refused(client);
    assert_eq!(client.get("/readyz", &[]).status, 503);
    assert!(client.get("/metrics", &[]).text().contains("clearance_revocations_not_stored 2\n"));

    store.fails.store(false, Ordering::SeqCst);
    running.keeper.tend().unwrap();
    refused(client);
    assert_eq!(client.get("/readyz", &[]).status, 200);
    assert!(client.get("/metrics", &[]).text().contains("clearance_revocations_not_stored 0\n"));
    let document = store.load().unwrap().document;
    assert!(document.keys.iter().any(|key| &*key.id == "tMember" && key.revoked_at.is_some()));
    let rows = store.audit_tail(10).unwrap();
    assert!(rows.iter().any(|row| &*row.entry.verb == "key.revoke" && &*row.entry.subject == "tMember"));
    assert_eq!(client.send("DELETE", "/api/api-keys/tMember", &[("authorization", &admin)], b"").status, 409);
}

#[test]
fn a_revocation_that_stays_unstored_holds_up_no_other_and_is_the_first_thing_that_a_stop_tells() {
    let folder = tempfile::tempdir().unwrap();
    let document = Document::from_json(&vector("management/directory.json")).unwrap();
    let store = SqliteStore::create(folder.path().join("db"), &document, peppers(), &Write::default()).unwrap();
    let store = Arc::new(Hooked::new(store, Failing::default()));
    let keeper = Keeper::open(store.clone(), policy()).unwrap();
    let revoke = |key| keeper.revoke_key(User("admin"), "orgA", key, &Origin::COMMAND).unwrap_err();
    store.fails.store(true, Ordering::SeqCst);
    for key in ["kMember", "tMember"] {
        assert!(matches!(revoke(key), KeyFault::Fault(Fault::RevokedNotStored(StoreError::Full))));
    }
    keeper.record_use("tSvc");
    assert!(matches!(keeper.flush(), Err(Fault::RevocationsWait { count: 2 })));

    store.fails.store(false, Ordering::SeqCst);
    *store.stuck.lock().unwrap() = Some("kMember");
    assert!(matches!(keeper.tend(), Err(Fault::Store(StoreError::Full))));
    assert_eq!(keeper.unstored_revocations(), 1);
    assert!(matches!(keeper.flush(), Err(Fault::RevocationsWait { count: 1 })));
    let rows = store.audit_tail(1).unwrap();
    let entry = &rows[0].entry;
    assert_eq!((&*entry.verb, &*entry.subject), ("key.revoke", "tMember"));
    let before = entry.before.as_ref().unwrap();
    assert_eq!((&before["name"], &before["as"]), (&json!("tMember"), &json!("admin")));
    assert_eq!(before["bindings"][0]["scope"], json!({ "project": "p1" }));

    *store.stuck.lock().unwrap() = None;
    keeper.flush().unwrap();
    let document = store.load().unwrap().document;
    for key in document.keys.iter().filter(|key| ["kMember", "tMember"].contains(&&*key.id)) {
        assert!(key.revoked_at.is_some(), "{}", key.id);
    }
}

/// While it is strange, commits claim changes that no memory can follow, and nothing can be loaded.
#[derive(Default)]
struct Strange {
    is_strange: AtomicBool,
}

impl Hooks for Strange {
    fn after_load(&self, _: &mut Loaded) -> Result<(), StoreError> {
        if self.is_strange.load(Ordering::SeqCst) { Err(StoreError::Full) } else { Ok(()) }
    }

    fn after_commit(&self, committed: &mut Committed) {
        if self.is_strange.load(Ordering::SeqCst) {
            committed.changes.push(clearance::Change::RemoveUser("nobody".into()));
        }
    }
}

#[test]
fn memory_that_cannot_follow_answers_nothing_until_it_is_loaded_anew() {
    let folder = tempfile::tempdir().unwrap();
    let document = Document::from_json(&vector("management/directory.json")).unwrap();
    let store = SqliteStore::create(folder.path().join("db"), &document, peppers(), &Write::default()).unwrap();
    let store = Arc::new(Hooked::new(store, Strange::default()));
    let running = Running::of(Keeper::open(store.clone(), policy()).unwrap());
    let client = &mut running.client();
    let member = token("tMember");
    let headers = [("X-Auth-Token", member.as_str())];
    assert_eq!(client.get("/v1/authorize?permission=traces:view", &headers).status, 200);
    assert_eq!(client.get("/healthz", &[]).status, 200);
    store.is_strange.store(true, Ordering::SeqCst);
    let revoked = running.keeper.revoke_key(Key("kAdmin"), "orgA", "tMember", &Origin::COMMAND);
    assert!(matches!(revoked, Err(clearance_keeper::KeyFault::Fault(Fault::OutOfStep))));
    let reply = client.get("/healthz", &[]);
    assert_eq!((reply.status, reply.text()), (503, "out of step\n"));
    assert_eq!(client.get("/v1/authorize?permission=traces:view", &headers).status, 503);
    assert_eq!(client.get("/v1/me", &headers).status, 503);
    assert_eq!(client.get("/api/projects", &headers).status, 503);
    assert_eq!(client.get("/readyz", &[]).status, 503);
    // It cannot be loaded either, and says so.
    assert!(running.keeper.tend().is_err());
    assert_eq!(client.get("/healthz", &[]).status, 503);

    // What was stored is what is answered from, once it can be read. The server sees to it by itself.
    store.is_strange.store(false, Ordering::SeqCst);
    let late = std::time::Instant::now() + std::time::Duration::from_secs(600);
    while client.get("/healthz", &[]).status != 200 {
        assert!(std::time::Instant::now() < late, "memory was not loaded anew");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(client.get("/v1/authorize?permission=traces:view", &headers).status, 401);
    assert_eq!(client.get("/readyz", &[]).status, 200);
    let other = token("tSvc");
    let headers = [("X-Auth-Token", other.as_str()), ("X-Project-Id", "p1")];
    assert_eq!(client.get("/v1/authorize?permission=traces:view", &headers).status, 200);
    running.keeper.revoke_key(Key("kAdmin"), "orgA", "tSvc", &Origin::COMMAND).unwrap();
    assert_eq!(client.get("/v1/authorize?permission=traces:view", &headers).status, 401);
}

/// What the audit cannot say is not done, neither in the folder nor in memory.
#[test]
fn nothing_is_pinned_without_the_audit() {
    let folder = tempfile::tempdir().unwrap();
    let document = Document::from_json(&vector("management/directory.json")).unwrap();
    let store = SqliteStore::create(folder.path().join("db"), &document, peppers(), &Write::default()).unwrap();
    let store = Arc::new(Hooked::new(store, Failing::default()));
    let versions = VersionStore::create(folder.path().join("versions")).unwrap();
    let engine = Engine::new(Limits::default()).unwrap();
    let _ = versions.add(&engine, &Trust::unsigned(Vec::new()), STRICT, None).unwrap();
    let of_server = Versions::new(versions.clone(), Trust::unsigned(Vec::new()), engine);
    let keeper = Keeper::open(store.clone(), policy()).unwrap();
    let running = Running::serve(keeper, Settings { versions: Some(of_server), ..Settings::default() });
    let operator = running.operator(&[Purpose::Policy]);
    let ask = |method: &str, digest: &[u8]| {
        let body = if method == "PUT" {
            json!({ "digest": Digest::of(digest).to_string(), "allowOtherName": true }).to_string()
        } else {
            String::new()
        };
        let headers = [("Authorization", &*operator)];
        let reply = running.client().send(method, "/v1/policy/pins/orgA", &headers, body.as_bytes());
        (reply.status, reply.json()["type"].as_str().map(ToOwned::to_owned))
    };
    let pinned = || {
        let memory = running.keeper.authorizer().unwrap().pins().into_iter().map(|(_, version)| version.digest());
        let kept = versions.pins().unwrap().into_iter().map(|pin| pin.version);
        let (memory, kept): (Vec<_>, Vec<_>) = (memory.collect(), kept.collect());
        assert_eq!(memory, kept);
        memory
    };
    let unavailable = (503, Some("urn:clearance:problem:store-unavailable".to_owned()));
    store.fails.store(true, Ordering::SeqCst);
    assert_eq!((ask("PUT", STRICT), pinned()), (unavailable.clone(), vec![]));
    store.fails.store(false, Ordering::SeqCst);
    assert_eq!((ask("PUT", STRICT).0, pinned()), (200, vec![Digest::of(STRICT)]));
    store.fails.store(true, Ordering::SeqCst);
    assert_eq!((ask("PUT", LANGWATCH), pinned()), (unavailable.clone(), vec![Digest::of(STRICT)]));
    assert_eq!((ask("DELETE", &[]), pinned()), (unavailable, vec![Digest::of(STRICT)]));
    store.fails.store(false, Ordering::SeqCst);
    assert_eq!((ask("DELETE", &[]).0, pinned()), (200, vec![]));
}

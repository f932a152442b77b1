//! Writes that wait for one another, and revocations that pass them.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use clearance::document::Document;
use clearance_keeper::Keeper;
use clearance_server::{Limits, Settings};
use clearance_store::{SqliteStore, StoreError, Write};
use serde_json::{Value, json};

use crate::client::Client;
use crate::hooked::{Hooked, Hooks};
use crate::running::{Running, peppers, policy, token, vector};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(300);

/// A key is made only with a ticket.
#[derive(Default)]
struct Gated {
    gate: Mutex<Gate>,
    moved: Condvar,
}

#[derive(Default)]
struct Gate {
    /// How many writes have come so far.
    come: usize,
    tickets: usize,
}

impl Gated {
    fn give(&self, tickets: usize) {
        self.gate.lock().unwrap().tickets += tickets;
        self.moved.notify_all();
    }

    fn has_come(&self) -> bool {
        self.gate.lock().unwrap().come > 0
    }

    /// Waits until at least this many writes have come.
    fn wait_for(&self, come: usize) {
        let gate = self.gate.lock().unwrap();
        let (_gate, timed_out) = self.moved.wait_timeout_while(gate, PATIENCE, |gate| gate.come < come).unwrap();
        assert!(!timed_out.timed_out(), "{come} writes never came");
    }
}

impl Hooks for Gated {
    fn before_commit(&self, write: &Write) -> Result<(), StoreError> {
        if write.audit.iter().any(|entry| &*entry.verb == "key.create") {
            let mut gate = self.gate.lock().unwrap();
            gate.come += 1;
            self.moved.notify_all();
            while gate.tickets == 0 {
                gate = self.moved.wait(gate).unwrap();
            }
            gate.tickets -= 1;
        }
        Ok(())
    }
}

struct Bench {
    running: Running,
    store: Arc<Hooked<Gated>>,
    _folder: tempfile::TempDir,
}

impl Bench {
    fn new(request: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let document = Document::from_json(&vector("management/directory.json")).unwrap();
        let store = SqliteStore::create(folder.path().join("db"), &document, peppers(), &Write::default()).unwrap();
        let store = Arc::new(Hooked::new(store, Gated::default()));
        let keeper = Keeper::open(store.clone(), policy()).unwrap();
        let limits = Limits { request, ..Limits::default() };
        Self { running: Running::serve(keeper, Settings { limits, ..Settings::default() }), store, _folder: folder }
    }

    /// Sends a request that makes a key, and does not wait for the answer.
    fn create(&self, name: &str) -> Receiver<(u16, Value)> {
        let (answer, answered) = channel();
        self.create_into(name, answer);
        answered
    }

    fn create_into(&self, name: &str, answer: Sender<(u16, Value)>) {
        let (address, admin) = (self.running.address, admin());
        let body = json!({ "name": name, "bindings": [{ "role": "VIEWER", "scopeType": "PROJECT", "scopeId": "p1" }] });
        std::thread::spawn(move || {
            let mut client = Client::connect(address);
            client.wait(PATIENCE);
            let reply = client.post("/api/api-keys", &[("authorization", &admin)], &body);
            // The test may have seen enough.
            let _ = answer.send((reply.status, reply.json()));
        });
    }

    /// Sends requests that make a key until the time of one is not up before its turn, and so the store holds it.
    fn create_held(&self, name: &str) -> Receiver<(u16, Value)> {
        loop {
            let answered = self.create(name);
            loop {
                if self.store.has_come() {
                    return answered;
                }
                match answered.try_recv() {
                    Ok(_) if !self.store.has_come() => break,
                    Ok(answer) => {
                        let (again, answered) = channel();
                        again.send(answer).unwrap();
                        return answered;
                    }
                    Err(_) => std::thread::sleep(Duration::from_millis(1)),
                }
            }
        }
    }

    /// Waits until `/metrics` has this line.
    fn wait_for_metric(&self, line: &str) {
        let mut client = self.running.client();
        while !client.get("/metrics", &[]).text().lines().any(|has| has == line) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn has(&self, name: &str) -> bool {
        let keys = self.running.keeper.authorizer().unwrap().read_directory(|directory| directory.document().keys);
        keys.iter().any(|key| &*key.name == name)
    }
}

fn admin() -> String {
    format!("Bearer {}", token("kAdmin"))
}

#[test]
fn a_revocation_waits_for_the_write_under_way_and_for_no_other() {
    let bench = Bench::new(PATIENCE);
    let first = bench.create("first");
    bench.store.wait_for(1);
    let others: Vec<_> = (0..20).map(|number| bench.create(&format!("other {number}"))).collect();
    let (answer, answered) = channel();
    let (address, admin) = (bench.running.address, admin());
    std::thread::spawn(move || {
        let mut client = Client::connect(address);
        client.wait(PATIENCE);
        answer.send(client.send("DELETE", "/api/api-keys/tMember", &[("authorization", &admin)], b"").status)
    });
    bench.wait_for_metric("clearance_revocations_waiting 1");
    bench.wait_for_metric("clearance_writes_waiting 20");
    // One write goes on; none of those that wait does.
    bench.store.give(1);
    assert_eq!(answered.recv_timeout(PATIENCE), Ok(200));
    assert_eq!(first.recv_timeout(PATIENCE).unwrap().0, 201);
    assert!(others.iter().all(|other| other.try_recv().is_err()));
    let member = token("tMember");
    let headers = [("X-Auth-Token", member.as_str())];
    assert_eq!(bench.running.client().get("/v1/authorize?permission=traces:view", &headers).status, 401);
    bench.store.give(20);
    assert!(others.iter().all(|other| other.recv_timeout(PATIENCE).unwrap().0 == 201));
}

#[test]
fn a_write_that_nobody_waits_for_any_more_is_not_made() {
    let bench = Bench::new(Duration::from_millis(500));
    let first = bench.create_held("first");
    // It waits behind the first until its time is up.
    let (status, body) = bench.create("late").recv_timeout(PATIENCE).unwrap();
    assert_eq!((status, &body["error"]), (503, &json!("service_unavailable")));
    assert_eq!(first.recv_timeout(PATIENCE).unwrap().0, 503);
    bench.store.give(1_000);
    // Those that come later get their turn after it would have.
    while bench.create("later").recv_timeout(PATIENCE).unwrap().0 != 201 {}
    assert!(bench.has("first") && bench.has("later"), "what was begun is finished");
    assert!(!bench.has("late"));
}

#[test]
fn more_writes_than_may_wait_are_refused_at_once() {
    let bench = Bench::new(PATIENCE);
    let _first = bench.create("first");
    bench.store.wait_for(1);
    let (answer, answered) = channel();
    for number in 0..100 {
        bench.create_into(&format!("other {number}"), answer.clone());
    }
    let (status, body) = answered.recv_timeout(PATIENCE).unwrap();
    assert_eq!((status, &body["message"]), (503, &json!("too many requests are under way: try again")));
    bench.store.give(1_000);
    drop(answer);
    let made = std::iter::from_fn(|| answered.recv_timeout(PATIENCE).ok()).filter(|(status, _)| *status == 201).count();
    assert!(made > 0 && made < 100, "{made}");
}

#[test]
fn a_key_that_may_not_manage_keys_neither_waits_nor_is_read() {
    let bench = Bench::new(PATIENCE);
    let _first = bench.create("first");
    bench.store.wait_for(1);
    let member = token("tMember");
    for (method, path) in [("POST", "/api/api-keys"), ("PATCH", "/api/api-keys/tMember")] {
        let mut client = bench.running.client();
        let head = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nx-auth-token: {member}\r\ncontent-length: 2000000\r\n\r\n");
        client.raw(head.as_bytes());
        let reply = client.reply(method);
        assert_eq!((reply.status, &reply.json()["error"]), (403, &json!("Forbidden")), "{method}");
    }
    bench.store.give(1_000);
}

#[test]
fn hostile_lists_are_refused_by_field() {
    let bench = Bench::new(PATIENCE);
    let before = bench.running.keeper.authorizer().unwrap().read_directory(clearance::Directory::document);
    let refused = |body: &str| {
        let admin = admin();
        let reply = bench.running.client().send("POST", "/api/api-keys", &[("authorization", &admin)], body.as_bytes());
        assert_eq!((reply.status, &reply.json()["error"]), (422, &json!("validation_error")), "{}", reply.text());
        reply.json()["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|flaw| flaw["field"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let empty = format!(r#"{{"name": "n", "bindings": [{}{{}}]}}"#, "{},".repeat(690_000));
    let named = refused(&empty);
    assert!(named.contains(&"bindings".to_owned()) && named.len() <= 256, "{}", named.len());
    let binding = r#"{"role": "CUSTOM", "scopeType": "PROJECT", "scopeId": "p1"}"#;
    let list = |count: usize| {
        let permissions = vec!["\"traces:view\""; count].join(",");
        format!(r#"{{"name": "n", "permissionMode": "restricted", "bindings": [{binding}], "permissions": [{permissions}]}}"#)
    };
    assert_eq!(refused(&list(1_001)), ["permissions"]);
    assert_eq!(refused(&list(100_000)), ["permissions"]);
    let after = bench.running.keeper.authorizer().unwrap().read_directory(clearance::Directory::document);
    assert_eq!(before, after);
    bench.store.give(1);
    let admin = admin();
    let made = bench.running.client().send("POST", "/api/api-keys", &[("authorization", &admin)], list(1_000).as_bytes());
    assert_eq!(made.status, 201, "{}", made.text());
}

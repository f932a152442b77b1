//! Limits on time and on how much happens at once, and the stop.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use clearance::Document;
use clearance_keeper::Keeper;
use clearance_server::{Limits, Settings};
use clearance_store::{Purpose, SqliteStore, StoreError, Write};
use serde_json::json;

use crate::hooked::{Hooked, Hooks};
use crate::running::{Running, peppers, policy, token, vector};

/// So long that nothing in a test ends by itself.
const NEVER: Duration = Duration::from_secs(3600);

fn with(limits: Limits) -> Running {
    Running::with(&vector("management/directory.json"), Settings { limits, ..Settings::default() })
}

#[test]
fn a_request_that_takes_too_long_is_broken_off() {
    let running = with(Limits { request: Duration::from_millis(200), ..Limits::default() });
    let operator = running.operator(&[clearance_store::Purpose::Check]);
    let mut client = running.client();
    let head = format!("POST /v1/check HTTP/1.1\r\nhost: x\r\nauthorization: {operator}\r\ncontent-length: 10\r\n\r\n");
    client.raw(head.as_bytes());
    let reply = client.reply("POST");
    assert_eq!((reply.status, &reply.json()["type"]), (503, &json!("urn:clearance:problem:late")));
}

/// A commit waits until it gets this lock, so that a request takes as long as a test wants.
#[derive(Default)]
struct Held(Mutex<()>);

impl Hooks for Held {
    fn before_commit(&self, _: &Write) -> Result<(), StoreError> {
        drop(self.0.lock());
        Ok(())
    }
}

#[test]
fn management_that_has_no_room_is_refused_and_the_gate_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let document = Document::from_json(&vector("management/directory.json")).unwrap();
    let store = SqliteStore::create(folder.path().join("db"), &document, peppers(), &Write::default()).unwrap();
    let store = Arc::new(Hooked::new(store, Held::default()));
    let limits = Limits { management: 1, request: NEVER, ..Limits::default() };
    let keeper = Keeper::open(store.clone(), policy()).unwrap();
    let running = Running::serve(keeper, Settings { limits, ..Settings::default() });
    let operator = running.operator(&[Purpose::Directory]);
    let member = token("tMember");

    let held = store.0.lock().unwrap();
    let mut slow = running.client();
    let body = br#"{"batch": "b", "changes": [{"addUser": {"id": "zoe"}}]}"#;
    let head = format!(
        "POST /v1/directory/changes HTTP/1.1\r\nhost: x\r\nauthorization: {operator}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    slow.raw(head.as_bytes());
    slow.raw(body);
    let mut other = running.client();
    let mut replies = (0..10_000).map(|_| {
        std::thread::sleep(Duration::from_millis(5));
        other.get("/v1/me", &[("x-auth-token", &member)])
    });
    let reply = replies.find(|reply| reply.status == 503).unwrap();
    drop(replies);
    assert_eq!((reply.status, &reply.json()["type"]), (503, &json!("urn:clearance:problem:busy")));
    assert_eq!(reply.header("retry-after"), Some("1"));
    assert_eq!(other.get("/api/projects", &[]).json()["error"], "service_unavailable");
    for path in ["/healthz", "/readyz", "/metrics", "/v1/authorize?permission=traces:view"] {
        assert_eq!(other.get(path, &[("x-auth-token", &member)]).status, 200, "{path}");
    }
    drop(held);
    assert_eq!(slow.reply("POST").status, 200);
    assert_eq!(other.get("/v1/me", &[("x-auth-token", &member)]).status, 200);
}

#[test]
fn a_body_that_takes_too_long_is_broken_off() {
    let running = with(Limits { body_time: Duration::from_millis(200), request: NEVER, activation: NEVER, ..Limits::default() });
    let operator = running.operator(&[Purpose::Check, Purpose::Policy, Purpose::Keys]);
    for path in ["/v1/check", "/v1/policy/activate", "/v1/keys"] {
        for length in [10, 100_000] {
            let mut client = running.client();
            let head =
                format!("POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: {operator}\r\ncontent-length: {length}\r\n\r\n[");
            client.raw(head.as_bytes());
            let reply = client.reply("POST");
            assert_eq!((reply.status, &reply.json()["type"]), (503, &json!("urn:clearance:problem:late")), "{path}");
        }
    }
}

#[test]
fn a_stop_finishes_what_is_under_way() {
    let mut running = with(Limits { request: NEVER, body_time: NEVER, stop: NEVER, ..Limits::default() });
    let operator = running.operator(&[Purpose::Check]);
    let mut slow = running.client();
    let head = format!(
        "POST /v1/check HTTP/1.1\r\nhost: x\r\nauthorization: {operator}\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n"
    );
    slow.raw(head.as_bytes());
    // The handler waits for the body.
    assert_eq!(slow.reply("POST").status, 100);
    // One that waits without a request does not hold up the stop.
    let idle = running.client();
    let address = running.address;
    let finishing = std::thread::spawn(move || {
        while std::net::TcpStream::connect(address).is_ok() {
            std::thread::sleep(Duration::from_millis(5));
        }
        slow.raw(b"[]");
        slow.reply("POST").status
    });
    running.stop().unwrap();
    assert_eq!(finishing.join().unwrap(), 422);
    drop(idle);
}

#[test]
fn the_page_says_what_the_limits_are() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/http.md")).unwrap();
    let row = |name: &str| {
        let row = page.lines().find(|line| line.starts_with(&format!("| {name}")));
        row.unwrap_or_else(|| panic!("no row of `{name}`")).split('|').nth(2).unwrap().trim().to_owned()
    };
    let limits = Limits::default();
    let seconds = |time: Duration| format!("{} s", time.as_secs());
    for (name, value) in [
        ("body", format!("{} KiB, and {} MiB", limits.body >> 10, (limits.body * 8) >> 20)),
        ("time of a body", seconds(limits.body_time)),
        ("one request", seconds(limits.request)),
        ("making a policy version live", format!("{} minutes", limits.activation.as_secs() / 60)),
        ("questions to `/v1/authorize`", limits.requests.to_string()),
        ("other requests", limits.management.to_string()),
        ("long bodies", limits.long_bodies.to_string()),
        ("connections at once |", limits.connections.to_string()),
        ("connections at once from one address", limits.connections_per_address.unwrap().to_string()),
        ("time of a head", seconds(limits.head)),
        ("time between an answer", seconds(limits.keep_alive)),
        ("time for which an answer makes no progress", seconds(limits.write)),
    ] {
        assert!(row(name).starts_with(&value), "`{name}` is {value}, and the page says {}", row(name));
    }
}

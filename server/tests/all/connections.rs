//! Connections: how long they are kept, how many there may be, and whom they come from.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use clearance_server::{Limits, Settings};
use clearance_store::Purpose;
use serde_json::json;

use crate::running::{Running, token, vector};

/// Longer than anything takes, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(120);
/// So long that nothing in a test ends by itself.
const NEVER: Duration = Duration::from_secs(3600);
/// Time enough for a client that is not late, on a machine that does much else.
const SOON: Duration = Duration::from_secs(1);

fn with(limits: Limits) -> Running {
    Running::with(&vector("management/directory.json"), Settings { limits, ..Settings::default() })
}

/// Nothing ends by itself.
fn patient() -> Limits {
    Limits { head: NEVER, keep_alive: NEVER, write: NEVER, request: NEVER, body_time: NEVER, ..Limits::default() }
}

fn connect(running: &Running) -> TcpStream {
    let stream = TcpStream::connect(running.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Waits until the server ends the connection. Answers what came before.
fn end(mut stream: TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("the connection is kept: {error}"),
        _ => rest,
    }
}

#[test]
fn a_client_that_reads_nothing_is_given_up() {
    let running = with(Limits { write: SOON, ..patient() });
    let mut stream = connect(&running);
    // Answers of some hundred kilobytes each, until nothing more fits between the two.
    let request = b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(64);
    let given_up = (0..100_000).any(|_| stream.write_all(&request).is_err_and(|error| error.kind() != ErrorKind::WouldBlock));
    assert!(given_up, "the connection is kept");
    // Others are not concerned.
    assert_eq!(running.client().get("/healthz", &[]).status, 200);
}

#[test]
fn a_connection_without_another_request_ends() {
    let running = with(Limits { keep_alive: SOON, ..patient() });
    let mut stream = connect(&running);
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    assert!(end(stream).starts_with(b"HTTP/1.1 200"));
}

#[test]
fn a_head_that_does_not_come_ends_the_connection() {
    let running = with(Limits { head: SOON, ..patient() });
    // Before the first request, and after one.
    assert_eq!(end(connect(&running)), b"");
    let mut stream = connect(&running);
    stream.write_all(b"GET /hea").unwrap();
    assert_eq!(end(stream), b"");
    let mut client = running.client();
    assert_eq!(client.get("/healthz", &[]).status, 200);
    client.raw(b"GET /hea");
    assert!(client.ends());
}

/// While a request is worked on, nothing is expected of its client.
#[test]
fn a_request_that_takes_long_keeps_its_connection() {
    let running = with(Limits { head: SOON, keep_alive: SOON, write: SOON, ..patient() });
    let operator = running.operator(&[Purpose::Check]);
    let mut client = running.client();
    let head = format!("POST /v1/check HTTP/1.1\r\nhost: x\r\nauthorization: {operator}\r\ncontent-length: 2\r\n\r\n");
    client.raw(head.as_bytes());
    std::thread::sleep(2 * SOON);
    client.raw(b"[]");
    assert_eq!(client.reply("POST").status, 422);
}

#[test]
fn one_address_has_so_many_connections_and_no_more() {
    const MAX_CONNECTIONS: usize = 3;
    let running = with(Limits { connections_per_address: Some(MAX_CONNECTIONS), ..patient() });
    let mut kept: Vec<_> = (0..MAX_CONNECTIONS).map(|_| running.client()).collect();
    // Each is accepted by now.
    assert!(kept.iter_mut().all(|client| client.get("/healthz", &[]).status == 200));
    assert_eq!(end(connect(&running)), b"");
    let metrics = kept[0].get("/metrics", &[]);
    assert!(metrics.text().contains("clearance_connections_refused_total 1\n"), "{}", metrics.text());
    // There is room again once one has ended.
    drop(kept.pop());
    let let_in = (0..10_000).any(|_| {
        std::thread::sleep(Duration::from_millis(5));
        let mut stream = connect(&running);
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").is_ok()
            && end(stream).starts_with(b"HTTP/1.1 200")
    });
    assert!(let_in);
}

#[test]
fn a_trusted_proxy_is_not_counted_and_says_who_the_client_is() {
    let trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let limits = Limits { connections_per_address: Some(0), ..patient() };
    let settings = Settings { limits, trusted_proxies, ..Settings::default() };
    let running = Running::with(&vector("management/directory.json"), settings);
    let operator = running.operator(&[Purpose::Directory]);
    let change = |batch: &str, forwarded: &str| {
        let headers = [("authorization", operator.as_str()), ("x-forwarded-for", forwarded)];
        let body = json!({ "batch": batch, "changes": [{ "addUser": { "id": batch } }] });
        assert_eq!(running.client().post("/v1/directory/changes", &headers, &body).status, 200);
        running.keeper.store().audit_tail(1).unwrap()[0].entry.peer.clone().unwrap()
    };
    assert_eq!(&*change("one", "203.0.113.7, 198.51.100.9, 127.0.0.3"), "198.51.100.9");
    assert_eq!(&*change("two", "<script>"), "127.0.0.1");
}

#[test]
fn nobody_says_who_the_client_is_unless_they_are_trusted() {
    let running = Running::company();
    let operator = running.operator(&[Purpose::Directory]);
    let headers = [("authorization", operator.as_str()), ("x-forwarded-for", "198.51.100.9"), ("forwarded", "for=198.51.100.9")];
    let body = json!({ "batch": "one", "changes": [{ "addUser": { "id": "one" } }] });
    assert_eq!(running.client().post("/v1/directory/changes", &headers, &body).status, 200);
    assert_eq!(running.keeper.store().audit_tail(1).unwrap()[0].entry.peer.as_deref(), Some("127.0.0.1"));
}

#[test]
fn a_head_that_is_too_long_is_refused() {
    let running = Running::company();
    let long = "x".repeat(1 << 20);
    let mut client = running.client();
    client.raw(format!("GET /v1/authorize?permission=traces:view HTTP/1.1\r\nhost: x\r\nx-long: {long}\r\n\r\n").as_bytes());
    assert_eq!(client.reply("GET").status, 431);
}

/// A message that no route takes is answered all the same, and never as if it were allowed.
#[test]
fn what_is_no_question_is_answered_as_http_has_it() {
    let running = Running::company();
    let token = token("tMember");
    let statuses = [("GET /v1/authorize\r\n", 400), ("GET  HTTP/1.1\r\n", 400), ("GET /v1/check HTTP/1.1\r\n", 405)];
    for (line, status) in statuses {
        let mut client = running.client();
        client.raw(format!("{line}host: x\r\nx-auth-token: {token}\r\n\r\n").as_bytes());
        assert_eq!(client.reply("GET").status, status, "{line}");
    }
}

//! Limits on time and on how much happens at once, and the stop.

use std::time::{Duration, Instant};

use clearance_server::{Limits, Settings};
use serde_json::json;

use crate::running::{Running, vector};

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

#[test]
fn more_requests_than_may_be_under_way_are_refused_and_health_is_not() {
    let running = with(Limits { requests: 1, ..Limits::default() });
    let operator = running.operator(&[clearance_store::Purpose::Check]);
    let mut slow = running.client();
    let body = format!("[{}]", " ".repeat(20_000));
    let length = body.len();
    let head = format!("POST /v1/check HTTP/1.1\r\nhost: x\r\nauthorization: {operator}\r\ncontent-length: {length}\r\n\r\n");
    let mut other = running.client();
    let mut replies = (0..100).map(|_| {
        // Whoever comes second is refused, and that may be the slow one.
        slow = running.client();
        slow.raw(head.as_bytes());
        std::thread::sleep(Duration::from_millis(50));
        other.get("/v1/me", &[])
    });
    let reply = replies.find(|reply| reply.status == 503).unwrap();
    drop(replies);
    assert_eq!((reply.status, &reply.json()["type"]), (503, &json!("urn:clearance:problem:busy")));
    assert_eq!(reply.header("retry-after"), Some("1"));
    assert_eq!(other.get("/healthz", &[]).status, 200);
    assert_eq!(other.get("/api/projects", &[]).json()["error"], "service_unavailable");
    slow.raw(body.as_bytes());
    assert_eq!(slow.reply("POST").status, 422);
    assert_eq!(other.get("/v1/me", &[]).status, 401);
    // A short body that comes slowly holds up nobody.
    slow.raw(head.replace(&length.to_string(), "2").as_bytes());
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(other.get("/v1/me", &[]).status, 401);
    slow.raw(b"[]");
    assert_eq!(slow.reply("POST").status, 422);
}

#[test]
fn a_head_that_takes_too_long_ends_the_connection() {
    let running = with(Limits { head: Duration::from_millis(200), ..Limits::default() });
    let mut stream = std::net::TcpStream::connect(running.address).unwrap();
    std::io::Write::write_all(&mut stream, b"GET /healthz HTTP/1.1\r\n").unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut rest = Vec::new();
    std::io::Read::read_to_end(&mut stream, &mut rest).unwrap();
    assert!(!rest.starts_with(b"HTTP/1.1 200"));
}

#[test]
fn a_stop_finishes_what_is_under_way() {
    let mut running = Running::company();
    let operator = running.operator(&[clearance_store::Purpose::Check]);
    let mut slow = running.client();
    let head = format!("POST /v1/check HTTP/1.1\r\nhost: x\r\nauthorization: {operator}\r\ncontent-length: 2\r\n\r\n");
    slow.raw(head.as_bytes());
    // One that waits without a request does not hold up the stop.
    let idle = running.client();
    std::thread::sleep(Duration::from_millis(200));
    let address = running.address;
    let finishing = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        assert!(std::net::TcpStream::connect(address).is_err(), "it still accepts");
        slow.raw(b"[]");
        slow.reply("POST").status
    });
    let began = Instant::now();
    running.stop().unwrap();
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(finishing.join().unwrap(), 422);
    drop(idle);
}

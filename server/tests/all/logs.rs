//! What the log says, and what it must not.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tracing_subscriber::filter::LevelFilter;

use crate::running::{Running, token, vector};

/// What was logged so far, by every test of this process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn it_holds_no_secret_at_any_level() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().json().with_max_level(LevelFilter::TRACE).with_writer(move || writer.clone());
    subscriber.try_init().unwrap();

    let running = Running::company();
    let client = &mut running.client();
    let operator = running.operator(&[clearance_store::Purpose::Check]);
    let admin = format!("Bearer {}", token("kAdmin"));
    let basic = "Basic cDE6c2stbHctbGVnYWN5UDE=";
    client.get("/v1/authorize?permission=traces:view", &[("Authorization", basic)]);
    client
        .get("/v1/authorize?permission=traces:view", &[("X-Auth-Token", "sk-lw-legacyP2"), ("X-Request-Id", "sk-lw-legacyP2!")]);
    client.get(&format!("/v1/authorize?token={}", token("tSvc")), &[]);
    client.get(&format!("/{}", token("tSvc")), &[]);
    client.get(&format!("/api/api-keys/{}", token("tSvc")), &[("Authorization", &admin)]);
    client.post(
        "/v1/check",
        &[("Authorization", &operator)],
        &json!({ "token": token("tMember"), "permission": token("tMember") }),
    );
    client.post(
        "/v1/check",
        &[("Authorization", &operator)],
        &json!({ "at": token("tMember"), "permission": [token("tMember")] }),
    );
    let made =
        client.post("/api/api-keys", &[("Authorization", &admin)], &json!({ "name": "n", "keyType": "service", "bindings": [] }));
    let made = made.json()["token"].as_str().unwrap().to_owned();
    let rotated = client.send("POST", "/api/projects/p1/regenerate-api-key", &[("Authorization", &admin)], b"");
    let rotated = rotated.json()["apiKey"].as_str().unwrap().to_owned();
    client.send(&token("tSvc")[6..22], "/v1/me", &[], b"");
    for method in ["SK-LW-AB", "BREW"] {
        client.send(method, "/v1/me", &[], b"");
    }
    client.get("/v1/me", &[("X-Request-Id", &token("tSvc"))]);

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let answered =
        |route: &str| lines.iter().any(|line| line["fields"]["route"] == route && line["fields"]["message"] == "answered");
    assert!(answered("/v1/authorize") && answered("/api/projects/{id}/regenerate-api-key") && answered("none"), "{log}");
    let secrets: Value = serde_json::from_str(&vector("management/secrets.json")).unwrap();
    let tokens = secrets["tokens"].as_object().unwrap().values().map(|token| token.as_str().unwrap().to_owned());
    let others = [
        made,
        rotated,
        operator["Bearer ".len()..].to_owned(),
        "legacyP2".into(),
        "c2stbHct".into(),
        "SK-LW-AB".into(),
        "BREW".into(),
    ];
    for secret in tokens.chain(others) {
        let half = secret.rsplit('_').next().unwrap();
        assert!(!log.contains(half), "{half}");
    }
    assert!(!log.contains(crate::running::PEPPER));
}

//! Revoking a key while clients write with it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::json;

use crate::management::State;
use crate::running::{Running, token};

#[test]
fn no_key_is_made_with_a_key_after_it_was_revoked() {
    let running = Running::company();
    let (revoked, made) = (AtomicBool::new(false), AtomicU64::new(0));
    let key = format!("Bearer {}", token("kAdminSvc"));
    let body =
        json!({ "name": "n", "keyType": "service", "bindings": [{ "role": "VIEWER", "scopeType": "PROJECT", "scopeId": "p1" }] });
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut client = running.client();
                let mut refused = 0;
                while refused < 5 {
                    let is_gone = revoked.load(Ordering::SeqCst);
                    let reply = client.post("/api/api-keys", &[("authorization", &key)], &body);
                    match reply.status {
                        201 => {
                            assert!(!is_gone, "made after the revoke was answered");
                            made.fetch_add(1, Ordering::SeqCst);
                        }
                        // It was resolved before and asked after.
                        403 => assert!(!is_gone),
                        status => assert_eq!(status, 401),
                    }
                    refused += u64::from(is_gone);
                }
            });
        }
        while made.load(Ordering::SeqCst) < 20 {
            std::thread::yield_now();
        }
        let admin = format!("Bearer {}", token("kAdmin"));
        let reply = running.client().send("DELETE", "/api/api-keys/kAdminSvc", &[("authorization", &admin)], b"");
        assert_eq!(reply.status, 200);
        let count = made.load(Ordering::SeqCst);
        revoked.store(true, Ordering::SeqCst);
        assert!(count >= 20);
    });
    let state = State::of(&running.keeper);
    let keys = state.memory["keys"].as_array().unwrap();
    assert_eq!(keys.iter().filter(|key| key["name"] == "n").count() as u64, made.into_inner());
    assert!(running.keeper.store().audit_verify(None).unwrap().is_whole());
}

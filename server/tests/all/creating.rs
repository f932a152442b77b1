//! Revoking a key while clients write with it and ask with it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use clearance::document::{BindingRole, Scope};
use clearance::key::{KeyDraft, WantedBinding};
use clearance::{PlaceId, PrincipalId};
use clearance_server::{Identity, Origin, Refused, Target};
use clearance_store::Token;
use serde_json::json;

use crate::management::State;
use crate::running::{Running, token};

#[test]
fn nothing_that_begins_after_a_revoke_is_allowed_in_this_process() {
    let running = Running::company();
    let keeper = &running.keeper;
    let token = Token::new(token("tSvc"));
    let (revoked, allowed, refused) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while refused.load(Ordering::SeqCst) < 2_000 {
                    let is_gone = revoked.load(Ordering::SeqCst);
                    let decision = keeper.check(PrincipalId::Key("tSvc"), "project:view", PlaceId::Project("p1")).unwrap();
                    let resolved = keeper.resolve(&token, Target::Project(Some("p1")));
                    match resolved {
                        Ok(caller) => {
                            assert!(matches!(caller.identity, Identity::Key { ref key, .. } if **key == *"tSvc"));
                            assert!(!is_gone, "resolved after the revoke had returned");
                        }
                        Err(error) => assert!(matches!(error, Refused::Unauthorized)),
                    }
                    assert!(!(decision.allow && is_gone), "allowed after the revoke had returned");
                    let count = if is_gone { &refused } else { &allowed };
                    count.fetch_add(u64::from(is_gone || decision.allow), Ordering::SeqCst);
                }
            });
        }
        while allowed.load(Ordering::SeqCst) < 2_000 {
            std::thread::yield_now();
        }
        keeper.revoke_key(PrincipalId::User("admin"), "orgA", "tSvc", &Origin::COMMAND).unwrap();
        revoked.store(true, Ordering::SeqCst);
    });
    assert!(allowed.into_inner() >= 2_000);
}

#[test]
fn a_key_that_was_just_made_works_until_it_is_revoked() {
    let running = Running::company();
    let keeper = &running.keeper;
    let binding = WantedBinding { role: BindingRole::Member, scope: Scope::Project("p1".into()) };
    let draft = KeyDraft { name: Some("n".into()), bindings: vec![binding], ..KeyDraft::default() };
    for round in 0..200 {
        let made = keeper.create_key(PrincipalId::User("admin"), "orgA", &draft, &Origin::COMMAND).unwrap();
        let id = &made.record.key.id;
        let allow = || keeper.check(PrincipalId::Key(id), "traces:view", PlaceId::Project("p1")).unwrap().allow;
        let is_let_in = || keeper.resolve(&made.token, Target::Project(None)).is_ok();
        assert!(allow() && is_let_in(), "{round}");
        keeper.revoke_key(PrincipalId::User("admin"), "orgA", id, &Origin::COMMAND).unwrap();
        assert!(!allow() && !is_let_in(), "{round}");
    }
}

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

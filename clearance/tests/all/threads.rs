//! One authorizer among threads.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use clearance::{Change, PlaceId::Project, PrincipalId::Key, Reason};

use crate::company::{cached, now};

#[test]
fn a_revoke_is_seen_by_the_next_check_of_every_thread() {
    let authorizer = cached();
    let ask = || authorizer.view_at(now()).check(Key("ci"), "prompts:update", Project("shop")).unwrap().reason;
    thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| {
                let mut revoked = false;
                for _ in 0..20_000 {
                    match ask() {
                        Reason::Binding => assert!(!revoked, "an allow after a deny"),
                        Reason::KeyRevoked => revoked = true,
                        other => panic!("{other:?}"),
                    }
                }
            });
        }
        authorizer.apply(Change::RevokeKey { key: "ci".into(), at: now() }).unwrap();
        assert_eq!(ask(), Reason::KeyRevoked);
    });
    assert_eq!(ask(), Reason::KeyRevoked);
}

/// Every batch replaces the one binding of a key and the private role that it names, back and forth between two lists. In between
/// the key has no binding, or a role that is missing, or both lists.
#[test]
fn no_thread_sees_half_a_batch() {
    let authorizer = cached();
    let replaced = |permission: &str| -> Vec<Change> {
        let text = format!(
            r#"[{{"removeBinding": "b05"}}, {{"removeRole": "ingest-only"}},
                {{"addRole": {{"id": "ingest-only", "organization": "acme", "kind": "key", "name": "", "permissions": ["{permission}"]}}}},
                {{"addBinding": {{"id": "b05", "organization": "acme", "key": "ingest", "role": "CUSTOM", "customRole": "ingest-only",
                                  "scope": {{"project": "shop"}}}}}}]"#
        );
        serde_json::from_str(&text).unwrap()
    };
    let done = AtomicBool::new(false);
    thread::scope(|threads| {
        let readers: Vec<_> = (0..4)
            .map(|_| {
                threads.spawn(|| {
                    let mut seen = [0_u32; 2];
                    while !done.load(Ordering::Relaxed) {
                        let effective = authorizer.view_at(now()).effective(Key("ingest"), Project("shop")).unwrap();
                        let held: Vec<&str> = effective.permissions().collect();
                        match held[..] {
                            ["traces:create"] => seen[0] += 1,
                            ["traces:share"] => seen[1] += 1,
                            ref other => panic!("{other:?}"),
                        }
                    }
                    seen
                })
            })
            .collect();
        for round in 0..2_000 {
            authorizer.apply_all(replaced(if round % 2 == 0 { "traces:share" } else { "traces:create" })).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        let seen = readers.into_iter().map(|reader| reader.join().unwrap()).fold([0, 0], |[a, b], [c, d]| [a + c, b + d]);
        assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
    });
}

//! One authorizer among threads.

use std::thread;

use clearance::{Change, PlaceId::Project, PrincipalId::Key, Reason};

use crate::company::{cached, now};

#[test]
fn a_revoke_is_seen_by_the_next_check_of_every_thread() {
    let authorizer = cached();
    let ask = || authorizer.at(now()).check(Key("ci"), "prompts:update", Project("shop")).unwrap().reason;
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

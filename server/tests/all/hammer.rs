//! Revoking while clients hammer.

use std::sync::atomic::{AtomicU64, Ordering};

use clearance::PrincipalId::Key;
use clearance_keeper::Origin;

use crate::running::{Running, token};

#[test]
fn no_request_that_begins_after_a_revoke_is_let_in() {
    let running = Running::company();
    let keys = ["tMember", "tSvc", "tRestricted", "kMember"];
    // Raised when the revoke of this key has returned.
    let revoked = AtomicU64::new(0);
    let allowed = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|number| {
                let (running, revoked, allowed) = (&running, &revoked, &allowed);
                scope.spawn(move || {
                    let mut client = running.client();
                    let index = number % keys.len();
                    let token = token(keys[index]);
                    let headers = [("X-Auth-Token", token.as_str()), ("X-Project-Id", "p1")];
                    let mut last = 0;
                    while last == 0 || client.get("/healthz", &[]).status != 200 || last < 3 {
                        let gone = revoked.load(Ordering::SeqCst) > index as u64;
                        let status = client.get("/v1/authorize?permission=traces:view", &headers).status;
                        if gone {
                            assert_eq!(status, 401, "{}", keys[index]);
                            last += 1;
                        } else if status == 200 {
                            allowed.fetch_add(1, Ordering::SeqCst);
                        }
                    }
                })
            })
            .collect();
        for (done, key) in (1..).zip(keys) {
            std::thread::sleep(std::time::Duration::from_millis(100));
            running.keeper.revoke_key(Key("kAdmin"), "orgA", key, &Origin::COMMAND).unwrap();
            revoked.store(done, Ordering::SeqCst);
        }
        clients.into_iter().for_each(|client| client.join().unwrap());
    });
    assert!(allowed.load(Ordering::SeqCst) > 8, "nobody was let in before");
}

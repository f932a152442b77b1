//! Revoking a key while others ask with it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use clearance::document::{BindingRole, Scope};
use clearance::key::{KeyDraft, WantedBinding};
use clearance::{PlaceId, PrincipalId};
use clearance_keeper::{Identity, Origin, Refused, Target};
use clearance_store::Token;

use crate::company::{Company, token};

#[test]
fn nothing_that_begins_after_a_revoke_is_allowed_in_this_process() {
    let company = Company::open();
    let keeper = &company.keeper;
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
    let company = Company::open();
    let keeper = &company.keeper;
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

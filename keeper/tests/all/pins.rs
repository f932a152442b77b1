//! Organizations that another version answers for, as somebody else has noted.

use clearance_host::STRICT;
use clearance_keeper::Origin;

use crate::company::{Company, policy};

#[test]
fn pins_that_somebody_else_noted_are_followed_and_let_go() {
    let company = Company::open();
    let keeper = &company.keeper;
    let strict = policy(STRICT);
    let noted = [("orgA".to_owned(), strict.clone())];
    let pinning = keeper.begin_pinning();
    let verbs = || -> Vec<Box<str>> { keeper.store().audit_tail(10).unwrap().into_iter().map(|row| row.entry.verb).collect() };
    assert_eq!(pinning.pin_of("orgA"), None);
    // Twice: what is so already is not done, and the audit does not say it again.
    for _ in 0..2 {
        assert!(pinning.follow(&noted, &Origin::COMMAND).is_empty());
        assert_eq!((pinning.pin_of("orgA"), pinning.pin_of("orgB")), (Some(strict.digest()), None));
        assert!(pinning.unpin_others(&noted, &Origin::COMMAND).is_empty());
        assert_eq!((pinning.pin_of("orgA"), verbs()), (Some(strict.digest()), vec!["policy.pin".into()]));
    }
    assert!(pinning.unpin_others(&[], &Origin::COMMAND).is_empty());
    assert_eq!((pinning.pin_of("orgA"), verbs()), (None, vec!["policy.pin".into(), "policy.unpin".into()]));
}

//! What the audit says of pins that a command changed without the server.

use clearance::Digest;
use clearance_host::STRICT;
use clearance_keeper::{Origin, Remembered};
use clearance_rollout::Pin;
use serde_json::json;

use crate::company::{Company, policy};

#[test]
fn a_pin_to_another_version_is_written_and_one_that_was_lost_as_such() {
    // A time behind the audit says that the folder knows better, and one before it that the folder is an older copy.
    for (at, accepted) in [(u64::MAX, false), (1, true)] {
        let company = Company::open();
        let keeper = &company.keeper;
        let strict = policy(STRICT);
        assert!(keeper.begin_pinning().follow(&[("orgA".to_owned(), strict.clone())], &Origin::COMMAND).is_empty());
        let folder =
            |version, at| Remembered { pins: vec![Pin { organization: "orgA".into(), version, at }], ..Remembered::default() };
        let rows = || keeper.store().audit_tail(10).unwrap();
        let before = rows().len();
        let follow =
            |folder: &Remembered| keeper.follow_folder(&keeper.policy_record().unwrap(), Some(folder), accepted).unwrap();
        follow(&folder(strict.digest(), at));
        assert_eq!(rows().len(), before, "it is as the audit says");

        let other = Digest::of(b"other");
        follow(&folder(other, at));
        assert_eq!(rows().len(), before + 1);
        let entry = rows().pop().unwrap().entry;
        assert_eq!((&*entry.verb, &*entry.subject), ("policy.pin", "orgA"));
        assert_eq!(entry.before, Some(json!({ "policy": strict.digest().to_string() })));
        let mut after = json!({ "policy": other.to_string() });
        if accepted {
            after["accepted"] = "lost-history".into();
        }
        assert_eq!(entry.after, Some(after));
    }
}

//! Custom roles that the policy fails at.

use std::sync::Arc;

use clearance_host::{Engine, LANGWATCH, Limits};
use clearance_keeper::{ChangesError, Fault, Keeper, Origin};

use crate::company::store;

/// It fails before anything is stored, so that memory need not follow.
#[test]
fn a_role_that_the_policy_cannot_compile_is_not_stored() {
    let folder = tempfile::tempdir().unwrap();
    // Enough for what is stored, and not for a list as long as one may be.
    let limits = Limits { memory: 384 << 10, ..Limits::default() };
    let policy = Engine::new(limits).unwrap().load(LANGWATCH).unwrap();
    let keeper = Keeper::open(Arc::new(store(&folder)), policy).unwrap();
    let names: Vec<_> = (0..1_000).map(|number| format!("{number:0>250}:view")).collect();
    let add = |id: &str, names: &[String]| {
        let role = serde_json::json!({ "addRole": { "id": id, "organization": "orgA", "kind": "custom", "name": "n", "permissions": names } });
        let change = serde_json::from_value(role).unwrap();
        keeper.change_directory(id, id.as_bytes(), vec![change], &Origin::COMMAND)
    };
    let failed = add("long", &names);
    assert!(matches!(failed, Err(ChangesError::Fault(Fault::Policy(_)))), "{failed:?}");
    assert!(keeper.check_in_step().is_ok());
    let is_stored = |id: &str| keeper.store().load().unwrap().document.roles.iter().any(|role| *role.id == *id);
    assert!(!is_stored("long"));
    assert!(matches!(add("short", &names[..1]), Ok(false)));
    assert!(is_stored("short"));
}

//! The order in which roles are compiled again.

use clearance::{Authorizer, Directory};

use crate::{
    company::directory,
    guest::{About, Deed, guest},
};

/// A role that fails for good must not keep those behind it from being tried.
#[test]
fn each_call_goes_on_behind_the_role_that_was_tried_last() {
    let mut document = directory().document();
    document.roles.clear();
    document.bindings.retain(|binding| binding.custom_role.is_none());
    let ids = ["a", "b", "c", "d"];
    for id in ids {
        let row =
            format!(r#"{{"id": "{id}", "organization": "acme", "kind": "custom", "name": "n", "permissions": ["{id}:view"]}}"#);
        document.roles.push(serde_json::from_str(&row).unwrap());
    }
    // An instance fails at the first list that it compiles, if that has one name. The list begins with their number.
    let one_name = "(i32.eq (i32.load offset=8 (local.get $question)) (i32.const 1))";
    let when = format!("(i32.and (i32.eq (global.get $asked) (i32.const 1)) {one_name})");
    let failing = guest(Deed::Trap, About::Compile, &when);
    let authorizer = Authorizer::builder(failing.clone(), Directory::from_stored(document).unwrap()).build_on_stored();
    let unusable: Vec<_> = authorizer.unusable_roles().into_iter().map(|unusable| unusable.role).collect();
    assert_eq!(unusable, ids.map(Box::from));
    assert!(authorizer.retry_unusable_roles(1).is_empty(), "a new instance fails at the first role again");

    failing.compile(&["traces:view", "traces:create"]).unwrap();
    let mended = ids.map(|_| authorizer.retry_unusable_roles(1).remove(0).role);
    assert_eq!(mended, ["b", "c", "d", "a"].map(Box::from));
}

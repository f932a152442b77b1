//! What a policy may say of itself.

use clearance_host::LoadError;
use clearance_policy::types::*;

use crate::{
    facts::member,
    guest::{all, description, guest},
};

#[test]
fn a_description_that_is_sound_is_kept() {
    let policy = guest("honest").load().unwrap();
    assert_eq!(policy.description(), &description());
    assert_eq!(policy.permission("door:open"), Some(1));
    assert_eq!(policy.permission_name(1), Some("door:open"));
    for unknown in ["door:close", "Door:open", "door:open ", ""] {
        assert_eq!(policy.permission(unknown), None);
    }
    assert_eq!(policy.permission_name(3), None);
    let shown = format!("{policy:?}");
    assert!(shown.contains(&policy.digest().to_string()) && shown.contains("1.2.3-rc.1+build"), "{shown}");
}

#[test]
fn a_catalog_may_hold_256_permissions() {
    let mut guest = guest("honest");
    guest.description.permissions =
        (0..256).map(|number| Permission { name: format!("door:open-{number}"), tier: ResourceTier::Any }).collect();
    let policy = guest.load().unwrap();
    assert_eq!(policy.permission("door:open-255"), Some(255));
    let set = policy.effective(&member()).unwrap();
    assert_eq!(set.outcomes[0].permissions, PermissionSet::first(256));
}

#[test]
fn a_lie_is_named() {
    type Lie = fn(&mut Description);
    let outside = PermissionSet::only(3);
    assert!(!outside.is_subset(all()));
    let lies: &[(Lie, &str)] = &[
        (|it| it.policy.clear(), "the name of the policy is empty"),
        (|it| it.policy = "\t".into(), "the name of the policy is empty"),
        (|it| it.policy = "a\nb".into(), "the name of the policy has a control character: `a\\nb`"),
        (|it| it.version = "1.2".into(), "its version is `1.2`, which is no semantic version"),
        (|it| it.permissions.clear(), "it has 0 permissions, there must be 1 to 256"),
        (
            |it| {
                it.permissions =
                    (0..257).map(|number| Permission { name: format!("a:{number}"), tier: ResourceTier::Any }).collect();
            },
            "it has 257 permissions",
        ),
        (|it| it.permissions[1].name = it.permissions[0].name.clone(), "the permission `door:view` is listed twice"),
        (|it| it.permissions[1].name.clear(), "the name of a permission is empty"),
        (|it| it.permissions[1].name = "door".into(), "the permission `door` is not of the form `resource:action`"),
        (|it| it.permissions[1].name = ":open".into(), "`:open` is not of the form"),
        (|it| it.permissions[1].name = "door:".into(), "`door:` is not of the form"),
        (|it| it.permissions[1].name = "door:open:wide".into(), "`door:open:wide` is not of the form"),
        (|it| it.permissions[1].name = "door:open wide".into(), "`door:open wide` is not of the form"),
        (|it| it.permissions[1].name = format!("door:{}", "o".repeat(124)), "the name of a permission is too long"),
        (|it| it.implications[0].action.clear(), "the action of an implication is empty"),
        (|it| it.implications[0].implies[0].clear(), "an implied action is empty"),
        (|it| it.lists[1].name = "none".into(), "the list `none` is there twice"),
        (|it| it.lists[1].name.clear(), "the name of a list is empty"),
        (
            |it| it.lists[1].permissions = PermissionSet::only(3),
            "the list `viewer` holds a permission that is not in the catalog",
        ),
        (|it| it.categories[1].key = "doors".into(), "the category `doors` is there twice"),
        (|it| it.categories[1].label.clear(), "the label of a category is empty"),
        (|it| it.categories[1].read = PermissionSet::only(255), "the category `locks` holds a permission"),
        (|it| it.categories[1].write = PermissionSet::only(64), "the category `locks` holds a permission"),
        (|it| it.view_project = Some(3), "permission 3 shows projects, but the catalog has 3"),
    ];
    for (lie, said) in lies {
        let mut guest = guest("honest");
        lie(&mut guest.description);
        let error = guest.load().expect_err(said);
        let LoadError::Description(what) = &error else { panic!("{error}") };
        assert!(what.contains(said), "`{what}` does not say `{said}`");
    }
}

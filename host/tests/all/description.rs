//! What a policy may say of itself.

use clearance_host::{LoadError, SelfCheckError};
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

type Lie = fn(&mut Description);

/// What is said wrongly, how, and with which words it is refused.
pub(crate) const LIES: [(&str, Lie, &str); 24] = [
    ("Has no name", |it| it.policy.clear(), "the name of the policy is empty"),
    ("Has a name of white space", |it| it.policy = "\t".into(), "the name of the policy is empty"),
    ("Has a name of two lines", |it| it.policy = "a\nb".into(), "the name of the policy has a control character: `a\\nb`"),
    ("Has another kind of version", |it| it.version = "1.2".into(), "its version is `1.2`, which is not a semantic version"),
    ("Has no permissions", |it| it.permissions.clear(), "it has 0 permissions, there must be 1 to 256"),
    (
        "Has one permission too many",
        |it| {
            let permission = |number| Permission { name: format!("a:{number}"), tier: ResourceTier::Any };
            it.permissions = (0..257).map(permission).collect();
        },
        "it has 257 permissions",
    ),
    (
        "Has a permission twice",
        |it| it.permissions[1].name = it.permissions[0].name.clone(),
        "the permission `door:view` is listed twice",
    ),
    ("Has a permission without a name", |it| it.permissions[1].name.clear(), "the name of a permission is empty"),
    (
        "Has a permission of one part",
        |it| it.permissions[1].name = "door".into(),
        "the permission `door` is not of the form `resource:action`",
    ),
    ("Has a permission to no resource", |it| it.permissions[1].name = ":open".into(), "`:open` is not of the form"),
    ("Has a permission to do nothing", |it| it.permissions[1].name = "door:".into(), "`door:` is not of the form"),
    (
        "Has a permission of three parts",
        |it| it.permissions[1].name = "door:open:wide".into(),
        "`door:open:wide` is not of the form",
    ),
    (
        "Has a permission with a space",
        |it| it.permissions[1].name = "door:open wide".into(),
        "`door:open wide` is not of the form",
    ),
    (
        "Has a permission with a long name",
        |it| it.permissions[1].name = format!("door:{}", "o".repeat(124)),
        "the name of a permission is too long",
    ),
    ("Has an implication of no action", |it| it.implications[0].action.clear(), "the action of an implication is empty"),
    ("Implies no action", |it| it.implications[0].implies[0].clear(), "an implied action is empty"),
    ("Has a list twice", |it| it.lists[1].name = "none".into(), "the list `none` is there twice"),
    ("Has a list without a name", |it| it.lists[1].name.clear(), "the name of a list is empty"),
    (
        "Lists something that is not a permission",
        |it| it.lists[1].permissions = PermissionSet::only(3),
        "the list `viewer` holds a permission that is not in the catalog",
    ),
    ("Has a category twice", |it| it.categories[1].key = "doors".into(), "the category `doors` is there twice"),
    ("Has a category without a label", |it| it.categories[1].label.clear(), "the label of a category is empty"),
    (
        "Has a level `read` with something that is not a permission",
        |it| it.categories[1].read = PermissionSet::only(255),
        "the category `locks` holds a permission",
    ),
    (
        "Has a level `write` with something that is not a permission",
        |it| it.categories[1].write = PermissionSet::only(64),
        "the category `locks` holds a permission",
    ),
    ("Shows projects by no permission", |it| it.view_project = Some(3), "permission 3 shows projects, but the catalog has 3"),
];

#[test]
fn a_lie_is_named() {
    let outside = PermissionSet::only(3);
    assert!(!outside.is_subset(all()));
    for (_, lie, said) in LIES {
        let mut guest = guest("honest");
        lie(&mut guest.description);
        let error = guest.load().expect_err(said);
        let LoadError::Check(SelfCheckError::Description(what)) = &error else { panic!("{error}") };
        assert!(what.contains(said), "`{what}` does not say `{said}`");
    }
}

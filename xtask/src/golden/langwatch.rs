//! `policy/src/langwatch.rs`: the catalog as a Rust constant.

use clearance_catalog::{Catalog, Lifecycle, ResourceTier, Set};

const HEADING: &str = "\
//! The catalog of the default policy.
//!
//! Generated from `catalog.toml` by `cargo xtask golden`: do not edit.

use crate::{
    catalog::{Catalog, Category, CeilingOf, Implication, Lifecycle, Permission, Rules},
    types::{PermissionSet, ResourceTier},
};

/// What the default policy knows.
#[rustfmt::skip] // The generator lays it out: one line for each entry.
pub const CATALOG: Catalog = Catalog {
";

pub(super) fn render(catalog: &Catalog) -> String {
    let mut text = HEADING.to_owned();
    let Catalog { policy, version, rules, .. } = catalog;
    text += &format!("    policy: {policy:?},\n    version: {version:?},\n    rules: Rules::{rules:?},\n    permissions: &[\n");
    for permission in &catalog.permissions {
        text += &format!("        Permission {{ name: {:?}, tier: ResourceTier::{:?} }},\n", permission.name(), permission.tier);
    }
    text += "    ],\n    implications: &[\n";
    for implication in &catalog.implications {
        text += &format!("        Implication {{ action: {:?}, implies: &{:?} }},\n", implication.action, implication.implies);
    }
    text += "    ],\n";
    for (name, set) in [
        ("all", &catalog.all()),
        ("organization_only", &catalog.permissions_of_tier(ResourceTier::Organization)),
        ("project_key", &catalog.project_key()),
        ("view", &catalog.view()),
    ] {
        text += &format!("    {name}: {},\n", literal(set));
    }
    for (name, set) in ["viewer", "member", "admin", "lite_member", "organization_member"].iter().zip(&catalog.lists) {
        text += &format!("    {name}: {},\n", literal(set));
    }
    text += "    categories: &[\n";
    for category in &catalog.categories {
        text += &format!("        Category {{\n            key: {:?}, label: {:?},\n", category.key, category.label);
        text += &format!("            read: {},\n", literal(&category.read));
        text += &format!("            write: {},\n        }},\n", literal(&category.write));
    }
    text + &format!("    ],\n    view_project: {:?},\n{}}};\n", catalog.view_project, lifecycle(&catalog.lifecycle))
}

fn lifecycle(lifecycle: &Lifecycle) -> String {
    let Lifecycle { reserved_name, actions, see_keys, manage_keys, read_project_key, rotate_project_key, ceiling } = lifecycle;
    let [admin, member, viewer] =
        ceiling.map(|[organization, below]| format!("CeilingOf {{ organization: {organization}, below: {below} }}"));
    format!(
        "    lifecycle: Lifecycle {{\n        reserved_name: {reserved_name:?},\n        actions: &{actions:?},\n        \
         see_keys: {see_keys},\n        manage_keys: {manage_keys},\n        read_project_key: {read_project_key},\n        \
         rotate_project_key: {rotate_project_key},\n        admin: {admin},\n        member: {member},\n        \
         viewer: {viewer},\n    }},\n"
    )
}

/// The set as the contract's `permission-set` of four words.
fn literal(set: &Set) -> String {
    let mut words = [0_u64; 4];
    for number in set {
        words[number / 64] |= 1 << (number % 64);
    }
    let [w0, w1, w2, w3] = words;
    if set.is_empty() {
        return "PermissionSet::EMPTY".into();
    }
    format!("PermissionSet {{ w0: {w0:#x}, w1: {w1:#x}, w2: {w2:#x}, w3: {w3:#x} }}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_is_a_bit() {
        let words = "PermissionSet { w0: 0x8000000000000003, w1: 0x1, w2: 0x4, w3: 0x8000000000000000 }";
        assert_eq!(literal(&[0, 1, 63, 64, 130, 255].into()), words);
        assert_eq!(literal(&[].into()), "PermissionSet::EMPTY");
    }
}

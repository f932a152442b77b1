//! Policy versions other than the default one, made from its catalog.

use clearance_catalog::{Catalog, LISTS, build};
use clearance_policy::{BASE, types::PermissionSet};

/// The default policy with another built-in list.
///
/// # Panics
///
/// Where the default policy has no such list.
#[must_use]
pub fn with_list(list: &str, change: impl Fn(PermissionSet) -> PermissionSet) -> Vec<u8> {
    let mut catalog = default();
    let index = LISTS.iter().position(|known| *known == list).expect("it has the list");
    let number = |bit: &usize| u32::try_from(*bit).expect("a catalog is small");
    let changed = change(catalog.lists[index].iter().map(number).collect());
    catalog.lists[index] = changed.iter().map(|number| usize::try_from(number).expect("a catalog is small")).collect();
    made_of(&catalog)
}

/// The default policy with another action in the name of a permission.
///
/// # Panics
///
/// Where the default policy has no such permission.
#[must_use]
pub fn with_action(resource: &str, old: &str, new: &str) -> Vec<u8> {
    let mut catalog = default();
    let mut permissions = catalog.permissions.iter_mut();
    let found = permissions.find(|permission| permission.resource == resource && permission.action == old);
    new.clone_into(&mut found.expect("it has the permission").action);
    made_of(&catalog)
}

fn default() -> Catalog {
    Catalog::parse(include_str!("../../policy/catalog.toml")).expect("it has no mistakes")
}

fn made_of(catalog: &Catalog) -> Vec<u8> {
    build(BASE, catalog).expect("a policy comes of it")
}

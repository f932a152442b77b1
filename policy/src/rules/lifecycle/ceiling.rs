//! What the owner of a key has where a new binding is to apply.

use alloc::{string::String, vec::Vec};

use super::super::effective::allowed;
use crate::{
    MAX_PERMISSIONS,
    catalog::Catalog,
    types::{PermissionSet, lifecycle::Ceiling},
};

/// Permissions that an owner must have, by name.
///
/// One that the catalog does not have may be held all the same: by implication, by a stored list, or by a user who has everything. So
/// it is given a number that no permission has, and lists that hold it, and the one walk answers for it too.
pub(super) struct Needed<'n>(Vec<Extended<'n>>);

/// A catalog with some permissions more.
struct Extended<'n> {
    catalog: Catalog,
    /// All that are needed, each as a set of one; empty where there is no number for it.
    asked: Vec<(PermissionSet, &'n str)>,
    /// Those that are not in the catalog.
    added: Vec<(PermissionSet, &'n str)>,
}

impl<'n> Needed<'n> {
    #[inline]
    pub(super) fn of(catalog: &Catalog, names: &[&'n str]) -> Self {
        let first_spare = u32::try_from(catalog.permissions.len()).unwrap_or(MAX_PERMISSIONS);
        let spare = usize::try_from(MAX_PERMISSIONS.saturating_sub(first_spare)).unwrap_or(0);
        // As many at a time as there are numbers that no permission has.
        let extended = |names: &[&'n str]| {
            let mut extended = Extended { catalog: *catalog, asked: Vec::new(), added: Vec::new() };
            let mut spare = first_spare..;
            for &name in names {
                let number = catalog.number(name);
                let one = PermissionSet::only(number.or_else(|| spare.next()).unwrap_or(MAX_PERMISSIONS));
                extended.asked.push((one, name));
                if number.is_none() {
                    extended.add(catalog, one, name);
                }
            }
            extended
        };
        Self(names.chunks(spare.max(1)).map(extended).collect())
    }

    /// The first that the owner does not have there, if there is one.
    #[inline]
    pub(super) fn lacking(&self, ceiling: &Ceiling) -> Option<&'n str> {
        self.0.iter().find_map(|extended| extended.lacking(ceiling))
    }
}

impl<'n> Extended<'n> {
    #[inline]
    fn add(&mut self, catalog: &Catalog, one: PermissionSet, name: &'n str) {
        let implying: PermissionSet = (0..MAX_PERMISSIONS)
            .zip(catalog.permissions)
            .filter(|(_, permission)| catalog.implies(permission.name, name))
            .map(|(number, _)| number)
            .collect();
        let Catalog { all, organization_only, view, viewer, member, admin, lite_member, organization_member, .. } =
            &mut self.catalog;
        *all = all.union(one);
        if catalog.is_organization_only(name) {
            *organization_only = organization_only.union(one);
        }
        if name.ends_with(":view") {
            *view = view.union(one);
        }
        for list in [viewer, member, admin, lite_member, organization_member] {
            if !list.intersection(implying).is_empty() {
                *list = list.union(one);
            }
        }
        self.added.push((one, name));
    }

    #[inline]
    fn lacking(&self, ceiling: &Ceiling) -> Option<&'n str> {
        let mut facts = ceiling.facts.clone();
        for (role, list) in facts.roles.iter_mut().zip(&ceiling.names) {
            for (one, name) in &self.added {
                if holds(&self.catalog, list, name) {
                    role.permissions = role.permissions.union(*one);
                }
            }
        }
        let asked = self.asked.iter().fold(PermissionSet::EMPTY, |all, (one, _)| all.union(*one));
        let held = allowed(&self.catalog, &facts, asked);
        let lacks = |one: PermissionSet| one.is_empty() || !one.is_subset(held);
        self.asked.iter().find(|(one, _)| lacks(*one)).map(|(_, name)| *name)
    }
}

#[inline]
fn holds(catalog: &Catalog, list: &[String], name: &str) -> bool {
    list.iter().any(|held| catalog.implies(held, name))
}

//! Facts that cannot be judged.

use crate::{
    catalog::Catalog,
    types::{Binding, Facts, KeyFacts, Owner, Principal, Role, UserFacts},
};

/// Whether the facts contradict themselves or the catalog. Such facts are denied as they are: repaired, an index that leads
/// nowhere would read as a missing role, which is a grant.
pub(super) fn is_malformed(catalog: &Catalog, facts: &Facts) -> bool {
    let leads_nowhere = |role: Role| leads_nowhere(facts, role);
    let user = |user: &UserFacts| {
        user.bindings.iter().any(|binding| leads_nowhere(binding.role))
            || user.team_memberships.iter().any(|membership| leads_nowhere(membership.role))
    };
    // A key is in no group.
    let key_binding = |binding: &Binding| leads_nowhere(binding.role) || binding.group.is_some();
    let key = |key: &KeyFacts| {
        key.bindings.iter().any(key_binding)
            || match &key.owner {
                Some(Owner::User(owner)) => user(owner),
                Some(Owner::Unknown) | None => false,
            }
    };
    facts.roles.iter().any(|role| !role.permissions.is_subset(catalog.all))
        || match &facts.principal {
            Principal::User(facts) => user(facts),
            Principal::Key(facts) => key(facts),
            Principal::Unknown | Principal::ProjectKey(_) => false,
        }
}

/// Whether a role is named by an index that the facts do not have.
#[inline]
pub(super) fn leads_nowhere(facts: &Facts, role: Role) -> bool {
    match role {
        Role::Custom(index) => usize::try_from(index).map_or(true, |index| index >= facts.roles.len()),
        Role::Admin | Role::Member | Role::Viewer | Role::Missing => false,
    }
}

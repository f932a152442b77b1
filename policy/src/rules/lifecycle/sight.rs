//! What can be seen: keys, what a new key can be made from, and the keys of projects.

use alloc::vec::Vec;

use super::{
    super::{decision::decide, malformed::is_malformed},
    asker::{Asker, forbidden},
    edit::found,
};
use crate::{
    catalog::Catalog,
    types::{
        Facts, Place, Principal,
        lifecycle::{KeyOwner, ProjectKeyUse, Refusal, Sight, StoredKey},
    },
};

/// The keys that the asker sees in a list.
#[inline]
pub(super) fn list(catalog: &Catalog, facts: &Facts, keys: &[StoredKey]) -> Result<Vec<u32>, Refusal> {
    let asker = Asker::of(catalog, facts)?;
    asker.needs(catalog.lifecycle.see_keys)?;
    if asker.is_service_key() {
        asker.needs(catalog.lifecycle.manage_keys)?;
    }
    let organization = asker.member()?;
    // A key with an owner gets the list of a member, even if its owner is an organization admin.
    let all = asker.is_service_key() || !asker.is_key() && asker.is_admin();
    let listed = |key: &StoredKey| {
        found(catalog, organization, Some(key)).is_some() && !key.revoked && (all || is_everyones(key) || asker.owns(key))
    };
    Ok(indices(keys, listed))
}

/// Whether a key can be seen.
#[inline]
pub(super) fn read(catalog: &Catalog, facts: &Facts, key: Option<&StoredKey>) -> Result<(), Refusal> {
    let asker = Asker::of(catalog, facts)?;
    asker.needs(catalog.lifecycle.see_keys)?;
    let organization = asker.member()?;
    let key = found(catalog, organization, key).ok_or(Refusal::NotFound)?;
    let any = asker.is_admin() && (!asker.is_key() || asker.has(catalog.lifecycle.manage_keys));
    let seen = any || !asker.is_service_key() && (is_everyones(key) || asker.owns(key));
    if seen { Ok(()) } else { Err(Refusal::NotFound) }
}

/// Which of these things a signed-in user may see.
#[inline]
pub(super) fn look(catalog: &Catalog, facts: &Facts, at: &Sight) -> Result<Vec<u32>, Refusal> {
    let asker = Asker::of(catalog, facts)?;
    if asker.is_key() {
        return Err(Refusal::Forbidden(None));
    }
    let organization = asker.member()?;
    Ok(match at {
        Sight::KeyNames(keys) => indices(keys, |key| key.organization == organization),
        Sight::OwnBindings(bindings) => {
            indices(bindings, |binding| binding.group.is_none() && binding.organization == organization)
        }
        Sight::Teams(teams) => indices(teams, |team| team.organization == organization),
        Sight::Projects(projects) => indices(projects, |project| project.organization == organization && !project.archived),
        Sight::Members(members) => indices(members, |_| asker.is_admin()),
    })
}

/// Whether a project's own key can be read or rotated.
#[inline]
pub(super) fn project_key(catalog: &Catalog, facts: &Facts, wanted: ProjectKeyUse) -> Result<(), Refusal> {
    if is_malformed(catalog, facts) {
        return Err(Refusal::BadFacts);
    }
    let project = match facts.place {
        Place::Project(project) => project,
        Place::Unknown => return Err(Refusal::NotFound),
        Place::Organization(_) | Place::Team(_) => return Err(Refusal::BadFacts),
    };
    let permission = match wanted {
        ProjectKeyUse::Read => catalog.lifecycle.read_project_key,
        ProjectKeyUse::Rotate => catalog.lifecycle.rotate_project_key,
    };
    let granted = match &facts.principal {
        Principal::Key(key) if key.organization != project.organization => return Err(Refusal::NotFound),
        // It would keep itself alive.
        Principal::ProjectKey(_) => false,
        Principal::Key(_) | Principal::User(_) | Principal::Unknown => decide(catalog, facts, permission).allow,
    };
    if granted { Ok(()) } else { Err(forbidden(catalog, permission)) }
}

/// Whether every member sees the key: it is nobody's, and was not made for an ingestion source.
#[inline]
fn is_everyones(key: &StoredKey) -> bool {
    key.owner == KeyOwner::Nobody && !key.ingestion
}

#[inline]
fn indices<T>(items: &[T], seen: impl Fn(&T) -> bool) -> Vec<u32> {
    (0..).zip(items).filter(|(_, item)| seen(item)).map(|(index, _)| index).collect()
}

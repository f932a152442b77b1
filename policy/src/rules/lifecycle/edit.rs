//! Changing a key, and ending it.

use alloc::vec::Vec;

use super::{
    asker::Asker,
    power::{Wanted, warn},
    sent,
    within::Within,
};
use crate::{
    catalog::Catalog,
    types::{
        Facts, Handle,
        lifecycle::{Change, Edited, Refusal, StoredKey},
    },
};

/// Whether a key can be changed so, and what to change.
#[inline]
pub(super) fn edit(catalog: &Catalog, facts: &Facts, key: Option<&StoredKey>, change: &Change) -> Result<Edited, Refusal> {
    let asker = Asker::of(catalog, facts)?;
    let bindings = change.bindings.as_deref().unwrap_or_default();
    let wanted = key.map(|key| Wanted { catalog, owner: key.owner, bindings, projects: &[], permissions: &change.permissions });
    if let Some(wanted) = &wanted {
        wanted.well_formed()?;
    }

    asker.needs(catalog.lifecycle.manage_keys)?;
    sent::change(catalog, change)?;
    let organization = asker.member()?;
    let (Some(key), Some(wanted)) = (found(catalog, organization, key), wanted) else { return Err(Refusal::NotFound) };
    if change.name.as_deref() == Some(catalog.lifecycle.reserved_name) {
        return Err(Refusal::ReservedName);
    }
    if !asker.owns(key) && !asker.is_admin() {
        return Err(if asker.is_key() { Refusal::NotFound } else { Refusal::NotOwned });
    }
    if key.revoked {
        return Err(Refusal::AlreadyRevoked);
    }
    let power = if change.bindings.is_some() { Some(wanted.power(organization)?) } else { None };
    let mut warnings = Vec::new();
    if let Some(power) = &power {
        Within { asker: &asker, bindings, projects: &[] }.holds(power)?;
        warn(catalog, power, &mut warnings);
    }
    Ok(Edited { name: change.name.clone(), description: change.description.clone(), mode: change.mode, power, warnings })
}

/// Whether a key can be revoked.
#[inline]
pub(super) fn revoke(catalog: &Catalog, facts: &Facts, key: Option<&StoredKey>) -> Result<(), Refusal> {
    let asker = Asker::of(catalog, facts)?;
    asker.needs(catalog.lifecycle.manage_keys)?;
    let organization = asker.member()?;
    let key = found(catalog, organization, key).ok_or(Refusal::NotFound)?;
    if !asker.owns(key) && !asker.is_admin() {
        return Err(Refusal::NotOwned);
    }
    if key.revoked { Err(Refusal::AlreadyRevoked) } else { Ok(()) }
}

/// The key, if it is one of the organization that is not the platform's own.
#[inline]
pub(super) fn found<'k>(catalog: &Catalog, organization: Handle, key: Option<&'k StoredKey>) -> Option<&'k StoredKey> {
    key.filter(|key| key.organization == organization && key.name != catalog.lifecycle.reserved_name)
}

//! Making a key.

use alloc::vec::Vec;

use super::{
    asker::Asker,
    power::{Wanted, warn, whole_organization},
    sent,
    within::Within,
};
use crate::{
    catalog::Catalog,
    types::{
        Facts, Mode,
        lifecycle::{Assignee, Draft, KeyOwner, Kind, Plan, Refusal, Violation, Warning},
    },
};

/// Whether a key can be made, and the key to store.
#[inline]
pub(super) fn create(catalog: &Catalog, facts: &Facts, draft: &Draft) -> Result<Plan, Refusal> {
    let asker = Asker::of(catalog, facts)?;
    let asked = draft.kind.unwrap_or(Kind::Personal);
    // Nobody owns what a service key makes for no one else.
    let kind = if asker.is_service_key() && draft.assignee.is_none() { Kind::Service } else { asked };
    let assignee = draft.assignee.as_ref().filter(|_| kind == Kind::Personal);
    let owner = match (kind, assignee) {
        (Kind::Service, _) => KeyOwner::Nobody,
        (Kind::Personal, Some(assignee)) => assignee.user.map_or(KeyOwner::Unknown, KeyOwner::User),
        (Kind::Personal, None) => asker.user().map_or(KeyOwner::Unknown, KeyOwner::User),
    };
    let Draft { bindings, projects, permissions, .. } = draft;
    let wanted = Wanted { catalog, owner, bindings, projects, permissions };
    wanted.well_formed()?;

    asker.needs(catalog.lifecycle.manage_keys)?;
    sent::draft(catalog, draft, asker.is_key())?;
    let organization = asker.member()?;
    let for_another = assignee.is_some_and(|assignee| assignee.user.is_none() || assignee.user != asker.user());
    if (kind == Kind::Service || for_another) && !asker.is_admin() {
        return Err(Refusal::Forbidden(None));
    }
    let name = draft.name.clone().unwrap_or_default();
    if name == catalog.lifecycle.reserved_name {
        return Err(Refusal::ReservedName);
    }
    if assignee.is_some_and(|assignee| !is_member(assignee)) {
        return Err(Refusal::ScopeViolation(Violation::AssigneeNotMember));
    }
    let mut warnings = Vec::new();
    let within = Within { asker: &asker, bindings, projects };
    let power = match (bindings.is_empty() && projects.is_empty(), kind) {
        (true, Kind::Personal) => return Err(Refusal::ScopeViolation(Violation::NoBindings)),
        (true, Kind::Service) => {
            warnings.push(Warning::WholeOrganization);
            within.whole_organization(organization)?;
            whole_organization(organization)
        }
        (false, _) => {
            let power = wanted.power(organization)?;
            within.holds(&power)?;
            power
        }
    };
    if draft.expires.is_some_and(|expires| expires < facts.now) {
        warnings.push(Warning::BornExpired);
    }
    warn(catalog, &power, &mut warnings);
    Ok(Plan {
        name,
        description: draft.description.clone(),
        expires: draft.expires,
        mode: draft.mode.unwrap_or(Mode::All),
        owner: match wanted.owner {
            KeyOwner::User(owner) => Some(owner),
            KeyOwner::Nobody | KeyOwner::Unknown => None,
        },
        creator: asker.user(),
        power,
        warnings,
    })
}

#[inline]
fn is_member(assignee: &Assignee) -> bool {
    assignee.user.is_some() && assignee.membership.is_some() && !assignee.deactivated
}

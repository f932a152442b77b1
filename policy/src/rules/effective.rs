//! All answers of one principal at one place.

use alloc::{vec, vec::Vec};

use super::{decision::answer, malformed::is_malformed, without_binding::deny};
use crate::{
    catalog::Catalog,
    types::{Decision, EffectiveSet, Facts, KeyFacts, Outcome, PermissionSet, Place, Principal, Reason, Timestamp},
};

/// Answers for all permissions at once, and says how long the answers hold.
#[must_use]
pub fn effective(catalog: &Catalog, facts: &Facts) -> EffectiveSet {
    let mut outcomes: Vec<Outcome> = Vec::new();
    if is_malformed(catalog, facts) {
        outcomes = vec![Outcome { decision: deny(Reason::BadFacts), permissions: catalog.all }];
    } else {
        tell(catalog, facts, catalog.all, &mut |decision, permissions| gather(&mut outcomes, decision, permissions));
    }
    let allowed = outcomes.iter().filter(|outcome| outcome.decision.allow);
    let permissions = allowed.fold(PermissionSet::EMPTY, |set, outcome| set.union(outcome.permissions));
    let (since, until) = validity(catalog, facts);
    EffectiveSet { permissions, outcomes, since, until }
}

/// The allowed permissions alone, for each of many facts.
#[must_use]
pub fn effective_many(catalog: &Catalog, facts: &[Facts]) -> Vec<PermissionSet> {
    let of = |facts| if is_malformed(catalog, facts) { PermissionSet::EMPTY } else { allowed(catalog, facts, catalog.all) };
    facts.iter().map(of).collect()
}

/// What is allowed of the permissions that are asked for. The facts are well-formed, the permissions are in the catalog.
pub(super) fn allowed(catalog: &Catalog, facts: &Facts, asked: PermissionSet) -> PermissionSet {
    let mut permissions = PermissionSet::EMPTY;
    tell(catalog, facts, asked, &mut |decision, more| {
        permissions = if decision.allow { permissions.union(more) } else { permissions };
    });
    permissions
}

/// The walk for many permissions at once: built once for all callers.
fn tell(catalog: &Catalog, facts: &Facts, asked: PermissionSet, tell: &mut dyn FnMut(Decision, PermissionSet)) {
    answer(catalog, facts, asked, &mut |decision, permissions| tell(decision, permissions));
}

/// The first and last moment for which an answer holds: only the expiry of a key that is otherwise asked about makes time matter.
pub(super) fn validity(catalog: &Catalog, facts: &Facts) -> (Timestamp, Timestamp) {
    match &facts.principal {
        Principal::Key(KeyFacts { expires: Some(expires), revoked: false, .. })
            if facts.place != Place::Unknown && !is_malformed(catalog, facts) =>
        {
            if facts.now <= *expires {
                (ALWAYS.0, *expires)
            } else {
                (expires.saturating_add(1), ALWAYS.1)
            }
        }
        _ => ALWAYS,
    }
}

/// All of time.
pub(super) const ALWAYS: (Timestamp, Timestamp) = (Timestamp::MIN, Timestamp::MAX);

fn gather(outcomes: &mut Vec<Outcome>, decision: Decision, permissions: PermissionSet) {
    match outcomes.iter_mut().find(|outcome| outcome.decision == decision) {
        Some(outcome) => outcome.permissions = outcome.permissions.union(permissions),
        None => outcomes.push(Outcome { decision, permissions }),
    }
}

//! What would grant it: the smallest sets of changes that turn a denial into an allow.
//!
//! The two sides of a decision are independent, so each is repaired by itself, and every repair of one goes with every repair of the
//! other. What a binding would grant is read by the one walk's own reader.
//!
//! Most of it is marked `#[inline]`, so that the component builds it for size, not for speed: few denials are asked about.

mod best;
mod side;
mod sight;

use alloc::vec::Vec;
use core::mem;

use super::{
    chain::Chain,
    decision::decide,
    effective::allowed,
    malformed::{is_malformed, leads_nowhere},
};
use crate::{
    catalog::{Catalog, CeilingOf},
    types::{
        Facts, Owner, PermissionSet, Place, Principal, Role,
        repair::{Action, Addition, Change, ChangeSets, Maker, Obstacle, RepairAnswer, RepairQuestion, Side},
    },
};
use best::Best;
use side::{Before, Search, apply};
use sight::Sight;

/// Answers what would grant a permission.
#[inline]
#[must_use]
pub fn repair(catalog: &Catalog, facts: Facts, question: &RepairQuestion) -> RepairAnswer {
    match sets(catalog, facts, question) {
        Ok(None) => RepairAnswer::Allowed,
        Ok(Some(sets)) => RepairAnswer::Sets(sets),
        Err(obstacle) => RepairAnswer::Nothing(obstacle),
    }
}

/// The sets, or none where the answer is allow already.
#[inline]
fn sets(catalog: &Catalog, facts: Facts, question: &RepairQuestion) -> Result<Option<ChangeSets>, Obstacle> {
    let RepairQuestion { permission, offers, asker } = question;
    let unfit = |role: &Role| *role == Role::Missing || leads_nowhere(&facts, *role);
    if is_malformed(catalog, &facts) || offers.iter().any(unfit) {
        return Err(Obstacle::BadFacts);
    }
    let sight = Sight::of(&facts, asker)?;
    if matches!(&facts.principal, Principal::ProjectKey(_)) && decide(catalog, &facts, *permission).allow {
        return Ok(None);
    }
    if !catalog.all.contains(*permission) {
        return Err(Obstacle::PermissionUnknown);
    }
    let chain = Chain::of(&facts.place).ok_or(Obstacle::PlaceUnknown)?;

    // What refuses before any binding is looked at goes in every set, and is set right in the sides.
    let mut first = Vec::new();
    let mut key = None;
    let mut user = facts;
    let mut side = Side::Principal;
    if let Principal::Key(of_key) = &mut user.principal {
        if of_key.organization != chain.organization {
            return Err(Obstacle::OtherOrganization);
        }
        if of_key.revoked {
            return Err(Obstacle::KeyRevoked);
        }
        if of_key.expires.is_some_and(|expires| expires < user.now) {
            first.push(Change::Renew);
        }
        of_key.expires = None;
        let owner = of_key.owner.take();
        // Who made a key is looked at only where nobody owns it.
        of_key.creator_deactivated &= owner.is_none();
        side = Side::Owner;
        let owner = match owner {
            None => Principal::Unknown,
            Some(Owner::Unknown) => return Err(if sight == Sight::OwnKey { Obstacle::NotShown } else { Obstacle::OwnerUnknown }),
            Some(Owner::User(owner)) => Principal::User(owner),
        };
        let roles = user.roles.clone();
        let facts = Facts { principal: owner, roles, now: user.now, place: user.place };
        key = Some(mem::replace(&mut user, facts));
    }
    match &mut user.principal {
        Principal::User(user) => {
            if user.deactivated {
                first.push(Change::Reactivate);
            }
            user.deactivated = false;
        }
        Principal::ProjectKey(_) => return Err(Obstacle::ProjectKey),
        _ if key.is_none() => return Err(Obstacle::PrincipalUnknown),
        _ => {}
    }

    let search = Search { catalog, chain, permission: *permission, offers };
    let owned = matches!(user.principal, Principal::User(_));
    let of_key = key.as_mut().map_or_else(Best::as_it_is, |key| search.repairs(Side::Principal, key));
    let of_user = if owned { search.repairs(side, &mut user) } else { Best::as_it_is() };
    if first.is_empty() && of_key.is_as_it_is() && of_user.is_as_it_is() {
        return Ok(None);
    }
    if sight == Sight::OwnKey && (first.contains(&Change::Reactivate) || !of_user.is_as_it_is()) {
        return Err(Obstacle::NotShown);
    }
    let sides = [&of_key, &of_user];
    if sides.iter().any(|best| best.sets().is_empty() && !best.stopped) {
        let organization_only = catalog.organization_only.contains(*permission);
        return Err(if organization_only { Obstacle::OrganizationOnly } else { Obstacle::NoRole });
    }
    if sides.iter().any(|best| best.stopped) {
        return Err(Obstacle::OtherRule);
    }
    let mut all = Best::new();
    for (own, of_key) in of_key.sets() {
        for (users, of_user) in of_user.sets() {
            let rank = own.and(*users);
            // All that follow here are no better.
            if all.is_beaten(rank) {
                break;
            }
            // A membership comes before bindings, and the key before its owner.
            let joins = matches!(of_user.first(), Some(Change::Membership(_)));
            let (membership, binding) = of_user.split_at_checked(usize::from(joins)).unwrap_or_default();
            all.offer(rank, &[&first, membership, of_key, binding]);
        }
    }

    let is_key = key.is_some();
    let before = Before::of(&user);
    let (mut sets, mut nobodys) = (Vec::new(), Vec::new());
    for (_, set) in all.sets() {
        let of_key = |change: &&Change| is_key && matches!(change, Change::Bind(Addition { side: Side::Principal, .. }));
        set.iter().filter(|change| !of_key(change)).for_each(|change| apply(&mut user, &chain, change));
        let mut by = |change: &Change| {
            let owner = owned.then_some(&mut user);
            Action { change: *change, by: maker(catalog, &chain, is_key, owner, change) }
        };
        let actions: Vec<Action> = set.iter().map(&mut by).collect();
        let nobody = actions.iter().any(|action| action.by == Maker::Nobody);
        if nobody {
            nobodys.push(actions)
        } else {
            sets.push(actions)
        }
        before.restore(&mut user);
    }
    sets.append(&mut nobodys);
    let more = all.more || of_key.more || of_user.more;
    Ok(Some(ChangeSets { sets, more }))
}

/// The least who could make a change, where the owner of the key, or the user, is changed as the whole set says.
fn maker(catalog: &Catalog, chain: &Chain, is_key: bool, owner: Option<&mut Facts>, change: &Change) -> Maker {
    let (role, scope) = match change {
        Change::Renew => return Maker::Nobody,
        Change::Bind(Addition { side: Side::Principal, role, scope }) if is_key => (role, scope),
        _ => return Maker::OrganizationAdmin,
    };
    let CeilingOf { organization, below } = match role {
        Role::Admin => catalog.lifecycle.admin,
        Role::Member => catalog.lifecycle.member,
        Role::Viewer => catalog.lifecycle.viewer,
        Role::Custom(_) | Role::Missing => return Maker::Nobody,
    };
    let place = chain.places().find(|(at, _)| at == scope).map_or(Place::Unknown, |(_, place)| place);
    let needed = match place {
        Place::Project(at) if at.archived => return Maker::Nobody,
        Place::Organization(_) => organization,
        _ => below,
    };
    let Some(owner) = owner else { return Maker::OrganizationAdmin };
    let asked = mem::replace(&mut owner.place, place);
    let has = !allowed(catalog, owner, PermissionSet::only(needed)).is_empty();
    owner.place = asked;
    if has { Maker::KeyOwner } else { Maker::Nobody }
}

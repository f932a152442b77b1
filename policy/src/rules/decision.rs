//! The decision: whether a principal may do something at a place.
//!
//! [`answer`] is the whole of it: it takes the permissions that are asked for, hands each to exactly one decision, and stops as
//! soon as none is left. `decide` asks for one permission, `effective` for all of them.

use super::{
    chain::Chain,
    malformed::is_malformed,
    role::{Holder, Reader},
    without_binding::{allow, deny},
};
use crate::{
    catalog::{Catalog, Rules},
    types::{Decision, Facts, KeyFacts, Membership, Mode, Owner, PermissionSet, Principal, Reason, UserFacts},
};

/// Answers one question.
#[must_use]
pub fn decide(catalog: &Catalog, facts: &Facts, permission: u32) -> Decision {
    if is_malformed(catalog, facts) {
        return deny(Reason::BadFacts);
    }
    if !catalog.all.contains(permission) {
        return deny(Reason::PermissionUnknown);
    }
    let mut decision = deny(Reason::BadFacts);
    answer(catalog, facts, PermissionSet::only(permission), &mut |found, _| decision = found);
    decision
}

/// Hands every permission that is asked for to one decision. The facts are well-formed, the permissions are in the catalog.
#[inline]
pub(super) fn answer(catalog: &Catalog, facts: &Facts, asked: PermissionSet, tell: &mut impl FnMut(Decision, PermissionSet)) {
    let mut asked = Asked { left: asked, tell };
    let Some(chain) = Chain::of(&facts.place) else { return asked.rest(deny(Reason::PlaceUnknown)) };
    let reader = Reader { catalog, facts, chain };
    match &facts.principal {
        Principal::Unknown => asked.rest(deny(Reason::PrincipalUnknown)),
        Principal::User(user) => user_leg(reader, user, &mut asked),
        Principal::Key(key) => key_legs(reader, key, &mut asked),
        Principal::ProjectKey(key) => {
            if chain.refuses_key_of(key.project).is_none() {
                asked.take(asked.left.intersection(catalog.project_key), allow(Reason::ProjectKey));
            }
            asked.rest(deny(Reason::KeyLacks));
        }
    }
}

/// A user: the floor, then bindings, then team memberships.
#[inline]
pub(super) fn user_leg(reader: Reader<'_>, user: &UserFacts, asked: &mut Asked<impl FnMut(Decision, PermissionSet)>) {
    let chain = reader.chain;
    if user.deactivated {
        return asked.rest(deny(Reason::UserDeactivated));
    }
    let Some(membership) = user.membership else { return asked.rest(deny(Reason::NotMember)) };
    let holder = holder_of(membership);

    if chain.is_organization() {
        asked.take(asked.left.intersection(reader.catalog.organization_member), allow(Reason::Floor));
    }
    let mut silenced = false;
    for (index, binding) in (0..).zip(&user.bindings) {
        if chain.misses(binding).is_none() {
            silenced = true;
            asked.take(reader.read(binding.role, binding.scope.tier, holder).of(asked.left), through(index));
        }
    }
    for membership in &user.team_memberships {
        if chain.ignores(membership, silenced).is_none() {
            asked.take(reader.membership(membership.role, holder).of(asked.left), allow(Reason::TeamMembership));
        }
    }
    asked.rest(deny(if holder == Holder::ExternalMember { Reason::LiteMember } else { Reason::Lacks }));
}

/// A key: what it grants, as far as its owner has it too.
#[inline]
fn key_legs(reader: Reader<'_>, key: &KeyFacts, asked: &mut Asked<impl FnMut(Decision, PermissionSet)>) {
    if let Some(reason) = refusal_of_key(reader.catalog.rules, key, reader.facts.now) {
        return asked.rest(deny(reason));
    }
    let Asked { left, tell } = asked;
    let mut own = Asked {
        left: *left,
        tell: &mut |decision: Decision, granted| match &key.owner {
            _ if !decision.allow => tell(decision, granted),
            None => tell(decision, granted),
            Some(Owner::Unknown) => tell(deny(Reason::OwnerNotMember), granted),
            Some(Owner::User(owner)) => {
                let tell = &mut |ceiling: Decision, granted| tell(capped(decision, ceiling), granted);
                user_leg(reader, owner, &mut Asked { left: granted, tell });
            }
        },
    };
    key_leg(reader, key, &mut own);
    *left = PermissionSet::EMPTY;
}

/// What a key grants by itself: its own bindings, nothing else.
#[inline]
pub(super) fn key_leg(reader: Reader<'_>, key: &KeyFacts, asked: &mut Asked<impl FnMut(Decision, PermissionSet)>) {
    if reader.catalog.rules == Rules::Strict && key.mode == Mode::Readonly {
        asked.take(asked.left.difference(reader.catalog.view), deny(Reason::Readonly));
    }
    if key.organization == reader.chain.organization {
        for (index, binding) in (0..).zip(&key.bindings) {
            if reader.chain.misses(binding).is_none() {
                let holder = Holder::Key(key.handle);
                asked.take(reader.read(binding.role, binding.scope.tier, holder).of(asked.left), through(index));
            }
        }
    }
    asked.rest(deny(Reason::KeyLacks));
}

/// What refuses a key before its bindings are looked at.
#[inline]
pub(super) fn refusal_of_key(rules: Rules, key: &KeyFacts, now: u64) -> Option<Reason> {
    if key.revoked {
        Some(Reason::KeyRevoked)
    } else if key.expires.is_some_and(|expires| expires < now) {
        Some(Reason::KeyExpired)
    } else if matches!(&key.owner, Some(Owner::User(owner)) if owner.deactivated) {
        Some(Reason::OwnerDeactivated)
    } else if rules == Rules::Strict && key.owner.is_none() && key.creator_deactivated {
        Some(Reason::CreatorDeactivated)
    } else {
        None
    }
}

/// The key's decision under its owner's: the ceiling only removes.
#[inline]
fn capped(key: Decision, owner: Decision) -> Decision {
    match owner {
        Decision { allow: true, .. } => key,
        Decision { reason: Reason::NotMember, .. } => deny(Reason::OwnerNotMember),
        _ => deny(Reason::OwnerLacks),
    }
}

/// How the rules of roles see a member.
#[inline]
pub(super) fn holder_of(membership: Membership) -> Holder {
    match membership {
        Membership::External => Holder::ExternalMember,
        Membership::Admin | Membership::Member => Holder::User,
    }
}

#[inline]
fn through(binding: u32) -> Decision {
    Decision { allow: true, reason: Reason::Binding, binding: Some(binding) }
}

/// The permissions that still wait for a decision, and where decisions go.
pub(super) struct Asked<'a, F> {
    pub(super) left: PermissionSet,
    pub(super) tell: &'a mut F,
}

impl<F: FnMut(Decision, PermissionSet)> Asked<'_, F> {
    /// Decides some of those that still wait.
    #[inline]
    fn take(&mut self, taken: PermissionSet, decision: Decision) {
        if !taken.is_empty() {
            self.left = self.left.difference(taken);
            (self.tell)(decision, taken);
        }
    }

    /// Decides all that still wait.
    #[inline]
    fn rest(&mut self, decision: Decision) {
        self.take(self.left, decision);
    }
}

//! One side of a denial, and what it would have to get.

use super::{
    super::{
        chain::Chain,
        decision::holder_of,
        effective::allowed,
        role::{Holder, Reader},
    },
    best::{Best, Rank},
};
use crate::{
    catalog::Catalog,
    types::{
        Binding, Facts, Membership, PermissionSet, Principal, Role,
        repair::{Addition, Change, Side},
    },
};

/// A denial that is to be repaired.
pub(super) struct Search<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) chain: Chain,
    pub(super) permission: u32,
    pub(super) offers: &'a [Role],
}

impl Search<'_> {
    /// The sets of changes after which a key without an owner, or a user, is allowed. None can do without one of its changes. The
    /// facts are changed while it looks, and in the end as they were.
    #[inline]
    pub(super) fn repairs(&self, side: Side, facts: &mut Facts) -> Best {
        let mut best = Best::new();
        let was = Before::of(facts);
        let before = match &facts.principal {
            Principal::User(user) => user.membership,
            // As good as any: it is not looked at.
            _ => Some(Membership::Member),
        };
        // In the order of what they grant.
        let memberships: &[Membership] = match before {
            None | Some(Membership::External) => &[Membership::External, Membership::Member],
            Some(_) => &[Membership::Member],
        };
        let mut lesser = None;
        for &membership in memberships {
            let holder = match &mut facts.principal {
                Principal::Key(key) => Holder::Key(key.handle),
                principal => {
                    become_member(principal, membership);
                    holder_of(membership)
                }
            };
            let changes = [Change::Membership(membership)];
            let lacks = before.is_none() || before == Some(Membership::External) && membership != Membership::External;
            // What a membership grants is counted only where it is a change.
            let asked = if lacks { self.catalog.all } else { PermissionSet::only(self.permission) };
            let held = allowed(self.catalog, facts, asked);
            let (rank, changes) = match lacks {
                true => (Rank::CHANGE.and(Rank::power(held.len(), 0)), changes.as_slice()),
                false => (Rank::NONE, [].as_slice()),
            };
            if held.contains(self.permission) {
                best.offer(rank, &[changes]);
                break;
            }
            let reader = Reader { catalog: self.catalog, facts, chain: self.chain };
            for (levels, (scope, _)) in (0..).zip(self.chain.places()) {
                for &role in self.offers {
                    let granted = |holder| {
                        let read = reader.read(role, scope.tier, holder);
                        // A role that is unusable is not offered, even if it reads as a list.
                        Some(read.of(self.catalog.all)).filter(|set| set.contains(self.permission) && read.fault.is_none())
                    };
                    let without = lesser.is_some_and(|lesser| granted(lesser).is_some());
                    if let Some(granted) = granted(holder).filter(|_| !without) {
                        let custom_of_key = matches!((role, holder), (Role::Custom(_), Holder::Key(_)));
                        let rank = if custom_of_key { rank.and(Rank::NOBODY) } else { rank };
                        let rank = rank.and(Rank::CHANGE).and(Rank::power(granted.len(), levels));
                        best.offer(rank, &[changes, &[Change::Bind(Addition { side, role, scope })]]);
                    }
                }
            }
            lesser = Some(holder);
        }
        was.restore(facts);
        // What other rules stop all the same is not told. They look at the holder alone, and stop every set or none.
        if let Some((_, set)) = best.sets().first() {
            set.iter().for_each(|change| apply(facts, &self.chain, change));
            let stopped = allowed(self.catalog, facts, PermissionSet::only(self.permission)).is_empty();
            was.restore(facts);
            if stopped {
                best.stop();
            }
        }
        best
    }
}

#[inline]
fn become_member(principal: &mut Principal, membership: Membership) {
    if let Principal::User(user) = principal {
        user.membership = Some(membership);
    }
}

/// What changes change of a side, as it was. Copying the facts for every set would take longer than all the rest.
pub(super) struct Before {
    membership: Option<Membership>,
    bindings: usize,
}

impl Before {
    #[inline]
    pub(super) fn of(facts: &Facts) -> Self {
        match &facts.principal {
            Principal::User(user) => Self { membership: user.membership, bindings: user.bindings.len() },
            Principal::Key(key) => Self { membership: None, bindings: key.bindings.len() },
            Principal::Unknown | Principal::ProjectKey(_) => Self { membership: None, bindings: 0 },
        }
    }

    #[inline]
    pub(super) fn restore(&self, facts: &mut Facts) {
        match &mut facts.principal {
            Principal::User(user) => {
                user.membership = self.membership;
                user.bindings.truncate(self.bindings);
            }
            Principal::Key(key) => key.bindings.truncate(self.bindings),
            Principal::Unknown | Principal::ProjectKey(_) => {}
        }
    }
}

/// Makes a change of a side. The leg is what remains once the key is renewed and the user reactivated.
#[inline]
pub(super) fn apply(facts: &mut Facts, chain: &Chain, change: &Change) {
    match (change, &mut facts.principal) {
        (Change::Membership(membership), principal) => become_member(principal, *membership),
        (Change::Bind(Addition { role, scope, .. }), principal) => {
            let bindings = match principal {
                Principal::User(user) => &mut user.bindings,
                Principal::Key(key) => &mut key.bindings,
                _ => return,
            };
            bindings.push(Binding { organization: chain.organization, scope: *scope, role: *role, group: None });
        }
        _ => {}
    }
}

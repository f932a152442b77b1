//! Counts, and the groups that a person looks at first.

use std::{collections::HashMap, hash::Hash};

use clearance::PrincipalId;
use clearance_policy::types::Reason;

use super::{Diff, Entry, Through};

/// The counts of a diff. A gain or a loss is one permission of one principal at one place.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Summary<'a> {
    /// The number of permissions that were denied and are allowed.
    pub gains: u64,
    /// The number of permissions that were allowed and are denied.
    pub losses: u64,
    /// How many principals gain something.
    pub gainers: usize,
    /// How many principals lose something.
    pub losers: usize,
    /// How many principals gain or lose something.
    pub principals: usize,
    /// By permission, most changes first.
    pub by_permission: Vec<Group<&'a str>>,
    /// By the rule that decided before and the one that decides after, most changes first.
    pub by_rule: Vec<Group<(Reason, Reason)>>,
    /// By the role of the binding that grants it before or after, most changes first.
    pub by_role: Vec<Group<Through>>,
    /// By principal, most changes first.
    pub by_principal: Vec<Group<PrincipalId<'a>>>,
}

/// Gains and losses that have something in common.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group<K> {
    /// What they have in common, for instance the permission.
    pub key: K,
    /// The number of gains.
    pub gains: u64,
    /// The number of losses.
    pub losses: u64,
    /// The number of principals that gain or lose something.
    pub principals: usize,
}

impl Diff<'_> {
    /// Counts what changes, and groups it.
    pub fn summary(&self) -> Summary<'_> {
        Summary::of(self)
    }
}

#[derive(Default)]
struct Count {
    gains: u64,
    losses: u64,
    principals: usize,
    /// The principal that was counted last, as entries of one principal follow each other.
    last: Option<usize>,
}

struct Counts<K>(HashMap<K, Count>);

impl<K: Copy + Eq + Hash> Counts<K> {
    fn add(&mut self, key: K, gain: bool, count: u64, principal: usize) {
        let found = self.0.entry(key).or_default();
        *if gain { &mut found.gains } else { &mut found.losses } += count;
        if found.last.replace(principal) != Some(principal) {
            found.principals += 1;
        }
    }

    /// Most changes first, then in the order of `name`.
    fn sorted<N: Ord>(self, name: impl Fn(K) -> N) -> Vec<Group<K>> {
        let group = |(key, Count { gains, losses, principals, .. })| Group { key, gains, losses, principals };
        let mut groups: Vec<Group<K>> = self.0.into_iter().map(group).collect();
        groups.sort_by_cached_key(|group| (std::cmp::Reverse(group.gains + group.losses), name(group.key)));
        groups
    }
}

impl<'a> Summary<'a> {
    pub(super) fn of(diff: &'a Diff<'_>) -> Self {
        let (mut permissions, mut rules) = (Counts(HashMap::new()), Counts(HashMap::new()));
        let (mut roles, mut principals) = (Counts(HashMap::new()), Counts(HashMap::new()));
        let mut last: Option<&Entry> = None;
        let mut number = 0;
        for entry in diff.entries() {
            if last.is_none_or(|last| last.principal != entry.principal) {
                number += 1;
            }
            last = Some(entry);
            let places = u64::try_from(entry.places).unwrap_or(u64::MAX);
            for change in &entry.changes {
                let mut count = 0;
                for name in diff.names(change) {
                    permissions.add(name, change.gain, places, number);
                    count += places;
                }
                rules.add((change.before, change.after), change.gain, count, number);
                roles.add(change.role, change.gain, count, number);
                principals.add(diff.principal(entry), change.gain, count, number);
            }
        }
        let by_principal = principals.sorted(|id| match id {
            PrincipalId::User(id) => (0, id),
            PrincipalId::Key(id) => (1, id),
            PrincipalId::ProjectKey(id) => (2, id),
        });
        Self {
            gains: by_principal.iter().map(|group| group.gains).sum(),
            losses: by_principal.iter().map(|group| group.losses).sum(),
            gainers: by_principal.iter().filter(|group| group.gains > 0).count(),
            losers: by_principal.iter().filter(|group| group.losses > 0).count(),
            principals: by_principal.len(),
            by_permission: permissions.sorted(|name| name),
            by_rule: rules.sorted(|(before, after)| (before.as_str(), after.as_str())),
            by_role: roles.sorted(|role| match role {
                Through::Admin => (0, ""),
                Through::Member => (1, ""),
                Through::Viewer => (2, ""),
                Through::Custom(role) => (3, diff.role_id(role)),
                Through::Missing => (4, ""),
                Through::NoBinding => (5, ""),
            }),
            by_principal,
        }
    }
}

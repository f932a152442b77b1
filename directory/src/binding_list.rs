//! The bindings of one holder, kept so that those on a chain are found without looking at the others.

use crate::chain::Chain;
use crate::slot::{Node, to_index};

/// Up to this many bindings, looking at all of them takes less time than searching an index.
const MAX_SCANNED_ENTRIES: usize = 16;

/// One of this many bindings may stand behind the index. Making the index anew each time would take time in proportion to the square of
/// their number.
const INDEXED_PER_SCANNED: usize = 64;

/// What is known of a binding besides its id and its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Slot of the binding.
    pub(crate) binding: u32,
    /// Slot of the organization that it is stored under.
    pub(crate) organization: u32,
    pub(crate) scope: Node,
    pub(crate) role: NamedRole,
}

/// The role that a binding or team membership names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamedRole {
    Admin,
    Member,
    Viewer,
    /// Slot of the custom role, known or not.
    Custom(u32),
    /// CUSTOM without a custom role.
    Unnamed,
}

/// Bindings in the order of their ids, so that those found need no sorting.
#[derive(Debug, Default)]
pub(crate) struct BindingList {
    entries: Vec<Entry>,
    /// The positions of the first entries, as many as it has, by scope, then by position. Those behind them are few, and are looked at
    /// one by one.
    by_scope: Vec<u32>,
}

impl BindingList {
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The position of a binding, or where it would stand, by comparing ids: `order` says how the id of an entry compares with
    /// the wanted one.
    pub(crate) fn position(&self, order: impl FnMut(&Entry) -> std::cmp::Ordering) -> Result<usize, usize> {
        self.entries.binary_search_by(order)
    }

    /// Puts a binding where [`BindingList::position`] says.
    pub(crate) fn insert(&mut self, position: usize, entry: Entry) {
        let position = position.min(self.entries.len());
        if self.entries.len() < MAX_SCANNED_ENTRIES {
            // Most holders have one or two bindings and there are many holders: no spare room.
            self.entries.reserve_exact(1);
        }
        self.entries.insert(position, entry);
        if position < self.by_scope.len() {
            let moved = to_u32(position);
            for index in &mut self.by_scope {
                *index += u32::from(*index >= moved);
            }
            let at = self.by_scope.partition_point(|&index| self.scope_of(index) < (Some(entry.scope), moved));
            self.by_scope.insert(at, moved);
        }
        self.index();
    }

    /// Takes out the binding at a position.
    pub(crate) fn remove(&mut self, position: usize) -> Option<Entry> {
        if position >= self.entries.len() {
            return None;
        }
        let entry = self.entries.remove(position);
        if position < self.by_scope.len() {
            let moved = to_u32(position);
            self.by_scope.retain(|&index| index != moved);
            for index in &mut self.by_scope {
                *index -= u32::from(*index > moved);
            }
        }
        if self.entries.len() <= MAX_SCANNED_ENTRIES {
            self.by_scope = Vec::new();
        }
        Some(entry)
    }

    /// The bindings whose scope is a node of the chain, in the order of their ids.
    pub(crate) fn on_chain<'a>(&'a self, chain: &Chain, mut found: impl FnMut(&'a Entry)) {
        if self.by_scope.is_empty() {
            self.entries.iter().filter(|entry| chain.contains(entry.scope)).for_each(found);
            return;
        }
        let mut positions = smallvec::SmallVec::<[u32; 32]>::new();
        for node in chain.nodes() {
            let first = self.by_scope.partition_point(|&index| self.scope_of(index) < (Some(node), 0));
            let run = self.by_scope.iter().skip(first).take_while(|&&index| self.scope_of(index).0 == Some(node));
            positions.extend(run.copied());
        }
        positions.sort_unstable();
        let behind = (self.by_scope.len()..).zip(self.entries.iter().skip(self.by_scope.len()));
        positions.extend(behind.filter(|(_, entry)| chain.contains(entry.scope)).map(|(position, _)| to_u32(position)));
        positions.iter().filter_map(|&index| self.entries.get(to_index(index))).for_each(&mut found);
    }

    fn scope_of(&self, index: u32) -> (Option<Node>, u32) {
        (self.entries.get(to_index(index)).map(|entry| entry.scope), index)
    }

    /// Makes the index anew when there are too many entries behind it.
    fn index(&mut self) {
        let indexed = self.by_scope.len();
        if self.entries.len().saturating_sub(indexed) > MAX_SCANNED_ENTRIES + indexed / INDEXED_PER_SCANNED {
            let mut by_scope: Vec<u32> = (0..to_u32(self.entries.len())).collect();
            by_scope.sort_unstable_by_key(|&index| self.scope_of(index));
            self.by_scope = by_scope;
        }
    }
}

/// Positions are numbers of bindings, which the directory keeps below this limit.
fn to_u32(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(binding: u32) -> Entry {
        let scope = match binding % 5 {
            0 => Node::Organization(1),
            1 => Node::Team(1),
            2 => Node::Project(1),
            3 => Node::Team(2),
            _ => Node::Project(binding),
        };
        Entry { binding, organization: 1, scope, role: NamedRole::Admin }
    }

    /// The list after every step finds exactly what a scan finds, below and above the size from which it has an index.
    #[test]
    fn finds_what_a_scan_finds() {
        let chain = Chain { organization: 1, team: Some(1), project: Some(1), archived: false };
        let mut list = BindingList::default();
        let mut plain: Vec<Entry> = Vec::new();
        let mut seed = 7_u32;
        for step in 0..3_000 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // First a few that come and go, then many, of which most come in order.
            let binding = match step {
                0..600 => seed >> 16 & 63,
                _ if seed >> 30 == 0 => seed >> 16 & 0xfff,
                step => step,
            };
            match list.position(|entry| entry.binding.cmp(&binding)) {
                Ok(position) => {
                    assert_eq!(list.remove(position), Some(entry(binding)));
                    plain.retain(|entry| entry.binding != binding);
                }
                Err(position) => {
                    list.insert(position, entry(binding));
                    plain.push(entry(binding));
                    plain.sort_by_key(|entry| entry.binding);
                }
            }
            let mut found = Vec::new();
            list.on_chain(&chain, |entry| found.push(*entry));
            let scanned: Vec<Entry> = plain.iter().filter(|entry| chain.contains(entry.scope)).copied().collect();
            assert_eq!(found, scanned, "step {step}");
            let (indexed, all) = (list.by_scope.len(), plain.len());
            assert!(indexed <= all && all - indexed <= MAX_SCANNED_ENTRIES + indexed / INDEXED_PER_SCANNED, "step {step}");
            assert!(all > MAX_SCANNED_ENTRIES || indexed == 0, "step {step}");
        }
        assert_eq!(list.remove(list.entries().len()), None);
    }
}

//! The best few of many sets of changes.

use alloc::{vec, vec::Vec};

use crate::types::repair::Change;

/// The most sets that an answer has.
const KEPT: usize = 3;

/// What is better about a set: less is. The rank of two sets together is their sum, so the best pairs are pairs of the best.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub(super) struct Rank(u64);

impl Rank {
    /// Nothing is changed.
    pub(super) const NONE: Self = Self(0);
    /// One change more.
    pub(super) const CHANGE: Self = Self(1 << 40);
    /// A change that nobody can make.
    pub(super) const NOBODY: Self = Self(1 << 48);

    /// What a change grants, and from how many levels up.
    #[inline]
    pub(super) fn power(permissions: u32, levels: u8) -> Self {
        Self(u64::from(permissions) << 16).and(Self(levels.into()))
    }

    #[inline]
    pub(super) fn and(self, other: Self) -> Self {
        // Some levels, permissions and changes: nothing saturates.
        Self(self.0.saturating_add(other.0))
    }
}

/// The best sets of those that were offered, best first and, where they are equal, in the order in which they were offered.
pub(super) struct Best {
    kept: Vec<(Rank, Vec<Change>)>,
    /// Whether some did not fit.
    pub(super) more: bool,
    /// Whether there were some, and none of them was kept.
    pub(super) stopped: bool,
}

impl Best {
    #[inline]
    pub(super) fn new() -> Self {
        Self { kept: Vec::new(), more: false, stopped: false }
    }

    /// For a side that lacks nothing: the set without changes.
    #[inline]
    pub(super) fn as_it_is() -> Self {
        Self { kept: vec![(Rank::NONE, Vec::new())], more: false, stopped: false }
    }

    /// Whether nothing is lacking.
    #[inline]
    pub(super) fn is_as_it_is(&self) -> bool {
        self.kept.first().is_some_and(|(_, set)| set.is_empty())
    }

    pub(super) fn offer(&mut self, rank: Rank, set: &[&[Change]]) {
        let worse = self.kept.iter().position(|(kept, _)| *kept > rank);
        let at = worse.unwrap_or(self.kept.len());
        self.more |= self.kept.len() == KEPT;
        if at < KEPT {
            self.kept.truncate(KEPT - 1);
            self.kept.insert(at, (rank, set.concat()));
        }
    }

    /// Whether there is no room for a set of this rank. Then there are more than fit.
    #[inline]
    pub(super) fn is_beaten(&mut self, rank: Rank) -> bool {
        let beaten = self.kept.len() == KEPT && self.kept.last().is_some_and(|(kept, _)| *kept <= rank);
        self.more |= beaten;
        beaten
    }

    /// Throws all away.
    #[inline]
    pub(super) fn stop(&mut self) {
        self.kept.clear();
        self.stopped = true;
    }

    #[inline]
    pub(super) fn sets(&self) -> &[(Rank, Vec<Change>)] {
        &self.kept
    }
}

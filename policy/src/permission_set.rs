//! Set operations on [`PermissionSet`].

use crate::types::PermissionSet;

/// The most permissions that a catalog can hold: the bits of a [`PermissionSet`].
pub const MAX_PERMISSIONS: u32 = 256;

impl PermissionSet {
    /// The set without any permission.
    pub const EMPTY: Self = Self { w0: 0, w1: 0, w2: 0, w3: 0 };

    /// The permissions numbered below `count`.
    #[must_use]
    pub const fn first(count: u32) -> Self {
        const fn word(count: u32, start: u32) -> u64 {
            match count.saturating_sub(start) {
                0 => 0,
                n if n >= 64 => u64::MAX,
                n => !(u64::MAX << n),
            }
        }
        Self { w0: word(count, 0), w1: word(count, 64), w2: word(count, 128), w3: word(count, 192) }
    }

    /// The set of one permission; empty where the number is beyond [`MAX_PERMISSIONS`].
    #[must_use]
    pub const fn only(permission: u32) -> Self {
        let bit = 1 << (permission % 64);
        let mut set = Self::EMPTY;
        match permission / 64 {
            0 => set.w0 = bit,
            1 => set.w1 = bit,
            2 => set.w2 = bit,
            3 => set.w3 = bit,
            _ => {}
        }
        set
    }

    /// Whether the permission is in the set.
    #[must_use]
    pub const fn contains(self, permission: u32) -> bool {
        let word = match permission / 64 {
            0 => self.w0,
            1 => self.w1,
            2 => self.w2,
            3 => self.w3,
            _ => 0,
        };
        word >> (permission % 64) & 1 == 1
    }

    /// The permissions in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self { w0: self.w0 | other.w0, w1: self.w1 | other.w1, w2: self.w2 | other.w2, w3: self.w3 | other.w3 }
    }

    /// The permissions in both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self { w0: self.w0 & other.w0, w1: self.w1 & other.w1, w2: self.w2 & other.w2, w3: self.w3 & other.w3 }
    }

    /// The permissions of this set that are not in the other.
    #[must_use]
    pub const fn difference(self, other: Self) -> Self {
        Self { w0: self.w0 & !other.w0, w1: self.w1 & !other.w1, w2: self.w2 & !other.w2, w3: self.w3 & !other.w3 }
    }

    /// Whether there is no permission in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.w0 | self.w1 | self.w2 | self.w3 == 0
    }

    /// Whether every permission of this set is in the other.
    #[must_use]
    pub const fn is_subset(self, other: Self) -> bool {
        self.difference(other).is_empty()
    }

    /// How many permissions are in the set.
    #[must_use]
    pub const fn len(self) -> u32 {
        // Four times 64 at the most: nothing saturates.
        let low = self.w0.count_ones().saturating_add(self.w1.count_ones());
        low.saturating_add(self.w2.count_ones()).saturating_add(self.w3.count_ones())
    }

    /// The numbers of the permissions, ascending.
    pub fn iter(self) -> impl Iterator<Item = u32> {
        (0..MAX_PERMISSIONS).filter(move |&permission| self.contains(permission))
    }
}

impl FromIterator<u32> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = u32>>(permissions: I) -> Self {
        permissions.into_iter().fold(Self::EMPTY, |set, permission| set.union(Self::only(permission)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_permissions_are_those_below_the_count() {
        for count in [0, 1, 63, 64, 65, 126, 128, 200, 255, 256] {
            let set = PermissionSet::first(count);
            assert_eq!(set.len(), count);
            assert!(set.iter().eq(0..count), "{count}");
            assert_eq!(set, (0..count).collect());
        }
    }

    #[test]
    fn a_number_beyond_the_capacity_is_in_no_set() {
        for permission in [256, 257, 320, u32::MAX] {
            assert!(!PermissionSet::first(MAX_PERMISSIONS).contains(permission));
            assert!(PermissionSet::only(permission).is_empty());
        }
    }

    #[test]
    fn difference_and_intersection_split_a_set() {
        let some: PermissionSet = [0, 5, 64, 130, 255].into_iter().collect();
        let other: PermissionSet = [5, 130, 131].into_iter().collect();
        assert!(some.difference(other).iter().eq([0, 64, 255]));
        assert!(some.intersection(other).iter().eq([5, 130]));
        assert_eq!(some.difference(other).union(some.intersection(other)), some);
        assert!(some.intersection(other).is_subset(other));
        assert!(!some.is_subset(other));
    }
}

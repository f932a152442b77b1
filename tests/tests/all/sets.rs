//! Sets of permissions whose words are alike.

use clearance_policy::types::PermissionSet;

/// A permission in each of the four words, at the same position.
const ALIKE: [u32; 4] = [3, 67, 131, 195];

#[test]
fn words_that_are_alike_do_not_cancel_each_other_out() {
    for chosen in 1..1_u32 << ALIKE.len() {
        let permissions =
            ALIKE.into_iter().zip(0..).filter(|(_, index)| chosen >> index & 1 == 1).map(|(permission, _)| permission);
        let set: PermissionSet = permissions.clone().collect();
        assert!(!set.is_empty() && set.iter().eq(permissions), "{chosen:b}");
        assert_eq!((set.len(), set.union(set), set.intersection(set)), (chosen.count_ones(), set, set), "{chosen:b}");
        assert!(set.is_subset(set) && set.difference(set).is_empty(), "{chosen:b}");
    }
}

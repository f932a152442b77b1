//! Policy versions other than the default one, made from its bytes.

use clearance_host::PolicyVersion;
use clearance_policy::{LANGWATCH, types::PermissionSet};

/// The default component with another built-in list: it stands in the bytes as four words.
///
/// # Panics
///
/// Where the default policy has no such list, or its bytes hold it nowhere.
pub fn with_list(policy: &PolicyVersion, list: &str, change: impl Fn(PermissionSet) -> PermissionSet) -> Vec<u8> {
    let bytes = |set: PermissionSet| [set.w0, set.w1, set.w2, set.w3].map(u64::to_le_bytes).concat();
    let list = policy.description().lists.iter().find(|known| known.name == list).expect("it has the list");
    replaced(LANGWATCH, &bytes(list.permissions), &bytes(change(list.permissions)))
}

/// The default component with another name for a permission. Both names have the same length.
///
/// # Panics
///
/// Where the names have different lengths, or the bytes hold the old one nowhere.
pub fn with_name(old: &str, new: &str) -> Vec<u8> {
    replaced(LANGWATCH, old.as_bytes(), new.as_bytes())
}

fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len(), "nothing moves");
    let mut out = bytes.to_vec();
    let mut found = 0;
    for start in 0..bytes.len() - old.len() {
        if bytes[start..].starts_with(old) {
            out[start..start + new.len()].copy_from_slice(new);
            found += 1;
        }
    }
    assert!(found > 0, "the component holds it somewhere");
    out
}

//! Credentials that this program did not write.

use std::fs;
use std::sync::Arc;

use clearance_host::LANGWATCH;
use clearance_keeper::Keeper;
use clearance_store::{SqliteStore, Store};

use crate::company::{DATABASE, peppers, policy, store};

#[test]
fn credentials_without_the_right_seal_are_named_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let stored = store(&folder);
    let key = stored.load().unwrap().document.keys.into_iter().find(|key| *key.id == *"tSvc").unwrap();
    drop(stored);
    // Somebody else writes the file: the lookup id of the key is another one, in its row and in the index.
    let path = folder.path().join(DATABASE);
    let (before, mut after) = (key.lookup_id.unwrap().into_string().into_bytes(), fs::read(&path).unwrap());
    let mut changed = 0;
    for start in 0..after.len() - before.len() {
        if after[start..].starts_with(&before) {
            after[start + before.len() - 1] ^= 1;
            changed += 1;
        }
    }
    assert!(changed > 0);
    fs::write(&path, after).unwrap();
    let keeper = Keeper::open(Arc::new(SqliteStore::open(&path, peppers()).unwrap()), policy(LANGWATCH)).unwrap();
    let (named, count) = keeper.unsealed_credentials();
    assert_eq!(named.iter().map(|one| (one.what, &*one.id)).collect::<Vec<_>>(), [("key", "tSvc")]);
    assert_eq!(count, 1);
}

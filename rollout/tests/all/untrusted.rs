//! A component that no trusted key signed is never compiled and never asked anything.

use std::{env, fs, path::PathBuf};

use clearance::Digest;
use clearance_host::{CodeCache, Engine, LoadError};
use clearance_policy::STRICT;
use clearance_rollout::{Trust, VersionStoreError};

use crate::{
    hostile::never_starts,
    trust::{SIGNATURE, signer, stranger},
    version_store::{Temporary, everything, patient},
};

/// An engine that keeps what it compiled, and so shows that it did.
struct Witness {
    engine: Engine,
    folder: PathBuf,
}

impl Witness {
    fn new(name: &str) -> Self {
        let folder = env::temp_dir().join(format!("clearance-untrusted-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let engine = Engine::with_cache(patient(), CodeCache::open(&folder).unwrap()).unwrap();
        Self { engine, folder }
    }

    fn compiled(&self) -> usize {
        fs::read_dir(&self.folder).unwrap().count()
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A policy, which leaves its code behind; one that fails as soon as it runs; and one that is not a policy, which shows when it
/// is compiled.
fn components() -> [Vec<u8>; 3] {
    [STRICT.to_vec(), never_starts(), b"\0asm\x0d\0\x01\0 and nonsense".to_vec()]
}

/// Who does not trust them, and what lies beside them.
fn distrusting() -> [(Trust, Option<&'static str>); 4] {
    [
        (Trust::keys(vec![]), None),
        (Trust::keys(vec![signer()]), None),
        // A signature of something else.
        (Trust::keys(vec![signer()]), Some(SIGNATURE)),
        (Trust::keys(vec![stranger()]), Some(SIGNATURE)),
    ]
}

#[test]
fn what_is_not_trusted_is_not_compiled_when_it_is_added() {
    let (temporary, witness) = (Temporary::new("untrusted-add"), Witness::new("add"));
    for component in components() {
        for (trust, signature) in distrusting() {
            let refused = temporary.store.add(&witness.engine, &trust, &component, signature);
            assert!(matches!(refused, Err(VersionStoreError::Untrusted(_))), "{refused:?}");
        }
    }
    assert_eq!(witness.compiled(), 0);
    assert_eq!(temporary.store.list().unwrap(), []);
}

#[test]
fn what_is_not_trusted_is_not_compiled_when_it_is_read() {
    let (temporary, witness) = (Temporary::new("untrusted-get"), Witness::new("get"));
    for component in components() {
        let digest = Digest::of(&component);
        fs::write(temporary.file(digest, ".wasm"), &component).unwrap();
        for (trust, signature) in distrusting() {
            let beside = temporary.file(digest, ".wasm.minisig");
            let _ = fs::remove_file(&beside);
            if let Some(signature) = signature {
                fs::write(beside, signature).unwrap();
            }
            let refused = temporary.store.get(&witness.engine, &trust, digest);
            assert!(matches!(refused, Err(VersionStoreError::Untrusted(_))), "{refused:?}");
        }
    }
    assert_eq!(witness.compiled(), 0);
}

/// That the others would see it.
#[test]
fn what_is_trusted_shows_that_it_is_compiled_and_runs() {
    let (temporary, witness) = (Temporary::new("trusted"), Witness::new("trusted"));
    let [policy, traps, nonsense] = components();
    let add = |component: &[u8]| temporary.store.add(&witness.engine, &everything(), component, None);
    add(&policy).unwrap();
    assert_eq!(witness.compiled(), 1);
    assert!(matches!(add(&traps), Err(VersionStoreError::Load { error: LoadError::Start(_), .. })));
    assert!(matches!(add(&nonsense), Err(VersionStoreError::Load { error: LoadError::Invalid(_), .. })));
}

//! The policy versions that a server can be told to make live.

use std::time::Duration;

use clearance::{Digest, PolicyVersion};
use clearance_host::{Engine, LANGWATCH, LoadError};
use clearance_rollout::{History, Pin, Signed, StoredVersion, Trust, VersionStore, VersionStoreError};

use crate::policy_record::Remembered;

/// The policy versions that a server can be told to make live: those of a folder, if they are signed by whom it trusts.
#[derive(Clone, Debug)]
pub struct Versions {
    store: VersionStore,
    trust: Trust,
    engine: Engine,
}

/// How long a change of the folder waits until no other process changes it. The turn to write is held meanwhile, and revocations wait
/// for it.
const LOCK_WAIT: Duration = Duration::from_secs(1);

/// Why a version cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VersionsError {
    /// The folder does not have it, or it is not to be used.
    #[error(transparent)]
    Store(#[from] VersionStoreError),
    /// The built-in version cannot run.
    #[error("the built-in version cannot run")]
    BuiltIn(#[from] LoadError),
}

impl Versions {
    /// Those of this folder. The engine runs them.
    #[must_use]
    pub fn new(store: VersionStore, trust: Trust, engine: Engine) -> Self {
        let store = store.with_lock_wait(LOCK_WAIT);
        Self { store, trust, engine }
    }

    /// The one that is to be live by the history of the folder, or the built-in one where none ever was.
    ///
    /// # Errors
    ///
    /// It cannot be had, and none is guessed.
    pub fn live(&self) -> Result<PolicyVersion, VersionsError> {
        self.live_by(&self.store.history()?)
    }

    /// The one that is to be live by this history, or the built-in one where none ever was.
    ///
    /// # Errors
    ///
    /// It cannot be had, and none is guessed.
    pub fn live_by(&self, history: &History) -> Result<PolicyVersion, VersionsError> {
        match history.live() {
            Some(live) => Ok(self.get(live.version.digest)?),
            None => Ok(self.engine.load(LANGWATCH)?),
        }
    }

    /// The organizations that are pinned, each with the version that is to answer for it.
    ///
    /// # Errors
    ///
    /// One cannot be had, and none is guessed.
    pub fn load_pinned(&self, pins: &[Pin]) -> Result<Vec<(String, PolicyVersion)>, VersionsError> {
        let mut loaded: Vec<(String, PolicyVersion)> = Vec::new();
        for Pin { organization, version: digest, .. } in pins {
            let same = loaded.iter().map(|(_, version)| version).find(|version| version.digest() == *digest).cloned();
            let version = match same {
                Some(version) => version,
                None => self.get(*digest)?,
            };
            loaded.push((organization.clone(), version));
        }
        Ok(loaded)
    }

    /// What the folder remembers, whether it can be had or not.
    ///
    /// # Errors
    ///
    /// The history or the pins of the folder cannot be read.
    pub fn read_records(&self) -> Result<Remembered, VersionStoreError> {
        let history = self.store.history()?;
        let (pins, unpinned) = self.store.pins_and_unpinned()?;
        Ok(Remembered { history, pins, unpinned })
    }

    /// The one with this digest.
    ///
    /// # Errors
    ///
    /// The folder does not have it, or it is not to be used.
    pub fn get(&self, digest: Digest) -> Result<PolicyVersion, VersionStoreError> {
        self.store.get(&self.engine, &self.trust, digest).map(|stored| self.warn_if_unverified(stored))
    }

    /// The folder.
    pub fn store(&self) -> &VersionStore {
        &self.store
    }

    fn warn_if_unverified(&self, StoredVersion { version, signed, .. }: StoredVersion) -> PolicyVersion {
        if let Signed::Unverified(error) = signed {
            tracing::warn!(policy = %version.digest(), %error, "a version is used that nobody signed who is trusted");
        }
        version
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use clearance_host::{Limits, STRICT};
    use clearance_rollout::Exceptions;

    use super::*;

    #[test]
    fn a_folder_that_somebody_else_changes_holds_up_no_revocation_for_long() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::new(Limits::default()).unwrap();
        let store = VersionStore::create(folder.path()).unwrap();
        let versions = Versions::new(store, Trust::unsigned(Vec::new()), engine);
        let built_in = versions.live().unwrap().label();
        let other_process = File::create(folder.path().join(".lock")).unwrap();
        other_process.lock().unwrap();
        let recorded = versions.store().record(&built_in, &built_in, Exceptions::default(), 1);
        assert!(matches!(recorded, Err(VersionStoreError::Busy { waited, .. }) if waited == LOCK_WAIT), "{recorded:?}");
        other_process.unlock().unwrap();
        versions.store().record(&built_in, &built_in, Exceptions::default(), 1).unwrap();
    }

    #[test]
    fn each_organization_gets_the_version_that_it_is_pinned_to() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::new(Limits::default()).unwrap();
        let trust = Trust::unsigned(Vec::new());
        let store = VersionStore::create(folder.path()).unwrap();
        let [built_in, strict] =
            [LANGWATCH, STRICT].map(|component| store.add(&engine, &trust, component, None).unwrap().version.digest());
        let pins = [("a", built_in), ("b", strict), ("c", built_in), ("d", strict)].map(|(organization, version)| Pin {
            organization: organization.into(),
            version,
            at: 1,
        });
        let loaded = Versions::new(store, trust, engine).load_pinned(&pins).unwrap();
        let loaded: Vec<_> = loaded.iter().map(|(organization, version)| (&**organization, version.digest())).collect();
        assert_eq!(loaded, [("a", built_in), ("b", strict), ("c", built_in), ("d", strict)]);
    }
}

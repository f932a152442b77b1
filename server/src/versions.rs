//! The policy versions that a server can be told to make live.

use clearance::{
    Digest, Engine, LANGWATCH, LoadError, Pin, PolicyVersion, Signed, StoredVersion, Trust, VersionStore, VersionStoreError,
};

use crate::keeper::Remembered;

/// The policy versions that a server can be told to make live: those of a folder, if they are signed by whom it trusts.
#[derive(Clone, Debug)]
pub struct Versions {
    store: VersionStore,
    trust: Trust,
    engine: Engine,
}

/// Why a version cannot be had.
#[derive(Debug, thiserror::Error)]
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
        Self { store, trust, engine }
    }

    /// The one that is to be live by the history of the folder, or the built-in one where none ever was.
    ///
    /// # Errors
    ///
    /// It cannot be had, and none is guessed.
    pub fn live(&self) -> Result<PolicyVersion, VersionsError> {
        match self.store.live(&self.engine, &self.trust)? {
            Some(stored) => Ok(self.trusted(stored)),
            None => Ok(PolicyVersion::load(&self.engine, LANGWATCH)?),
        }
    }

    /// The organizations that are pinned, each with the version that is to answer for it.
    ///
    /// # Errors
    ///
    /// One cannot be had, and none is guessed.
    pub fn pins(&self) -> Result<Vec<(String, PolicyVersion)>, VersionsError> {
        let mut loaded: Vec<(String, PolicyVersion)> = Vec::new();
        for Pin { organization, version: digest, .. } in self.store.pins()? {
            let same = loaded.iter().map(|(_, version)| version).find(|version| version.digest() == digest).cloned();
            let version = match same {
                Some(version) => version,
                None => self.get(digest)?,
            };
            loaded.push((organization, version));
        }
        Ok(loaded)
    }

    /// What the folder remembers, whether it can be had or not.
    pub(crate) fn remembered(&self) -> Result<Remembered, VersionStoreError> {
        let (history, pins, unpinned) = (self.store.history()?, self.store.pins()?, self.store.unpinned()?);
        Ok(Remembered { history, pins, unpinned })
    }

    /// The one with this digest.
    pub(crate) fn get(&self, digest: Digest) -> Result<PolicyVersion, VersionStoreError> {
        self.store.get(&self.engine, &self.trust, digest).map(|stored| self.trusted(stored))
    }

    pub(crate) fn store(&self) -> &VersionStore {
        &self.store
    }

    fn trusted(&self, StoredVersion { version, signed }: StoredVersion) -> PolicyVersion {
        if let Signed::Unverified(error) = signed {
            tracing::warn!(policy = %version.digest(), %error, "a version is used that nobody signed who is trusted");
        }
        version
    }
}

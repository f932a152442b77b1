//! A folder of versions as the place where it is kept which version is live.

use std::error::Error;

use clearance::{Digest, PolicyVersion, VersionLabel};
use clearance_host::LANGWATCH;
use clearance_rollout::{Exceptions, History, VersionStore};

use crate::chain::chain;
use crate::clock::now;
use crate::policy::LiveVersions;

/// Keeps in the history of a folder which version is live.
pub struct KeptInFolder<'a> {
    store: &'a VersionStore,
    running: &'a VersionLabel,
    exceptions: Exceptions,
    /// The history as this value wrote it last.
    recorded: Option<History>,
}

impl<'a> KeptInFolder<'a> {
    /// For versions that take the place of `running`.
    #[must_use]
    pub fn new(store: &'a VersionStore, running: &'a VersionLabel, exceptions: Exceptions) -> Self {
        Self { store, running, exceptions, recorded: None }
    }
}

impl LiveVersions for KeptInFolder<'_> {
    fn keep(&mut self, version: &PolicyVersion) -> Result<Option<u64>, Box<dyn Error + Send + Sync>> {
        let history = self.store.record(&version.label(), self.running, self.exceptions, now().millis())?;
        let count = u64::try_from(history.activations().len()).ok();
        self.recorded = Some(history);
        Ok(count)
    }

    fn is_kept(&self, version: &PolicyVersion) -> Result<bool, Box<dyn Error + Send + Sync>> {
        let kept = self.store.history()?.live().map_or(Digest::of(LANGWATCH), |live| live.version.digest);
        Ok(kept == version.digest())
    }

    fn take_back(&mut self) {
        if let Some(Err(error)) = self.recorded.take().map(|recorded| self.store.withdraw(&recorded)) {
            tracing::error!(error = chain(&error), "the folder names another live version than the one that answers");
        }
    }
}

/// A version that the history of a folder names as live already, because a command wrote it there.
pub(crate) struct KeptAlready(pub(crate) History);

impl LiveVersions for KeptAlready {
    fn keep(&mut self, _: &PolicyVersion) -> Result<Option<u64>, Box<dyn Error + Send + Sync>> {
        Ok(u64::try_from(self.0.activations().len()).ok())
    }

    fn is_kept(&self, _: &PolicyVersion) -> Result<bool, Box<dyn Error + Send + Sync>> {
        Ok(true)
    }

    fn take_back(&mut self) {}
}

//! The folder of versions, as the routes that change it use it.

use clearance::{Digest, PolicyVersion, VersionLabel};
use clearance_host::LANGWATCH;
use clearance_rollout::{Exceptions, History, VersionStore};

use super::policy::stopped;
use crate::error::{Error, chain};
use crate::keeper::{Keeper, LiveVersions};
use crate::versions::Versions;

/// Keeps in the history of the folder which version is live.
pub(super) struct KeptInFolder<'a> {
    store: &'a VersionStore,
    running: &'a VersionLabel,
    exceptions: Exceptions,
    /// The history as it was written last.
    recorded: Option<History>,
}

impl<'a> KeptInFolder<'a> {
    /// For versions that take the place of this one.
    pub(super) fn new(store: &'a VersionStore, running: &'a VersionLabel, exceptions: Exceptions) -> Self {
        Self { store, running, exceptions, recorded: None }
    }
}

impl LiveVersions for KeptInFolder<'_> {
    fn keep(&mut self, version: &PolicyVersion) -> Result<Option<u64>, Box<dyn std::error::Error + Send + Sync>> {
        let now = crate::keeper::now().millis();
        let history = self.store.record(&version.label(), self.running, self.exceptions, now)?;
        let count = u64::try_from(history.activations().len()).ok();
        self.recorded = Some(history);
        Ok(count)
    }

    fn is_kept(&self, version: &PolicyVersion) -> Result<bool, Box<dyn std::error::Error + Send + Sync>> {
        let kept = self.store.history()?.live().map_or(Digest::of(LANGWATCH), |live| live.version.digest);
        Ok(kept == version.digest())
    }

    fn take_back(&mut self) {
        if let Some(Err(error)) = self.recorded.take().map(|recorded| self.store.withdraw(&recorded)) {
            tracing::error!(error = chain(&error), "what the folder says is live is not what is");
        }
    }
}

/// Refuses to add to a folder of versions that has lost what it said.
pub(super) fn refuse_lost(code: &'static str, keeper: &Keeper, versions: &Versions) -> Result<(), Error> {
    let record = keeper.policy_record()?;
    let remembered = versions.remembered().map_err(|error| stopped(code, &error))?;
    match record.lost(Some(&remembered), keeper.authorizer()?.live_version().digest()) {
        Some(lost) => Err(stopped(code, &lost)),
        None => Ok(()),
    }
}

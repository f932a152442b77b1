//! The folder of versions, as the routes that change it use it.

use axum::http::StatusCode;
use clearance::{Digest, PolicyVersion, VersionLabel};
use clearance_host::LANGWATCH;
use clearance_keeper::{Keeper, LiveVersions, Versions};
use clearance_rollout::{Exceptions, History, VersionStore, VersionStoreError};
use serde_json::{Map, Value};

use crate::error::{Error, chain};
use crate::server::Server;

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
        let now = clearance_keeper::now().millis();
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

impl Server {
    /// The folder that versions come from.
    pub(super) fn folder(&self) -> Result<Versions, Error> {
        let none = || refused("no-policies", "the server has no folder of versions: start it with `--policies`".to_owned());
        self.versions().cloned().ok_or_else(none)
    }
}

/// A version of the folder, or why it is not to be had.
pub(super) fn had(
    code: &'static str,
    version: Result<PolicyVersion, VersionStoreError>,
    digest: Digest,
) -> Result<PolicyVersion, Error> {
    version.map_err(|error| match error {
        VersionStoreError::Missing { .. } => refused(code, format!("the server's folder of versions has no version {digest}")),
        error => stopped(code, &error),
    })
}

/// What an error says to whoever is not on this machine: where files are is nobody's business there.
pub(super) fn stopped(code: &'static str, error: &(dyn std::error::Error + 'static)) -> Error {
    let mut behind = Some(error);
    while let Some(error) = behind {
        let what = match error.downcast_ref() {
            Some(VersionStoreError::Io { .. } | VersionStoreError::NotAFile { .. } | VersionStoreError::TooLarge { .. }) => {
                "cannot be read or written"
            }
            Some(VersionStoreError::Busy { .. }) => "is being changed by another process: try again",
            Some(VersionStoreError::Missing { .. }) => "has no such version",
            Some(VersionStoreError::Damaged { .. }) => "has a damaged version: add it again",
            Some(VersionStoreError::History { .. }) => "has a history that cannot be understood",
            Some(VersionStoreError::Pins { .. }) => "has a list of pins that cannot be understood",
            _ => {
                behind = error.source();
                continue;
            }
        };
        tracing::error!(error = chain(error), "the folder of versions");
        return refused(code, format!("the server's folder of versions {what}; the log of the server says more"));
    }
    refused(code, chain(error))
}

fn refused(code: &'static str, message: String) -> Error {
    let members = Map::from_iter([("code".to_owned(), Value::from(code))]);
    Error::Refused { status: StatusCode::CONFLICT, code, message: message.into(), members }
}

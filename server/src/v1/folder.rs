//! The folder of versions, as the routes that change it use it.

use axum::http::StatusCode;
use clearance::{Digest, PolicyVersion};
use clearance_keeper::{FolderError, Keeper, Versions, VersionsError, chain};
use clearance_rollout::VersionStoreError;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::server::Server;

/// Refuses to add to a folder of versions that has lost what it said.
pub(super) fn refuse_lost(code: &'static str, keeper: &Keeper, versions: &Versions) -> Result<(), Error> {
    keeper.refuse_lost(versions).map_err(|error| match error {
        FolderError::Fault(fault) => fault.into(),
        FolderError::Versions(VersionsError::Store(error)) => folder_refusal(code, &error),
        error => folder_refusal(code, &error),
    })
}

impl Server {
    /// The folder that versions come from.
    pub(super) fn folder(&self) -> Result<Versions, Error> {
        let none = || conflict("no-policies", "the server has no folder of versions: start it with `--policies`".to_owned());
        self.versions().cloned().ok_or_else(none)
    }
}

/// A version of the folder, or why it is not to be had.
pub(super) fn version_or_refusal(
    code: &'static str,
    version: Result<PolicyVersion, VersionStoreError>,
    digest: Digest,
) -> Result<PolicyVersion, Error> {
    version.map_err(|error| match error {
        VersionStoreError::Missing { .. } => conflict(code, format!("the server's folder of versions has no version {digest}")),
        error => folder_refusal(code, &error),
    })
}

/// What a remote client reads about an error. Paths of this machine stay in the log.
pub(super) fn folder_refusal(code: &'static str, error: &(dyn std::error::Error + 'static)) -> Error {
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
        return conflict(code, format!("the server's folder of versions {what}; the log of the server says more"));
    }
    conflict(code, chain(error))
}

fn conflict(code: &'static str, message: String) -> Error {
    let members = Map::from_iter([("code".to_owned(), Value::from(code))]);
    Error::Refused { status: StatusCode::CONFLICT, code, message: message.into(), members }
}

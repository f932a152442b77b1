//! Organizations that another version than the live one answers for.

use std::error::Error;
use std::sync::{MutexGuard, PoisonError};

use clearance::{Digest, EvalError, PolicyVersion, swap::PinError};
use clearance_store::Write;
use serde_json::json;

use crate::caller::Origin;
use crate::fault::Fault;
use crate::keeper::Keeper;
use crate::policy_record;
use crate::turn::Turn;

/// Why an organization is not pinned, or still is.
#[derive(Debug, thiserror::Error)]
pub enum PinFault {
    /// Nothing can be answered or written.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// There is no such organization.
    #[error("there is no organization `{0}`")]
    Unknown(String),
    /// The version fails to compile the custom roles of the directory.
    #[error("the policy could not compile the custom roles")]
    Compile(#[source] EvalError),
    /// That it is pinned, or is so no more, was not to be kept.
    #[error("cannot change what is pinned")]
    Record(#[source] Box<dyn Error + Send + Sync>),
}

impl From<PinError> for PinFault {
    fn from(error: PinError) -> Self {
        match error {
            PinError::Compile(error) => Self::Compile(error),
            PinError::Record(error) => match error.downcast() {
                Ok(fault) => *fault,
                Err(error) => Self::Record(error),
            },
            error => Self::Record(Box::new(error)),
        }
    }
}

/// What is pinned, one change after the other: the folder, the audit and memory say the same.
pub struct Pinning<'a> {
    keeper: &'a Keeper,
    _alone: MutexGuard<'a, ()>,
}

impl Keeper {
    /// Waits for the turn to change what is pinned.
    pub fn pinning(&self) -> Pinning<'_> {
        Pinning { keeper: self, _alone: self.pinning.lock().unwrap_or_else(PoisonError::into_inner) }
    }
}

impl Pinning<'_> {
    /// Lets another version answer for all that is in one organization. `record` is called before it answers anybody, to keep that it
    /// does, and the audit says so then.
    ///
    /// # Errors
    ///
    /// [`PinFault`]: what answered for the organization still does. Where the audit cannot be written, `undo` is called after `record`.
    pub fn pin(
        &self,
        organization: &str,
        version: &PolicyVersion,
        origin: &Origin,
        record: impl FnOnce() -> Result<(), Box<dyn Error + Send + Sync>>,
        undo: impl FnOnce(),
    ) -> Result<(), PinFault> {
        let keeper = self.keeper;
        let authorizer = keeper.authorizer()?;
        let before = self.pinned(organization).map(|digest| json!({ "policy": digest.to_string() }));
        // Nobody removes the organization, or adds a role, until the version answers.
        let hold = || Ok(keeper.turn(origin).map_err(PinFault::Fault)?);
        let keep = |turn: &Turn<'_>, version: &PolicyVersion| {
            record()?;
            let entry = policy_record::pinned(turn, origin, organization, before, version.digest());
            let written = turn.commit(&Write { audit: vec![entry], ..Write::default() });
            Ok(written.map(drop).inspect_err(|_| undo()).map_err(PinFault::Fault)?)
        };
        let pinned = authorizer.pin_recorded(organization, version.clone(), hold, keep);
        // Who a key is may be for the policy to say.
        keeper.memo.forget();
        Ok(pinned?)
    }

    /// Lets the live version answer for an organization again. `record` is called before, to keep that it does, and the audit says so
    /// then.
    ///
    /// # Errors
    ///
    /// [`PinFault`]: what answered for the organization still does. Where the audit cannot be written, `undo` is called after `record`.
    pub fn unpin(
        &self,
        organization: &str,
        origin: &Origin,
        record: impl FnOnce() -> Result<(), Box<dyn Error + Send + Sync>>,
        undo: impl FnOnce(),
    ) -> Result<(), PinFault> {
        let keeper = self.keeper;
        let authorizer = keeper.authorizer()?;
        let turn = keeper.turn(origin)?;
        let before = self.pinned(organization).map(|digest| json!({ "policy": digest.to_string() }));
        record().map_err(PinFault::Record)?;
        let entry = policy_record::unpinned(&turn, origin, organization, before, authorizer.live_version().digest());
        turn.commit(&Write { audit: vec![entry], ..Write::default() }).inspect_err(|_| undo())?;
        authorizer.unpin(organization);
        keeper.memo.forget();
        Ok(())
    }

    /// Pins these organizations, as somebody else has noted for good. What cannot be done is told, and stays as it was.
    pub fn follow(&self, pins: &[(String, PolicyVersion)], origin: &Origin) -> Vec<(String, PinFault)> {
        let mut failures = Vec::new();
        for (organization, version) in pins {
            if self.pinned(organization) != Some(version.digest()) {
                let done = self.pin(organization, version, origin, || Ok(()), || ());
                failures.extend(done.err().map(|fault| (organization.clone(), fault)));
            }
        }
        failures
    }

    /// Lets go of all organizations but these.
    pub fn let_go(&self, pins: &[(String, PolicyVersion)], origin: &Origin) -> Vec<(String, PinFault)> {
        let mut failures = Vec::new();
        for (organization, _) in self.keeper.authorizer.pins() {
            if !pins.iter().any(|(id, _)| *id == organization) {
                let done = self.unpin(&organization, origin, || Ok(()), || ());
                failures.extend(done.err().map(|fault| (organization, fault)));
            }
        }
        failures
    }

    /// The version that an organization is pinned to.
    pub fn pinned(&self, organization: &str) -> Option<Digest> {
        self.keeper.authorizer.pins().into_iter().find(|(id, _)| id == organization).map(|(_, version)| version.digest())
    }
}

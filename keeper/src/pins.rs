//! Organizations that another version than the live one answers for.

use std::error::Error;
use std::sync::{MutexGuard, PoisonError};

use clearance::{Digest, EvalError, PlaceId, PolicyVersion, VersionLabel, swap::PinError};
use clearance_rollout::{Exceptions, Pin, VersionStore, VersionStoreError};
use clearance_store::Write;
use serde_json::json;

use crate::caller::Origin;
use crate::clock::now;
use crate::fault::Fault;
use crate::keeper::Keeper;
use crate::policy_record;
use crate::turn::Turn;

/// Why an organization is not pinned, or still is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PinFault {
    /// Nothing can be answered or written.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The organization does not exist.
    #[error("there is no organization `{0}`")]
    Unknown(String),
    /// The version fails to compile the custom roles of the directory.
    #[error("the policy could not compile the custom roles")]
    Compile(#[source] EvalError),
    /// The pin, or its end, could not be stored.
    #[error("cannot change what is pinned")]
    Record(#[source] Box<dyn Error + Send + Sync>),
    /// The folder of versions refuses the change, or cannot be read or written.
    #[error(transparent)]
    Folder(#[from] VersionStoreError),
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
    pub fn begin_pinning(&self) -> Pinning<'_> {
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
        let before = self.pin_of(organization).map(|digest| json!({ "policy": digest.to_string() }));
        // Nobody removes the organization, or adds a role, until the version answers.
        let hold = || Ok(keeper.turn(origin).map_err(PinFault::Fault)?);
        let keep = |turn: &Turn<'_>, version: &PolicyVersion| {
            record()?;
            let entry = policy_record::pin_entry(turn, origin, organization, before, version.digest());
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
        let before = self.pin_of(organization).map(|digest| json!({ "policy": digest.to_string() }));
        record().map_err(PinFault::Record)?;
        let entry = policy_record::unpin_entry(&turn, origin, organization, before, authorizer.live_version().digest());
        turn.commit(&Write { audit: vec![entry], ..Write::default() }).inspect_err(|_| undo())?;
        authorizer.unpin(organization);
        keeper.memo.forget();
        Ok(())
    }

    /// Pins an organization as [`pin`](Self::pin) does, and keeps the pin in a folder of versions.
    ///
    /// # Errors
    ///
    /// [`PinFault`]: what answered for the organization still does, and the folder is as it was.
    pub fn pin_in_folder(
        &self,
        store: &VersionStore,
        organization: &str,
        version: &PolicyVersion,
        exceptions: Exceptions,
        origin: &Origin,
    ) -> Result<(), PinFault> {
        let authorizer = self.keeper.authorizer()?;
        if authorizer.read_directory(|directory| directory.place(PlaceId::Organization(organization)).is_none()) {
            return Err(PinFault::Unknown(organization.to_owned()));
        }
        let running = authorizer.live_version().label();
        let before = self.pin_of(organization);
        let record =
            || store.pin(organization, &version.label(), &running, exceptions, now().millis()).map(drop).map_err(Into::into);
        let undo = || restore_pin(store, organization, &running, before, now().millis());
        self.pin(organization, version, origin, record, undo)
    }

    /// Ends a pin as [`unpin`](Self::unpin) does, and keeps its end in a folder of versions. Answers the live version, which answers for
    /// the organization now.
    ///
    /// # Errors
    ///
    /// [`PinFault`]: what answered for the organization still does, and the folder is as it was. An organization that neither the folder
    /// nor memory pins is refused.
    pub fn unpin_in_folder(&self, store: &VersionStore, organization: &str, origin: &Origin) -> Result<PolicyVersion, PinFault> {
        let kept = store.pins()?.into_iter().find(|pin| pin.organization == organization);
        if kept.is_none() && self.pin_of(organization).is_none() {
            return Err(VersionStoreError::NotPinned { organization: organization.to_owned() }.into());
        }
        let running = self.keeper.authorizer()?.live_version();
        let record = || match &kept {
            Some(_) => store.unpin(organization, now().millis()).map(drop).map_err(Into::into),
            None => Ok(()),
        };
        let undo = || {
            if let Some(Pin { version, at, .. }) = &kept {
                restore_pin(store, organization, &running.label(), Some(*version), *at);
            }
        };
        self.unpin(organization, origin, record, undo)?;
        Ok(running)
    }

    /// Pins these organizations, as a folder of versions says already. Answers the pins that failed: what answered for those
    /// organizations still does.
    pub fn follow(&self, pins: &[(String, PolicyVersion)], origin: &Origin) -> Vec<(String, PinFault)> {
        let mut failures = Vec::new();
        for (organization, version) in pins {
            if self.pin_of(organization) != Some(version.digest()) {
                let done = self.pin(organization, version, origin, || Ok(()), || ());
                failures.extend(done.err().map(|fault| (organization.clone(), fault)));
            }
        }
        failures
    }

    /// Ends the pins of all organizations but these. Answers the pins that could not be ended.
    pub fn unpin_others(&self, pins: &[(String, PolicyVersion)], origin: &Origin) -> Vec<(String, PinFault)> {
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
    pub fn pin_of(&self, organization: &str) -> Option<Digest> {
        self.keeper.authorizer.pins().into_iter().find(|(id, _)| id == organization).map(|(_, version)| version.digest())
    }
}

/// Takes back in the folder what could not be written to the audit.
fn restore_pin(store: &VersionStore, organization: &str, running: &VersionLabel, before: Option<Digest>, at: u64) {
    let done = match before {
        // It was permitted when it was pinned.
        Some(digest) => {
            let before = VersionLabel { digest, ..running.clone() };
            store.pin(organization, &before, running, Exceptions { downgrade: true, other_name: true }, at)
        }
        None => store.unpin(organization, at).map(drop),
    };
    if let Err(error) = done {
        tracing::error!(%organization, %error, "the folder pins the organization to another version than the one that answers");
    }
}

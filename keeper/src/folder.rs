//! The audit and memory follow what a folder of versions says: at a start, and each time that a command changed the folder.

use std::error::Error;

use clearance::{Digest, PlaceId};
use clearance_rollout::ActivationPlan;

use crate::caller::Origin;
use crate::chain::chain;
use crate::fault::Fault;
use crate::keeper::Keeper;
use crate::kept_in_folder::KeptAlready;
use crate::lost_record::LostRecord;
use crate::pins::PinFault;
use crate::policy::ActivateError;
use crate::policy_record::{PolicyRecord, Remembered};
use crate::versions::{Versions, VersionsError};

/// Why a keeper does not follow a folder of versions.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// The folder remembers less than the audit says.
    #[error(transparent)]
    Lost(#[from] LostRecord),
    /// The folder cannot be read, or a version cannot be loaded.
    #[error(transparent)]
    Versions(#[from] VersionsError),
    /// Nothing can be answered, read or written.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A pinned version cannot answer for its organization.
    #[error("{organization} cannot be pinned")]
    Pin {
        /// The id of the organization.
        organization: String,
        /// What stands in the way.
        #[source]
        error: Box<dyn Error + Send + Sync>,
    },
    /// The version did not become the live one.
    #[error(transparent)]
    Activate(Box<ActivateError>),
}

/// What the audit says of the policy, beside what the folder of versions remembers.
pub struct Comparison {
    record: PolicyRecord,
    /// `None` means that there is no folder.
    remembered: Option<Remembered>,
    accepts_loss: bool,
    is_lost: bool,
}

impl Comparison {
    /// Whether the folder remembers less than the audit says. Without acceptance such a comparison is an error.
    pub fn is_lost(&self) -> bool {
        self.is_lost
    }
}

impl Keeper {
    /// Compares the audit with the folder, before anything is answered. `None` means that there is no folder. Writes nothing.
    ///
    /// # Errors
    ///
    /// The audit or the folder cannot be read. [`FolderError::Lost`]: the folder remembers less than the audit says was live and pinned,
    /// and `accepts_loss` is false.
    pub fn compare_with_folder(&self, versions: Option<&Versions>, accepts_loss: bool) -> Result<Comparison, FolderError> {
        let record = self.policy_record()?;
        let remembered = versions.map(Versions::read_records).transpose().map_err(VersionsError::from)?;
        let lost = record.first_lost(remembered.as_ref(), self.authorizer()?.live_version().digest());
        let is_lost = lost.is_some();
        match lost {
            Some(lost) if !accepts_loss => return Err(lost.into()),
            Some(lost) => tracing::warn!(%lost, "accepted"),
            None => {}
        }
        Ok(Comparison { record, remembered, accepts_loss, is_lost })
    }

    /// Refuses to go on where the folder has lost what the audit says. What is added to such a folder would hide the loss.
    ///
    /// # Errors
    ///
    /// As for [`compare_with_folder`](Self::compare_with_folder).
    pub fn refuse_lost(&self, versions: &Versions) -> Result<(), FolderError> {
        self.compare_with_folder(Some(versions), false).map(drop)
    }

    /// Pins the organizations that the folder says are pinned, before anything is answered.
    ///
    /// # Errors
    ///
    /// A version cannot be loaded, or cannot answer for its organization.
    pub fn pin_as_stored(&self, versions: &Versions, comparison: &Comparison) -> Result<(), FolderError> {
        let (Some(remembered), Ok(authorizer)) = (&comparison.remembered, self.authorizer()) else { return Ok(()) };
        for (organization, version) in versions.load_pinned(&remembered.pins)? {
            let policy = version.digest();
            authorizer
                .pin_stored(&organization, version)
                .map_err(|error| FolderError::Pin { organization: organization.clone(), error: error.into() })?;
            if authorizer.read_directory(|directory| directory.place(PlaceId::Organization(&organization)).is_none()) {
                tracing::warn!(%organization, %policy, "an organization is pinned that does not exist");
            } else {
                tracing::info!(%organization, %policy, "another version than the live one answers for an organization");
            }
        }
        Ok(())
    }

    /// Writes into the audit what the folder remembers beyond it, and the loss that was accepted.
    ///
    /// # Errors
    ///
    /// The audit cannot be written.
    pub fn follow_comparison(&self, comparison: &Comparison) -> Result<(), Fault> {
        self.follow_folder(&comparison.record, comparison.remembered.as_ref(), comparison.accepts_loss)
    }

    /// Makes the version live that the folder names, and pins what the folder pins. Answers which version was live before; `None` means
    /// that the live version stays. After an error the version that answered still answers.
    ///
    /// # Errors
    ///
    /// The folder has lost what the audit says, a version cannot be loaded or does not become live, or the audit cannot be written.
    pub fn follow_versions(&self, versions: &Versions) -> Result<Option<Digest>, FolderError> {
        let pinning = self.begin_pinning();
        let Comparison { remembered, .. } = self.compare_with_folder(Some(versions), false)?;
        let Remembered { history, pins, .. } = remembered.unwrap_or_default();
        // Both or neither: what is pinned keeps an organization from what becomes live. Both are what was just compared: a command may
        // change the folder meanwhile, and sends a signal of its own.
        let version = versions.live_by(&history)?;
        let pins = versions.load_pinned(&pins)?;
        if let Some((organization, error)) = pinning.follow(&pins, &Origin::COMMAND).into_iter().next() {
            return Err(FolderError::Pin { organization, error: error.into() });
        }
        let mut kept = KeptAlready(history);
        let activated = self.activate(&version, &ActivationPlan::default(), &Origin::COMMAND, &mut kept, &mut ());
        let before = activated.map_err(|error| FolderError::Activate(error.into()))?;
        for (organization, error) in pinning.unpin_others(&pins, &Origin::COMMAND) {
            tracing::error!(%organization, error = chain(&error), "the organization stays pinned");
        }
        Ok(before)
    }
}

impl From<FolderError> for PinFault {
    fn from(error: FolderError) -> Self {
        match error {
            FolderError::Fault(fault) => Self::Fault(fault),
            FolderError::Versions(VersionsError::Store(error)) => Self::Folder(error),
            error => Self::Record(error.into()),
        }
    }
}

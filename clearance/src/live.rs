//! What changes together: the data, and the versions that answer.

use std::sync::{Arc, Weak};

use clearance_directory::{Directory, PlaceId, PlaceSlot};

use crate::{active_version::ActiveVersion, sample::SampleSink, stale_roles::StaleRoles, version_map::VersionMap};

/// What changes together: the data, and the versions that answer.
pub(crate) struct Live {
    pub(crate) directory: Directory,
    pub(crate) versions: VersionMap,
    pub(crate) sink: Option<Arc<dyn SampleSink>>,
    /// The versions that are being prepared, to learn which roles change.
    pub(crate) role_listeners: Vec<Weak<StaleRoles>>,
    /// Counts how often all data was replaced. Within one era a slot or a handle stands for one thing.
    pub(crate) era: u64,
}

impl Live {
    /// The version that answers at a place. Where the place is unknown, the live one does.
    pub(crate) fn version_at(&self, place: Option<PlaceSlot>) -> &ActiveVersion {
        if self.versions.is_pinned() {
            self.versions.in_organization(place.and_then(|place| self.directory.organization_of(place)))
        } else {
            self.versions.live()
        }
    }

    /// The version that answers for an organization and its keys.
    pub(crate) fn version_in(&self, organization: &str) -> &ActiveVersion {
        self.version_at(self.directory.place(PlaceId::Organization(organization)))
    }
}

//! What changes together: the data, and the versions that judge it.

use std::sync::{Arc, Weak};

use clearance_directory::{Directory, PlaceId, PlaceSlot};

use crate::{
    judge::{Judge, Judges},
    sample::SampleSink,
    stale::Stale,
};

/// What changes together: the data, and the versions that judge it.
pub(crate) struct Live {
    pub(crate) directory: Directory,
    pub(crate) judges: Judges,
    pub(crate) sink: Option<Arc<dyn SampleSink>>,
    /// Whoever compiles roles apart from the directory.
    pub(crate) followers: Vec<Weak<Stale>>,
    /// Counts how often all data was replaced. Within one era a slot or a handle stands for one thing.
    pub(crate) era: u64,
}

impl Live {
    /// The version that answers at a place. Where the place is unknown, the live one does.
    pub(crate) fn judge(&self, place: Option<PlaceSlot>) -> &Judge {
        if self.judges.is_pinned() {
            self.judges.of(place.and_then(|place| self.directory.organization_of(place)))
        } else {
            self.judges.live()
        }
    }

    /// The version that answers for an organization and its keys.
    pub(crate) fn in_organization(&self, organization: &str) -> &Judge {
        self.judge(self.directory.place(PlaceId::Organization(organization)))
    }
}

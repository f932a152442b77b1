//! Questions at one place.

use clearance_directory::{PlaceId, PrincipalId};
use clearance_question::{EvalError, PolicyVersion};

use crate::{Decision, Effective, Explanation, View};

/// A place in a [`View`], and so the version that answers there: the pinned one of its organization, or else the live one.
#[derive(Clone, Copy, Debug)]
pub struct PlaceView<'a> {
    view: View<'a>,
    place: PlaceId<'a>,
}

impl<'a> View<'a> {
    /// A place, which need not exist.
    #[must_use]
    pub fn place(self, place: PlaceId<'a>) -> PlaceView<'a> {
        PlaceView { view: self, place }
    }
}

impl PlaceView<'_> {
    /// The version that answers here.
    #[must_use]
    pub fn version(self) -> PolicyVersion {
        let live = self.view.authorizer.read();
        live.version_at(live.directory.place(self.place)).version.clone()
    }

    /// As [`View::check`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn check(self, principal: PrincipalId<'_>, permission: &str) -> Result<Decision, EvalError> {
        self.view.check(principal, permission, self.place)
    }

    /// As [`View::effective`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn effective(self, principal: PrincipalId<'_>) -> Result<Effective, EvalError> {
        self.view.effective(principal, self.place)
    }

    /// As [`View::explain`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn explain(self, principal: PrincipalId<'_>, permission: &str) -> Result<Explanation, EvalError> {
        self.view.explain(principal, permission, self.place)
    }
}

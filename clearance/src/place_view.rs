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
    /// Binds this view to a place. The place need not exist: questions there are denied with `place-unknown`.
    #[must_use]
    pub fn place(self, place: PlaceId<'a>) -> PlaceView<'a> {
        PlaceView { view: self, place }
    }
}

impl PlaceView<'_> {
    /// The version that answers at this place: the one that its organization is pinned to, or else the live one.
    #[must_use]
    pub fn version(self) -> PolicyVersion {
        let live = self.view.authorizer.read();
        live.version_at(live.directory.place(self.place)).version.clone()
    }

    /// As [`View::check`], at this place.
    ///
    /// # Errors
    ///
    /// As for [`View::check`].
    pub fn check(self, principal: PrincipalId<'_>, permission: &str) -> Result<Decision, EvalError> {
        self.view.check(principal, permission, self.place)
    }

    /// As [`View::effective`], at this place.
    ///
    /// # Errors
    ///
    /// As for [`View::effective`].
    pub fn effective(self, principal: PrincipalId<'_>) -> Result<Effective, EvalError> {
        self.view.effective(principal, self.place)
    }

    /// As [`View::explain`], at this place.
    ///
    /// # Errors
    ///
    /// As for [`View::explain`].
    pub fn explain(self, principal: PrincipalId<'_>, permission: &str) -> Result<Explanation, EvalError> {
        self.view.explain(principal, permission, self.place)
    }
}

//! The projects that a key can see.

use std::sync::Arc;

use clearance_directory::{PlaceId, PlaceSlot, PrincipalId};
use clearance_question::{Digest, EvalError};

use crate::{View, cache::Entry, live::Live, view::Miss};

/// The projects that a key can see.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum VisibleProjects {
    /// Every project of the organization of the key.
    All,
    /// The projects with these ids, sorted.
    Some(Vec<String>),
}

impl View<'_> {
    /// The projects that a key can see: all, if it may see the whole organization. Otherwise those that its bindings reach, that
    /// are not archived, and that it may see. `key` is an id; an unknown key sees no project.
    ///
    /// # Errors
    ///
    /// As for [`check`](Self::check).
    pub fn visible_projects(self, key: &str) -> Result<VisibleProjects, EvalError> {
        // Most keys that see the whole organization are answered by this alone.
        let organization = {
            let live = self.authorizer.read();
            let Some(organization) = live.directory.key_organization(key) else {
                return Ok(VisibleProjects::Some(Vec::new()));
            };
            self.sight(&live, key, organization)?
        };
        if organization.map_or(Ok(false), |sight| sight.sees(self))? {
            return Ok(VisibleProjects::All);
        }
        // One answer comes from one version and one state: all of it is gathered at once, and asked when nothing is held any more.
        let (organization, projects) = {
            let live = self.authorizer.read();
            let (Some(organization), Some(reached)) =
                (live.directory.key_organization(key), live.directory.reached_projects(key))
            else {
                return Ok(VisibleProjects::Some(Vec::new()));
            };
            let named = |place| {
                let (PlaceId::Organization(id) | PlaceId::Team(id) | PlaceId::Project(id)) = live.directory.place_id(place);
                Ok((id.to_owned(), self.sight(&live, key, place)?))
            };
            let projects: Vec<_> = reached.into_iter().map(named).collect::<Result<_, EvalError>>()?;
            (self.sight(&live, key, organization)?, projects)
        };
        if organization.map_or(Ok(false), |sight| sight.sees(self))? {
            return Ok(VisibleProjects::All);
        }
        let mut visible = Vec::new();
        for (id, sight) in projects {
            if sight.map_or(Ok(false), |sight| sight.sees(self))? {
                visible.push(id);
            }
        }
        visible.sort_unstable();
        Ok(VisibleProjects::Some(visible))
    }

    /// What it takes to say whether a key sees a place. `None` means that it does not, whatever the policy says.
    fn sight(self, live: &Live, key: &str, place: PlaceSlot) -> Result<Option<Sight>, EvalError> {
        let active = live.version_at(Some(place));
        let (Some(principal), Some(permission)) =
            (live.directory.principal(PrincipalId::Key(key)), active.version.description().view_project)
        else {
            return Ok(None);
        };
        let entry = match self.cached(live, active, principal, place) {
            Some(entry) => Ok(entry),
            None => Err(self.miss(live, active, principal, place)?),
        };
        Ok(Some(Sight { entry, permission, policy: active.version.digest() }))
    }
}

/// All answers for a key at a place, or what it takes to ask for them.
struct Sight {
    entry: Result<Arc<Entry>, Box<Miss>>,
    permission: u32,
    policy: Digest,
}

impl Sight {
    /// Whether the key sees the place. The data must not be held: the policy may be slow.
    fn sees(self, view: View<'_>) -> Result<bool, EvalError> {
        let Self { entry, permission, policy } = self;
        let entry = entry.or_else(|miss| view.evaluate(miss))?;
        entry.decision(permission, policy).map(|decision| decision.allow)
    }
}

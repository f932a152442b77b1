//! The projects that a key can see.

use clearance_directory::{PlaceId, PrincipalId};
use clearance_host::EvalError;

use crate::Moment;

/// What [`Authorizer::visible_projects`](crate::Authorizer::visible_projects) answers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum VisibleProjects {
    /// Every project of the key's organization.
    All,
    /// These projects, by id, sorted.
    Some(Vec<String>),
}

impl Moment<'_> {
    /// The projects that a key can see: all, if it may see the whole organization; else those that its bindings reach, that are
    /// not archived, and that it may see. An unknown key sees none.
    ///
    /// # Errors
    ///
    /// As for [`check`](Self::check).
    pub fn visible_projects(self, key: &str) -> Result<VisibleProjects, EvalError> {
        // The data is held to the end: one answer comes from one version and one state.
        let live = self.authorizer.read();
        let directory = &live.directory;
        let (Some(principal), Some(organization), Some(reached)) =
            (directory.principal(PrincipalId::Key(key)), directory.key_organization(key), directory.reached_projects(key))
        else {
            return Ok(VisibleProjects::Some(Vec::new()));
        };
        let sees = |place| {
            let judge = live.judge(Some(place));
            let Some(permission) = judge.version.description().view_project else { return Ok(false) };
            let entry = self.look_up(&live, judge, principal, place).or_else(|miss| self.evaluate(miss))?;
            entry.decision(permission, judge.version.digest()).map(|decision| decision.allow)
        };
        if sees(organization)? {
            return Ok(VisibleProjects::All);
        }
        let mut visible = Vec::new();
        for project in reached {
            if sees(project)? {
                let (PlaceId::Organization(id) | PlaceId::Team(id) | PlaceId::Project(id)) = directory.place_id(project);
                visible.push(id.to_owned());
            }
        }
        visible.sort_unstable();
        Ok(VisibleProjects::Some(visible))
    }
}

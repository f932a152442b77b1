//! The place and its ancestors.

use crate::types::{Binding, Handle, Place, ProjectPlace, Scope, TeamMembership, TeamPlace, Tier, Verdict};

/// The nodes from a place up to its organization.
#[derive(Clone, Copy)]
pub(super) struct Chain {
    pub(super) organization: Handle,
    team: Option<Handle>,
    project: Option<Handle>,
    archived: bool,
}

impl Chain {
    /// The chain of a known place.
    #[inline]
    pub(super) fn of(place: &Place) -> Option<Self> {
        match *place {
            Place::Unknown => None,
            Place::Organization(organization) => Some(Self { organization, team: None, project: None, archived: false }),
            Place::Team(at) => Some(Self { organization: at.organization, team: Some(at.team), project: None, archived: false }),
            Place::Project(at) => Some(Self {
                organization: at.organization,
                team: Some(at.team),
                project: Some(at.project),
                archived: at.archived,
            }),
        }
    }

    /// Whether the place is the organization itself.
    #[inline]
    pub(super) fn is_organization(&self) -> bool {
        self.team.is_none()
    }

    /// The places that a binding on the chain can apply to, as its scope, from the nearest up.
    #[inline]
    pub(super) fn places(&self) -> impl Iterator<Item = (Scope, Place)> + use<> {
        let Self { organization, team, project, archived } = *self;
        let of_team = team.map(|team| (Scope { tier: Tier::Team, at: team }, Place::Team(TeamPlace { team, organization })));
        let of_project = team.zip(project).map(|(team, project)| {
            let place = ProjectPlace { project, team, organization, archived };
            (Scope { tier: Tier::Project, at: project }, Place::Project(place))
        });
        let whole = (Scope { tier: Tier::Organization, at: organization }, Place::Organization(organization));
        [of_project, of_team, Some(whole)].into_iter().flatten()
    }

    /// Why a binding does not lie on the chain, if it does not.
    #[inline]
    pub(super) fn misses(&self, binding: &Binding) -> Option<Verdict> {
        if !self.holds(binding.scope) {
            Some(Verdict::OffChain)
        } else if binding.organization != self.organization {
            Some(Verdict::OtherOrganization)
        } else if binding.group.is_some_and(|organization| organization != self.organization) {
            Some(Verdict::OtherOrganizationGroup)
        } else {
            None
        }
    }

    /// Why a team membership does not count at this place, if it does not. `silenced`: a binding of the user lies on the chain.
    #[inline]
    pub(super) fn ignores(&self, membership: &TeamMembership, silenced: bool) -> Option<Verdict> {
        if membership.organization != self.organization {
            Some(Verdict::OtherOrganization)
        } else if self.is_organization() {
            membership.personal.then_some(Verdict::PersonalTeam)
        } else if self.team != Some(membership.team) {
            Some(Verdict::OffChain)
        } else {
            silenced.then_some(Verdict::Silenced)
        }
    }

    /// Why a project's key does not work at this place, if it does not.
    #[inline]
    pub(super) fn refuses_key_of(&self, project: Handle) -> Option<Verdict> {
        if self.project != Some(project) { Some(Verdict::OffChain) } else { self.archived.then_some(Verdict::Archived) }
    }

    #[inline]
    fn holds(&self, scope: Scope) -> bool {
        let node = match scope.tier {
            Tier::Organization => Some(self.organization),
            Tier::Team => self.team,
            Tier::Project => self.project,
        };
        node == Some(scope.at)
    }
}

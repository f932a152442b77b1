//! The place and its ancestors.

use crate::types::{Binding, Handle, Place, Scope, TeamMembership, Tier, Verdict};

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

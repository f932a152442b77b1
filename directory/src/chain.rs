//! A place with its ancestors.

use clearance_policy::types::{Place, ProjectPlace, TeamPlace};

use crate::slot::{Kind, Node};

/// A place of the tree and its ancestors, from stored data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chain {
    pub(crate) organization: u32,
    /// Absent exactly when the place is the organization.
    pub(crate) team: Option<u32>,
    /// Absent exactly when the place is not a project.
    pub(crate) project: Option<u32>,
    /// The place is an archived project.
    pub(crate) archived: bool,
}

impl Chain {
    pub(crate) fn contains(&self, node: Node) -> bool {
        match node {
            Node::Organization(slot) => slot == self.organization,
            Node::Team(slot) => self.team == Some(slot),
            Node::Project(slot) => self.project == Some(slot),
        }
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = Node> {
        let organization = Some(Node::Organization(self.organization));
        [organization, self.team.map(Node::Team), self.project.map(Node::Project)].into_iter().flatten()
    }

    /// The place as facts say it.
    pub(crate) fn place(&self) -> Place {
        let organization = Kind::Organization.handle(self.organization);
        match (self.team, self.project) {
            (None, _) => Place::Organization(organization),
            (Some(team), None) => Place::Team(TeamPlace { team: Kind::Team.handle(team), organization }),
            (Some(team), Some(project)) => Place::Project(ProjectPlace {
                project: Kind::Project.handle(project),
                team: Kind::Team.handle(team),
                organization,
                archived: self.archived,
            }),
        }
    }
}

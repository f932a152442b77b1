//! What is above a place, and which projects a key could see, before a policy is asked.

use crate::directory::Directory;
use crate::slot::{Node, PlaceSlot};

impl Directory {
    /// The organization that a place is, or is part of. `None` means that the place is not stored.
    pub fn organization_of(&self, place: PlaceSlot) -> Option<PlaceSlot> {
        self.chain(place.0).map(|chain| PlaceSlot(Node::Organization(chain.organization)))
    }

    /// The organization of a key. `None` means that the key or the organization is not stored.
    pub fn key_organization(&self, key: &str) -> Option<PlaceSlot> {
        let organization = self.keys.row(self.keys.find(key)?).stored.as_ref()?.organization;
        self.chain(Node::Organization(organization)).map(|_| PlaceSlot(Node::Organization(organization)))
    }

    /// The projects that are not archived at, or below, the scopes of a key's own bindings: each once, in no order. `None` means a key
    /// that is not stored.
    pub fn reached_projects(&self, key: &str) -> Option<Vec<PlaceSlot>> {
        let row = self.keys.row(self.keys.find(key)?);
        row.stored.as_ref()?;
        let mut projects: Vec<u32> = Vec::new();
        for entry in row.bindings.entries() {
            match entry.scope {
                Node::Project(project) => projects.push(project),
                Node::Team(team) => projects.extend(&self.teams.row(team).projects),
                Node::Organization(organization) => {
                    let teams = &self.organizations.row(organization).teams;
                    projects.extend(teams.iter().flat_map(|&team| &self.teams.row(team).projects));
                }
            }
        }
        projects.sort_unstable();
        projects.dedup();
        let live = |&project: &u32| self.chain(Node::Project(project)).is_some_and(|chain| !chain.archived);
        Some(projects.into_iter().filter(live).map(|project| PlaceSlot(Node::Project(project))).collect())
    }
}

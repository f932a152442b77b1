//! Changes of organizations, teams and projects.

use crate::apply::people::remove_from;
use crate::directory::{Directory, has_project_key};
use crate::document::{Organization, Project, Team, Timestamp};
use crate::row::{StoredOrganization, StoredProject, StoredTeam};
use crate::slot::Node;
use crate::stamp::Stamp;

impl Directory {
    pub(super) fn add_organization(&mut self, organization: Organization) {
        let Organization { id, name } = organization;
        let slot = self.organizations.intern(&id);
        if let Some(row) = self.organizations.row_mut(slot) {
            row.stored = Some(StoredOrganization { name });
        }
        self.touch(Stamp::Place(Node::Organization(slot)));
    }

    pub(super) fn edit_organization(&mut self, organization: Organization) {
        let Organization { id, name } = organization;
        let slot = self.stored_organization(&id);
        if let Some(row) = slot.and_then(|slot| self.organizations.row_mut(slot)) {
            row.stored = Some(StoredOrganization { name });
        }
    }

    pub(super) fn remove_organization(&mut self, id: &str) {
        let Some(slot) = self.stored_organization(id) else { return };
        if let Some(row) = self.organizations.row_mut(slot) {
            row.stored = None;
        }
        self.touch(Stamp::Place(Node::Organization(slot)));
    }

    pub(super) fn put_team(&mut self, team: Team) {
        let Team { id, organization, name, personal, owner } = team;
        let Some(organization) = self.stored_organization(&organization) else { return };
        let slot = self.teams.intern(&id);
        let owner = owner.map(|owner| self.users.intern(&owner));
        let Some(row) = self.teams.row_mut(slot) else { return };
        let before = row.stored.replace(StoredTeam { organization, name, personal, owner });
        let before = before.map(|stored| (stored.organization, stored.personal));
        if before != Some((organization, personal)) {
            self.touch_team_members(slot);
        }
        let left = before.map(|(organization, _)| organization);
        if left != Some(organization) {
            if let Some(row) = left.and_then(|organization| self.organizations.row_mut(organization)) {
                remove_from(&mut row.teams, slot);
            }
            if let Some(row) = self.organizations.row_mut(organization) {
                row.teams.push(slot);
            }
            self.touch(Stamp::Place(Node::Team(slot)));
            let projects = self.teams.row(slot).projects.clone();
            projects.into_iter().for_each(|project| self.touch(Stamp::Place(Node::Project(project))));
        }
    }

    pub(super) fn remove_team(&mut self, id: &str) {
        let Some(slot) = self.stored_team(id) else { return };
        let stored = self.teams.row_mut(slot).and_then(|row| row.stored.take());
        if let Some(row) = stored.and_then(|stored| self.organizations.row_mut(stored.organization)) {
            remove_from(&mut row.teams, slot);
        }
        self.touch_team_members(slot);
        self.touch(Stamp::Place(Node::Team(slot)));
    }

    /// A team came, went or is another: concerns those who have a membership in it, which counts only where there is a team.
    fn touch_team_members(&mut self, slot: u32) {
        let members = self.teams.row(slot).members.clone();
        members.into_iter().for_each(|user| self.touch_user(user));
    }

    pub(super) fn put_project(&mut self, project: Project) {
        let Project { id, team, name, project_key, archived_at } = project;
        let Some(team) = self.stored_team(&team) else { return };
        let slot = self.projects.intern(&id);
        self.replace_project(slot, Some(StoredProject { team, name, project_key, archived_at }));
    }

    pub(super) fn remove_project(&mut self, id: &str) {
        if let Some(slot) = self.stored_project(id) {
            self.replace_project(slot, None);
        }
    }

    fn replace_project(&mut self, slot: u32, stored: Option<StoredProject>) {
        let place = |stored: Option<&StoredProject>| stored.map(|stored| (stored.team, stored.archived_at.is_some()));
        let after = (place(stored.as_ref()), has_project_key(stored.as_ref()));
        let Some(row) = self.projects.row_mut(slot) else { return };
        let before = (place(row.stored.as_ref()), has_project_key(row.stored.as_ref()));
        row.stored = stored;
        let (left, joined) = (before.0.map(|(team, _)| team), after.0.map(|(team, _)| team));
        if left != joined {
            if let Some(row) = left.and_then(|team| self.teams.row_mut(team)) {
                remove_from(&mut row.projects, slot);
            }
            if let Some(row) = joined.and_then(|team| self.teams.row_mut(team)) {
                row.projects.push(slot);
            }
        }
        if before.0 != after.0 {
            self.touch(Stamp::Place(Node::Project(slot)));
        }
        if before.1 != after.1 {
            self.touch(Stamp::ProjectKey(slot));
        }
    }

    pub(super) fn archive_project(&mut self, id: &str, at: Timestamp) {
        let Some(slot) = self.stored_project(id) else { return };
        if let Some(stored) = self.projects.row_mut(slot).and_then(|row| row.stored.as_mut())
            && stored.archived_at.is_none()
        {
            stored.archived_at = Some(at);
            self.touch(Stamp::Place(Node::Project(slot)));
        }
    }
}

//! Changes of organizations, teams and projects.

use crate::change::people::remove_from;
use crate::directory::{Directory, has_project_key};
use crate::document::{Organization, Project, Team, Timestamp};
use crate::epoch::Stamp;
use crate::error::{ChangeError, Refusal, check_id, check_optional_id};
use crate::row::{StoredOrganization, StoredProject, StoredTeam};
use crate::slot::Node;

impl Directory {
    pub(super) fn add_organization(&mut self, organization: Organization) -> Result<(), ChangeError> {
        let Organization { id, name } = organization;
        check_id("id", &id)?;
        if self.stored_organization(&id).is_some() {
            return Err(ChangeError::duplicate("organization", &id));
        }
        let slot = self.organizations.intern(&id);
        if let Some(row) = self.organizations.row_mut(slot) {
            row.stored = Some(StoredOrganization { name });
        }
        self.touch(Stamp::Place(Node::Organization(slot)));
        Ok(())
    }

    pub(super) fn edit_organization(&mut self, organization: Organization) -> Result<(), ChangeError> {
        let Organization { id, name } = organization;
        let Some(slot) = self.stored_organization(&id) else {
            return Err(ChangeError::not_found("id", "organization", &id));
        };
        if let Some(row) = self.organizations.row_mut(slot) {
            row.stored = Some(StoredOrganization { name });
        }
        Ok(())
    }

    pub(super) fn remove_organization(&mut self, id: &str) -> Result<(), ChangeError> {
        let Some(slot) = self.stored_organization(id) else {
            return Err(ChangeError::not_found("id", "organization", id));
        };
        // The first by id: the order of the list depends on what was undone before.
        if let Some(team) = self.organizations.row(slot).teams.iter().map(|&team| self.teams.id(team)).min() {
            return Err(has_children("organization", id, "teams", team));
        }
        if let Some(row) = self.organizations.row_mut(slot) {
            row.stored = None;
        }
        self.touch(Stamp::Place(Node::Organization(slot)));
        Ok(())
    }

    pub(super) fn add_team(&mut self, team: Team) -> Result<(), ChangeError> {
        check_id("id", &team.id)?;
        if self.stored_team(&team.id).is_some() {
            return Err(ChangeError::duplicate("team", &team.id));
        }
        self.put_team(team)
    }

    pub(super) fn edit_team(&mut self, team: Team) -> Result<(), ChangeError> {
        if self.stored_team(&team.id).is_none() {
            return Err(ChangeError::not_found("id", "team", &team.id));
        }
        self.put_team(team)
    }

    fn put_team(&mut self, team: Team) -> Result<(), ChangeError> {
        let Team { id, organization, name, personal, owner } = team;
        check_id("organization", &organization)?;
        check_optional_id("owner", owner.as_deref())?;
        let Some(organization) = self.stored_organization(&organization) else {
            return Err(ChangeError::not_found("organization", "organization", &organization));
        };
        let slot = self.teams.intern(&id);
        let owner = owner.map(|owner| self.users.intern(&owner));
        let Some(row) = self.teams.row_mut(slot) else { return Ok(()) };
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
        Ok(())
    }

    pub(super) fn remove_team(&mut self, id: &str) -> Result<(), ChangeError> {
        let Some(slot) = self.stored_team(id) else {
            return Err(ChangeError::not_found("id", "team", id));
        };
        if let Some(project) = self.teams.row(slot).projects.iter().map(|&project| self.projects.id(project)).min() {
            return Err(has_children("team", id, "projects", project));
        }
        let stored = self.teams.row_mut(slot).and_then(|row| row.stored.take());
        if let Some(row) = stored.and_then(|stored| self.organizations.row_mut(stored.organization)) {
            remove_from(&mut row.teams, slot);
        }
        self.touch_team_members(slot);
        self.touch(Stamp::Place(Node::Team(slot)));
        Ok(())
    }

    /// A team came, went or is another: concerns those who have a membership in it, which counts only where there is a team.
    fn touch_team_members(&mut self, slot: u32) {
        let members = self.teams.row(slot).members.clone();
        members.into_iter().for_each(|user| self.touch_user(user));
    }

    pub(super) fn add_project(&mut self, project: Project) -> Result<(), ChangeError> {
        check_id("id", &project.id)?;
        if self.stored_project(&project.id).is_some() {
            return Err(ChangeError::duplicate("project", &project.id));
        }
        self.put_project(project)
    }

    pub(super) fn edit_project(&mut self, project: Project) -> Result<(), ChangeError> {
        if self.stored_project(&project.id).is_none() {
            return Err(ChangeError::not_found("id", "project", &project.id));
        }
        self.put_project(project)
    }

    fn put_project(&mut self, project: Project) -> Result<(), ChangeError> {
        let Project { id, team, name, project_key, archived_at } = project;
        check_id("team", &team)?;
        let Some(team) = self.stored_team(&team) else {
            return Err(ChangeError::not_found("team", "team", &team));
        };
        let slot = self.projects.intern(&id);
        self.replace_project(slot, Some(StoredProject { team, name, project_key, archived_at }));
        Ok(())
    }

    pub(super) fn remove_project(&mut self, id: &str) -> Result<(), ChangeError> {
        let Some(slot) = self.stored_project(id) else {
            return Err(ChangeError::not_found("id", "project", id));
        };
        self.replace_project(slot, None);
        Ok(())
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

    pub(super) fn archive_project(&mut self, id: &str, at: Timestamp) -> Result<(), ChangeError> {
        let Some(slot) = self.stored_project(id) else {
            return Err(ChangeError::not_found("project", "project", id));
        };
        if let Some(stored) = self.projects.row_mut(slot).and_then(|row| row.stored.as_mut())
            && stored.archived_at.is_none()
        {
            stored.archived_at = Some(at);
            self.touch(Stamp::Place(Node::Project(slot)));
        }
        Ok(())
    }

    pub(super) fn stored_organization(&self, id: &str) -> Option<u32> {
        self.organizations.find(id).filter(|&slot| self.organizations.row(slot).stored.is_some())
    }

    pub(super) fn stored_team(&self, id: &str) -> Option<u32> {
        self.teams.find(id).filter(|&slot| self.teams.row(slot).stored.is_some())
    }

    pub(super) fn stored_project(&self, id: &str) -> Option<u32> {
        self.projects.find(id).filter(|&slot| self.projects.row(slot).stored.is_some())
    }
}

fn has_children(kind: &'static str, id: &str, children: &'static str, child: &str) -> ChangeError {
    ChangeError::new("id", Refusal::HasChildren { kind, id: id.into(), children, child: child.into() })
}

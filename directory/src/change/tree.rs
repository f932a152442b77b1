//! Changes of organizations, teams and projects.

use crate::directory::{Directory, has_project_key};
use crate::document::{Organization, Project, Team, Timestamp};
use crate::error::{ChangeError, check_id, check_optional_id};
use crate::row::{StoredOrganization, StoredProject, StoredTeam};

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
        Ok(())
    }

    pub(super) fn add_team(&mut self, team: Team) -> Result<(), ChangeError> {
        let Team { id, organization, name, personal, owner } = team;
        check_id("id", &id)?;
        check_id("organization", &organization)?;
        check_optional_id("owner", owner.as_deref())?;
        if self.stored_team(&id).is_some() {
            return Err(ChangeError::duplicate("team", &id));
        }
        let Some(organization) = self.stored_organization(&organization) else {
            return Err(ChangeError::not_found("organization", "organization", &organization));
        };
        let slot = self.teams.intern(&id);
        let owner = owner.map(|owner| self.users.intern(&owner));
        let mut concerned = Vec::new();
        if let Some(row) = self.teams.row_mut(slot) {
            row.stored = Some(StoredTeam { organization, name, personal, owner });
            // Team memberships that were waiting for their team.
            concerned.clone_from(&row.members);
        }
        if let Some(row) = self.organizations.row_mut(organization) {
            row.teams.push(slot);
        }
        concerned.into_iter().for_each(|user| self.touch_user(user));
        Ok(())
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
        let clock = self.clock;
        let before = self.projects.row(slot).stored.as_ref().map(|stored| stored.team);
        if before != Some(team) {
            if let Some(row) = before.and_then(|team| self.teams.row_mut(team)) {
                row.projects.retain(|&project| project != slot);
            }
            if let Some(row) = self.teams.row_mut(team) {
                row.projects.push(slot);
            }
        }
        if let Some(row) = self.projects.row_mut(slot) {
            let stored = Some(StoredProject { team, name, project_key, archived_at });
            if has_project_key(row.stored.as_ref()) != has_project_key(stored.as_ref()) {
                row.key_stamp = clock;
            }
            let place = |stored: Option<&StoredProject>| stored.map(|stored| (stored.team, stored.archived_at.is_some()));
            if place(row.stored.as_ref()) != place(stored.as_ref()) {
                row.place_stamp = clock;
            }
            row.stored = stored;
        }
        Ok(())
    }

    pub(super) fn archive_project(&mut self, id: &str, at: Timestamp) -> Result<(), ChangeError> {
        let clock = self.clock;
        let row = self.projects.find(id).and_then(|slot| self.projects.row_mut(slot));
        let Some((stored, place_stamp)) = row.and_then(|row| Some((row.stored.as_mut()?, &mut row.place_stamp))) else {
            return Err(ChangeError::not_found("project", "project", id));
        };
        if stored.archived_at.is_none() {
            stored.archived_at = Some(at);
            *place_stamp = clock;
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

//! Several changes at once, all or none.

use crate::apply::applied::Applied;
use crate::change::Change;
use crate::directory::Directory;
use crate::error::BatchError;

impl Directory {
    /// Makes all changes, one after the other, or none. Answers what is left to do after each.
    ///
    /// # Errors
    ///
    /// The first change that is refused, as [`Directory::apply`] refuses it after those before it. Nothing is changed then, and
    /// no epoch either.
    pub fn apply_all(&mut self, changes: Vec<Change>) -> Result<Vec<Applied>, BatchError> {
        let clock = self.clock;
        let mut applied = Vec::with_capacity(changes.len());
        let mut undo = Vec::with_capacity(changes.len());
        self.replaced_stamps = Some(Vec::new());
        let mut refused = None;
        for (index, change) in changes.into_iter().enumerate() {
            let inverse = self.inverse(&change);
            match self.apply(change) {
                Ok(left) => applied.push(left),
                Err(error) => {
                    refused = Some(BatchError { index, error });
                    break;
                }
            }
            undo.extend(inverse);
        }
        match refused {
            None => {
                self.replaced_stamps = None;
                Ok(applied)
            }
            Some(error) => {
                self.take_back(undo, clock);
                Err(error)
            }
        }
    }

    /// Makes the inverses of changes, the last first, and gives every stamp the number that it had.
    fn take_back(&mut self, inverses: Vec<Change>, clock: u64) {
        for inverse in inverses.into_iter().rev() {
            debug_assert_eq!(
                inverse.validate_stored(self),
                Ok(()),
                "an accepted change has an inverse that is accepted after it"
            );
            // The roles that changed are as they were, once all is taken back.
            let Applied { recompile: _ } = self.make(inverse);
        }
        for (stamp, number) in self.replaced_stamps.take().into_iter().flatten().rev() {
            if let Some(stamp) = self.stamp_mut(stamp) {
                *stamp = number;
            }
        }
        // Nobody has seen an epoch since, so its number may be given again.
        self.clock = clock;
    }

    /// The change that takes back another one, which was not made yet. `None` means that it will be refused.
    fn inverse(&self, change: &Change) -> Option<Change> {
        Some(match change {
            Change::AddOrganization(row) => Change::RemoveOrganization(row.id.clone()),
            Change::EditOrganization(row) => Change::EditOrganization(self.organization(&row.id)?),
            Change::RemoveOrganization(id) => Change::AddOrganization(self.organization(id)?),
            Change::AddUser(row) => Change::RemoveUser(row.id.clone()),
            Change::EditUser(row) => Change::EditUser(self.user(&row.id)?),
            Change::DeactivateUser { user, .. } => Change::EditUser(self.user(user)?),
            Change::RemoveUser(id) => Change::AddUser(self.user(id)?),
            Change::AddMember(row) => Change::RemoveMember { organization: row.organization.clone(), user: row.user.clone() },
            Change::EditMember(row) => Change::EditMember(self.member(&row.organization, &row.user)?),
            Change::RemoveMember { organization, user } => Change::AddMember(self.member(organization, user)?),
            Change::AddTeam(row) => Change::RemoveTeam(row.id.clone()),
            Change::EditTeam(row) => Change::EditTeam(self.team(&row.id)?),
            Change::RemoveTeam(id) => Change::AddTeam(self.team(id)?),
            Change::AddTeamMembership(row) => Change::RemoveTeamMembership { team: row.team.clone(), user: row.user.clone() },
            Change::EditTeamMembership(row) => Change::EditTeamMembership(self.team_membership(&row.team, &row.user)?),
            Change::RemoveTeamMembership { team, user } => Change::AddTeamMembership(self.team_membership(team, user)?),
            Change::AddProject(row) => Change::RemoveProject(row.id.clone()),
            Change::EditProject(row) => Change::EditProject(self.project(&row.id)?),
            Change::RemoveProject(id) => Change::AddProject(self.project(id)?),
            Change::ArchiveProject { project, .. } => Change::EditProject(self.project(project)?),
            Change::AddGroup(row) => Change::RemoveGroup(row.id.clone()),
            Change::EditGroup(row) => Change::EditGroup(self.group(&row.id)?),
            Change::RemoveGroup(id) => Change::AddGroup(self.group(id)?),
            Change::AddGroupMember { group, user } => Change::RemoveGroupMember { group: group.clone(), user: user.clone() },
            Change::RemoveGroupMember { group, user } => Change::AddGroupMember { group: group.clone(), user: user.clone() },
            Change::AddRole(row) => Change::RemoveRole(row.id.clone()),
            Change::EditRole(row) => Change::EditRole(self.role(&row.id)?),
            Change::RemoveRole(id) => Change::AddRole(self.role(id)?),
            Change::AddKey(row) => Change::RemoveKey(row.id.clone()),
            Change::EditKey(row) => Change::EditKey(self.key(&row.id)?),
            Change::RevokeKey { key, .. } => Change::EditKey(self.key(key)?),
            Change::RemoveKey(id) => Change::AddKey(self.key(id)?),
            Change::AddBinding(row) => Change::RemoveBinding(row.id.clone()),
            Change::EditBinding(row) => Change::EditBinding(self.binding(&row.id)?),
            Change::RemoveBinding(id) => Change::AddBinding(self.binding(id)?),
        })
    }
}

//! Changes of users, members and team memberships.

use crate::change::role::check_custom_role;
use crate::directory::Directory;
use crate::document::{Member, TeamMembership, Timestamp, User};
use crate::error::{ChangeError, Refusal, check_id};
use crate::row::{Membership, Namer, StoredUser, TeamRole};

impl Directory {
    pub(super) fn add_user(&mut self, user: User) -> Result<(), ChangeError> {
        check_id("id", &user.id)?;
        if self.stored_user(&user.id).is_some() {
            return Err(ChangeError::duplicate("user", &user.id));
        }
        let slot = self.users.intern(&user.id);
        self.put_user(slot, user);
        self.touch_user(slot);
        Ok(())
    }

    pub(super) fn edit_user(&mut self, user: User) -> Result<(), ChangeError> {
        let Some(slot) = self.stored_user(&user.id) else {
            return Err(ChangeError::not_found("id", "user", &user.id));
        };
        self.put_user(slot, user);
        Ok(())
    }

    pub(super) fn deactivate_user(&mut self, id: &str, at: Timestamp) -> Result<(), ChangeError> {
        let Some(slot) = self.stored_user(id) else {
            return Err(ChangeError::not_found("user", "user", id));
        };
        if !self.users.row(slot).is_deactivated() {
            if let Some(stored) = self.users.row_mut(slot).and_then(|row| row.stored.as_mut()) {
                stored.deactivated_at = Some(at);
            }
            self.touch_person(slot);
        }
        Ok(())
    }

    pub(super) fn remove_user(&mut self, id: &str) -> Result<(), ChangeError> {
        let Some(slot) = self.stored_user(id) else {
            return Err(ChangeError::not_found("id", "user", id));
        };
        if self.users.row(slot).is_deactivated() {
            // Of the keys that the user made, only the deactivation counts.
            self.touch_person(slot);
        }
        if let Some(row) = self.users.row_mut(slot) {
            row.stored = None;
        }
        self.touch_user(slot);
        Ok(())
    }

    fn put_user(&mut self, slot: u32, user: User) {
        let User { id: _, name, email, deactivated_at } = user;
        let before = self.users.row(slot).is_deactivated();
        if let Some(row) = self.users.row_mut(slot) {
            row.stored = Some(Box::new(StoredUser { name, email, deactivated_at }));
        }
        if before != deactivated_at.is_some() {
            self.touch_person(slot);
        }
    }

    pub(super) fn add_member(&mut self, member: &Member) -> Result<(), ChangeError> {
        let Member { organization, user, role } = member;
        check_id("organization", organization)?;
        check_id("user", user)?;
        if self.membership_position(organization, user).is_some() {
            let (kind, id, user) = ("organization", organization.clone(), user.clone());
            return Err(ChangeError::new("user", Refusal::DuplicatePair { kind, id, user }));
        }
        let membership = Membership { organization: self.organizations.intern(organization), role: *role };
        let user = self.users.intern(user);
        if let Some(row) = self.users.row_mut(user) {
            row.memberships.push(membership);
        }
        if let Some(row) = self.organizations.row_mut(membership.organization) {
            row.members.push(user);
        }
        self.touch_user(user);
        Ok(())
    }

    pub(super) fn edit_member(&mut self, member: &Member) -> Result<(), ChangeError> {
        let Member { organization, user, role } = member;
        let (user, position) = self.find_membership(organization, user)?;
        if let Some(membership) = self.users.row_mut(user).and_then(|row| row.memberships.get_mut(position))
            && membership.role != *role
        {
            membership.role = *role;
            self.touch_user(user);
        }
        Ok(())
    }

    pub(super) fn remove_member(&mut self, organization: &str, user: &str) -> Result<(), ChangeError> {
        let (user, position) = self.find_membership(organization, user)?;
        if let Some(row) = self.users.row_mut(user) {
            let Membership { organization, .. } = row.memberships.remove(position);
            if let Some(row) = self.organizations.row_mut(organization) {
                remove_from(&mut row.members, user);
            }
        }
        self.touch_user(user);
        Ok(())
    }

    pub(super) fn add_team_membership(&mut self, membership: &TeamMembership) -> Result<(), ChangeError> {
        let TeamMembership { team, user, role, custom_role } = membership;
        check_id("team", team)?;
        check_id("user", user)?;
        check_custom_role(*role, custom_role.as_deref(), false)?;
        if self.team_membership_position(team, user).is_some() {
            let (kind, id, user) = ("team", team.clone(), user.clone());
            return Err(ChangeError::new("user", Refusal::DuplicatePair { kind, id, user }));
        }
        let role = self.named_role(*role, custom_role.as_deref());
        let (team, user) = (self.teams.intern(team), self.users.intern(user));
        if let Some(row) = self.teams.row_mut(team) {
            row.members.push(user);
        }
        if let Some(row) = self.users.row_mut(user) {
            row.team_memberships.push(TeamRole { team, role });
        }
        self.begin_naming(role, Namer::TeamMembership(user));
        self.touch_user(user);
        Ok(())
    }

    pub(super) fn edit_team_membership(&mut self, membership: &TeamMembership) -> Result<(), ChangeError> {
        let TeamMembership { team, user, role, custom_role } = membership;
        let (user, position) = self.find_team_membership(team, user)?;
        check_custom_role(*role, custom_role.as_deref(), false)?;
        let role = self.named_role(*role, custom_role.as_deref());
        let membership = self.users.row_mut(user).and_then(|row| row.team_memberships.get_mut(position));
        let Some(before) = membership.map(|membership| std::mem::replace(&mut membership.role, role)) else { return Ok(()) };
        if before != role {
            self.begin_naming(role, Namer::TeamMembership(user));
            self.end_naming(before, Namer::TeamMembership(user));
            self.touch_user(user);
        }
        Ok(())
    }

    pub(super) fn remove_team_membership(&mut self, team: &str, user: &str) -> Result<(), ChangeError> {
        let (slot, position) = self.find_team_membership(team, user)?;
        if let Some(row) = self.users.row_mut(slot) {
            let TeamRole { team, role } = row.team_memberships.remove(position);
            if let Some(row) = self.teams.row_mut(team) {
                remove_from(&mut row.members, slot);
            }
            self.end_naming(role, Namer::TeamMembership(slot));
        }
        self.touch_user(slot);
        Ok(())
    }

    pub(super) fn stored_user(&self, id: &str) -> Option<u32> {
        self.users.find(id).filter(|&slot| self.users.row(slot).stored.is_some())
    }

    /// The user, and where the membership stands in the user's row.
    pub(crate) fn membership_position(&self, organization: &str, user: &str) -> Option<(u32, usize)> {
        let (organization, user) = (self.organizations.find(organization)?, self.users.find(user)?);
        let memberships = &self.users.row(user).memberships;
        Some((user, memberships.iter().position(|membership| membership.organization == organization)?))
    }

    fn find_membership(&self, organization: &str, user: &str) -> Result<(u32, usize), ChangeError> {
        self.membership_position(organization, user).ok_or_else(|| {
            let (kind, id, user) = ("organization", organization.into(), user.into());
            ChangeError::new("user", Refusal::PairNotFound { kind, id, user })
        })
    }

    fn find_team_membership(&self, team: &str, user: &str) -> Result<(u32, usize), ChangeError> {
        self.team_membership_position(team, user).ok_or_else(|| {
            let (kind, id, user) = ("team", team.into(), user.into());
            ChangeError::new("user", Refusal::PairNotFound { kind, id, user })
        })
    }

    /// The user, and where the team membership stands in the user's row.
    pub(crate) fn team_membership_position(&self, team: &str, user: &str) -> Option<(u32, usize)> {
        let (team, user) = (self.teams.find(team)?, self.users.find(user)?);
        let memberships = &self.users.row(user).team_memberships;
        Some((user, memberships.iter().position(|membership| membership.team == team)?))
    }
}

/// Takes a slot out of a list in no order.
pub(super) fn remove_from(slots: &mut Vec<u32>, slot: u32) {
    if let Some(position) = slots.iter().position(|&other| other == slot) {
        slots.swap_remove(position);
    }
}

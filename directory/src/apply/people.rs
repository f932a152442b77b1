//! Changes of users, members and team memberships.

use crate::directory::Directory;
use crate::document::{Member, TeamMembership, Timestamp, User};
use crate::row::{Membership, Namer, StoredUser, TeamRole};

impl Directory {
    pub(super) fn add_user(&mut self, user: User) {
        let slot = self.users.intern(&user.id);
        self.replace_user(slot, user);
        self.touch_user(slot);
    }

    pub(super) fn edit_user(&mut self, user: User) {
        if let Some(slot) = self.stored_user(&user.id) {
            self.replace_user(slot, user);
        }
    }

    pub(super) fn deactivate_user(&mut self, id: &str, at: Timestamp) {
        let Some(slot) = self.stored_user(id) else { return };
        if !self.users.row(slot).is_deactivated() {
            if let Some(stored) = self.users.row_mut(slot).and_then(|row| row.stored.as_mut()) {
                stored.deactivated_at = Some(at);
            }
            self.touch_person(slot);
        }
    }

    pub(super) fn remove_user(&mut self, id: &str) {
        let Some(slot) = self.stored_user(id) else { return };
        if self.users.row(slot).is_deactivated() {
            // For the keys that the user made, only the deactivation counts.
            self.touch_person(slot);
        }
        if let Some(row) = self.users.row_mut(slot) {
            row.stored = None;
        }
        self.touch_user(slot);
    }

    fn replace_user(&mut self, slot: u32, user: User) {
        let User { id: _, name, email, deactivated_at } = user;
        let before = self.users.row(slot).is_deactivated();
        if let Some(row) = self.users.row_mut(slot) {
            row.stored = Some(Box::new(StoredUser { name, email, deactivated_at }));
        }
        if before != deactivated_at.is_some() {
            self.touch_person(slot);
        }
    }

    pub(super) fn add_member(&mut self, member: &Member) {
        let Member { organization, user, role } = member;
        let membership = Membership { organization: self.organizations.intern(organization), role: *role };
        let user = self.users.intern(user);
        if let Some(row) = self.users.row_mut(user) {
            row.memberships.push(membership);
        }
        if let Some(row) = self.organizations.row_mut(membership.organization) {
            row.members.push(user);
        }
        self.touch_user(user);
    }

    pub(super) fn edit_member(&mut self, member: &Member) {
        let Member { organization, user, role } = member;
        let Some((user, position)) = self.membership_position(organization, user) else { return };
        if let Some(membership) = self.users.row_mut(user).and_then(|row| row.memberships.get_mut(position))
            && membership.role != *role
        {
            membership.role = *role;
            self.touch_user(user);
        }
    }

    pub(super) fn remove_member(&mut self, organization: &str, user: &str) {
        let Some((user, position)) = self.membership_position(organization, user) else { return };
        if let Some(row) = self.users.row_mut(user) {
            let Membership { organization, .. } = row.memberships.remove(position);
            if let Some(row) = self.organizations.row_mut(organization) {
                remove_from(&mut row.members, user);
            }
        }
        self.touch_user(user);
    }

    pub(super) fn add_team_membership(&mut self, membership: &TeamMembership) {
        let TeamMembership { team, user, role, custom_role } = membership;
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
    }

    pub(super) fn edit_team_membership(&mut self, membership: &TeamMembership) {
        let TeamMembership { team, user, role, custom_role } = membership;
        let Some((user, position)) = self.team_membership_position(team, user) else { return };
        let role = self.named_role(*role, custom_role.as_deref());
        let membership = self.users.row_mut(user).and_then(|row| row.team_memberships.get_mut(position));
        let Some(before) = membership.map(|membership| std::mem::replace(&mut membership.role, role)) else { return };
        if before != role {
            self.begin_naming(role, Namer::TeamMembership(user));
            self.end_naming(before, Namer::TeamMembership(user));
            self.touch_user(user);
        }
    }

    pub(super) fn remove_team_membership(&mut self, team: &str, user: &str) {
        let Some((slot, position)) = self.team_membership_position(team, user) else { return };
        if let Some(row) = self.users.row_mut(slot) {
            let TeamRole { team, role } = row.team_memberships.remove(position);
            if let Some(row) = self.teams.row_mut(team) {
                remove_from(&mut row.members, slot);
            }
            self.end_naming(role, Namer::TeamMembership(slot));
        }
        self.touch_user(slot);
    }
}

/// Takes a slot out of a list in no order.
pub(super) fn remove_from(slots: &mut Vec<u32>, slot: u32) {
    if let Some(position) = slots.iter().position(|&other| other == slot) {
        slots.swap_remove(position);
    }
}

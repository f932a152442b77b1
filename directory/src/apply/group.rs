//! Changes of groups.

use hashbrown::HashSet;

use crate::apply::people::remove_from;
use crate::directory::Directory;
use crate::document::Group;
use crate::row::StoredGroup;

impl Directory {
    pub(super) fn put_group(&mut self, group: Group) {
        let Group { id, organization, name, members } = group;
        let organization = self.organizations.intern(&organization);
        let slot = self.groups.intern(&id);
        let members = members.iter().map(|user| self.users.intern(user)).collect();
        self.replace_group(slot, Some(StoredGroup { organization, name, members }));
    }

    pub(super) fn remove_group(&mut self, id: &str) {
        if let Some(slot) = self.stored_group(id) {
            self.replace_group(slot, None);
        }
    }

    fn replace_group(&mut self, slot: u32, stored: Option<StoredGroup>) {
        let organization = |stored: &Option<StoredGroup>| stored.as_ref().map(|stored| stored.organization);
        let members = |stored: &Option<StoredGroup>| -> HashSet<u32> {
            stored.iter().flat_map(|stored| stored.members.iter().copied()).collect()
        };
        let after = (organization(&stored), members(&stored));
        let Some(row) = self.groups.row_mut(slot) else { return };
        let before = (organization(&row.stored), members(&row.stored));
        row.stored = stored;
        for &user in before.1.difference(&after.1) {
            if let Some(row) = self.users.row_mut(user) {
                row.groups.retain(|group| *group != slot);
            }
            self.touch_user(user);
        }
        for &user in after.1.difference(&before.1) {
            if let Some(row) = self.users.row_mut(user) {
                row.groups.push(slot);
            }
            self.touch_user(user);
        }
        if before.0 != after.0 {
            before.1.intersection(&after.1).for_each(|&user| self.touch_user(user));
        }
    }

    pub(super) fn add_group_member(&mut self, group: &str, user: &str) {
        let Some(slot) = self.stored_group(group) else { return };
        let user = self.users.intern(user);
        if let Some(row) = self.users.row_mut(user) {
            row.groups.push(slot);
        }
        if let Some(stored) = self.groups.row_mut(slot).and_then(|row| row.stored.as_mut()) {
            stored.members.push(user);
        }
        self.touch_user(user);
    }

    pub(super) fn remove_group_member(&mut self, group: &str, user: &str) {
        let Some((slot, member)) = self.group_membership(group, user) else { return };
        if let Some(row) = self.users.row_mut(member) {
            row.groups.retain(|group| *group != slot);
        }
        if let Some(stored) = self.groups.row_mut(slot).and_then(|row| row.stored.as_mut()) {
            remove_from(&mut stored.members, member);
        }
        self.touch_user(member);
    }
}

//! Changes of groups.

use hashbrown::HashSet;

use crate::change::people::remove_from;
use crate::directory::Directory;
use crate::document::Group;
use crate::error::{ChangeError, Refusal, check_id};
use crate::row::StoredGroup;

impl Directory {
    pub(super) fn add_group(&mut self, group: Group) -> Result<(), ChangeError> {
        check_id("id", &group.id)?;
        if self.stored_group(&group.id).is_some() {
            return Err(ChangeError::duplicate("group", &group.id));
        }
        self.put_group(group)
    }

    pub(super) fn edit_group(&mut self, group: Group) -> Result<(), ChangeError> {
        self.find_group("id", &group.id)?;
        self.put_group(group)
    }

    fn put_group(&mut self, group: Group) -> Result<(), ChangeError> {
        let Group { id, organization, name, members } = group;
        check_id("organization", &organization)?;
        let mut seen = HashSet::new();
        for (index, user) in members.iter().enumerate() {
            check_id(format!("members[{index}]"), user)?;
            if !seen.insert(&**user) {
                return Err(already_in_group(format!("members[{index}]"), &id, user));
            }
        }
        let organization = self.organizations.intern(&organization);
        let slot = self.groups.intern(&id);
        let members = members.iter().map(|user| self.users.intern(user)).collect();
        self.replace_group(slot, Some(StoredGroup { organization, name, members }));
        Ok(())
    }

    pub(super) fn remove_group(&mut self, id: &str) -> Result<(), ChangeError> {
        let slot = self.find_group("id", id)?;
        self.replace_group(slot, None);
        Ok(())
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

    pub(super) fn add_group_member(&mut self, group: &str, user: &str) -> Result<(), ChangeError> {
        check_id("user", user)?;
        let slot = self.find_group("group", group)?;
        if self.users.find(user).is_some_and(|user| self.users.row(user).groups.contains(&slot)) {
            return Err(already_in_group("user".to_owned(), group, user));
        }
        let user = self.users.intern(user);
        if let Some(row) = self.users.row_mut(user) {
            row.groups.push(slot);
        }
        if let Some(stored) = self.groups.row_mut(slot).and_then(|row| row.stored.as_mut()) {
            stored.members.push(user);
        }
        self.touch_user(user);
        Ok(())
    }

    pub(super) fn remove_group_member(&mut self, group: &str, user: &str) -> Result<(), ChangeError> {
        let slot = self.find_group("group", group)?;
        let Some(member) = self.users.find(user).filter(|&member| self.users.row(member).groups.contains(&slot)) else {
            let (kind, id, user) = ("group", group.into(), user.into());
            return Err(ChangeError::new("user", Refusal::PairNotFound { kind, id, user }));
        };
        if let Some(row) = self.users.row_mut(member) {
            row.groups.retain(|group| *group != slot);
        }
        if let Some(stored) = self.groups.row_mut(slot).and_then(|row| row.stored.as_mut()) {
            remove_from(&mut stored.members, member);
        }
        self.touch_user(member);
        Ok(())
    }

    fn stored_group(&self, id: &str) -> Option<u32> {
        self.groups.find(id).filter(|&slot| self.groups.row(slot).stored.is_some())
    }

    fn find_group(&self, field: &'static str, id: &str) -> Result<u32, ChangeError> {
        self.stored_group(id).ok_or_else(|| ChangeError::not_found(field, "group", id))
    }
}

fn already_in_group(field: String, group: &str, user: &str) -> ChangeError {
    ChangeError::new(field, Refusal::DuplicatePair { kind: "group", id: group.into(), user: user.into() })
}

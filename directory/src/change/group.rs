//! Changes of groups.

use crate::change::people::remove_from;
use crate::directory::Directory;
use crate::document::Group;
use crate::error::{ChangeError, Refusal, check_id};
use crate::row::StoredGroup;

impl Directory {
    pub(super) fn add_group(&mut self, group: Group) -> Result<(), ChangeError> {
        let Group { id, organization, name, members } = group;
        check_id("id", &id)?;
        check_id("organization", &organization)?;
        if self.stored_group(&id).is_some() {
            return Err(ChangeError::duplicate("group", &id));
        }
        let mut seen = hashbrown::HashSet::new();
        for (index, user) in members.iter().enumerate() {
            check_id(format!("members[{index}]"), user)?;
            if !seen.insert(&**user) {
                return Err(already_in_group(format!("members[{index}]"), &id, user));
            }
        }
        let organization = self.organizations.intern(&organization);
        let slot = self.groups.intern(&id);
        let members: Vec<u32> = members.iter().map(|user| self.users.intern(user)).collect();
        for &user in &members {
            if let Some(row) = self.users.row_mut(user) {
                row.groups.push(slot);
            }
            self.touch_user(user);
        }
        if let Some(row) = self.groups.row_mut(slot) {
            row.stored = Some(StoredGroup { organization, name, members });
        }
        Ok(())
    }

    pub(super) fn remove_group(&mut self, id: &str) -> Result<(), ChangeError> {
        let slot = self.find_group("id", id)?;
        let stored = self.groups.row_mut(slot).and_then(|row| row.stored.take());
        for user in stored.map(|stored| stored.members).unwrap_or_default() {
            if let Some(row) = self.users.row_mut(user) {
                row.groups.retain(|group| *group != slot);
            }
            self.touch_user(user);
        }
        Ok(())
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

//! Changes of bindings.

use crate::binding_list::Entry;
use crate::change::role::check_custom_role;
use crate::directory::Directory;
use crate::document::{Binding, Holder, Scope};
use crate::error::{ChangeError, check_id};
use crate::row::Namer;
use crate::slot::{HolderSlot, Node};

impl Directory {
    pub(super) fn add_binding(&mut self, binding: &Binding) -> Result<(), ChangeError> {
        check_binding(binding)?;
        if self.bindings.find(&binding.id).is_some() {
            return Err(ChangeError::duplicate("binding", &binding.id));
        }
        let holder = self.insert_binding(binding);
        self.touch_holder(holder);
        Ok(())
    }

    pub(super) fn edit_binding(&mut self, binding: &Binding) -> Result<(), ChangeError> {
        let found = self.bindings.find(&binding.id).and_then(|slot| self.bindings.row(slot).holder);
        let Some(holder) = found else {
            return Err(ChangeError::not_found("id", "binding", &binding.id));
        };
        check_binding(binding)?;
        let before = self.take_entry(holder, &binding.id);
        let new_holder = self.insert_binding(binding);
        let after = self.binding_position(new_holder, &binding.id).ok();
        let after = after.and_then(|position| self.binding_list(new_holder).entries().get(position).copied());
        // The role is named anew before the old naming ends: in between nobody seems to have stopped to use it.
        if let Some(entry) = before {
            self.end_naming(entry.role, Namer::from(holder));
        }
        if (before, holder) != (after, new_holder) {
            self.touch_holder(holder);
            self.touch_holder(new_holder);
        }
        Ok(())
    }

    pub(super) fn remove_binding(&mut self, id: &str) -> Result<(), ChangeError> {
        let found = self.bindings.find(id).and_then(|slot| Some((slot, self.bindings.row(slot).holder?)));
        let Some((slot, holder)) = found else {
            return Err(ChangeError::not_found("id", "binding", id));
        };
        if let Some(entry) = self.take_entry(holder, id) {
            self.end_naming(entry.role, Namer::from(holder));
        }
        self.bindings.forget(slot);
        self.touch_holder(holder);
        Ok(())
    }

    /// Puts a binding, which was checked, into the list of its holder.
    fn insert_binding(&mut self, binding: &Binding) -> HolderSlot {
        let Binding { id, organization, holder, role, custom_role, scope } = binding;
        let holder = match holder {
            Holder::User(user) => HolderSlot::User(self.users.intern(user)),
            Holder::Group(group) => HolderSlot::Group(self.groups.intern(group)),
            Holder::Key(key) => HolderSlot::Key(self.keys.intern(key)),
        };
        let scope = match scope {
            Scope::Organization(organization) => Node::Organization(self.organizations.intern(organization)),
            Scope::Team(team) => Node::Team(self.teams.intern(team)),
            Scope::Project(project) => Node::Project(self.projects.intern(project)),
        };
        let organization = self.organizations.intern(organization);
        let role = self.named_role(*role, custom_role.as_deref());
        let (Ok(position) | Err(position)) = self.binding_position(holder, id);
        let slot = self.bindings.intern(id);
        if let Some(row) = self.bindings.row_mut(slot) {
            row.holder = Some(holder);
        }
        if let Some(list) = self.binding_list_mut(holder) {
            list.insert(position, Entry { binding: slot, organization, scope, role });
        }
        self.begin_naming(role, Namer::from(holder));
        holder
    }

    /// Takes a binding out of the list of its holder.
    fn take_entry(&mut self, holder: HolderSlot, id: &str) -> Option<Entry> {
        let position = self.binding_position(holder, id).ok()?;
        self.binding_list_mut(holder)?.remove(position)
    }
}

fn check_binding(binding: &Binding) -> Result<(), ChangeError> {
    let Binding { id, organization, holder, role, custom_role, scope } = binding;
    check_id("id", id)?;
    check_id("organization", organization)?;
    match holder {
        Holder::User(user) => check_id("user", user)?,
        Holder::Group(group) => check_id("group", group)?,
        Holder::Key(key) => check_id("key", key)?,
    }
    check_custom_role(*role, custom_role.as_deref(), true)?;
    match scope {
        Scope::Organization(organization) => check_id("scope.organization", organization),
        Scope::Team(team) => check_id("scope.team", team),
        Scope::Project(project) => check_id("scope.project", project),
    }
}

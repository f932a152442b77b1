//! Changes of bindings.

use crate::binding_list::Entry;
use crate::directory::Directory;
use crate::document::{Binding, Holder, Scope};
use crate::row::Namer;
use crate::slot::{HolderSlot, Node};

impl Directory {
    pub(super) fn add_binding(&mut self, binding: &Binding) {
        let holder = self.insert_binding(binding);
        self.touch_holder(holder);
    }

    pub(super) fn edit_binding(&mut self, binding: &Binding) {
        let Some((_, holder)) = self.stored_binding(&binding.id) else { return };
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
    }

    pub(super) fn remove_binding(&mut self, id: &str) {
        let Some((slot, holder)) = self.stored_binding(id) else { return };
        if let Some(entry) = self.take_entry(holder, id) {
            self.end_naming(entry.role, Namer::from(holder));
        }
        self.bindings.forget(slot);
        self.touch_holder(holder);
    }

    /// Puts a binding into the list of its holder.
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

//! What an organization has, as a user who may make keys there wants to see it. Nothing here is judged: a policy says who sees what.

use std::cmp::Reverse;

use clearance_policy::types::lifecycle::StoredKey;
use clearance_policy::types::{Handle, Place, ProjectPlace, TeamPlace};

use crate::binding_list::NamedRole;
use crate::directory::Directory;
use crate::document::{Binding, Holder, RoleKind};
use crate::slot::{BindingSlot, HolderSlot, Kind, Node};

impl Directory {
    /// The keys of an organization with their ids, newest first. Those without a time of creation come last, and the order of what is
    /// equally old is that of the ids.
    pub fn keys_of(&self, organization: &str) -> Vec<(&str, StoredKey)> {
        let mut keys = self.in_organization(organization, |row| &row.keys);
        keys.sort_unstable_by_key(|&key| {
            let created = self.keys.row(key).stored.as_ref().and_then(|stored| stored.detail.created_at);
            (Reverse(created), self.keys.id(key))
        });
        keys.into_iter().filter_map(|key| Some((self.keys.id(key), self.stored_key_in(key)?))).collect()
    }

    /// The teams of an organization with their ids, in the order of these.
    pub fn teams_of(&self, organization: &str) -> Vec<(&str, TeamPlace)> {
        let mut teams = self.in_organization(organization, |row| &row.teams);
        teams.sort_unstable_by_key(|&team| self.teams.id(team));
        let place = |team| match self.chain(Node::Team(team))?.place() {
            Place::Team(place) => Some((self.teams.id(team), place)),
            Place::Unknown | Place::Organization(_) | Place::Project(_) => None,
        };
        teams.into_iter().filter_map(place).collect()
    }

    /// The projects of an organization with their ids, in the order of these, archived ones included.
    pub fn projects_of(&self, organization: &str) -> Vec<(&str, ProjectPlace)> {
        let teams = self.in_organization(organization, |row| &row.teams);
        let mut projects: Vec<u32> = teams.into_iter().flat_map(|team| &self.teams.row(team).projects).copied().collect();
        projects.sort_unstable_by_key(|&project| self.projects.id(project));
        let place = |project| match self.chain(Node::Project(project))?.place() {
            Place::Project(place) => Some((self.projects.id(project), place)),
            Place::Unknown | Place::Organization(_) | Place::Team(_) => None,
        };
        projects.into_iter().filter_map(place).collect()
    }

    /// The users with a membership in an organization with their ids, in the order of these, whether or not they are stored.
    pub fn members_of(&self, organization: &str) -> Vec<(&str, Handle)> {
        let mut members = self.in_organization(organization, |row| &row.members);
        members.sort_unstable_by_key(|&user| self.users.id(user));
        members.into_iter().map(|user| (self.users.id(user), Kind::User.handle(user))).collect()
    }

    /// The bindings of a holder, stored or not, in the order of their ids.
    pub fn bindings_of(&self, holder: &Holder) -> Vec<Binding> {
        let holder = match holder {
            Holder::User(id) => self.users.find(id).map(HolderSlot::User),
            Holder::Group(id) => self.groups.find(id).map(HolderSlot::Group),
            Holder::Key(id) => self.keys.find(id).map(HolderSlot::Key),
        };
        let entries = holder.map_or(&[][..], |holder| self.binding_list(holder).entries());
        entries.iter().filter_map(|entry| self.binding_row(BindingSlot(entry.binding))).collect()
    }

    /// The private custom roles that the bindings of a key name, with their ids and lists, in the order of the bindings. A sound key
    /// has at most one.
    pub fn private_roles_of(&self, key: &str) -> Vec<(&str, &[Box<str>])> {
        let entries = self.keys.find(key).map_or(&[][..], |key| self.keys.row(key).bindings.entries());
        let mut slots: Vec<u32> = Vec::new();
        for entry in entries {
            if let NamedRole::Custom(slot) = entry.role
                && !slots.contains(&slot)
            {
                slots.push(slot);
            }
        }
        let private = |slot| {
            let stored = self.roles.row(slot).stored.as_ref().filter(|stored| stored.kind == RoleKind::Key)?;
            Some((self.roles.id(slot), &*stored.permissions))
        };
        slots.into_iter().filter_map(private).collect()
    }

    fn in_organization(&self, organization: &str, list: impl Fn(&crate::row::OrganizationRow) -> &Vec<u32>) -> Vec<u32> {
        self.organizations.find(organization).map(|slot| list(self.organizations.row(slot)).clone()).unwrap_or_default()
    }
}

//! What is stored, back as the rows of a document.

use crate::binding_list::{Entry, NamedRole};
use crate::directory::Directory;
use crate::document::{
    Binding, BindingRole, Document, Group, Holder, Key, Member, Organization, Project, Role, Team, TeamMembership, User,
};
use crate::slot::{BindingSlot, HolderSlot, PlaceSlot};

impl Directory {
    /// All that is stored. Loading it makes an equal directory; the order of its lists is not promised.
    pub fn document(&self) -> Document {
        Document {
            organizations: self.organizations.iter().filter_map(|(slot, ..)| self.organization_row(slot)).collect(),
            users: self.users.iter().filter_map(|(slot, ..)| self.user_row(slot)).collect(),
            members: self.members(),
            teams: self.teams.iter().filter_map(|(slot, ..)| self.team_row(slot)).collect(),
            team_memberships: self.team_memberships(),
            projects: self.projects.iter().filter_map(|(slot, ..)| self.project_row(slot)).collect(),
            groups: self.groups.iter().filter_map(|(slot, ..)| self.group_row(slot)).collect(),
            roles: self.roles.iter().filter_map(|(slot, ..)| self.role_row(slot)).collect(),
            keys: self.keys.iter().filter_map(|(slot, ..)| self.key_row(slot)).collect(),
            bindings: self.bindings.iter().filter_map(|(slot, ..)| self.binding_row(BindingSlot(slot))).collect(),
        }
    }

    /// The row of an organization. `None` means that it is not stored.
    pub fn organization(&self, id: &str) -> Option<Organization> {
        self.organization_row(self.organizations.find(id)?)
    }

    /// The row of a user. `None` means that it is not stored.
    pub fn user(&self, id: &str) -> Option<User> {
        self.user_row(self.users.find(id)?)
    }

    /// The row of a member. `None` means that there is no such pair.
    pub fn member(&self, organization: &str, user: &str) -> Option<Member> {
        let (slot, position) = self.membership_position(organization, user)?;
        let role = self.users.row(slot).memberships.get(position)?.role;
        Some(Member { organization: organization.into(), user: user.into(), role })
    }

    /// The row of a team. `None` means that it is not stored.
    pub fn team(&self, id: &str) -> Option<Team> {
        self.team_row(self.teams.find(id)?)
    }

    /// The row of a team membership. `None` means that there is no such pair.
    pub fn team_membership(&self, team: &str, user: &str) -> Option<TeamMembership> {
        let (slot, position) = self.team_membership_position(team, user)?;
        let (role, custom_role) = self.role_columns(self.users.row(slot).team_memberships.get(position)?.role);
        Some(TeamMembership { team: team.into(), user: user.into(), role, custom_role })
    }

    /// The row of a project. `None` means that it is not stored.
    pub fn project(&self, id: &str) -> Option<Project> {
        self.project_row(self.projects.find(id)?)
    }

    /// The row of a group. `None` means that it is not stored.
    pub fn group(&self, id: &str) -> Option<Group> {
        self.group_row(self.groups.find(id)?)
    }

    /// The row of a custom role. `None` means that it is not stored.
    pub fn role(&self, id: &str) -> Option<Role> {
        self.role_row(self.roles.find(id)?)
    }

    /// The row of a key. `None` means that it is not stored.
    pub fn key(&self, id: &str) -> Option<Key> {
        self.key_row(self.keys.find(id)?)
    }

    /// The row of a binding. `None` means that it is not stored.
    pub fn binding(&self, id: &str) -> Option<Binding> {
        self.binding_row(BindingSlot(self.bindings.find(id)?))
    }

    /// The row of the binding in a slot. `None` means that it was removed.
    pub fn binding_row(&self, binding: BindingSlot) -> Option<Binding> {
        let slot = binding.0;
        let holder = self.bindings.row(slot).holder?;
        let id = self.bindings.id(slot);
        let position = self.binding_position(holder, id).ok()?;
        let Entry { organization, scope, role, .. } = *self.binding_list(holder).entries().get(position)?;
        let (role, custom_role) = self.role_columns(role);
        Some(Binding {
            id: id.into(),
            organization: self.organizations.id(organization).into(),
            holder: match holder {
                HolderSlot::User(slot) => Holder::User(self.users.id(slot).into()),
                HolderSlot::Group(slot) => Holder::Group(self.groups.id(slot).into()),
                HolderSlot::Key(slot) => Holder::Key(self.keys.id(slot).into()),
            },
            role,
            custom_role,
            scope: self.place_id(PlaceSlot(scope)).into(),
        })
    }

    fn organization_row(&self, slot: u32) -> Option<Organization> {
        let stored = self.organizations.row(slot).stored.as_ref()?;
        Some(Organization { id: self.organizations.id(slot).into(), name: stored.name.clone() })
    }

    fn user_row(&self, slot: u32) -> Option<User> {
        let stored = self.users.row(slot).stored.as_ref()?;
        Some(User {
            id: self.users.id(slot).into(),
            name: stored.name.clone(),
            email: stored.email.clone(),
            deactivated_at: stored.deactivated_at,
        })
    }

    fn members(&self) -> Vec<Member> {
        let of_user = |(_, user, row): (u32, &str, &crate::row::UserRow)| -> Vec<Member> {
            let memberships = row.memberships.iter();
            memberships
                .map(|membership| Member {
                    organization: self.organizations.id(membership.organization).into(),
                    user: user.into(),
                    role: membership.role,
                })
                .collect()
        };
        self.users.iter().flat_map(of_user).collect()
    }

    fn team_row(&self, slot: u32) -> Option<Team> {
        let stored = self.teams.row(slot).stored.as_ref()?;
        Some(Team {
            id: self.teams.id(slot).into(),
            organization: self.organizations.id(stored.organization).into(),
            name: stored.name.clone(),
            personal: stored.personal,
            owner: self.user_id(stored.owner),
        })
    }

    fn team_memberships(&self) -> Vec<TeamMembership> {
        let of_user = |(_, user, row): (u32, &str, &crate::row::UserRow)| -> Vec<TeamMembership> {
            let memberships = row.team_memberships.iter();
            memberships
                .map(|membership| {
                    let (role, custom_role) = self.role_columns(membership.role);
                    TeamMembership { team: self.teams.id(membership.team).into(), user: user.into(), role, custom_role }
                })
                .collect()
        };
        self.users.iter().flat_map(of_user).collect()
    }

    fn project_row(&self, slot: u32) -> Option<Project> {
        let stored = self.projects.row(slot).stored.as_ref()?;
        Some(Project {
            id: self.projects.id(slot).into(),
            team: self.teams.id(stored.team).into(),
            name: stored.name.clone(),
            project_key: stored.project_key.clone(),
            archived_at: stored.archived_at,
        })
    }

    fn group_row(&self, slot: u32) -> Option<Group> {
        let stored = self.groups.row(slot).stored.as_ref()?;
        Some(Group {
            id: self.groups.id(slot).into(),
            organization: self.organizations.id(stored.organization).into(),
            name: stored.name.clone(),
            members: stored.members.iter().map(|&user| self.users.id(user).into()).collect(),
        })
    }

    fn role_row(&self, slot: u32) -> Option<Role> {
        let stored = self.roles.row(slot).stored.as_ref()?;
        Some(Role {
            id: self.roles.id(slot).into(),
            organization: self.organizations.id(stored.organization).into(),
            kind: stored.kind,
            name: stored.name.clone(),
            permissions: stored.permissions.to_vec(),
        })
    }

    pub(crate) fn key_row(&self, slot: u32) -> Option<Key> {
        let stored = self.keys.row(slot).stored.as_ref()?;
        Some(Key {
            id: self.keys.id(slot).into(),
            organization: self.organizations.id(stored.organization).into(),
            name: stored.detail.name.clone(),
            description: stored.detail.description.clone(),
            mode: stored.mode,
            owner: self.user_id(stored.owner),
            created_by: self.user_id(stored.created_by),
            created_at: stored.detail.created_at,
            expires_at: stored.expires_at,
            revoked_at: stored.detail.revoked_at,
            last_used_at: stored.detail.last_used_at,
            ingestion_source: stored.detail.ingestion_source.clone(),
            lookup_id: stored.detail.lookup_id.clone(),
            hashed_secret: stored.detail.hashed_secret.clone(),
        })
    }

    fn user_id(&self, slot: Option<u32>) -> Option<Box<str>> {
        slot.map(|slot| self.users.id(slot).into())
    }

    fn role_columns(&self, role: NamedRole) -> (BindingRole, Option<Box<str>>) {
        match role {
            NamedRole::Admin => (BindingRole::Admin, None),
            NamedRole::Member => (BindingRole::Member, None),
            NamedRole::Viewer => (BindingRole::Viewer, None),
            NamedRole::Unnamed => (BindingRole::Custom, None),
            NamedRole::Custom(slot) => (BindingRole::Custom, Some(self.roles.id(slot).into())),
        }
    }
}

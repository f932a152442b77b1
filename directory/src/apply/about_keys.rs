//! What only the life of keys may change.

use crate::change::Change;
use crate::directory::Directory;
use crate::document::{Binding, Holder, Role, RoleKind, TeamMembership};
use crate::slot::HolderSlot;

impl Directory {
    /// Whether a change is one that only the life of keys makes: of a key, of a private role or of what names one, or of a binding of a
    /// key. A caller that takes changes from elsewhere refuses these.
    ///
    /// What is stored now decides, so ask about all changes of a batch before it is made. None that is not such a change can turn a
    /// later one into such a change.
    pub fn is_about_keys(&self, change: &Change) -> bool {
        match change {
            Change::AddKey(_) | Change::EditKey(_) | Change::RevokeKey { .. } | Change::RemoveKey(_) => true,
            Change::AddRole(row) | Change::EditRole(row) => row.kind == RoleKind::Key || self.is_private_role(&row.id),
            Change::RemoveRole(id) => self.is_private_role(id),
            Change::AddBinding(row) | Change::EditBinding(row) => {
                let Binding { id, holder, custom_role, .. } = row;
                matches!(holder, Holder::Key(_)) || self.is_binding_of_key(id) || self.names_private_role(custom_role.as_deref())
            }
            Change::RemoveBinding(id) => self.is_binding_of_key(id),
            Change::AddTeamMembership(row) | Change::EditTeamMembership(row) => {
                let TeamMembership { custom_role, .. } = row;
                self.names_private_role(custom_role.as_deref())
            }
            Change::AddOrganization(_)
            | Change::EditOrganization(_)
            | Change::RemoveOrganization(_)
            | Change::AddUser(_)
            | Change::EditUser(_)
            | Change::DeactivateUser { .. }
            | Change::RemoveUser(_)
            | Change::AddMember(_)
            | Change::EditMember(_)
            | Change::RemoveMember { .. }
            | Change::AddTeam(_)
            | Change::EditTeam(_)
            | Change::RemoveTeam(_)
            | Change::RemoveTeamMembership { .. }
            | Change::AddProject(_)
            | Change::EditProject(_)
            | Change::RemoveProject(_)
            | Change::ArchiveProject { .. }
            | Change::AddGroup(_)
            | Change::EditGroup(_)
            | Change::RemoveGroup(_)
            | Change::AddGroupMember { .. }
            | Change::RemoveGroupMember { .. } => false,
        }
    }

    fn is_private_role(&self, id: &str) -> bool {
        self.role(id).is_some_and(|Role { kind, .. }| kind == RoleKind::Key)
    }

    fn names_private_role(&self, custom_role: Option<&str>) -> bool {
        custom_role.is_some_and(|id| self.is_private_role(id))
    }

    fn is_binding_of_key(&self, id: &str) -> bool {
        matches!(self.stored_binding(id), Some((_, HolderSlot::Key(_))))
    }
}

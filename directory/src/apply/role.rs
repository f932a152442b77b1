//! Changes of custom roles, and the count of what names them.

use crate::apply::applied::Applied;
use crate::binding_list::NamedRole;
use crate::change::Change;
use crate::directory::Directory;
use crate::document::{BindingRole, Role, RoleKind};
use crate::role_list::distinct;
use crate::row::{Namer, StoredRole};
use crate::slot::RoleSlot;

/// The same change, with the list of a role as it is stored: each name once.
pub(super) fn with_distinct_names(change: Change) -> Change {
    let distinct = |role: Role| Role { permissions: distinct(&role.permissions), ..role };
    match change {
        Change::AddRole(role) => Change::AddRole(distinct(role)),
        Change::EditRole(role) => Change::EditRole(distinct(role)),
        other => other,
    }
}

impl Directory {
    pub(super) fn put_role(&mut self, role: Role) -> Applied {
        let Role { id, organization, kind, name, permissions } = role;
        let organization = self.organizations.intern(&organization);
        let permissions = permissions.into_boxed_slice();
        let slot = self.roles.intern(&id);
        let same =
            self.roles.row(slot).stored.as_ref().is_some_and(|stored| {
                (stored.organization, stored.kind, &stored.permissions) == (organization, kind, &permissions)
            });
        if let Some(row) = self.roles.row_mut(slot) {
            row.stored = Some(StoredRole { organization, kind, name, permissions });
        }
        if same {
            return Applied::default();
        }
        self.touch_namers(slot);
        Applied { recompile: Some(RoleSlot(slot)) }
    }

    pub(super) fn remove_role(&mut self, id: &str) -> Applied {
        let Some(slot) = self.stored_role(id) else { return Applied::default() };
        if let Some(row) = self.roles.row_mut(slot) {
            row.stored = None;
        }
        self.touch_namers(slot);
        Applied { recompile: Some(RoleSlot(slot)) }
    }

    /// The role that a row names.
    pub(super) fn named_role(&mut self, role: BindingRole, custom_role: Option<&str>) -> NamedRole {
        match (role, custom_role) {
            (BindingRole::Admin, _) => NamedRole::Admin,
            (BindingRole::Member, _) => NamedRole::Member,
            (BindingRole::Viewer, _) => NamedRole::Viewer,
            (BindingRole::Custom, Some(id)) => NamedRole::Custom(self.roles.intern(id)),
            (BindingRole::Custom, None) => NamedRole::Unnamed,
        }
    }

    pub(super) fn begin_naming(&mut self, role: NamedRole, namer: Namer) {
        self.count_naming(role, |named_by| *named_by.entry(namer).or_default() += 1);
    }

    pub(super) fn end_naming(&mut self, role: NamedRole, namer: Namer) {
        self.count_naming(role, |named_by| {
            if let Some(count) = named_by.get_mut(&namer) {
                *count -= 1;
                if *count == 0 {
                    named_by.remove(&namer);
                }
            }
        });
    }

    /// Everyone bound to a private role is concerned when it comes to be used by others, and when it no longer is.
    fn count_naming(&mut self, role: NamedRole, count: impl FnOnce(&mut std::collections::BTreeMap<Namer, u32>)) {
        let NamedRole::Custom(slot) = role else { return };
        let Some(row) = self.roles.row_mut(slot) else { return };
        let before = row.private_user();
        count(&mut row.named_by);
        let private = row.stored.as_ref().is_some_and(|stored| stored.kind == RoleKind::Key);
        if private && before != row.private_user() {
            self.touch_namers(slot);
        }
    }
}

//! Changes of custom roles, and the count of what names them.

use crate::binding_list::NamedRole;
use crate::change::Applied;
use crate::directory::Directory;
use crate::document::{BindingRole, Role, RoleKind};
use crate::error::{ChangeError, Refusal, check_id};
use crate::row::{Namer, StoredRole};
use crate::slot::RoleSlot;

impl Directory {
    pub(super) fn add_role(&mut self, role: Role) -> Result<Applied, ChangeError> {
        check_id("id", &role.id)?;
        if self.stored_role(&role.id).is_some() {
            return Err(ChangeError::duplicate("custom role", &role.id));
        }
        self.put_role(role)
    }

    pub(super) fn edit_role(&mut self, role: Role) -> Result<Applied, ChangeError> {
        if self.stored_role(&role.id).is_none() {
            return Err(ChangeError::not_found("id", "custom role", &role.id));
        }
        self.put_role(role)
    }

    fn put_role(&mut self, role: Role) -> Result<Applied, ChangeError> {
        let Role { id, organization, kind, name, permissions } = role;
        check_id("organization", &organization)?;
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
            return Ok(Applied::default());
        }
        self.touch_namers(slot);
        Ok(Applied { recompile: Some(RoleSlot(slot)) })
    }

    pub(super) fn remove_role(&mut self, id: &str) -> Result<Applied, ChangeError> {
        let Some(slot) = self.stored_role(id) else {
            return Err(ChangeError::not_found("id", "custom role", id));
        };
        if let Some(row) = self.roles.row_mut(slot) {
            row.stored = None;
        }
        self.touch_namers(slot);
        Ok(Applied { recompile: Some(RoleSlot(slot)) })
    }

    pub(super) fn stored_role(&self, id: &str) -> Option<u32> {
        self.roles.find(id).filter(|&slot| self.roles.row(slot).stored.is_some())
    }

    /// The role that a row names, after [`check_custom_role`].
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

/// Refuses a custom role that is named without being the role, or is the role without being named.
pub(super) fn check_custom_role(role: BindingRole, custom_role: Option<&str>, required: bool) -> Result<(), ChangeError> {
    match (role, custom_role) {
        (BindingRole::Custom, Some(id)) => check_id("customRole", id),
        (BindingRole::Custom, None) if required => Err(ChangeError::new("customRole", Refusal::CustomRoleAbsent)),
        (_, None) => Ok(()),
        (_, Some(id)) => {
            let custom_role = crate::error::shortened(id);
            Err(ChangeError::new("customRole", Refusal::CustomRoleUnused { custom_role }))
        }
    }
}

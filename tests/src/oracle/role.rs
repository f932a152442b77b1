//! What one row grants: a binding on the chain, or a team membership that counts.

use clearance_directory::document::{BindingRole, Holder, Role, RoleKind};

use super::Oracle;

/// A role at a scope on the chain.
pub(super) struct Row<'a> {
    pub(super) role: BindingRole,
    pub(super) custom_role: Option<&'a str>,
    pub(super) at_organization: bool,
}

/// Who would be granted something.
#[derive(Clone, Copy)]
pub(super) enum Grantee<'a> {
    User { external: bool },
    Key(&'a str),
}

impl Oracle<'_> {
    pub(super) fn row_grants(&self, row: &Row<'_>, grantee: Grantee<'_>, permission: &str, organization: &str) -> bool {
        if !row.at_organization && self.catalog.tier(permission) == "organization" {
            return false;
        }
        let external = matches!(grantee, Grantee::User { external: true });
        if row.at_organization && row.role != BindingRole::Custom {
            return !external && (row.role == BindingRole::Admin || self.catalog.list_holds("organization-member", permission));
        }
        if row.role == BindingRole::Custom
            && let Some(role) = self.document.roles.iter().find(|role| Some(&*role.id) == row.custom_role)
            && self.usable(role, grantee, organization)
        {
            let capped = self.strict && external && !self.catalog.list_holds("lite-member", permission);
            return !capped && self.catalog.holds(&role.permissions, permission);
        }
        if self.strict && row.role == BindingRole::Custom {
            return false;
        }
        let list = match row.role {
            _ if external => "lite-member",
            BindingRole::Admin => "admin",
            BindingRole::Member => "member",
            BindingRole::Viewer | BindingRole::Custom => "viewer",
        };
        self.catalog.list_holds(list, permission)
    }

    fn usable(&self, role: &Role, grantee: Grantee<'_>, organization: &str) -> bool {
        if *role.organization != *organization || role.permissions.is_empty() {
            return false;
        }
        match (role.kind, grantee) {
            (RoleKind::Custom, _) => true,
            (RoleKind::Key, Grantee::User { .. }) => false,
            (RoleKind::Key, Grantee::Key(key)) => {
                let named_by = |named: &Option<Box<str>>| named.as_ref() == Some(&role.id);
                for binding in &self.document.bindings {
                    if named_by(&binding.custom_role) && !matches!(&binding.holder, Holder::Key(id) if **id == *key) {
                        return false;
                    }
                }
                !self.document.team_memberships.iter().any(|row| named_by(&row.custom_role))
            }
        }
    }
}

//! What a role grants where it is bound.

use super::chain::Chain;
use crate::{
    catalog::{Catalog, Rules},
    types::{CustomRole, Facts, Handle, PermissionSet, PrivateUse, Reading, Role, RoleFault, Tier},
};

/// Who holds the binding.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    User,
    ExternalMember,
    Key(Handle),
}

/// A role at a scope, as the rules read it.
pub(super) struct Read<'a> {
    pub(super) reading: Reading,
    pub(super) fault: Option<RoleFault>,
    /// What the reading lists, whatever the scope. Borrowed, because copying sets would take longer than all the rest.
    pub(super) list: &'a PermissionSet,
    /// What this scope keeps back of any list.
    kept_back: &'a PermissionSet,
    /// What caps the list, where something does.
    cap: Option<&'a PermissionSet>,
}

impl Read<'_> {
    /// What is granted of the permissions that are asked for.
    #[inline]
    pub(super) fn of(&self, asked: PermissionSet) -> PermissionSet {
        let granted = asked.intersection(*self.list).difference(*self.kept_back);
        match self.cap {
            None => granted,
            Some(cap) => granted.intersection(*cap),
        }
    }

    /// The list that was looked into last for a permission: the cap, where that is what holds it back.
    #[inline]
    pub(super) fn for_one(&self, permission: u32) -> (Reading, &PermissionSet) {
        match self.cap {
            Some(cap) if self.list.contains(permission) && !cap.contains(permission) => (Reading::LiteMember, cap),
            _ => (self.reading, self.list),
        }
    }
}

/// The parts of a question that reading a role needs.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) facts: &'a Facts,
    pub(super) chain: Chain,
}

impl<'a> Reader<'a> {
    /// Reads a role that is bound at a scope of this tier on the chain.
    #[inline]
    pub(super) fn read(&self, role: Role, tier: Tier, holder: Holder) -> Read<'a> {
        let catalog = self.catalog;
        let custom = match role {
            Role::Custom(index) => Some(self.usable(index, holder)),
            Role::Missing => Some(Err(RoleFault::Missing)),
            Role::Admin | Role::Member | Role::Viewer => None,
        };
        let fault = custom.and_then(Result::err);
        let strict = catalog.rules == Rules::Strict;
        let (reading, list) = match (custom, tier, role) {
            (Some(Ok(permissions)), _, _) => (Reading::Custom, permissions),
            (Some(Err(_)), _, _) if strict => (Reading::Nothing, &PermissionSet::EMPTY),
            (None, Tier::Organization, _) if holder == Holder::ExternalMember => (Reading::Nothing, &PermissionSet::EMPTY),
            (None, Tier::Organization, Role::Admin) => (Reading::Everything, &catalog.all),
            (None, Tier::Organization, _) => (Reading::OrganizationMember, &catalog.organization_member),
            _ if holder == Holder::ExternalMember => (Reading::LiteMember, &catalog.lite_member),
            (None, _, Role::Admin) => (Reading::Admin, &catalog.admin),
            (None, _, Role::Member) => (Reading::Member, &catalog.member),
            _ => (Reading::Viewer, &catalog.viewer),
        };
        let kept_back = match tier {
            Tier::Organization => &PermissionSet::EMPTY,
            Tier::Team | Tier::Project => &catalog.organization_only,
        };
        let capped = strict && reading == Reading::Custom && holder == Holder::ExternalMember;
        Read { reading, fault, list, kept_back, cap: capped.then_some(&catalog.lite_member) }
    }

    /// Reads the role of a team membership.
    #[inline]
    pub(super) fn membership(&self, role: Role, holder: Holder) -> Read<'a> {
        let read = self.read(role, Tier::Team, holder);
        match self.catalog.rules {
            Rules::Langwatch => read,
            Rules::Strict => Read { reading: Reading::Nothing, list: &PermissionSet::EMPTY, cap: None, ..read },
        }
    }

    /// The list of a custom role, if this holder can use it.
    #[inline]
    fn usable(&self, index: u32, holder: Holder) -> Result<&'a PermissionSet, RoleFault> {
        let role: &'a CustomRole =
            usize::try_from(index).ok().and_then(|index| self.facts.roles.get(index)).ok_or(RoleFault::Missing)?;
        let private_to_another = match role.private {
            None => false,
            Some(PrivateUse::UsedBy(key)) => holder != Holder::Key(key),
            Some(PrivateUse::UsedByOthers) => true,
        };
        if role.organization != self.chain.organization {
            Err(RoleFault::OtherOrganization)
        } else if role.empty {
            Err(RoleFault::Empty)
        } else if private_to_another {
            Err(RoleFault::Private)
        } else {
            Ok(&role.permissions)
        }
    }
}

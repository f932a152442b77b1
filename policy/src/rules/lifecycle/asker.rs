//! Who asks, as far as the rules about keys look.

use super::super::{decision::decide, malformed::is_malformed};
use crate::{
    catalog::Catalog,
    types::{
        Binding, Facts, Handle, KeyFacts, Owner, Place, Principal, Role, Scope, Tier, UserFacts,
        lifecycle::{KeyOwner, Refusal, StoredKey, Violation},
    },
};

/// A user who is signed in, or a key over HTTP, at an organization.
pub(super) struct Asker<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) facts: &'a Facts,
    /// Absent where the organization is unknown.
    organization: Option<Handle>,
    /// The user who is signed in, or who owns the key that asks.
    user: Option<&'a UserFacts>,
    key: Option<&'a KeyFacts>,
}

impl<'a> Asker<'a> {
    #[inline]
    pub(super) fn of(catalog: &'a Catalog, facts: &'a Facts) -> Result<Self, Refusal> {
        let organization = match facts.place {
            Place::Unknown => None,
            Place::Organization(organization) => Some(organization),
            Place::Team(_) | Place::Project(_) => return Err(Refusal::BadFacts),
        };
        if is_malformed(catalog, facts) {
            return Err(Refusal::BadFacts);
        }
        let (user, key) = match &facts.principal {
            Principal::Unknown | Principal::ProjectKey(_) => (None, None),
            Principal::User(user) => (Some(user), None),
            Principal::Key(key) => match &key.owner {
                Some(Owner::User(owner)) => (Some(owner), Some(key)),
                Some(Owner::Unknown) | None => (None, Some(key)),
            },
        };
        Ok(Self { catalog, facts, organization, user, key })
    }

    /// The user who is signed in, or who owns the key that asks.
    #[inline]
    pub(super) fn user(&self) -> Option<Handle> {
        self.user.map(|user| user.handle)
    }

    /// Whether no person asks.
    #[inline]
    pub(super) fn is_key(&self) -> bool {
        matches!(self.facts.principal, Principal::Key(_) | Principal::ProjectKey(_))
    }

    /// Whether a key without an owner asks.
    #[inline]
    pub(super) fn is_service_key(&self) -> bool {
        self.key.is_some_and(|key| key.owner.is_none())
    }

    /// What a route takes of a key. A user needs no permission here, but to be a member.
    #[inline]
    pub(super) fn needs(&self, permission: u32) -> Result<(), Refusal> {
        if !self.is_key() || self.has(permission) { Ok(()) } else { Err(forbidden(self.catalog, permission)) }
    }

    /// Whether the permission is granted at the organization.
    #[inline]
    pub(super) fn has(&self, permission: u32) -> bool {
        decide(self.catalog, self.facts, permission).allow
    }

    /// A user, and the owner of a key, is a member of the organization, which is the answer. A service key is nobody.
    #[inline]
    pub(super) fn member(&self) -> Result<Handle, Refusal> {
        let belongs = match self.user {
            Some(user) => is_member(user),
            None => self.is_service_key(),
        };
        let organization = self.organization.filter(|_| belongs);
        organization.ok_or(Refusal::ScopeViolation(Violation::NotMember))
    }

    /// Whether an organization admin asks: by a binding of their own at the organization, not by group, membership or custom role.
    #[inline]
    pub(super) fn is_admin(&self) -> bool {
        let Some(organization) = self.organization else { return false };
        let makes_admin = |binding: &Binding| makes_admin(organization, binding);
        match (self.user, self.key) {
            (Some(user), _) => is_member(user) && user.bindings.iter().any(makes_admin),
            (None, Some(key)) => key.owner.is_none() && key.organization == organization && key.bindings.iter().any(makes_admin),
            (None, None) => false,
        }
    }

    /// Whether the user who asks, or who owns the key that asks, owns this key.
    #[inline]
    pub(super) fn owns(&self, key: &StoredKey) -> bool {
        matches!(key.owner, KeyOwner::User(owner) if self.user() == Some(owner))
    }
}

/// The refusal for want of a permission.
#[inline]
pub(super) fn forbidden(catalog: &Catalog, permission: u32) -> Refusal {
    Refusal::Forbidden(catalog.name(permission).map(Into::into))
}

/// Whether this binding makes its holder an organization admin.
#[inline]
pub(crate) fn makes_admin(organization: Handle, binding: &Binding) -> bool {
    binding.role == Role::Admin
        && binding.group.is_none()
        && binding.organization == organization
        && binding.scope == Scope { tier: Tier::Organization, at: organization }
}

#[inline]
pub(crate) fn is_member(user: &UserFacts) -> bool {
    user.membership.is_some() && !user.deactivated
}

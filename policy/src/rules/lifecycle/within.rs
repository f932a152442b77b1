//! What a key that asks may hand on, by the strict rules: nothing beyond what it has itself.

use alloc::string::String;

use super::{
    super::{
        chain::Chain,
        effective::allowed,
        role::{Holder, Reader},
    },
    asker::{Asker, forbidden},
};
use crate::{
    catalog::Rules,
    types::{
        Facts, Handle, PermissionSet, Place, Role, Tier,
        lifecycle::{Excess, Power, Refusal, Violation, WantedBinding, WantedProject, WantedRole},
    },
};

/// Who asks, and where the new bindings are to apply.
pub(super) struct Within<'a> {
    pub(super) asker: &'a Asker<'a>,
    pub(super) bindings: &'a [WantedBinding],
    pub(super) projects: &'a [WantedProject],
}

impl Within<'_> {
    /// Whether the asker is not a key, or has all that the key would get. What it has is read from the facts that came with the question,
    /// which are about the organization: a binding of its own further down may be missing there, and then counts for nothing.
    #[inline]
    pub(super) fn holds(&self, power: &Power) -> Result<(), Refusal> {
        let own = self.bindings.iter().map(|binding| (binding.role, &binding.ceiling.facts.place));
        let whole = self.projects.iter().map(|project| (WantedRole::Admin, &project.place));
        for (index, (role, place)) in (0..).zip(own.chain(whole)) {
            if let Some(permission) = self.beyond(role, place, &power.permissions) {
                return Err(Refusal::ScopeViolation(Violation::Ceiling(Excess { binding: index, permission })));
            }
        }
        Ok(())
    }

    /// The same for a key that would be admin of the whole organization without naming a binding.
    #[inline]
    pub(super) fn whole_organization(&self, organization: Handle) -> Result<(), Refusal> {
        match self.beyond(WantedRole::Admin, &Place::Organization(organization), &[]) {
            None => Ok(()),
            Some(permission) => Err(match self.asker.catalog.number(&permission) {
                Some(number) => forbidden(self.asker.catalog, number),
                None => Refusal::Forbidden(None),
            }),
        }
    }

    /// The first permission that the role would give there and the asker does not have.
    #[inline]
    fn beyond(&self, role: WantedRole, place: &Place, names: &[String]) -> Option<String> {
        let Asker { catalog, facts, .. } = *self.asker;
        if catalog.rules != Rules::Strict || !self.asker.is_key() {
            return None;
        }
        // A name that is not in the catalog grants nothing today; what it will grant nobody has yet.
        let unknown = |name: &&String| role == WantedRole::Custom && catalog.number(name).is_none();
        if let Some(name) = names.iter().find(unknown) {
            return Some(name.clone());
        }
        let chain = Chain::of(place)?;
        let tier = match place {
            Place::Unknown => return None,
            Place::Organization(_) => Tier::Organization,
            Place::Team(_) => Tier::Team,
            Place::Project(_) => Tier::Project,
        };
        let reader = Reader { catalog, facts, chain };
        let given = match role {
            WantedRole::Admin => reader.read(Role::Admin, tier, Holder::User).of(catalog.all),
            WantedRole::Member => reader.read(Role::Member, tier, Holder::User).of(catalog.all),
            WantedRole::Viewer => reader.read(Role::Viewer, tier, Holder::User).of(catalog.all),
            WantedRole::Custom if tier == Tier::Organization => catalog.compile(names),
            WantedRole::Custom => catalog.compile(names).difference(catalog.organization_only),
        };
        let there = Facts { place: *place, ..facts.clone() };
        let held = allowed(catalog, &there, given);
        let lacking = given.difference(held);
        if lacking == PermissionSet::EMPTY {
            return None;
        }
        lacking.iter().next().and_then(|number| catalog.name(number)).map(Into::into)
    }
}

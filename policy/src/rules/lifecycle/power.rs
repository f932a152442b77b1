//! What a key may do by itself: from what is wanted to what is stored.

use alloc::{string::String, vec::Vec};

use super::{super::malformed::is_malformed, ceiling::Needed};
use crate::{
    catalog::{Catalog, CeilingOf},
    types::{
        Handle, Place, Principal, Scope, Tier,
        lifecycle::{
            Excess, KeyOwner, NewBinding, Power, Refusal, Violation, WantedBinding, WantedProject, WantedRole, Warning, Workspace,
        },
    },
};

/// What a key is to be able to do, and for whom.
pub(super) struct Wanted<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) owner: KeyOwner,
    pub(super) bindings: &'a [WantedBinding],
    pub(super) projects: &'a [WantedProject],
    pub(super) permissions: &'a [String],
}

impl Wanted<'_> {
    /// Whether the ceilings are those of the owner, and can be judged.
    #[inline]
    pub(super) fn well_formed(&self) -> Result<(), Refusal> {
        let sound = |binding: &WantedBinding| {
            let ceiling = &binding.ceiling;
            let owners = match (&self.owner, &ceiling.facts.principal) {
                (KeyOwner::Nobody, _) | (KeyOwner::Unknown, Principal::Unknown) => true,
                (KeyOwner::User(owner), Principal::User(user)) => user.handle == *owner,
                _ => false,
            };
            owners && ceiling.names.len() == ceiling.facts.roles.len() && !is_malformed(self.catalog, &ceiling.facts)
        };
        if self.bindings.iter().all(sound) { Ok(()) } else { Err(Refusal::BadFacts) }
    }

    /// What the key gets in its organization: scopes first, then the ceiling, then personal workspaces.
    #[inline]
    pub(super) fn power(&self, organization: Handle) -> Result<Power, Refusal> {
        let mut bindings: Vec<NewBinding> = Vec::new();
        let own = self.bindings.iter().map(|binding| (binding.role, &binding.ceiling.facts.place));
        let whole = self.projects.iter().map(|project| (WantedRole::Admin, &project.place));
        for (index, (role, place)) in (0..).zip(own.chain(whole)) {
            let scope = scope_in(organization, place).ok_or(Refusal::ScopeViolation(Violation::Scope(index)))?;
            let binding = NewBinding { scope, role };
            if !bindings.contains(&binding) {
                bindings.push(binding);
            }
        }
        let mut permissions = Vec::new();
        if bindings.iter().any(|binding| binding.role == WantedRole::Custom) {
            for permission in self.permissions {
                if let Err(at) = permissions.binary_search(permission) {
                    permissions.insert(at, permission.clone());
                }
            }
        }
        self.ceiling(&permissions)?;
        self.workspaces()?;
        Ok(Power { bindings, permissions })
    }

    #[inline]
    fn ceiling(&self, permissions: &[String]) -> Result<(), Refusal> {
        if self.owner == KeyOwner::Nobody {
            return Ok(());
        }
        let listed: Vec<&str> = permissions.iter().map(String::as_str).collect();
        let listed = Needed::of(self.catalog, &listed);
        for (index, binding) in (0..).zip(self.bindings) {
            let lacking = match self.stands_for(binding) {
                None => listed.lacking(&binding.ceiling),
                Some(permission) => Needed::of(self.catalog, &[permission]).lacking(&binding.ceiling),
            };
            if let Some(name) = lacking {
                let excess = Excess { binding: index, permission: name.into() };
                return Err(Refusal::ScopeViolation(Violation::Ceiling(excess)));
            }
        }
        Ok(())
    }

    /// The permission that stands for a built-in role where it is to apply.
    #[inline]
    fn stands_for(&self, binding: &WantedBinding) -> Option<&'static str> {
        let lifecycle = &self.catalog.lifecycle;
        let CeilingOf { organization, below } = match binding.role {
            WantedRole::Admin => lifecycle.admin,
            WantedRole::Member => lifecycle.member,
            WantedRole::Viewer => lifecycle.viewer,
            WantedRole::Custom => return None,
        };
        let permission = if matches!(binding.ceiling.facts.place, Place::Organization(_)) { organization } else { below };
        Some(self.catalog.name(permission).unwrap_or_default())
    }

    /// A personal workspace is for keys of the user who owns it.
    #[inline]
    fn workspaces(&self) -> Result<(), Refusal> {
        let own = self.bindings.iter().map(|binding| binding.workspace);
        let whole = self.projects.iter().map(|project| project.workspace);
        for (index, workspace) in (0..).zip(own.chain(whole)) {
            let theirs = match (workspace, &self.owner) {
                (Workspace::Shared, _) => true,
                (Workspace::Personal(Some(user)), KeyOwner::User(owner)) => user == *owner,
                (Workspace::Personal(_), _) => false,
            };
            if !theirs {
                return Err(Refusal::PersonalWorkspace(index));
            }
        }
        Ok(())
    }
}

/// The binding of a service key that was asked for without any.
#[inline]
pub(super) fn whole_organization(organization: Handle) -> Power {
    let scope = Scope { tier: Tier::Organization, at: organization };
    Power { bindings: [NewBinding { scope, role: WantedRole::Admin }].into(), permissions: Vec::new() }
}

/// The warnings about the permissions of a key.
#[inline]
pub(super) fn warn(catalog: &Catalog, power: &Power, warnings: &mut Vec<Warning>) {
    if power.permissions.iter().any(|name| catalog.number(name).is_none()) {
        warnings.push(Warning::PermissionUnknown);
    }
}

/// The place as a scope, if a key of the organization can be bound there.
#[inline]
fn scope_in(organization: Handle, place: &Place) -> Option<Scope> {
    let (tier, at, of) = match *place {
        Place::Unknown => return None,
        Place::Organization(of) => (Tier::Organization, of, of),
        Place::Team(team) => (Tier::Team, team.team, team.organization),
        Place::Project(project) if project.archived => return None,
        Place::Project(project) => (Tier::Project, project.project, project.organization),
    };
    (of == organization).then_some(Scope { tier, at })
}

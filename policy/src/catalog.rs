//! What a policy version knows, as the rules need it.

mod bytes;

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use crate::{
    permission_set::MAX_PERMISSIONS,
    types::{self, Description, Level, PermissionList, PermissionSet, ResourceTier, Selection},
};

/// A catalog as the rules read it: the permissions of a policy, the built-in lists and the categories, which are there for as long as the
/// component. The crate `clearance-catalog` has the catalog of a file, and [`describe`](Self::describe) gives the one of the contract.
///
/// The rules name no permission, list or category of their own: whatever they treat in a special way is a field here. All sets
/// have implication applied.
#[derive(Clone, Copy, Debug)]
pub struct Catalog {
    /// The name of the policy.
    pub policy: &'static str,
    /// The semantic version of the policy.
    pub version: &'static str,
    /// Which rules read it.
    pub rules: Rules,
    /// All permissions. The position of each is its number.
    pub permissions: &'static [Permission],
    /// Which actions an action implies, on the same resource.
    pub implications: &'static [Implication],
    /// Every permission of the catalog.
    pub all: PermissionSet,
    /// Those that only the floor and bindings at organization scope grant.
    pub organization_only: PermissionSet,
    /// What a project key holds at its project.
    pub project_key: PermissionSet,
    /// What a key for reading only can do by the strict rules: every permission whose action is `view`.
    pub view: PermissionSet,
    /// The built-in role VIEWER, and what an unusable custom role reads as.
    pub viewer: PermissionSet,
    /// The built-in role MEMBER below the organization.
    pub member: PermissionSet,
    /// The built-in role ADMIN below the organization.
    pub admin: PermissionSet,
    /// What every built-in role reads as for an external member.
    pub lite_member: PermissionSet,
    /// The floor, and what MEMBER and VIEWER read as at the organization.
    pub organization_member: PermissionSet,
    /// The groups that restricted keys are made from.
    pub categories: &'static [Category],
    /// The permission that makes a project visible.
    pub view_project: Option<u32>,
    /// What the rules for the life of a key name.
    pub lifecycle: Lifecycle,
}

/// Which of the rules a policy is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// Those of the default policy.
    Langwatch,
    /// Those that end the dangers of the default ones.
    Strict,
}

/// What the rules for the life of a key name. Permissions are numbers.
#[derive(Clone, Copy, Debug)]
pub struct Lifecycle {
    /// The name that nobody gives to a key.
    pub reserved_name: &'static str,
    /// The actions that a key can list on any resource of the catalog.
    pub actions: &'static [&'static str],
    /// What a key needs to look at keys.
    pub see_keys: u32,
    /// What a key needs to make, edit or revoke keys, and a service key to list them.
    pub manage_keys: u32,
    /// What it takes to see a project's own key.
    pub read_project_key: u32,
    /// What it takes to replace a project's own key.
    pub rotate_project_key: u32,
    /// What the owner must have for a binding with the role ADMIN.
    pub admin: CeilingOf,
    /// What the owner must have for a binding with the role MEMBER.
    pub member: CeilingOf,
    /// What the owner must have for a binding with the role VIEWER.
    pub viewer: CeilingOf,
}

/// The permission that the owner of a key must have where the key is to have a built-in role.
#[derive(Clone, Copy, Debug)]
pub struct CeilingOf {
    /// Where the scope is the organization.
    pub organization: u32,
    /// Where the scope is a team or a project.
    pub below: u32,
}

/// A permission of a [`Catalog`] that the rules read. [`types::Permission`] is the one of the contract.
#[derive(Clone, Copy, Debug)]
pub struct Permission {
    /// `resource:action`.
    pub name: &'static str,
    /// Where the permissions of its resource apply.
    pub tier: ResourceTier,
}

/// Holding the action is holding the implied ones, on the same resource.
#[derive(Clone, Copy, Debug)]
pub struct Implication {
    /// The action that implies.
    pub action: &'static str,
    /// The actions that it implies.
    pub implies: &'static [&'static str],
}

/// A category of a [`Catalog`].
#[derive(Clone, Copy, Debug)]
pub struct Category {
    /// Its name in data.
    pub key: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What `read` selects; empty where there is no such level.
    pub read: PermissionSet,
    /// What `write` selects; empty where there is no such level.
    pub write: PermissionSet,
}

impl Catalog {
    /// The whole catalog, as the contract describes it.
    #[inline]
    #[must_use]
    pub fn describe(&self) -> Description {
        let lists = [
            ("viewer", self.viewer),
            ("member", self.member),
            ("admin", self.admin),
            ("lite-member", self.lite_member),
            ("organization-member", self.organization_member),
        ];
        let permission = |permission: &Permission| types::Permission { name: permission.name.into(), tier: permission.tier };
        let implication = |implication: &Implication| types::Implication {
            action: implication.action.into(),
            implies: implication.implies.iter().map(ToString::to_string).collect(),
        };
        let category = |category: &Category| types::Category {
            key: category.key.into(),
            label: category.label.into(),
            read: category.read,
            write: category.write,
        };
        Description {
            policy: self.policy.into(),
            version: self.version.into(),
            permissions: self.permissions.iter().map(permission).collect(),
            implications: self.implications.iter().map(implication).collect(),
            lists: lists.map(|(name, permissions)| PermissionList { name: name.into(), permissions }).into(),
            categories: self.categories.iter().map(category).collect(),
            view_project: self.view_project,
        }
    }

    /// The permissions that a list of names holds, with implication applied. Names that mean nothing add nothing.
    #[must_use]
    pub fn compile(&self, names: &[impl AsRef<str>]) -> PermissionSet {
        names.iter().fold(PermissionSet::EMPTY, |set, name| set.union(self.held_by(name.as_ref())))
    }

    /// The names that these selections stand for: the union, sorted.
    ///
    /// # Errors
    ///
    /// The index of the first selection whose category is not in the catalog.
    #[inline]
    pub fn selections_to_permissions(&self, selections: &[Selection]) -> Result<Vec<String>, u32> {
        let mut set = PermissionSet::EMPTY;
        for (selection, index) in selections.iter().zip(0u32..) {
            let category = self.categories.iter().find(|category| category.key == selection.category).ok_or(index)?;
            set = set.union(match selection.level {
                Level::None => PermissionSet::EMPTY,
                Level::Read => category.read,
                Level::Write => category.write,
            });
        }
        let mut names: Vec<String> = Vec::new();
        for name in self.named(set) {
            if let Err(at) = names.binary_search_by(|known| known.as_str().cmp(name)) {
                names.insert(at, name.into());
            }
        }
        Ok(names)
    }

    /// The selections that best describe a stored list of names, in catalog order.
    #[inline]
    #[must_use]
    pub fn permissions_to_selections(&self, names: &[impl AsRef<str>]) -> Vec<Selection> {
        let literal = names
            .iter()
            .filter_map(|name| self.number(name.as_ref()))
            .fold(PermissionSet::EMPTY, |set, permission| set.union(PermissionSet::only(permission)));
        let selection = |category: &Category| {
            // Only what the category itself holds may imply: a name outside it says nothing about it.
            let own: Vec<&str> = self.named(literal.intersection(category.read.union(category.write))).collect();
            let held = self.compile(&own);
            let whole = |level: PermissionSet| !level.is_empty() && level.is_subset(held);
            let level = match (whole(category.write), whole(category.read)) {
                (true, _) => Level::Write,
                (false, true) => Level::Read,
                (false, false) => return None,
            };
            Some(Selection { category: category.key.into(), level })
        };
        self.categories.iter().filter_map(selection).collect()
    }

    /// The number of a permission, by its exact name.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u32> {
        (0..MAX_PERMISSIONS).zip(self.permissions).find(|(_, permission)| permission.name == name).map(|(number, _)| number)
    }

    /// The name of a permission, if the catalog has its number.
    #[must_use]
    pub fn name(&self, number: u32) -> Option<&'static str> {
        usize::try_from(number).ok().and_then(|number| self.permissions.get(number)).map(|permission| permission.name)
    }

    /// Whether a key can list this name: any action that keys know, of a resource of the catalog. Not all of these are in the catalog.
    #[inline]
    #[must_use]
    pub fn can_list(&self, name: &str) -> bool {
        let Some((resource, action)) = name.split_once(':') else { return false };
        self.lifecycle.actions.contains(&action) && self.tier_of(resource).is_some()
    }

    /// Whether only the floor and bindings at organization scope grant the permissions of the resource that the name begins with.
    #[inline]
    #[must_use]
    pub fn is_organization_only(&self, name: &str) -> bool {
        name.split_once(':').and_then(|(resource, _)| self.tier_of(resource)) == Some(ResourceTier::Organization)
    }

    /// Whether holding one name is holding another, whether or not either is in the catalog.
    #[inline]
    #[must_use]
    pub fn implies(&self, held: &str, name: &str) -> bool {
        let implied = || {
            let (resource, action) = name.split_once(':')?;
            let held = held.strip_prefix(resource)?.strip_prefix(':')?;
            let implication = self.implications.iter().find(|implication| implication.action == held)?;
            implication.implies.contains(&action).then_some(())
        };
        held == name || implied().is_some()
    }

    fn tier_of(&self, resource: &str) -> Option<ResourceTier> {
        let of = |permission: &&Permission| permission.name.strip_prefix(resource).is_some_and(|rest| rest.starts_with(':'));
        self.permissions.iter().find(of).map(|permission| permission.tier)
    }

    /// The names of a set, in catalog order.
    fn named(&self, set: PermissionSet) -> impl Iterator<Item = &'static str> {
        (0..MAX_PERMISSIONS)
            .zip(self.permissions)
            .filter(move |(number, _)| set.contains(*number))
            .map(|(_, permission)| permission.name)
    }

    /// What one name holds: itself, if it is in the catalog, and what its action implies, even if it is not.
    fn held_by(&self, name: &str) -> PermissionSet {
        let Some((resource, action)) = name.split_once(':') else { return PermissionSet::EMPTY };
        let implied = self.implications.iter().find(|implication| implication.action == action);
        let holds = |permission: &Permission| match permission.name.split_once(':') {
            Some((of, held)) => {
                of == resource && (held == action || implied.is_some_and(|implied| implied.implies.contains(&held)))
            }
            None => false,
        };
        (0..MAX_PERMISSIONS).zip(self.permissions).filter(|(_, permission)| holds(permission)).map(|(number, _)| number).collect()
    }
}

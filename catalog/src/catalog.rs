//! What a policy knows: the permissions, built-in lists and categories of one catalog file, without mistakes.

use std::collections::BTreeSet;

/// The most permissions that a catalog can hold: the bits of the contract's `permission-set`.
pub const MAX_PERMISSIONS: usize = 256;

/// Numbers of permissions.
pub type Set = BTreeSet<usize>;

/// A catalog file without mistakes, for people and for [`build`](crate::build). The rules in a component read another form of it, the
/// `Catalog` of the crate `clearance-policy`.
#[derive(Debug)]
pub struct Catalog {
    /// The name of the policy.
    pub policy: String,
    /// The semantic version of the policy.
    pub version: String,
    /// Which rules read it.
    pub rules: Rules,
    /// The number of the permission that makes a project visible, if there is one.
    pub view_project: Option<usize>,
    /// What the rules for the life of a key name.
    pub lifecycle: Lifecycle,
    /// Which actions an action implies on the same resource.
    pub implications: Vec<Implication>,
    /// All permissions. The position of each is its number.
    pub permissions: Vec<Permission>,
    /// The built-in lists, in the order of [`LISTS`], with implication applied.
    pub lists: [Set; LISTS.len()],
    /// The groups that restricted keys are made from.
    pub categories: Vec<Category>,
}

/// Which of the rules a policy is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// Those of the default policy.
    Langwatch,
    /// Those that end the dangers of the default ones.
    Strict,
}

/// The names of the built-in lists.
pub const LISTS: [&str; 5] = ["viewer", "member", "admin", "lite-member", "organization-member"];

/// What the rules for the life of a key name. Permissions are numbers.
#[derive(Debug, PartialEq)]
pub struct Lifecycle {
    /// The name that nobody gives to a key.
    pub reserved_name: String,
    /// The actions that a key can list on any resource.
    pub actions: Vec<String>,
    /// What a key needs to look at keys.
    pub see_keys: usize,
    /// What a key needs to make, edit or revoke keys.
    pub manage_keys: usize,
    /// What it takes to see a project's own key.
    pub read_project_key: usize,
    /// What it takes to replace a project's own key.
    pub rotate_project_key: usize,
    /// What the owner must have for the roles admin, member and viewer: at the organization, and below it.
    pub ceiling: [[usize; 2]; 3],
}

/// An action and what it implies.
#[derive(Debug)]
pub struct Implication {
    /// The action that implies.
    pub action: String,
    /// The actions that it implies.
    pub implies: Vec<String>,
}

/// A permission of a catalog file, by its two halves. What a policy says of itself names a permission by one text: the `Permission` of the
/// contract.
#[derive(Debug)]
pub struct Permission {
    /// The resource, without the action.
    pub resource: String,
    /// The action, without the resource.
    pub action: String,
    /// Where the permissions of the resource apply.
    pub tier: ResourceTier,
}

/// Where the permissions of a resource apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceTier {
    /// Granted at organization scope only.
    Organization,
    /// Granted by any binding.
    Any,
    /// As `Any`, but never held by a project key.
    Platform,
}

/// A group of resources.
#[derive(Debug)]
pub struct Category {
    /// Its name in data.
    pub key: String,
    /// Its name for people.
    pub label: String,
    /// Whether LangWatch documents it.
    pub documented: bool,
    /// The names of its resources.
    pub resources: Vec<String>,
    /// What `read` selects; empty where there is no such level.
    pub read: Set,
    /// What `write` selects; empty where there is no such level.
    pub write: Set,
}

impl Catalog {
    /// Every permission.
    #[must_use]
    pub fn all(&self) -> Set {
        (0..self.permissions.len()).collect()
    }

    /// The permissions of a tier.
    #[must_use]
    pub fn permissions_of_tier(&self, tier: ResourceTier) -> Set {
        self.permissions.iter().enumerate().filter(|(_, permission)| permission.tier == tier).map(|(number, _)| number).collect()
    }

    /// What a key for reading only can do by the strict rules: every permission whose action is `view`.
    #[must_use]
    pub fn view(&self) -> Set {
        self.permissions
            .iter()
            .enumerate()
            .filter(|(_, permission)| permission.action == "view")
            .map(|(number, _)| number)
            .collect()
    }

    /// What a project key holds: everything that is neither the organization's nor the platform's.
    #[must_use]
    pub fn project_key(&self) -> Set {
        self.permissions_of_tier(ResourceTier::Any)
    }
}

impl Permission {
    /// `resource:action`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}:{}", self.resource, self.action)
    }
}

impl ResourceTier {
    /// As the catalog file writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Any => "any",
            Self::Platform => "platform",
        }
    }
}

impl Rules {
    /// As the catalog file writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Langwatch => "langwatch",
            Self::Strict => "strict",
        }
    }
}

//! What a policy version knows, in JSON.

use clearance_policy::types::PermissionSet;
use clearance_question::PolicyVersion;
use serde::Serialize;

/// What a policy version knows, by names.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Catalog<'a> {
    /// The name of the policy.
    pub policy: &'a str,
    /// Its semver.
    pub version: &'a str,
    /// The contract that it was built for.
    pub contract: &'a str,
    /// The digest of the version.
    pub digest: String,
    /// Every permission, in the order of their numbers.
    pub permissions: Vec<Permission<'a>>,
    /// What an action of a resource includes.
    pub implications: Vec<Implication<'a>>,
    /// The built-in lists.
    pub lists: Vec<List<'a>>,
    /// The categories from which restricted keys are made.
    pub categories: Vec<Category<'a>>,
    /// The permission with which a project is seen, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view_project: Option<&'a str>,
}

/// One permission.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Permission<'a> {
    /// Its name.
    pub name: &'a str,
    /// Which bindings may grant it: `organization`, `any` or `platform`.
    pub tier: &'static str,
}

/// What an action of a resource includes.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Implication<'a> {
    /// The action.
    pub action: &'a str,
    /// The actions of the same resource that it includes.
    pub implies: &'a [String],
}

/// A built-in list of permissions.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct List<'a> {
    /// Its name.
    pub name: &'a str,
    /// The permissions.
    pub permissions: Vec<&'a str>,
}

/// A category.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Category<'a> {
    /// Its key.
    pub key: &'a str,
    /// Its label, for people.
    pub label: &'a str,
    /// The permissions of the level `read`.
    pub read: Vec<&'a str>,
    /// The permissions of the level `write`.
    pub write: Vec<&'a str>,
}

impl<'a> Catalog<'a> {
    /// What this version knows.
    #[must_use]
    pub fn of(version: &'a PolicyVersion) -> Self {
        let description = version.description();
        let names = |set: PermissionSet| set.iter().filter_map(|permission| version.permission_name(permission)).collect();
        Self {
            policy: &description.policy,
            version: &description.version,
            contract: version.contract(),
            digest: version.digest().to_string(),
            permissions: description
                .permissions
                .iter()
                .map(|row| Permission { name: &row.name, tier: row.tier.as_str() })
                .collect(),
            implications: description
                .implications
                .iter()
                .map(|row| Implication { action: &row.action, implies: &row.implies })
                .collect(),
            lists: description.lists.iter().map(|row| List { name: &row.name, permissions: names(row.permissions) }).collect(),
            categories: description
                .categories
                .iter()
                .map(|row| Category { key: &row.key, label: &row.label, read: names(row.read), write: names(row.write) })
                .collect(),
            view_project: description.view_project.and_then(|permission| version.permission_name(permission)),
        }
    }
}

//! The catalog of a policy version in JSON.

use clearance_policy::types::PermissionSet;
use clearance_question::PolicyVersion;
use serde::Serialize;

/// The catalog of a policy version: every permission, list and category, by name.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Catalog<'a> {
    /// The name of the policy.
    pub policy: &'a str,
    /// The semantic version of the policy.
    pub version: &'a str,
    /// The version of the contract that the component was built for.
    pub contract: &'a str,
    /// The digest of the version.
    pub digest: String,
    /// Every permission, in the order of their numbers.
    pub permissions: Vec<Permission<'a>>,
    /// What each action that includes others includes.
    pub implications: Vec<Implication<'a>>,
    /// The built-in lists.
    pub lists: Vec<List<'a>>,
    /// The categories from which restricted keys are made.
    pub categories: Vec<Category<'a>>,
    /// The permission that lets a principal see a project, if the policy has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view_project: Option<&'a str>,
}

/// A permission of the catalog.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Permission<'a> {
    /// The name of the permission, such as `traces:create`.
    pub name: &'a str,
    /// Which bindings may grant it: `organization`, `any` or `platform`.
    pub tier: &'static str,
}

/// An action, and the other actions of the same resource that it includes.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Implication<'a> {
    /// The name of the action, such as `manage`.
    pub action: &'a str,
    /// The actions of the same resource that it includes.
    pub implies: &'a [String],
}

/// A built-in list of permissions.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct List<'a> {
    /// The name of the list, such as `viewer`.
    pub name: &'a str,
    /// The names of the permissions in the list.
    pub permissions: Vec<&'a str>,
}

/// A category, from which the permissions of a restricted key can be chosen.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Category<'a> {
    /// The name of the category for programs, such as `traces`.
    pub key: &'a str,
    /// The name of the category for people.
    pub label: &'a str,
    /// The permissions of the level `read`.
    pub read: Vec<&'a str>,
    /// The permissions of the level `write`.
    pub write: Vec<&'a str>,
}

impl<'a> Catalog<'a> {
    /// The catalog of this version.
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

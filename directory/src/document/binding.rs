//! Bindings and scopes as JSON writes them: flat, with one field of three present.

use serde::{Deserialize, Serialize};

use super::{Binding, BindingRole, Holder, Scope};

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, rename = "Binding")]
pub(super) struct Flat {
    id: Box<str>,
    organization: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<Box<str>>,
    role: BindingRole,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    custom_role: Option<Box<str>>,
    #[serde(deserialize_with = "super::object::object")]
    scope: Scope,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, rename = "Scope")]
pub(super) struct FlatScope {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organization: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    team: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    project: Option<Box<str>>,
}

/// Says which of three fields are present where exactly one should be.
#[derive(Debug, thiserror::Error)]
#[error("{what} names {present}, keep exactly one of {allowed}")]
pub(super) struct NotOne {
    what: &'static str,
    present: String,
    allowed: &'static str,
}

impl NotOne {
    fn new(what: &'static str, present: [(&str, bool); 3], allowed: &'static str) -> Self {
        let names: Vec<String> = present.iter().filter(|(_, there)| *there).map(|(name, _)| format!("`{name}`")).collect();
        let present = if names.is_empty() { "none".to_owned() } else { names.join(" and ") };
        Self { what, present, allowed }
    }
}

impl TryFrom<Flat> for Binding {
    type Error = NotOne;

    fn try_from(flat: Flat) -> Result<Self, NotOne> {
        let holder = match (flat.user, flat.group, flat.key) {
            (Some(user), None, None) => Holder::User(user),
            (None, Some(group), None) => Holder::Group(group),
            (None, None, Some(key)) => Holder::Key(key),
            (user, group, key) => {
                let present = [("user", user.is_some()), ("group", group.is_some()), ("key", key.is_some())];
                return Err(NotOne::new("the principal of the binding", present, "`user`, `group` and `key`"));
            }
        };
        let Flat { id, organization, role, custom_role, scope, .. } = flat;
        Ok(Self { id, organization, holder, role, custom_role, scope })
    }
}

impl From<Binding> for Flat {
    fn from(binding: Binding) -> Self {
        let Binding { id, organization, holder, role, custom_role, scope } = binding;
        let (user, group, key) = match holder {
            Holder::User(user) => (Some(user), None, None),
            Holder::Group(group) => (None, Some(group), None),
            Holder::Key(key) => (None, None, Some(key)),
        };
        Self { id, organization, user, group, key, role, custom_role, scope }
    }
}

impl TryFrom<FlatScope> for Scope {
    type Error = NotOne;

    fn try_from(flat: FlatScope) -> Result<Self, NotOne> {
        match (flat.organization, flat.team, flat.project) {
            (Some(organization), None, None) => Ok(Self::Organization(organization)),
            (None, Some(team), None) => Ok(Self::Team(team)),
            (None, None, Some(project)) => Ok(Self::Project(project)),
            (organization, team, project) => {
                let present =
                    [("organization", organization.is_some()), ("team", team.is_some()), ("project", project.is_some())];
                Err(NotOne::new("the scope", present, "`organization`, `team` and `project`"))
            }
        }
    }
}

impl From<Scope> for FlatScope {
    fn from(scope: Scope) -> Self {
        let none = Self { organization: None, team: None, project: None };
        match scope {
            Scope::Organization(organization) => Self { organization: Some(organization), ..none },
            Scope::Team(team) => Self { team: Some(team), ..none },
            Scope::Project(project) => Self { project: Some(project), ..none },
        }
    }
}

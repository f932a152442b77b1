//! Keys, and what they can be made of, in the form in which people and programs see them.

use clearance::document::{Binding, BindingRole, Key, Member, MemberRole, Mode, Project, Scope, Team, Timestamp};
use clearance::key::{self, KeyRecord};
use clearance::{PlaceId, catalog::Selection};
use clearance_store::shown;
use serde::{Deserialize, Serialize};

use crate::chain::chain;
use crate::fault::Fault;
use crate::keeper::Keeper;

/// A key, without anything that is a secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyView {
    /// The id of the key.
    pub id: Box<str>,
    /// The id of the organization of the key.
    pub organization: Box<str>,
    /// The name of the key, for people.
    pub name: Box<str>,
    /// The description of the key, for people. Absent exactly when it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Box<str>>,
    /// `personal`, `service` or `ingestion`.
    pub key_type: KeyKind,
    /// `active`, `expired` or `revoked`.
    pub status: Box<str>,
    /// `all`, `readonly` or `restricted`. It is a label: bindings and permissions decide, unless the policy reads it.
    pub permission_mode: Mode,
    /// The id of the user who owns the key, and whose permissions cap it. Absent exactly when nobody owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Box<str>>,
    /// The id of the user who made the key. Absent when a service key made it, and when that was not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<Box<str>>,
    /// When the key was made. Absent when that was not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// The last moment at which the key works. Absent exactly when it never expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When the key was revoked. Absent exactly when it is not revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// When the key was last used with success. Absent when it never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
    /// The first five characters of the public half of the token. Absent when the key has no token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Box<str>>,
    /// The bindings of the key, sorted by id.
    pub bindings: Vec<BindingView>,
    /// The permissions of a restricted key, sorted. Empty if no binding is CUSTOM.
    pub permissions: Vec<Box<str>>,
    /// The permissions of a restricted key by category, in the order of the catalog.
    pub categories: Vec<CategoryView>,
    /// Those of `permissions` that no entry of `categories` stands for.
    pub other_permissions: Vec<Box<str>>,
}

/// The kind of a key: `personal` if a user owns it, `service` if nobody does, `ingestion` if the platform made it to take in data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// A user owns the key.
    Personal,
    /// Nobody owns the key.
    Service,
    /// The platform made the key to take in data. A user or nobody owns it.
    Ingestion,
}

/// A binding of a key or a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BindingView {
    /// The id of the binding.
    pub id: Box<str>,
    /// `ADMIN`, `MEMBER`, `VIEWER` or `CUSTOM`.
    pub role: BindingRole,
    /// `ORGANIZATION`, `TEAM` or `PROJECT`.
    pub scope_type: Box<str>,
    /// The id of the organization, team or project at which the role applies.
    pub scope_id: Box<str>,
}

/// The permissions of a key in one category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryView {
    /// The name of the category, such as `traces`.
    pub category: Box<str>,
    /// `read` for viewing, or `write` for all permissions of the category.
    pub level: Box<str>,
}

/// What a user can choose from to make a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// The user's own bindings, sorted by id.
    pub bindings: Vec<BindingView>,
    /// The teams that a key can name, sorted by id.
    pub teams: Vec<TeamView>,
    /// The projects that a key can name, sorted by id.
    pub projects: Vec<ProjectView>,
    /// The members to whom a key can be given, sorted by id: all of them for an organization admin, and none for any other user.
    pub members: Vec<MemberView>,
}

/// A team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamView {
    /// The id of the team.
    pub id: Box<str>,
    /// The name of the team, for people. Where it is absent, the id is the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
    /// Whether the team is the personal workspace of a user.
    #[serde(default)]
    pub personal: bool,
}

/// A project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectView {
    /// The id of the project.
    pub id: Box<str>,
    /// The id of the team of the project.
    pub team: Box<str>,
    /// The name of the project, for people. Where it is absent, the id is the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
}

/// A member of an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberView {
    /// The id of the user.
    pub user: Box<str>,
    /// `ADMIN`, `MEMBER` or `EXTERNAL`.
    pub role: MemberRole,
}

impl Keeper {
    /// A key as it is shown, with its permissions by category, as the version that answers in its organization has them.
    ///
    /// # Errors
    ///
    /// The policy gave no answer.
    pub fn view(&self, record: KeyRecord) -> Result<KeyView, Fault> {
        let by_category = self.by_category(&record)?;
        Ok(KeyView::of(record, by_category))
    }

    /// As [`view`](Self::view), of a key that was just written. The write is done and its answer may hold a token that nobody sees
    /// again, so a policy that gives no answer leaves out the categories, and all permissions are among the others.
    pub fn view_of_written(&self, record: KeyRecord) -> KeyView {
        let by_category = self.by_category(&record).unwrap_or_else(|error| {
            tracing::error!(error = chain(&error), key = %record.key.id, "the key is written, and shown without its categories");
            ByCategory::default()
        });
        KeyView::of(record, by_category)
    }

    fn by_category(&self, KeyRecord { key, permissions, .. }: &KeyRecord) -> Result<ByCategory, Fault> {
        if permissions.is_empty() {
            return Ok(ByCategory::default());
        }
        let version = self.authorizer()?.view().place(PlaceId::Organization(&key.organization)).version();
        let selections = version.permissions_to_selections(permissions)?;
        let stood_for = version.selections_to_permissions(&selections)?.unwrap_or_default();
        Ok(ByCategory { selections, stood_for })
    }
}

/// The permissions of a key as categories.
#[derive(Default)]
struct ByCategory {
    selections: Vec<Selection>,
    /// The permissions that the selections stand for.
    stood_for: Vec<String>,
}

impl KeyView {
    fn of(KeyRecord { key, bindings, permissions, status }: KeyRecord, ByCategory { selections, stood_for }: ByCategory) -> Self {
        let mut other_permissions = permissions.clone();
        other_permissions.retain(|permission| !stood_for.iter().any(|other| **other == **permission));
        let key_type = KeyKind::of(&key);
        let Key {
            id,
            organization,
            name,
            description,
            mode,
            owner,
            created_by,
            created_at,
            expires_at,
            revoked_at,
            last_used_at,
            lookup_id,
            ..
        } = key;
        Self {
            id,
            organization,
            name,
            description,
            key_type,
            status: status.as_str().into(),
            permission_mode: mode,
            owner,
            created_by,
            created_at,
            expires_at,
            revoked_at,
            last_used_at,
            shown: lookup_id.as_deref().map(|lookup_id| shown(lookup_id).into()),
            bindings: bindings.into_iter().map(Into::into).collect(),
            permissions,
            categories: selections.into_iter().map(Into::into).collect(),
            other_permissions,
        }
    }
}

impl KeyKind {
    /// The kind of a stored key.
    pub fn of(key: &Key) -> Self {
        match key {
            Key { ingestion_source: Some(_), .. } => Self::Ingestion,
            Key { owner: Some(_), .. } => Self::Personal,
            Key { owner: None, .. } => Self::Service,
        }
    }
}

impl From<Binding> for BindingView {
    fn from(binding: Binding) -> Self {
        let Binding { id, role, scope, .. } = binding;
        let scope_type = key::scope_type(&scope).into();
        let (Scope::Organization(scope_id) | Scope::Team(scope_id) | Scope::Project(scope_id)) = scope;
        Self { id, role, scope_type, scope_id }
    }
}

impl From<Selection> for CategoryView {
    fn from(selection: Selection) -> Self {
        let Selection { category, level } = selection;
        Self { category: category.into(), level: level.as_str().into() }
    }
}

impl From<Team> for TeamView {
    fn from(team: Team) -> Self {
        let Team { id, name, personal, .. } = team;
        Self { id, name, personal }
    }
}

impl From<Project> for ProjectView {
    fn from(project: Project) -> Self {
        let Project { id, team, name, .. } = project;
        Self { id, team, name }
    }
}

impl From<Member> for MemberView {
    fn from(member: Member) -> Self {
        let Member { user, role, .. } = member;
        Self { user, role }
    }
}

#[cfg(test)]
mod tests {
    use clearance::key::KeyStatus;
    use serde_json::json;

    use super::*;

    #[test]
    fn without_categories_every_permission_is_among_the_others() {
        let key = json!({ "id": "k", "organization": "o", "name": "n", "mode": "restricted" });
        let permissions = vec![Box::from("traces:view"), Box::from("traces:create")];
        let record = KeyRecord {
            key: serde_json::from_value(key).unwrap(),
            bindings: Vec::new(),
            permissions: permissions.clone(),
            status: KeyStatus::Active,
        };
        let view = KeyView::of(record, ByCategory::default());
        assert_eq!((view.other_permissions, view.permissions, view.categories), (permissions.clone(), permissions, Vec::new()));
    }
}

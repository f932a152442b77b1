//! What the keeper shows of keys, for the OpenAPI. The keeper writes it, and knows no HTTP.

use utoipa::ToSchema;

use crate::word;

/// A key, without anything that is a secret.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
#[schema(rename_all = "camelCase")]
pub(crate) struct Key {
    /// The id of the key.
    id: String,
    /// The id of the organization of the key.
    organization: String,
    /// The name of the key, for people.
    name: String,
    /// The description of the key, for people. Absent exactly when it has none.
    #[schema(required = false, nullable = false)]
    description: Option<String>,
    /// `personal`, `service` or `ingestion`.
    key_type: KeyKind,
    /// `active`, `expired` or `revoked`.
    status: word::KeyStatus,
    /// `all`, `readonly` or `restricted`. It is a label: bindings and permissions decide, unless the policy reads it.
    permission_mode: word::PermissionMode,
    /// The id of the user who owns the key, and whose permissions cap it. Absent exactly when nobody owns it.
    #[schema(required = false, nullable = false)]
    owner: Option<String>,
    /// The id of the user who made the key. Absent when a service key made it, and when that was not recorded.
    #[schema(required = false, nullable = false)]
    created_by: Option<String>,
    /// When the key was made. Absent when that was not recorded.
    #[schema(format = DateTime, required = false, nullable = false)]
    created_at: Option<String>,
    /// The last moment at which the key works. Absent exactly when it never expires.
    #[schema(format = DateTime, required = false, nullable = false)]
    expires_at: Option<String>,
    /// When the key was revoked. Absent exactly when it is not revoked.
    #[schema(format = DateTime, required = false, nullable = false)]
    revoked_at: Option<String>,
    /// When the key was last used with success. Absent when it never was.
    #[schema(format = DateTime, required = false, nullable = false)]
    last_used_at: Option<String>,
    /// The first five characters of the public half of the token. Absent when the key has no token.
    #[schema(required = false, nullable = false)]
    shown: Option<String>,
    /// The bindings of the key, sorted by id.
    bindings: Vec<Binding>,
    /// The permissions of a restricted key, sorted. Empty if no binding is CUSTOM.
    permissions: Vec<String>,
    /// The permissions of a restricted key by category, in the order of the catalog.
    categories: Vec<CategoryLevel>,
    /// Those of `permissions` that no entry of `categories` stands for.
    other_permissions: Vec<String>,
}

/// The kind of a key: `personal` if a user owns it, `service` if nobody does, `ingestion` if the platform made it to take in data.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
#[schema(rename_all = "lowercase")]
pub(crate) enum KeyKind {
    /// A user owns the key.
    Personal,
    /// Nobody owns the key.
    Service,
    /// The platform made the key to take in data. A user or nobody owns it.
    Ingestion,
}

/// A binding of a key or a user.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
#[schema(rename_all = "camelCase")]
pub(crate) struct Binding {
    /// The id of the binding.
    id: String,
    /// `ADMIN`, `MEMBER`, `VIEWER` or `CUSTOM`.
    role: word::BindingRole,
    /// `ORGANIZATION`, `TEAM` or `PROJECT`.
    scope_type: word::ScopeType,
    /// The id of the organization, team or project at which the role applies.
    scope_id: String,
}

/// The permissions of a key in one category.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
pub(crate) struct CategoryLevel {
    /// The name of the category, such as `traces`.
    category: String,
    /// `read` for viewing, or `write` for all permissions of the category.
    level: word::Level,
}

/// What a user can choose from to make a key.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
pub(crate) struct Choices {
    /// The user's own bindings, sorted by id.
    bindings: Vec<Binding>,
    /// The teams that a key can name, sorted by id.
    teams: Vec<Team>,
    /// The projects that a key can name, sorted by id.
    projects: Vec<Project>,
    /// The members to whom a key can be given, sorted by id: all of them for an organization admin, and none for any other user.
    members: Vec<Member>,
}

/// A team.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
pub(crate) struct Team {
    /// The id of the team.
    id: String,
    /// The name of the team, for people. Where it is absent, the id is the name.
    #[schema(required = false, nullable = false)]
    name: Option<String>,
    /// Whether the team is the personal workspace of a user.
    #[schema(required = false)]
    personal: bool,
}

/// A project.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
pub(crate) struct Project {
    /// The id of the project.
    id: String,
    /// The id of the team of the project.
    team: String,
    /// The name of the project, for people. Where it is absent, the id is the name.
    #[schema(required = false, nullable = false)]
    name: Option<String>,
}

/// A member of an organization.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
pub(crate) struct Member {
    /// The id of the user.
    user: String,
    /// `ADMIN`, `MEMBER` or `EXTERNAL`.
    role: word::MemberRole,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clearance::document::{self, Mode, Timestamp};
    use clearance_keeper::{BindingView, CategoryView, KeyView, MemberView, ProjectView, TeamView};
    use serde_json::{Value, json};

    use super::*;

    /// Whether a schema has exactly the fields of what is written when everything is there, and requires none that can be left out.
    fn describes<T: ToSchema>(full: &Value, bare: &Value) {
        let schema = serde_json::to_value(T::schema()).unwrap();
        let fields = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(fields(&schema["properties"]), fields(full));
        let required: BTreeSet<_> =
            schema["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
        assert!(required.is_subset(&fields(bare)), "{required:?} {bare}");
    }

    #[test]
    fn every_schema_has_the_fields_that_the_keeper_writes() {
        let at = Timestamp::from_millis(0);
        let bare = KeyView {
            id: "k".into(),
            organization: "o".into(),
            name: "n".into(),
            description: None,
            key_type: clearance_keeper::KeyKind::Service,
            status: "active".into(),
            permission_mode: Mode::All,
            owner: None,
            created_by: None,
            created_at: None,
            expires_at: None,
            revoked_at: None,
            last_used_at: None,
            shown: None,
            bindings: Vec::new(),
            permissions: Vec::new(),
            categories: Vec::new(),
            other_permissions: Vec::new(),
        };
        let full = KeyView {
            description: Some("d".into()),
            owner: Some("u".into()),
            created_by: Some("u".into()),
            created_at: at,
            expires_at: at,
            revoked_at: at,
            last_used_at: at,
            shown: Some("abcde".into()),
            ..bare.clone()
        };
        describes::<Key>(&json!(full), &json!(bare));
        let binding = BindingView {
            id: "b".into(),
            role: document::BindingRole::Admin,
            scope_type: "PROJECT".into(),
            scope_id: "p".into(),
        };
        describes::<Binding>(&json!(binding), &json!(binding));
        let category = CategoryView { category: "traces".into(), level: "read".into() };
        describes::<CategoryLevel>(&json!(category), &json!(category));
        let team = TeamView { id: "t".into(), name: None, personal: false };
        describes::<Team>(&json!(TeamView { name: Some("n".into()), ..team.clone() }), &json!(team));
        let project = ProjectView { id: "p".into(), team: "t".into(), name: None };
        describes::<Project>(&json!(ProjectView { name: Some("n".into()), ..project.clone() }), &json!(project));
        let member = MemberView { user: "u".into(), role: document::MemberRole::Admin };
        describes::<Member>(&json!(member), &json!(member));
        let choices = clearance_keeper::Choices {
            bindings: vec![binding],
            teams: vec![team],
            projects: vec![project],
            members: vec![member],
        };
        describes::<Choices>(&json!(choices), &json!(choices));
    }
}

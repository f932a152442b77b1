//! What the keeper shows of keys, for the OpenAPI. The keeper writes it, and knows no HTTP.

use utoipa::ToSchema;

use crate::word;

/// A key, without anything that is a secret.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
#[schema(rename_all = "camelCase")]
pub(crate) struct Key {
    /// Its id.
    id: String,
    /// The id of its organization.
    organization: String,
    /// For people.
    name: String,
    /// For people. Absent exactly when it has none.
    #[schema(required = false, nullable = false)]
    description: Option<String>,
    /// Whose it is.
    key_type: KeyKind,
    /// `active`, `expired` or `revoked`.
    status: word::KeyStatus,
    /// `all`, `readonly` or `restricted`. A label: bindings and permissions say what counts.
    permission_mode: word::PermissionMode,
    /// The id of the user whose grants cap it. Absent exactly when it is nobody's.
    #[schema(required = false, nullable = false)]
    owner: Option<String>,
    /// The id of the user who made it. Absent when a service key did, and where it was not recorded.
    #[schema(required = false, nullable = false)]
    created_by: Option<String>,
    /// When it was made. Absent where it was not recorded.
    #[schema(format = DateTime, required = false, nullable = false)]
    created_at: Option<String>,
    /// The last moment at which it works. Absent exactly when it never expires.
    #[schema(format = DateTime, required = false, nullable = false)]
    expires_at: Option<String>,
    /// When it was revoked. Absent exactly when it is not.
    #[schema(format = DateTime, required = false, nullable = false)]
    revoked_at: Option<String>,
    /// When it was last used with success. Absent when it never was.
    #[schema(format = DateTime, required = false, nullable = false)]
    last_used_at: Option<String>,
    /// The first five characters of the lookup id of its token. Absent when it has none.
    #[schema(required = false, nullable = false)]
    shown: Option<String>,
    /// Its bindings, by id.
    bindings: Vec<Binding>,
    /// What a restricted key is restricted to, sorted. Empty where no binding is CUSTOM.
    permissions: Vec<String>,
    /// The same by category, in the order of the catalog.
    categories: Vec<CategoryLevel>,
    /// What of the permissions the categories do not stand for.
    other_permissions: Vec<String>,
}

/// Whose a key is.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
#[schema(rename_all = "lowercase")]
pub(crate) enum KeyKind {
    /// A user's.
    Personal,
    /// Nobody's.
    Service,
    /// Made by the platform to take in data, a user's or nobody's.
    Ingestion,
}

/// A binding of a key or a user.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
#[schema(rename_all = "camelCase")]
pub(crate) struct Binding {
    /// Its id.
    id: String,
    /// `ADMIN`, `MEMBER`, `VIEWER` or `CUSTOM`.
    role: word::BindingRole,
    /// `ORGANIZATION`, `TEAM` or `PROJECT`.
    scope_type: word::ScopeType,
    /// The id of the organization, team or project.
    scope_id: String,
}

/// How much of a category a key has.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
pub(crate) struct CategoryLevel {
    /// Such as `traces`.
    category: String,
    /// `read` or `write`.
    level: word::Level,
}

/// What a key can be made of.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
pub(crate) struct Choices {
    /// The bindings of the user's own, by id.
    bindings: Vec<Binding>,
    /// The teams, by id.
    teams: Vec<Team>,
    /// The projects, by id.
    projects: Vec<Project>,
    /// Whom a key can be given to, by id: everybody for an organization admin, else nobody.
    members: Vec<Member>,
}

/// A team.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
pub(crate) struct Team {
    /// Its id.
    id: String,
    /// For people. Where it is absent, the id is the name.
    #[schema(required = false, nullable = false)]
    name: Option<String>,
    /// Whether it is somebody's personal one.
    #[schema(required = false)]
    personal: bool,
}

/// A project.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
pub(crate) struct Project {
    /// Its id.
    id: String,
    /// The id of its team.
    team: String,
    /// For people. Where it is absent, the id is the name.
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

//! What someone wants of a key, from the fields of a body: those that are known, and nothing else.

use clearance::key::{self, KeyChange, KeyDraft};
use clearance_keeper::{CategoryError, Keeper};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::body::{Fields, read};
use crate::error::{Error, Flaw};
use crate::json::MAX_PERMISSIONS;
use crate::word;

/// How many categories may be wanted. No catalog has nearly as many.
const MAX_CATEGORIES: usize = 256;

/// The fields of a draft. Projects cannot be named by signed-in users.
const DRAFT: [&str; 8] =
    ["keyType", "name", "description", "expiresAt", "assignedToUserId", "permissionMode", "permissions", "bindings"];

/// The fields of a change.
const CHANGE: [&str; 5] = ["name", "description", "permissionMode", "permissions", "bindings"];

/// The fields of a binding.
const BINDING: [&str; 3] = ["role", "scopeType", "scopeId"];

/// A binding to make: a role at a scope.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
#[schema(rename_all = "camelCase")]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedBinding {
    /// `ADMIN`, `MEMBER`, `VIEWER`, or `CUSTOM` for what `permissions` lists.
    #[schema(value_type = word::BindingRole)]
    role: String,
    /// `ORGANIZATION`, `TEAM` or `PROJECT`.
    #[schema(value_type = word::ScopeType)]
    scope_type: String,
    /// The id of the organization, team or project at which the role applies.
    scope_id: String,
}

/// A category of permissions for a restricted key.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedCategory {
    /// The name of the category, such as `traces`.
    category: String,
    /// `read` or `write`.
    #[schema(value_type = word::Level)]
    level: String,
}

/// A body that wants a key: fields of its own, and those that every such body has.
macro_rules! wanted_key {
    ($(#[$about:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$about])*
        #[derive(utoipa::ToSchema)]
        #[expect(dead_code, reason = "it describes what is read field by field")]
        #[schema(rename_all = "camelCase")]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            $($own)*
            /// `personal` (the default) or `service`.
            #[schema(required = false, nullable = false, value_type = Option<crate::word::KeyType>)]
            key_type: Option<String>,
            /// The name, 1 to 100 UTF-16 code units.
            #[schema(min_length = 1, max_length = 100)]
            name: String,
            /// A description, at most 500 UTF-16 code units.
            #[schema(required = false, nullable = false, max_length = 500)]
            description: Option<String>,
            /// The last moment at which the key works.
            #[schema(required = false, nullable = false, format = DateTime)]
            expires_at: Option<String>,
            /// The id of the user who will own a personal key. By default the user who makes it.
            #[schema(required = false, nullable = false)]
            assigned_to_user_id: Option<String>,
            /// `all` (the default), `readonly` or `restricted`.
            #[schema(required = false, nullable = false, value_type = Option<crate::word::PermissionMode>)]
            permission_mode: Option<String>,
            /// The permissions of a restricted key.
            #[schema(required = false, nullable = false)]
            permissions: Option<Vec<String>>,
            /// Categories of permissions of a restricted key, in addition to `permissions`.
            #[schema(required = false, nullable = false)]
            categories: Option<Vec<crate::key::draft::WantedCategory>>,
            /// The bindings of the key, at most 20. A personal key needs one. A service key without bindings gets ADMIN of the
            /// organization.
            #[schema(required = false, nullable = false, max_items = 20)]
            bindings: Option<Vec<crate::key::draft::WantedBinding>>,
        }
    };
}

/// A body that wants a key changed: fields of its own, and those that every such body has.
macro_rules! wanted_change {
    ($(#[$about:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$about])*
        #[derive(utoipa::ToSchema)]
        #[expect(dead_code, reason = "it describes what is read field by field")]
        #[schema(rename_all = "camelCase")]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            $($own)*
            /// The name, 1 to 100 UTF-16 code units.
            #[schema(required = false, nullable = false, min_length = 1, max_length = 100)]
            name: Option<String>,
            /// A description, at most 500 UTF-16 code units. Null removes it.
            #[schema(required = false, max_length = 500)]
            description: Option<String>,
            /// `all`, `readonly` or `restricted`.
            #[schema(required = false, nullable = false, value_type = Option<crate::word::PermissionMode>)]
            permission_mode: Option<String>,
            /// The permissions of a restricted key. They require `permissionMode` and `bindings` as well.
            #[schema(required = false, nullable = false)]
            permissions: Option<Vec<String>>,
            /// Categories of permissions of a restricted key, in addition to `permissions`.
            #[schema(required = false, nullable = false)]
            categories: Option<Vec<crate::key::draft::WantedCategory>>,
            /// The new bindings. They replace all bindings of the key.
            #[schema(required = false, nullable = false, min_items = 1, max_items = 20)]
            bindings: Option<Vec<crate::key::draft::WantedBinding>>,
        }
    };
}

pub(crate) use {wanted_change, wanted_key};

/// Reads a draft out of the fields that are left, and says what is wrong with those that it does not know.
pub(crate) fn draft(keeper: &Keeper, organization: &str, mut fields: Fields) -> Result<(KeyDraft, Vec<Flaw>), Error> {
    let (permissions, wrong) = by_category(keeper, organization, &mut fields)?;
    let (mut fields, mut flaws) = fields.rest(&DRAFT);
    flaws.extend(too_many_permissions(&mut fields));
    let mut draft = KeyDraft::from_json(&fields);
    unite(&mut draft.permissions, permissions);
    flaws.extend(wrong);
    flaws.extend(unknown_in_bindings(&fields));
    Ok((draft, flaws))
}

/// As [`draft`], for a change.
pub(crate) fn change(keeper: &Keeper, organization: &str, mut fields: Fields) -> Result<(KeyChange, Vec<Flaw>), Error> {
    let (permissions, wrong) = by_category(keeper, organization, &mut fields)?;
    let (mut fields, mut flaws) = fields.rest(&CHANGE);
    flaws.extend(too_many_permissions(&mut fields));
    let mut change = KeyChange::from_json(&fields);
    unite(&mut change.permissions, permissions);
    flaws.extend(wrong);
    flaws.extend(unknown_in_bindings(&fields));
    Ok((change, flaws))
}

/// The permissions that the wanted categories stand for, and what is wrong with these.
fn by_category(keeper: &Keeper, organization: &str, fields: &mut Fields) -> Result<(Vec<String>, Vec<Flaw>), Error> {
    let mut categories: Vec<Value> = fields.optional("categories").unwrap_or_default();
    let mut flaws = Vec::new();
    if categories.len() > MAX_CATEGORIES {
        categories.clear();
        flaws.push(Flaw { field: "categories".to_owned(), message: key::Flaw::TooMany.as_str().to_owned() });
    }
    let mut wanted = Vec::new();
    let mut positions = Vec::new();
    for (index, category) in categories.into_iter().enumerate() {
        match read::<WantedCategory>(category, &format!("categories.{index}")) {
            Ok(WantedCategory { category, level }) => {
                wanted.push((category, level));
                positions.push(index);
            }
            Err(flaw) => flaws.push(flaw),
        }
    }
    match keeper.permissions_of(organization, &wanted) {
        Ok(permissions) => Ok((permissions, flaws)),
        Err(CategoryError::Refused(problems)) => {
            flaws.extend(problems.into_iter().map(|problem| {
                let index = positions.get(problem.index).copied().unwrap_or_default();
                Flaw { field: format!("categories.{index}"), message: problem.message.into() }
            }));
            Ok((Vec::new(), flaws))
        }
        Err(CategoryError::Fault(fault)) => Err(fault.into()),
    }
}

/// Cuts a list of more permissions than a key can have, and adds a flaw for it.
pub(crate) fn too_many_permissions(fields: &mut Map<String, Value>) -> Vec<Flaw> {
    match fields.get_mut("permissions") {
        Some(Value::Array(permissions)) if permissions.len() > MAX_PERMISSIONS => {
            permissions.truncate(MAX_PERMISSIONS);
            vec![Flaw { field: "permissions".to_owned(), message: key::Flaw::TooMany.as_str().to_owned() }]
        }
        _ => Vec::new(),
    }
}

/// Those that are not listed yet come last, so that what is wrong with one that is stays at its position.
fn unite(permissions: &mut Vec<String>, others: Vec<String>) {
    for other in others {
        if !permissions.contains(&other) {
            permissions.push(other);
        }
    }
}

fn unknown_in_bindings(fields: &Map<String, Value>) -> Vec<Flaw> {
    let bindings = fields.get("bindings").and_then(Value::as_array).into_iter().flatten();
    let named = bindings.enumerate().filter_map(|(index, binding)| Some((index, binding.as_object()?)));
    let names = named.flat_map(|(index, binding)| binding.keys().map(move |name| (index, name)));
    let unknown = names.filter(|(_, name)| !BINDING.contains(&name.as_str()));
    unknown
        .map(|(index, name)| Flaw { field: format!("bindings.{index}.{name}"), message: "is not a field of this".into() })
        .collect()
}

//! The names that the JSON of the keys API has for what it sends and answers.

use clearance_directory::document::Scope;
use clearance_policy::types::lifecycle::{Field, Spot};

/// The name of a field in JSON, such as `assignedToUserId`.
#[must_use]
pub fn field_name(field: Field) -> &'static str {
    match field {
        Field::Assignee => "assignedToUserId",
        Field::Bindings => "bindings",
        Field::Description => "description",
        Field::Expires => "expiresAt",
        Field::Kind => "keyType",
        Field::Name => "name",
        Field::Mode => "permissionMode",
        Field::Permissions => "permissions",
        Field::Projects => "projectIds",
    }
}

/// The name of a field in JSON, or of one entry of a list, such as `permissions.0`.
#[must_use]
pub fn spot_name(spot: Spot) -> String {
    match spot.index {
        None => field_name(spot.field).to_owned(),
        Some(index) => format!("{}.{index}", field_name(spot.field)),
    }
}

/// The word for the kind of a scope in JSON: `ORGANIZATION`, `TEAM` or `PROJECT`.
#[must_use]
pub fn scope_type(scope: &Scope) -> &'static str {
    match scope {
        Scope::Organization(_) => "ORGANIZATION",
        Scope::Team(_) => "TEAM",
        Scope::Project(_) => "PROJECT",
    }
}

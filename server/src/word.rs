//! The words of closed sets, for the OpenAPI. What they mean, and how they are written, is said where they are read.

use utoipa::ToSchema;

/// The kind of a key to make: `personal` if a user is to own it, `service` if nobody is.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
#[schema(rename_all = "lowercase")]
pub(crate) enum KeyType {
    Personal,
    Service,
}

/// The label of a key. The default policy does not look at it; the policy `strict` lets a `readonly` key only view.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
#[schema(rename_all = "lowercase")]
pub(crate) enum PermissionMode {
    All,
    Readonly,
    Restricted,
}

/// The role of a binding. `CUSTOM` stands for a list of permissions.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
#[schema(rename_all = "UPPERCASE")]
pub(crate) enum BindingRole {
    Admin,
    Member,
    Viewer,
    Custom,
}

/// The kind of place at which a binding applies, with everything below it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
#[schema(rename_all = "UPPERCASE")]
pub(crate) enum ScopeType {
    Organization,
    Team,
    Project,
}

/// The role of a user in an organization. `EXTERNAL` is a lite member, whose permissions the policy caps.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
#[schema(rename_all = "UPPERCASE")]
pub(crate) enum MemberRole {
    Admin,
    Member,
    External,
}

/// Whether a key works: `active` if it is neither revoked nor expired, `revoked` also if it has expired as well.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
#[schema(rename_all = "lowercase")]
pub(crate) enum KeyStatus {
    Active,
    Expired,
    Revoked,
}

/// How much of a category: `read` for viewing, `write` for all of its permissions.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
#[schema(rename_all = "lowercase")]
pub(crate) enum Level {
    Read,
    Write,
}

/// A warning for the user who made or edited a key.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
#[schema(rename_all = "kebab-case")]
pub(crate) enum Warning {
    /// It has a role on the whole organization because it was made without a binding.
    WholeOrganization,
    /// It expires before it can be used.
    BornExpired,
    /// It lists a permission that the policy does not know, which is never useful.
    PermissionUnknown,
}

/// What an operator may do: ask questions (`check`), change the `directory`, manage `policy` versions, manage `keys` as a user, or
/// manage other `operators`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
#[schema(rename_all = "lowercase")]
pub(crate) enum Purpose {
    Check,
    Directory,
    Policy,
    Keys,
    Operators,
}

//! The words of closed sets, for the OpenAPI. What they mean, and how they are written, is said where they are read.

use utoipa::ToSchema;

/// Whose key it is to be.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
#[schema(rename_all = "lowercase")]
pub(crate) enum KeyType {
    Personal,
    Service,
}

/// The label that a key carries.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
#[schema(rename_all = "lowercase")]
pub(crate) enum PermissionMode {
    All,
    Readonly,
    Restricted,
}

/// The role of a binding. CUSTOM stands for a list of permissions.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
#[schema(rename_all = "UPPERCASE")]
pub(crate) enum BindingRole {
    Admin,
    Member,
    Viewer,
    Custom,
}

/// What a binding applies to.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
#[schema(rename_all = "UPPERCASE")]
pub(crate) enum ScopeType {
    Organization,
    Team,
    Project,
}

/// What a user is in an organization.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
#[schema(rename_all = "UPPERCASE")]
pub(crate) enum MemberRole {
    Admin,
    Member,
    External,
}

/// What became of a key.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written elsewhere")]
#[schema(rename_all = "lowercase")]
pub(crate) enum KeyStatus {
    Active,
    Expired,
    Revoked,
}

/// How much of a category.
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

/// What an operator is for.
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

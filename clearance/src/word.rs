//! The words for what a policy answers, as the contract, a directory and JSON write them.
//!
//! ```
//! use clearance::{Reason, word};
//!
//! assert_eq!(word::reason(Reason::OwnerLacks), "owner-lacks");
//! assert!(word::REASONS.iter().any(|reason| word::reason(*reason) == "owner-lacks"));
//! ```

use clearance_directory::document::{BindingRole, Mode, Scope};
use clearance_policy::types::{
    Reading, Reason, RoleFault, Verdict,
    lifecycle::{Field, Flaw, Kind, Spot, Warning},
    repair::{Maker, Obstacle},
};

use crate::key::KeyStatus;

/// Every reason, in the order of the contract.
pub const REASONS: [Reason; 20] = [
    Reason::Binding,
    Reason::Floor,
    Reason::TeamMembership,
    Reason::ProjectKey,
    Reason::PermissionUnknown,
    Reason::PlaceUnknown,
    Reason::PrincipalUnknown,
    Reason::UserDeactivated,
    Reason::NotMember,
    Reason::LiteMember,
    Reason::Lacks,
    Reason::KeyRevoked,
    Reason::KeyExpired,
    Reason::OwnerDeactivated,
    Reason::KeyLacks,
    Reason::OwnerNotMember,
    Reason::OwnerLacks,
    Reason::BadFacts,
    Reason::Readonly,
    Reason::CreatorDeactivated,
];

/// The word of the contract for a reason.
#[must_use]
pub fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Binding => "binding",
        Reason::Floor => "floor",
        Reason::TeamMembership => "team-membership",
        Reason::ProjectKey => "project-key",
        Reason::PermissionUnknown => "permission-unknown",
        Reason::PlaceUnknown => "place-unknown",
        Reason::PrincipalUnknown => "principal-unknown",
        Reason::UserDeactivated => "user-deactivated",
        Reason::NotMember => "not-member",
        Reason::LiteMember => "lite-member",
        Reason::Lacks => "lacks",
        Reason::KeyRevoked => "key-revoked",
        Reason::KeyExpired => "key-expired",
        Reason::OwnerDeactivated => "owner-deactivated",
        Reason::KeyLacks => "key-lacks",
        Reason::OwnerNotMember => "owner-not-member",
        Reason::OwnerLacks => "owner-lacks",
        Reason::BadFacts => "bad-facts",
        Reason::Readonly => "readonly",
        Reason::CreatorDeactivated => "creator-deactivated",
    }
}

/// The word of the contract for a reading.
#[must_use]
pub fn reading(reading: Reading) -> &'static str {
    match reading {
        Reading::Everything => "everything",
        Reading::OrganizationMember => "organization-member",
        Reading::LiteMember => "lite-member",
        Reading::Viewer => "viewer",
        Reading::Member => "member",
        Reading::Admin => "admin",
        Reading::Custom => "custom",
        Reading::ProjectKey => "project-key",
        Reading::Nothing => "nothing",
    }
}

/// The word of the contract for what makes a custom role unusable.
#[must_use]
pub fn role_fault(fault: RoleFault) -> &'static str {
    match fault {
        RoleFault::Missing => "missing",
        RoleFault::OtherOrganization => "other-organization",
        RoleFault::Empty => "empty",
        RoleFault::Private => "private",
    }
}

/// The word of the contract for a verdict.
#[must_use]
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Grants => "grants",
        Verdict::OffChain => "off-chain",
        Verdict::OtherOrganization => "other-organization",
        Verdict::OtherOrganizationGroup => "other-organization-group",
        Verdict::OrganizationOnly => "organization-only",
        Verdict::ExternalMember => "external-member",
        Verdict::NotListed => "not-listed",
        Verdict::BelowOrganization => "below-organization",
        Verdict::Silenced => "silenced",
        Verdict::PersonalTeam => "personal-team",
        Verdict::Archived => "archived",
    }
}

/// The word of a directory for a role.
#[must_use]
pub fn role(role: BindingRole) -> &'static str {
    role.as_str()
}

/// The word of the keys API for the tier of a scope.
#[must_use]
pub fn scope_type(scope: &Scope) -> &'static str {
    match scope {
        Scope::Organization(_) => "ORGANIZATION",
        Scope::Team(_) => "TEAM",
        Scope::Project(_) => "PROJECT",
    }
}

/// The word of a directory for the label that a key carries.
#[must_use]
pub fn mode(mode: Mode) -> &'static str {
    mode.as_str()
}

/// The word of the contract for whose key it is to be.
#[must_use]
pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Personal => "personal",
        Kind::Service => "service",
    }
}

/// The word for the status of a key.
#[must_use]
pub fn status(status: KeyStatus) -> &'static str {
    match status {
        KeyStatus::Active => "active",
        KeyStatus::Expired => "expired",
        KeyStatus::Revoked => "revoked",
    }
}

/// The name in JSON of a part of what was sent.
#[must_use]
pub fn field(field: Field) -> &'static str {
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

/// The name in JSON of a part of what was sent, or of one entry of it: `permissions.0`.
#[must_use]
pub fn spot(spot: Spot) -> String {
    match spot.index {
        None => field(spot.field).to_owned(),
        Some(index) => format!("{}.{index}", field(spot.field)),
    }
}

/// The word of the contract for what is wrong in one spot.
#[must_use]
pub fn flaw(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::Missing => "missing",
        Flaw::TooShort => "too-short",
        Flaw::TooLong => "too-long",
        Flaw::TooMany => "too-many",
        Flaw::NotAllowed => "not-allowed",
        Flaw::Unreadable => "unreadable",
    }
}

/// The word of the contract for a warning about a key that was made or edited.
#[must_use]
pub fn warning(warning: Warning) -> &'static str {
    match warning {
        Warning::WholeOrganization => "whole-organization",
        Warning::BornExpired => "born-expired",
        Warning::PermissionUnknown => "permission-unknown",
    }
}

/// The word of the contract for who could make a change.
#[must_use]
pub fn maker(maker: Maker) -> &'static str {
    match maker {
        Maker::KeyOwner => "key-owner",
        Maker::OrganizationAdmin => "organization-admin",
        Maker::Nobody => "nobody",
    }
}

/// The word of the contract for why nothing grants a permission.
#[must_use]
pub fn obstacle(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::BadFacts => "bad-facts",
        Obstacle::NotShown => "not-shown",
        Obstacle::PermissionUnknown => "permission-unknown",
        Obstacle::PlaceUnknown => "place-unknown",
        Obstacle::PrincipalUnknown => "principal-unknown",
        Obstacle::ProjectKey => "project-key",
        Obstacle::OtherOrganization => "other-organization",
        Obstacle::KeyRevoked => "key-revoked",
        Obstacle::OwnerUnknown => "owner-unknown",
        Obstacle::OrganizationOnly => "organization-only",
        Obstacle::NoRole => "no-role",
        Obstacle::OtherRule => "other-rule",
    }
}

//! The words for what a policy answers.

use clearance::Reason;

/// The word of the contract for a reason.
pub(crate) fn reason(reason: Reason) -> &'static str {
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

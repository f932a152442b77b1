//! The words for reasons, as the case files write them.

use clearance_policy::types::Reason;

/// Every reason with its word, in the order of the contract.
pub const REASONS: [(&str, Reason); 20] = [
    ("binding", Reason::Binding),
    ("floor", Reason::Floor),
    ("team-membership", Reason::TeamMembership),
    ("project-key", Reason::ProjectKey),
    ("permission-unknown", Reason::PermissionUnknown),
    ("place-unknown", Reason::PlaceUnknown),
    ("principal-unknown", Reason::PrincipalUnknown),
    ("user-deactivated", Reason::UserDeactivated),
    ("not-member", Reason::NotMember),
    ("lite-member", Reason::LiteMember),
    ("lacks", Reason::Lacks),
    ("key-revoked", Reason::KeyRevoked),
    ("key-expired", Reason::KeyExpired),
    ("owner-deactivated", Reason::OwnerDeactivated),
    ("key-lacks", Reason::KeyLacks),
    ("owner-not-member", Reason::OwnerNotMember),
    ("owner-lacks", Reason::OwnerLacks),
    ("bad-facts", Reason::BadFacts),
    ("readonly", Reason::Readonly),
    ("creator-deactivated", Reason::CreatorDeactivated),
];

/// The word for a reason.
pub fn name(reason: Reason) -> &'static str {
    REASONS.iter().find(|(_, other)| *other == reason).map_or("?", |(name, _)| name)
}

/// The reason behind a word.
pub fn named(name: &str) -> Option<Reason> {
    REASONS.iter().find(|(other, _)| *other == name).map(|(_, reason)| *reason)
}

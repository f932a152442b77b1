//! What a policy answers, in sentences for people. The short words, for programs, are those of the enums themselves.

use clearance::{
    Authorizer, PlaceId, PrincipalId, Reason,
    document::Timestamp,
    explanation::{Reading, RoleFault, Verdict},
    repair::{Maker, Obstacle},
};
use clearance_store::{Purpose, Who};

/// What a reason means.
pub(crate) fn reason_sentence(reason: Reason) -> &'static str {
    match reason {
        Reason::Binding => "a binding grants it",
        Reason::Floor => "every member has it at the organization itself",
        Reason::TeamMembership => "a team membership grants it",
        Reason::ProjectKey => "the project key of this project has it",
        Reason::PermissionUnknown => "the catalog of the policy has no such permission, see `clearance catalog`",
        Reason::PlaceUnknown => "the directory has no such place",
        Reason::PrincipalUnknown => {
            "the directory has no such principal; name users and keys by id, project keys by the id of the project"
        }
        Reason::UserDeactivated => "the user is deactivated",
        Reason::NotMember => "the user is not a member of the organization, whatever is still stored",
        Reason::LiteMember => "nothing grants it, and the user is an `EXTERNAL` member",
        Reason::Lacks => "nothing grants it to the user",
        Reason::KeyRevoked => "the key is revoked",
        Reason::KeyExpired => "the key has expired",
        Reason::OwnerDeactivated => "the owner of the key is deactivated",
        Reason::KeyLacks => "nothing grants it to the key itself",
        Reason::OwnerNotMember => "the key has it, but its owner is unknown or no member of the organization",
        Reason::OwnerLacks => "the key has it, but its owner does not, and a key never has more than its owner",
        Reason::BadFacts => "the policy says that the facts are malformed: this is a defect of this program, please report it",
        Reason::Readonly => "the key is for reading only",
        Reason::CreatorDeactivated => "the user who made this service key is deactivated",
    }
}

/// The list that a source was read as.
pub(crate) fn reading_phrase(reading: Reading) -> &'static str {
    match reading {
        Reading::Everything => "read as every permission",
        Reading::OrganizationMember => "read as the list `organization-member`",
        Reading::LiteMember => "read as the list `lite-member`",
        Reading::Viewer => "read as the list `viewer`",
        Reading::Member => "read as the list `member`",
        Reading::Admin => "read as the list `admin`",
        Reading::Custom => "read as the list of the custom role",
        Reading::ProjectKey => "read as what project keys have",
        Reading::Nothing => "read as nothing",
    }
}

/// What is wrong with a custom role.
pub(crate) fn fault_phrase(fault: RoleFault) -> &'static str {
    match fault {
        RoleFault::Missing => "does not exist",
        RoleFault::OtherOrganization => "belongs to another organization",
        RoleFault::Empty => "lists no permission at all",
        RoleFault::Private => "is private to one key, and named by others than bindings of that key",
    }
}

/// What a verdict means.
pub(crate) fn verdict_phrase(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Grants => "grants it",
        Verdict::OffChain => "it applies elsewhere, not at this place or above it",
        Verdict::OtherOrganization => "it belongs to another organization",
        Verdict::OtherOrganizationGroup => "it is held through a group of another organization",
        Verdict::OrganizationOnly => "only a binding at the organization can grant this permission",
        Verdict::ExternalMember => "a built-in role at the organization grants nothing to an `EXTERNAL` member",
        Verdict::NotListed => "the list does not have it",
        Verdict::BelowOrganization => "it grants at the organization itself, not below it",
        Verdict::Silenced => "it does not count, because a binding of the user applies here",
        Verdict::PersonalTeam => "a personal team does not count at the organization",
        Verdict::Archived => "the project is archived",
    }
}

/// Who could make a change.
pub(crate) fn maker_phrase(maker: Maker) -> &'static str {
    match maker {
        Maker::KeyOwner => "the owner of the key could do it, by an edit of the key",
        Maker::OrganizationAdmin => "an organization admin could do it",
        Maker::Nobody => "only the administrator of the directory could",
    }
}

/// What an obstacle means.
pub(crate) fn obstacle_sentence(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::BadFacts => "the question is malformed; this is a defect of the caller",
        Obstacle::NotShown => "the user who asks may not see this",
        Obstacle::PermissionUnknown => "the permission does not exist",
        Obstacle::PlaceUnknown => "the place does not exist",
        Obstacle::PrincipalUnknown => "the principal does not exist",
        Obstacle::ProjectKey => "what project keys hold is fixed, at their own project",
        Obstacle::OtherOrganization => "the key belongs to another organization",
        Obstacle::KeyRevoked => "the key was revoked, which is for good",
        Obstacle::OwnerUnknown => "the owner of the key is not a known user",
        Obstacle::OrganizationOnly => "only bindings at the organization grant it, and no role on offer does there",
        Obstacle::NoRole => "no role on offer grants it here",
        Obstacle::OtherRule => "another rule of the policy denies it all the same",
    }
}

/// A principal, without its id where nobody knows it: what was typed may be the secret of a key.
pub(crate) fn principal_if_known(principal: PrincipalId<'_>, authorizer: &Authorizer) -> String {
    let known = authorizer.read_directory(|directory| directory.principal(principal).is_some());
    match (principal, known) {
        (principal, true) => self::principal(principal),
        (PrincipalId::User(_), false) => "this user".to_owned(),
        (PrincipalId::Key(_), false) => "this key".to_owned(),
        (PrincipalId::ProjectKey(_), false) => "this project key".to_owned(),
    }
}

/// A principal that is known, with its id.
pub(crate) fn principal(principal: PrincipalId<'_>) -> String {
    principal.to_string()
}

/// A place, with its id.
pub(crate) fn place(place: PlaceId<'_>) -> String {
    place.to_string()
}

/// Who did something.
pub(crate) fn who(who: &Who) -> String {
    match who {
        Who::User(id) => format!("user `{id}`"),
        Who::Key(id) => format!("key `{id}`"),
        Who::ProjectKey(id) => format!("project key of `{id}`"),
        Who::Operator(id) => format!("operator `{id}`"),
        Who::Command => "a command on this machine".to_owned(),
    }
}

/// What an operator is for.
pub(crate) fn purposes<'a>(purposes: impl IntoIterator<Item = &'a Purpose>) -> String {
    let words: Vec<&str> = purposes.into_iter().map(|purpose| purpose.as_str()).collect();
    words.join(", ")
}

/// The day of a moment, in UTC.
pub(crate) fn day(moment: Timestamp) -> String {
    moment.to_string().chars().take("2026-01-02".len()).collect()
}

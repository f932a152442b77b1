//! The closed sets of the contract as the words that it has for them.
//!
//! JSON, messages and pages write these words. The wire layout writes numbers.

use core::fmt;

use crate::types::{
    Level, Reading, Reason, ResourceTier, RoleFault, Verdict,
    lifecycle::{Flaw, Kind, Warning},
    repair::{Maker, Obstacle},
};

/// Gives each case of an enum its word in the contract: `ALL`, `as_str` and `Display`.
macro_rules! words {
    ($($Enum:ident { $($Case:ident = $word:literal),+ $(,)? })+) => { $(
        impl $Enum {
            /// All of them, in the order of the contract.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$Case),+];

            /// The word of the contract for it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Case => $word,)+
                }
            }
        }

        impl fmt::Display for $Enum {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.as_str())
            }
        }
    )+ };
}

words! {
    Reason {
        Binding = "binding",
        Floor = "floor",
        TeamMembership = "team-membership",
        ProjectKey = "project-key",
        PermissionUnknown = "permission-unknown",
        PlaceUnknown = "place-unknown",
        PrincipalUnknown = "principal-unknown",
        UserDeactivated = "user-deactivated",
        NotMember = "not-member",
        LiteMember = "lite-member",
        Lacks = "lacks",
        KeyRevoked = "key-revoked",
        KeyExpired = "key-expired",
        OwnerDeactivated = "owner-deactivated",
        KeyLacks = "key-lacks",
        OwnerNotMember = "owner-not-member",
        OwnerLacks = "owner-lacks",
        BadFacts = "bad-facts",
        Readonly = "readonly",
        CreatorDeactivated = "creator-deactivated",
    }
    Reading {
        Everything = "everything",
        OrganizationMember = "organization-member",
        LiteMember = "lite-member",
        Viewer = "viewer",
        Member = "member",
        Admin = "admin",
        Custom = "custom",
        ProjectKey = "project-key",
        Nothing = "nothing",
    }
    RoleFault {
        Missing = "missing",
        OtherOrganization = "other-organization",
        Empty = "empty",
        Private = "private",
    }
    Verdict {
        Grants = "grants",
        OffChain = "off-chain",
        OtherOrganization = "other-organization",
        OtherOrganizationGroup = "other-organization-group",
        OrganizationOnly = "organization-only",
        ExternalMember = "external-member",
        NotListed = "not-listed",
        BelowOrganization = "below-organization",
        Silenced = "silenced",
        PersonalTeam = "personal-team",
        Archived = "archived",
    }
    ResourceTier {
        Organization = "organization",
        Any = "any",
        Platform = "platform",
    }
    Level {
        None = "none",
        Read = "read",
        Write = "write",
    }
    Kind {
        Personal = "personal",
        Service = "service",
    }
    Flaw {
        Missing = "missing",
        TooShort = "too-short",
        TooLong = "too-long",
        TooMany = "too-many",
        NotAllowed = "not-allowed",
        Unreadable = "unreadable",
    }
    Warning {
        WholeOrganization = "whole-organization",
        BornExpired = "born-expired",
        PermissionUnknown = "permission-unknown",
    }
    Maker {
        KeyOwner = "key-owner",
        OrganizationAdmin = "organization-admin",
        Nobody = "nobody",
    }
    Obstacle {
        BadFacts = "bad-facts",
        NotShown = "not-shown",
        PermissionUnknown = "permission-unknown",
        PlaceUnknown = "place-unknown",
        PrincipalUnknown = "principal-unknown",
        ProjectKey = "project-key",
        OtherOrganization = "other-organization",
        KeyRevoked = "key-revoked",
        OwnerUnknown = "owner-unknown",
        OrganizationOnly = "organization-only",
        NoRole = "no-role",
        OtherRule = "other-rule",
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, format, string::ToString};

    use super::*;

    /// The words are the names of the contract's cases, so they are those of Rust's cases in kebab-case, and all different.
    #[test]
    fn a_word_is_the_name_of_the_case() {
        macro_rules! check {
            ($($Enum:ident)+) => { $(
                for member in $Enum::ALL {
                    let name = format!("{member:?}");
                    let case = name.rsplit("::").next().unwrap_or_default();
                    let letters = case.chars().map(|letter| match letter.is_uppercase() {
                        true => format!("-{}", letter.to_ascii_lowercase()),
                        false => letter.to_string(),
                    });
                    let word = letters.collect::<std::string::String>();
                    assert_eq!(word.trim_start_matches('-'), member.to_string(), "{name}");
                }
                assert_eq!($Enum::ALL.map($Enum::as_str).into_iter().collect::<BTreeSet<_>>().len(), $Enum::ALL.len());
            )+ };
        }
        check! { Reason Reading RoleFault Verdict ResourceTier Level Kind Flaw Warning Maker Obstacle }
    }
}

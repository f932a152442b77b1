//! The kinds of findings.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+) => {
        /// A kind of finding. The text of each is stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The stable text, in kebab-case.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

codes! {
    /// Every member can list the personal teams of an organization and their projects.
    PersonalTeamsListed = "personal-teams-listed",
    /// A membership of an organization that does not exist.
    MemberOrganizationUnknown = "member-organization-unknown",
    /// A membership of a user who does not exist.
    MemberUserUnknown = "member-user-unknown",
    /// A personal team whose owner is recorded but does not exist.
    TeamOwnerUnknown = "team-owner-unknown",
    /// A team whose owner is not a member of its organization.
    TeamOwnerNotMember = "team-owner-not-member",
    /// A personal team without an owner.
    TeamOwnerAbsent = "team-owner-absent",
    /// A team membership in a team that does not exist.
    TeamMembershipTeamUnknown = "team-membership-team-unknown",
    /// A team membership of a user who does not exist.
    TeamMembershipUserUnknown = "team-membership-user-unknown",
    /// A team membership of a user who is not a member of the team's organization.
    TeamMembershipNotMember = "team-membership-not-member",
    /// A CUSTOM team membership that names no custom role.
    TeamMembershipRoleAbsent = "team-membership-role-absent",
    /// A team membership with a custom role that does not exist.
    TeamMembershipRoleMissing = "team-membership-role-missing",
    /// A team membership with a custom role of another organization.
    TeamMembershipRoleForeign = "team-membership-role-foreign",
    /// A team membership with a custom role whose list is empty.
    TeamMembershipRoleEmpty = "team-membership-role-empty",
    /// A team membership with a role that is private to keys.
    TeamMembershipRolePrivate = "team-membership-role-private",
    /// A team membership as ADMIN, which counts at the organization too.
    TeamMembershipAdminAtOrganization = "team-membership-admin-at-organization",
    /// A team membership that does not count for as long as a binding stays.
    TeamMembershipSilenced = "team-membership-silenced",
    /// A custom role that an EXTERNAL member has by team membership.
    TeamMembershipExternalCustomRole = "team-membership-external-custom-role",
    /// A group of an organization that does not exist.
    GroupOrganizationUnknown = "group-organization-unknown",
    /// A group with a member who does not exist.
    GroupMemberUnknown = "group-member-unknown",
    /// A group with a member who is not a member of its organization.
    GroupMemberNotMember = "group-member-not-member",
    /// A custom role of an organization that does not exist.
    RoleOrganizationUnknown = "role-organization-unknown",
    /// A custom role without any permission string.
    RoleEmpty = "role-empty",
    /// A custom role with a longer list than any that is accepted.
    RoleTooLong = "role-too-long",
    /// A private role that more than one key, or something else than a key, names.
    RolePrivateShared = "role-private-shared",
    /// A key of an organization that does not exist.
    KeyOrganizationUnknown = "key-organization-unknown",
    /// A key whose owner does not exist.
    KeyOwnerUnknown = "key-owner-unknown",
    /// A key whose owner is not a member of the key's organization.
    KeyOwnerNotMember = "key-owner-not-member",
    /// A key whose owner is deactivated.
    KeyOwnerDeactivated = "key-owner-deactivated",
    /// A service key whose creator does not exist.
    KeyCreatorUnknown = "key-creator-unknown",
    /// A service key whose creator is not a member of the key's organization.
    KeyCreatorNotMember = "key-creator-not-member",
    /// A service key whose creator is deactivated.
    KeyCreatorDeactivated = "key-creator-deactivated",
    /// A key with the label `readonly` and bindings that can write.
    KeyReadonlyWrites = "key-readonly-writes",
    /// A key that can make and edit keys stronger than itself.
    KeyManagesKeys = "key-manages-keys",
    /// A binding stored under an organization that does not exist.
    BindingOrganizationUnknown = "binding-organization-unknown",
    /// A binding whose holder does not exist.
    BindingHolderUnknown = "binding-holder-unknown",
    /// A binding of a user who is not a member of its organization.
    BindingNotMember = "binding-not-member",
    /// A binding of a group or key of another organization.
    BindingHolderForeign = "binding-holder-foreign",
    /// A binding whose scope does not exist.
    BindingScopeUnknown = "binding-scope-unknown",
    /// A binding stored under another organization than its scope's.
    BindingScopeForeign = "binding-scope-foreign",
    /// A binding with a custom role that does not exist.
    BindingRoleMissing = "binding-role-missing",
    /// A binding with a custom role of another organization.
    BindingRoleForeign = "binding-role-foreign",
    /// A binding with a custom role whose list is empty.
    BindingRoleEmpty = "binding-role-empty",
    /// A binding of a user or group with a role that is private to keys.
    BindingRolePrivate = "binding-role-private",
    /// A custom role that an EXTERNAL member has by a binding.
    BindingExternalCustomRole = "binding-external-custom-role",
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_the_name_in_kebab_case() {
        for code in Code::ALL {
            let mut kebab = String::new();
            for (index, letter) in format!("{code:?}").chars().enumerate() {
                if letter.is_uppercase() && index > 0 {
                    kebab.push('-');
                }
                kebab.extend(letter.to_lowercase());
            }
            assert_eq!(code.as_str(), kebab);
        }
    }
}

//! Facts with names, as JSON shows them.

use clearance_directory::document::{Binding, BindingRole, Mode, Timestamp};
use clearance_policy::types::{self, Facts, KeyFacts, Membership, Owner, Place, Principal, PrivateUse, UserFacts, repair::Side};
use serde::Serialize;

use crate::names::{self, Names};

/// What a version was asked about, with names. To be serialized.
#[derive(Clone, Debug, Serialize)]
pub struct FactsShown<'a> {
    /// Milliseconds count: a moment that RFC 3339 cannot write is a number.
    now: Moment,
    /// Absent where the place is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceShown<'a>>,
    /// Absent where the principal is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<PrincipalShown<'a>>,
    roles: Vec<RoleShown<'a>>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Moment {
    Time(Timestamp),
    Millis(u64),
}

#[derive(Clone, Debug, Serialize)]
struct PlaceShown<'a> {
    organization: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    archived: Option<bool>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum PrincipalShown<'a> {
    User(UserShown<'a>),
    Key(KeyShown<'a>),
    ProjectKey(&'a str),
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyShown<'a> {
    id: &'a str,
    organization: &'a str,
    mode: Mode,
    revoked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Moment>,
    creator_deactivated: bool,
    bindings: Vec<Binding>,
    /// Absent where nobody owns the key, and null where the owner is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<Option<UserShown<'a>>>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct UserShown<'a> {
    id: &'a str,
    /// Absent where the user is not a member of the organization of the place.
    #[serde(skip_serializing_if = "Option::is_none")]
    membership: Option<&'static str>,
    deactivated: bool,
    bindings: Vec<Binding>,
    team_memberships: Vec<TeamMembershipShown<'a>>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TeamMembershipShown<'a> {
    team: &'a str,
    organization: &'a str,
    personal: bool,
    role: BindingRole,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_role: Option<Box<str>>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RoleShown<'a> {
    id: &'a str,
    organization: &'a str,
    /// Absent where anybody may name the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    used_by: Option<UsedBy<'a>>,
    permissions: &'a [Box<str>],
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum UsedBy<'a> {
    Key(&'a str),
    Others,
}

impl<'a> FactsShown<'a> {
    pub(super) fn of(facts: &'a Facts, names: &'a Names) -> Self {
        let roles = facts.roles.iter().zip(names.roles()).map(|(role, name)| RoleShown {
            id: &name.id,
            organization: names.id(role.organization),
            used_by: role.private.map(|private| match private {
                PrivateUse::UsedBy(key) => UsedBy::Key(names.id(key)),
                PrivateUse::UsedByOthers => UsedBy::Others,
            }),
            permissions: &name.permissions,
        });
        Self {
            now: moment(facts.now),
            place: PlaceShown::of(&facts.place, names),
            principal: match &facts.principal {
                Principal::Unknown => None,
                Principal::User(user) => Some(PrincipalShown::User(UserShown::of(user, Side::Principal, facts, names))),
                Principal::Key(key) => Some(PrincipalShown::Key(KeyShown::of(key, facts, names))),
                Principal::ProjectKey(key) => Some(PrincipalShown::ProjectKey(names.id(key.project))),
            },
            roles: roles.collect(),
        }
    }
}

fn moment(millis: u64) -> Moment {
    Timestamp::from_millis(millis).map_or(Moment::Millis(millis), Moment::Time)
}

fn bindings(side: Side, facts: &Facts, names: &Names) -> Vec<Binding> {
    (0..names::bindings(facts, side).len()).filter_map(|index| names.binding(facts, side, index)).collect()
}

impl<'a> PlaceShown<'a> {
    fn of(place: &Place, names: &'a Names) -> Option<Self> {
        let organization = |handle| Self { organization: names.id(handle), team: None, project: None, archived: None };
        match place {
            Place::Unknown => None,
            Place::Organization(handle) => Some(organization(*handle)),
            Place::Team(at) => Some(Self { team: Some(names.id(at.team)), ..organization(at.organization) }),
            Place::Project(at) => Some(Self {
                team: Some(names.id(at.team)),
                project: Some(names.id(at.project)),
                archived: Some(at.archived),
                ..organization(at.organization)
            }),
        }
    }
}

impl<'a> KeyShown<'a> {
    fn of(key: &KeyFacts, facts: &'a Facts, names: &'a Names) -> Self {
        Self {
            id: names.id(key.handle),
            organization: names.id(key.organization),
            mode: match key.mode {
                types::Mode::All => Mode::All,
                types::Mode::Readonly => Mode::Readonly,
                types::Mode::Restricted => Mode::Restricted,
            },
            revoked: key.revoked,
            expires: key.expires.map(moment),
            creator_deactivated: key.creator_deactivated,
            bindings: bindings(Side::Principal, facts, names),
            owner: key.owner.as_ref().map(|owner| match owner {
                Owner::Unknown => None,
                Owner::User(user) => Some(UserShown::of(user, Side::Owner, facts, names)),
            }),
        }
    }
}

impl<'a> UserShown<'a> {
    fn of(user: &UserFacts, side: Side, facts: &'a Facts, names: &'a Names) -> Self {
        let team_memberships = user.team_memberships.iter().map(|membership| {
            let (role, custom_role) = names.role(membership.role);
            TeamMembershipShown {
                team: names.id(membership.team),
                organization: names.id(membership.organization),
                personal: membership.personal,
                role,
                custom_role,
            }
        });
        Self {
            id: names.id(user.handle),
            membership: user.membership.map(|membership| match membership {
                Membership::Admin => "ADMIN",
                Membership::Member => "MEMBER",
                Membership::External => "EXTERNAL",
            }),
            deactivated: user.deactivated,
            bindings: bindings(side, facts, names),
            team_memberships: team_memberships.collect(),
        }
    }
}

//! Random facts, well-formed or not: few handles, and every case of every enum.

use clearance_policy::types::{
    Binding, CustomRole, Facts, KeyFacts, Membership, Mode, Owner, PermissionSet, Place, Principal, PrivateUse, ProjectKeyFacts,
    ProjectPlace, Role, Scope, TeamMembership, TeamPlace, Tier, UserFacts,
};
use clearance_policy::wire;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Mostly the same one, so that things meet whatever kind they are of, and the two ends of the range.
pub(crate) fn handle() -> impl Strategy<Value = u64> {
    prop_oneof![6 => Just(1), 2 => Just(2), 1 => select(&[0, 3, u64::MAX][..])]
}

pub(crate) fn moment() -> impl Strategy<Value = u64> {
    select(&[0, 1, 1000, 1001, u64::MAX - 1, u64::MAX][..])
}

/// Within the catalog of the default policy, mostly.
fn permission_set() -> impl Strategy<Value = PermissionSet> {
    let within = any::<(u64, u64)>().prop_map(|(w0, w1)| PermissionSet { w0, w1: w1 & (u64::MAX >> 2), w2: 0, w3: 0 });
    let anything = any::<(u64, u64, u64, u64)>().prop_map(|(w0, w1, w2, w3)| PermissionSet { w0, w1, w2, w3 });
    prop_oneof![30 => within, 1 => anything]
}

fn custom_role() -> impl Strategy<Value = CustomRole> {
    let private = option::of(prop_oneof![handle().prop_map(PrivateUse::UsedBy), Just(PrivateUse::UsedByOthers)]);
    (handle(), private, proptest::bool::weighted(0.2), permission_set())
        .prop_map(|(organization, private, empty, permissions)| CustomRole { organization, private, empty, permissions })
}

/// The third and later custom roles often do not exist.
fn role() -> impl Strategy<Value = Role> {
    let index = prop_oneof![30 => 0_u32..2, 1 => 2_u32..4, 1 => Just(u32::MAX)];
    prop_oneof![Just(Role::Admin), Just(Role::Member), Just(Role::Viewer), Just(Role::Missing), index.prop_map(Role::Custom)]
}

fn scope() -> impl Strategy<Value = Scope> {
    (select(&[Tier::Organization, Tier::Team, Tier::Project][..]), handle()).prop_map(|(tier, at)| Scope { tier, at })
}

pub(crate) fn binding(group: f64) -> impl Strategy<Value = Binding> {
    (handle(), scope(), role(), option::weighted(group, handle())).prop_map(|(organization, scope, role, group)| Binding {
        organization,
        scope,
        role,
        group,
    })
}

fn team_membership() -> impl Strategy<Value = TeamMembership> {
    (handle(), handle(), any::<bool>(), role()).prop_map(|(team, organization, personal, role)| TeamMembership {
        team,
        organization,
        personal,
        role,
    })
}

pub(crate) fn user() -> impl Strategy<Value = UserFacts> {
    let membership = option::weighted(0.8, select(&[Membership::Admin, Membership::Member, Membership::External][..]));
    (handle(), membership, vec(binding(0.3), 0..4), vec(team_membership(), 0..3), proptest::bool::weighted(0.1)).prop_map(
        |(handle, membership, bindings, team_memberships, deactivated)| UserFacts {
            handle,
            membership,
            bindings,
            team_memberships,
            deactivated,
        },
    )
}

fn key() -> impl Strategy<Value = KeyFacts> {
    let mode = select(&[Mode::All, Mode::Readonly, Mode::Restricted][..]);
    let owner = option::of(prop_oneof![1 => Just(Owner::Unknown), 4 => user().prop_map(Owner::User)]);
    let dates = (option::of(moment()), proptest::bool::weighted(0.1));
    (handle(), handle(), mode, any::<bool>(), dates, vec(binding(0.02), 0..4), owner).prop_map(
        |(handle, organization, mode, creator_deactivated, (expires, revoked), bindings, owner)| KeyFacts {
            handle,
            organization,
            mode,
            creator_deactivated,
            expires,
            revoked,
            bindings,
            owner,
        },
    )
}

pub(crate) fn team_place() -> impl Strategy<Value = TeamPlace> {
    (handle(), handle()).prop_map(|(team, organization)| TeamPlace { team, organization })
}

pub(crate) fn project_place() -> impl Strategy<Value = ProjectPlace> {
    (handle(), handle(), handle(), any::<bool>()).prop_map(|(project, team, organization, archived)| ProjectPlace {
        project,
        team,
        organization,
        archived,
    })
}

pub(crate) fn place() -> impl Strategy<Value = Place> {
    let team = team_place().prop_map(Place::Team);
    let project = project_place().prop_map(Place::Project);
    prop_oneof![1 => Just(Place::Unknown), 4 => handle().prop_map(Place::Organization), 4 => team, 6 => project]
}

/// Facts about anyone anywhere. About one in five is malformed.
pub(crate) fn facts() -> impl Strategy<Value = Facts> {
    let principal = prop_oneof![
        1 => Just(Principal::Unknown),
        6 => user().prop_map(Principal::User),
        9 => key().prop_map(Principal::Key),
        1 => handle().prop_map(|project| Principal::ProjectKey(ProjectKeyFacts { project })),
    ];
    (moment(), place(), principal, vec(custom_role(), 0..4)).prop_map(|(now, place, principal, roles)| Facts {
        now,
        place,
        principal,
        roles,
    })
}

/// The facts that bytes stand for, if they stand for any. The codec reads whole messages as answers alone, and answers begin with
/// a word 0.
pub(crate) fn decode(bytes: &[u8]) -> Option<Facts> {
    wire::answer(&[&[0; 8], bytes].concat()).ok()
}

/// A permission number, of the catalog or not.
pub(crate) fn permission() -> impl Strategy<Value = u32> {
    prop_oneof![20 => 0_u32..126, 1 => select(&[126, 127, 128, 255, 256, 1 << 31, u32::MAX][..])]
}

//! Random documents that a directory accepts.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Deref;

use clearance_directory::document::{
    Binding, BindingRole, Document, Group, Holder, Key, Member, MemberRole, Mode, Organization, Project, Role, RoleKind, Scope,
    Sensitive, Team, TeamMembership, Timestamp, User,
};
use clearance_tests::case::NOW;
use clearance_tests::question::{Principal, Situation};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

const ORGANIZATIONS: u8 = 2;
const USERS: u8 = 4;
const TEAMS: u8 = 4;
const PROJECTS: u8 = 5;
const GROUPS: u8 = 3;
const ROLES: u8 = 5;
const KEYS: u8 = 4;

/// Around `NOW`: long ago, just before, now, just after, long after.
const MOMENTS: [u64; 5] = [1, NOW - 1, NOW, NOW + 1, 4_000_000_000_000];

fn id(kind: &str, number: u8) -> Box<str> {
    format!("{kind}{number}").into()
}

/// Now and then one id more than there are things: an unknown one.
fn any_id(kind: &'static str, count: u8) -> impl Strategy<Value = Box<str>> {
    prop_oneof![24 => 0..count, 1 => Just(count)].prop_map(move |number| id(kind, number))
}

fn known_id(kind: &'static str, count: u8) -> impl Strategy<Value = Box<str>> {
    (0..count).prop_map(move |number| id(kind, number))
}

fn sometimes(weight: f64) -> impl Strategy<Value = Option<Timestamp>> {
    option::weighted(weight, timestamp())
}

fn timestamp() -> impl Strategy<Value = Timestamp> {
    select(&MOMENTS[..]).prop_map(|millis| Timestamp::from_millis(millis).expect("a moment"))
}

fn users() -> impl Strategy<Value = Vec<User>> {
    vec(sometimes(0.08), usize::from(USERS)).prop_map(|deactivated| {
        let user = |(number, deactivated_at)| User { id: id("u", number), name: None, email: None, deactivated_at };
        (0..).zip(deactivated).map(user).collect()
    })
}

fn member_role() -> impl Strategy<Value = MemberRole> {
    prop_oneof![1 => Just(MemberRole::Admin), 3 => Just(MemberRole::Member), 2 => Just(MemberRole::External)]
}

/// Most are in the first organization, some in the second, some in one that does not exist, and an unknown user may be left.
fn members() -> impl Strategy<Value = Vec<Member>> {
    let roles = |weight| vec(option::weighted(weight, member_role()), usize::from(USERS) + 1);
    (roles(0.8), roles(0.3), roles(0.1)).prop_map(|(first, second, unknown)| {
        let of = |organization, roles: Vec<Option<MemberRole>>| {
            let row = move |(user, role)| Some(Member { organization: id("o", organization), user: id("u", user), role: role? });
            (0..).zip(roles).filter_map(row)
        };
        of(0, first).chain(of(1, second)).chain(of(2, unknown)).collect()
    })
}

fn teams() -> impl Strategy<Value = Vec<Team>> {
    let organization = prop_oneof![3 => Just(0_u8), 1 => Just(1)];
    vec((organization, proptest::bool::weighted(0.25), option::of(any_id("u", USERS))), usize::from(TEAMS)).prop_map(|rows| {
        let team = |(number, (organization, personal, owner))| Team {
            id: id("t", number),
            organization: id("o", organization),
            name: None,
            personal,
            owner,
        };
        (0..).zip(rows).map(team).collect()
    })
}

fn projects() -> impl Strategy<Value = Vec<Project>> {
    let row = (known_id("t", TEAMS), proptest::bool::weighted(0.7), sometimes(0.2));
    vec(row, usize::from(PROJECTS)).prop_map(|rows| {
        let project = |(number, (team, has_key, archived_at)): (u8, (_, bool, _))| Project {
            id: id("p", number),
            team,
            name: None,
            project_key: has_key.then(|| Sensitive::new(format!("sk-lw-{number}"))),
            archived_at,
        };
        (0..).zip(rows).map(project).collect()
    })
}

fn groups() -> impl Strategy<Value = Vec<Group>> {
    let organization = prop_oneof![3 => Just(0_u8), 1 => Just(1), 1 => Just(2)];
    vec((organization, btree_set(any_id("u", USERS), 0..4)), usize::from(GROUPS)).prop_map(|rows| {
        let group = |(number, (organization, members)): (u8, (u8, BTreeSet<_>))| Group {
            id: id("g", number),
            organization: id("o", organization),
            name: None,
            members: members.into_iter().collect(),
        };
        (0..).zip(rows).map(group).collect()
    })
}

/// Strings of a custom role: catalog permissions of every tier, some that imply others, and some that mean nothing.
const STRINGS: [&str; 20] = [
    "organization:view",
    "organization:manage",
    "project:view",
    "project:manage",
    "team:manage",
    "traces:view",
    "traces:manage",
    "traces:share",
    "datasets:manage",
    "prompts:update",
    "ops:view",
    "ops:manage",
    "virtualKeys:manage",
    "gatewayGuardrails:manage",
    "aiTools:manage",
    "webhookEndpoints:view",
    "analytics:share",
    "Traces:view",
    "*",
    "",
];

fn roles() -> impl Strategy<Value = Vec<Role>> {
    let organization = prop_oneof![5 => Just(0_u8), 1 => Just(1), 1 => Just(2)];
    let kind = prop_oneof![Just(RoleKind::Custom), Just(RoleKind::Key)];
    vec((organization, kind, vec(select(&STRINGS[..]), 0..5)), usize::from(ROLES)).prop_map(|rows| {
        let role = |(number, (organization, kind, permissions)): (u8, (u8, RoleKind, Vec<&str>))| Role {
            id: id("r", number),
            organization: id("o", organization),
            kind,
            name: id("r", number),
            permissions: permissions.into_iter().map(Into::into).collect(),
        };
        (0..).zip(rows).map(role).collect()
    })
}

fn keys() -> impl Strategy<Value = Vec<Key>> {
    let organization = prop_oneof![5 => Just(0_u8), 1 => Just(1)];
    let mode = select(&[Mode::All, Mode::Readonly, Mode::Restricted][..]);
    let owner = option::weighted(0.7, any_id("u", USERS));
    vec((organization, mode, owner, sometimes(0.2), sometimes(0.08)), usize::from(KEYS)).prop_map(|rows| {
        let key = |(number, (organization, mode, owner, expires_at, revoked_at))| Key {
            id: id("k", number),
            organization: id("o", organization),
            name: id("k", number),
            description: None,
            mode,
            owner,
            created_by: Some(id("u", number)),
            created_at: None,
            expires_at,
            revoked_at,
            last_used_at: None,
            ingestion_source: None,
            lookup_id: None,
            hashed_secret: None,
        };
        (0..).zip(rows).map(key).collect()
    })
}

fn scope() -> impl Strategy<Value = Scope> {
    prop_oneof![
        3 => prop_oneof![2 => Just(id("o", 0)), 1 => any_id("o", ORGANIZATIONS)].prop_map(Scope::Organization),
        3 => any_id("t", TEAMS).prop_map(Scope::Team),
        3 => any_id("p", PROJECTS).prop_map(Scope::Project),
    ]
}

fn holder() -> impl Strategy<Value = Holder> {
    prop_oneof![
        4 => any_id("u", USERS).prop_map(Holder::User),
        2 => any_id("g", GROUPS).prop_map(Holder::Group),
        5 => any_id("k", KEYS).prop_map(Holder::Key),
    ]
}

fn role() -> impl Strategy<Value = (BindingRole, Option<Box<str>>)> {
    prop_oneof![
        1 => Just((BindingRole::Admin, None)),
        1 => Just((BindingRole::Member, None)),
        1 => Just((BindingRole::Viewer, None)),
        3 => any_id("r", ROLES).prop_map(|role| (BindingRole::Custom, Some(role))),
    ]
}

/// A binding without an id. Most are stored under the first organization, as most of the tree is there.
pub(crate) fn binding() -> impl Strategy<Value = Binding> {
    let organization = prop_oneof![6 => Just(0_u8), 2 => Just(1), 1 => Just(2)].prop_map(|organization| id("o", organization));
    (organization, holder(), role(), scope()).prop_map(|(organization, holder, (role, custom_role), scope)| Binding {
        id: "".into(),
        organization,
        holder,
        role,
        custom_role,
        scope,
    })
}

/// Ids that do not sort as they count, in the order of the rows or not.
fn bindings() -> impl Strategy<Value = Vec<Binding>> {
    let numbered = vec(binding(), 4..32).prop_map(|mut rows| {
        (1..).zip(&mut rows).for_each(|(number, row)| row.id = id("b", number));
        rows
    });
    numbered.prop_shuffle()
}

fn team_memberships() -> impl Strategy<Value = Vec<TeamMembership>> {
    let role = prop_oneof![9 => role(), 1 => Just((BindingRole::Custom, None))];
    btree_map((0..TEAMS, 0..=USERS), role, 0..8).prop_map(|rows| {
        let row =
            |((team, user), (role, custom_role))| TeamMembership { team: id("t", team), user: id("u", user), role, custom_role };
        rows.into_iter().map(row).collect()
    })
}

/// A random document. A failure shows it as JSON.
#[derive(Clone)]
pub(crate) struct Drawn(Document);

impl Deref for Drawn {
    type Target = Document;

    fn deref(&self) -> &Document {
        &self.0
    }
}

impl fmt::Debug for Drawn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&serde_json::to_string(&self.0).map_err(|_| fmt::Error)?)
    }
}

/// A document.
pub(crate) fn document() -> impl Strategy<Value = Drawn> {
    let organizations = (0..ORGANIZATIONS).map(|number| Organization { id: id("o", number), name: None }).collect::<Vec<_>>();
    let tree = (teams(), projects());
    let people = (users(), members(), groups(), team_memberships());
    let power = (roles(), keys(), bindings());
    (Just(organizations), tree, people, power).prop_map(
        |(organizations, (teams, projects), (users, members, groups, team_memberships), (roles, keys, bindings))| {
            Drawn(Document { organizations, users, members, teams, team_memberships, projects, groups, roles, keys, bindings })
        },
    )
}

/// A principal that may be unknown.
pub(crate) fn principal() -> impl Strategy<Value = Principal> {
    prop_oneof![
        4 => any_id("u", USERS).prop_map(|id| Principal::User(id.into())),
        5 => any_id("k", KEYS).prop_map(|id| Principal::Key(id.into())),
        1 => any_id("p", PROJECTS).prop_map(|id| Principal::ProjectKey(id.into())),
    ]
}

/// A moment around those that documents hold.
pub(crate) fn moment() -> impl Strategy<Value = u64> {
    select(&MOMENTS[..])
}

/// A principal at a node at a moment.
pub(crate) fn situation() -> impl Strategy<Value = Situation> {
    (principal(), scope(), moment()).prop_map(|(principal, at, now)| Situation { principal, at, now })
}

/// An organization with every node below it.
pub(crate) fn places(document: &Document, organization: &str) -> Vec<Scope> {
    let teams = || document.teams.iter().filter(|team| *team.organization == *organization);
    let projects = document.projects.iter().filter(|project| teams().any(|team| team.id == project.team));
    let below = teams().map(|team| Scope::Team(team.id.clone())).chain(projects.map(|row| Scope::Project(row.id.clone())));
    std::iter::once(Scope::Organization(organization.into())).chain(below).collect()
}

/// The name of a permission: of the catalog, or not.
pub(crate) fn permission(catalog: &[String]) -> impl Strategy<Value = String> + use<> {
    let catalog = catalog.to_vec();
    let known = any::<Index>().prop_map(move |index| index.get(&catalog).clone());
    let unknown = select(&["", "traces:manage", "Traces:view", "traces:view ", "*", "view"][..]).prop_map(str::to_owned);
    prop_oneof![9 => known, 1 => unknown]
}

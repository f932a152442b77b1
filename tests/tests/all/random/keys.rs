//! Random questions about keys. The asker is often an administrator, so that not everything is refused at once.

use clearance_policy::langwatch::CATALOG;
use clearance_policy::types::lifecycle::{
    Assignee, Ceiling, Change, Draft, Edit, Field, KeyOwner, KeyQuestion, Kind, ProjectKeyUse, Sight, Spot, StoredKey,
    TextChange, WantedBinding, WantedProject, WantedRole, Workspace,
};
use clearance_policy::types::{
    Binding, Facts, KeyFacts, Membership, Mode, Owner, Place, Principal, ProjectPlace, Reason, Role, Scope, TeamPlace, Tier,
    UserFacts,
};
use clearance_tests::evaluator::{Evaluator, Native};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::facts;

fn name() -> impl Strategy<Value = String> {
    let long = "n".repeat(101);
    let odd = select(vec![String::new(), "Langy session".into(), "Langy session ".into(), long, "🔑".repeat(50)]);
    prop_oneof![6 => Just("ci".into()), 1 => odd]
}

fn description() -> impl Strategy<Value = String> {
    prop_oneof![6 => Just("for ci".into()), 1 => Just("d".repeat(501)), 1 => Just(String::new())]
}

/// Of the catalog, beside it, or nonsense.
fn permission() -> impl Strategy<Value = String> {
    let known = select(CATALOG.permissions).prop_map(|permission| permission.name.into());
    let beside = select(&["traces:rotate", "traces:manage", "organization:share", "datasets:attach"][..]).prop_map(String::from);
    let nonsense = select(&["", "traces:fly", "traces", "Traces:view"][..]).prop_map(String::from);
    prop_oneof![20 => known, 6 => beside, 1 => nonsense]
}

fn permissions() -> impl Strategy<Value = Vec<String>> {
    prop_oneof![2 => Just(vec![]), 3 => vec(permission(), 1..5)]
}

fn mode() -> impl Strategy<Value = Option<Mode>> {
    select(&[None, Some(Mode::All), Some(Mode::Readonly), Some(Mode::Restricted), Some(Mode::Restricted)][..])
}

fn role() -> impl Strategy<Value = WantedRole> {
    use WantedRole::{Admin, Custom, Member, Viewer};
    select(&[Admin, Member, Viewer, Custom, Custom][..])
}

fn workspace() -> impl Strategy<Value = Workspace> {
    let personal = option::of(facts::handle()).prop_map(Workspace::Personal);
    prop_oneof![6 => Just(Workspace::Shared), 1 => personal]
}

fn everything() -> Binding {
    Binding { organization: 1, scope: Scope { tier: Tier::Organization, at: 1 }, role: Role::Admin, group: None }
}

fn user_of(facts: &mut Facts) -> Option<&mut UserFacts> {
    match &mut facts.principal {
        Principal::User(user) | Principal::Key(KeyFacts { owner: Some(Owner::User(user)), .. }) => Some(user),
        _ => None,
    }
}

/// The same without custom roles, if they are malformed.
fn sound(mut facts: Facts) -> Facts {
    if Native.decide(&facts, 0).reason == Reason::BadFacts {
        facts.roles.clear();
        let plain = |binding: &Binding| !matches!(binding.role, Role::Custom(_)) && binding.group.is_none();
        if let Some(user) = user_of(&mut facts) {
            user.bindings.retain(plain);
            user.team_memberships.clear();
        }
        if let Principal::Key(key) = &mut facts.principal {
            key.bindings.retain(plain);
        }
    }
    facts
}

/// Facts about the asker: mostly at the organization that things are in, often with everything there.
pub(crate) fn asker() -> impl Strategy<Value = Facts> {
    (facts::facts().boxed(), 0_u32..10, 0_u32..3).prop_map(|(mut facts, place, power)| {
        if place > 0 {
            facts.place = Place::Organization(1);
        }
        if power > 0 {
            facts = sound(facts);
            if let Some(user) = user_of(&mut facts) {
                (user.handle, user.deactivated) = (1, false);
                user.membership = user.membership.or(Some(Membership::Member));
                if power > 1 {
                    user.bindings.push(everything());
                }
            }
            if let Principal::Key(key) = &mut facts.principal {
                (key.organization, key.revoked, key.expires) = (1, false, None);
                key.bindings.push(everything());
            }
        }
        facts
    })
}

fn ceiling() -> impl Strategy<Value = Ceiling> {
    let lists = vec(vec(permission(), 0..4), 4);
    (facts::facts().boxed(), 0_u32..12, 0_u32..3, lists).prop_map(|(mut facts, kind, power, mut names)| {
        if kind > 0 && !matches!(facts.principal, Principal::Unknown) {
            facts = sound(facts);
            let user = user_of(&mut facts).cloned();
            let empty = UserFacts { handle: 1, membership: None, bindings: vec![], team_memberships: vec![], deactivated: false };
            let mut user = UserFacts { handle: 1, ..user.unwrap_or(empty) };
            if power > 0 {
                (user.membership, user.deactivated) = (Some(Membership::Member), false);
                user.bindings.push(everything());
            }
            facts.place = match facts.place {
                Place::Team(team) if power > 1 => Place::Team(TeamPlace { organization: 1, ..team }),
                Place::Project(project) if power > 1 => {
                    Place::Project(ProjectPlace { organization: 1, archived: false, ..project })
                }
                Place::Organization(_) | Place::Unknown if power > 1 => Place::Organization(1),
                other => other,
            };
            facts.principal = Principal::User(user);
        }
        if kind > 1 {
            names.resize(facts.roles.len(), vec![]);
        }
        Ceiling { facts, names }
    })
}

/// Boxed, as all that is large: the stack of a test is small.
fn binding() -> BoxedStrategy<WantedBinding> {
    (role(), workspace(), ceiling()).prop_map(|(role, workspace, ceiling)| WantedBinding { role, workspace, ceiling }).boxed()
}

fn project() -> impl Strategy<Value = WantedProject> {
    (facts::place(), workspace()).prop_map(|(place, workspace)| WantedProject { place, workspace })
}

/// Makes the three that go together fit, where a restricted key is meant at all.
fn fit(mode: &mut Option<Mode>, bindings: &mut [WantedBinding], permissions: &mut Vec<String>) {
    let custom = bindings.iter().any(|binding| binding.role == WantedRole::Custom);
    if *mode == Some(Mode::Restricted) || custom || !permissions.is_empty() {
        *mode = Some(Mode::Restricted);
        permissions.retain(|name| CATALOG.can_list(name));
        if permissions.is_empty() {
            permissions.push("traces:view".into());
        }
        if let Some(binding) = bindings.first_mut() {
            binding.role = WantedRole::Custom;
        }
    }
}

fn unreadable() -> impl Strategy<Value = Vec<Spot>> {
    use Field::{Assignee, Bindings, Description, Expires, Mode, Name, Permissions, Projects};
    let fields = [Assignee, Bindings, Description, Expires, Field::Kind, Name, Mode, Permissions, Projects];
    let spot = (select(fields.to_vec()), option::of(0_u32..3)).prop_map(|(field, index)| Spot { field, index });
    prop_oneof![8 => Just(vec![]), 1 => vec(spot, 1..4)]
}

fn assignee() -> impl Strategy<Value = Option<Assignee>> {
    let membership = option::weighted(0.8, select(&[Membership::Admin, Membership::Member, Membership::External][..]));
    let assignee = (option::weighted(0.9, facts::handle()), membership, proptest::bool::weighted(0.1));
    option::weighted(0.3, assignee.prop_map(|(user, membership, deactivated)| Assignee { user, membership, deactivated }))
}

fn draft() -> impl Strategy<Value = Draft> {
    let kind = select(&[None, Some(Kind::Personal), Some(Kind::Service)][..]);
    let texts = (option::weighted(0.95, name()), option::of(description()), option::of(facts::moment()));
    let bindings = prop_oneof![12 => vec(binding(), 0..4), 1 => binding().prop_map(|binding| vec![binding; 21])];
    let projects =
        prop_oneof![6 => Just(vec![]), 2 => vec(project(), 1..3), 1 => project().prop_map(|project| vec![project; 51])];
    let lists = (permissions(), bindings, projects);
    (unreadable(), kind, texts, mode(), assignee(), lists, 0_u32..4).prop_map(
        |(unreadable, kind, (name, description, expires), mut mode, assignee, (mut permissions, mut bindings, projects), odd)| {
            if odd > 0 {
                fit(&mut mode, &mut bindings, &mut permissions);
            }
            Draft { unreadable, kind, name, description, expires, mode, assignee, permissions, bindings, projects }
        },
    )
}

pub(crate) fn stored_key() -> impl Strategy<Value = StoredKey> {
    let user = facts::handle().prop_map(KeyOwner::User);
    let owner = prop_oneof![2 => Just(KeyOwner::Nobody), 1 => Just(KeyOwner::Unknown), 4 => user];
    let name = prop_oneof![9 => Just("old"), 1 => Just("Langy session")].prop_map(String::from);
    let flags = (proptest::bool::weighted(0.3), proptest::bool::weighted(0.2));
    let organization = prop_oneof![5 => Just(1), 1 => facts::handle()];
    (facts::handle(), organization, owner, name, flags).prop_map(|(handle, organization, owner, name, (ingestion, revoked))| {
        StoredKey { handle, organization, owner, name, ingestion, revoked }
    })
}

fn change() -> impl Strategy<Value = Change> {
    let description = prop_oneof![Just(TextChange::Keep), Just(TextChange::Clear), description().prop_map(TextChange::Set)];
    let bindings = option::of(vec(binding(), 0..4));
    (unreadable(), option::of(name()), description, mode(), permissions(), bindings, 0_u32..4).prop_map(
        |(unreadable, name, description, mut mode, mut permissions, mut bindings, odd)| {
            if let (Some(bindings), true) = (&mut bindings, odd > 0) {
                fit(&mut mode, bindings, &mut permissions);
            }
            Change { unreadable, name, description, mode, permissions, bindings }
        },
    )
}

fn sight() -> impl Strategy<Value = Sight> {
    let teams = vec(facts::team_place(), 0..4).prop_map(Sight::Teams);
    let projects = vec(facts::project_place(), 0..4).prop_map(Sight::Projects);
    prop_oneof![
        vec(stored_key(), 0..4).prop_map(Sight::KeyNames),
        vec(facts::binding(0.3), 0..4).prop_map(Sight::OwnBindings),
        teams,
        projects,
        vec(facts::handle(), 0..4).prop_map(Sight::Members),
    ]
}

/// Any question about keys, half of them whether one can be made.
pub(crate) fn question() -> impl Strategy<Value = KeyQuestion> {
    let key = || option::weighted(0.9, stored_key());
    let edit = (key(), change()).prop_map(|(key, change)| KeyQuestion::Edit(Edit { key, change }));
    prop_oneof![
        8 => draft().prop_map(KeyQuestion::Create).boxed(),
        4 => edit.boxed(),
        1 => key().prop_map(KeyQuestion::Revoke),
        1 => vec(stored_key(), 0..8).prop_map(KeyQuestion::List),
        1 => key().prop_map(KeyQuestion::Read),
        1 => sight().prop_map(KeyQuestion::Look).boxed(),
        1 => select(&[ProjectKeyUse::Read, ProjectKeyUse::Rotate][..]).prop_map(KeyQuestion::ProjectKey),
    ]
}

//! What the numbers in facts, and in answers about them, stand for.

use std::{collections::BTreeMap, sync::Arc};

use clearance_directory::{
    Directory, Gathered,
    document::{Binding, BindingRole, Holder, Scope},
};
use clearance_policy::types::{
    self, Facts, Handle, KeyFacts, Owner, Place, Principal, PrivateUse, Role, Tier, UserFacts, repair::Side,
};
use clearance_question::Digest;
use serde::{Deserialize, Serialize};

use crate::{
    Decision,
    explanation::{ExplainedSide, Explanation, Source, Step},
};

/// The ids of all that facts are about. Without it they are numbers, which mean something to one directory only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Names {
    /// Organizations, teams, projects, users and keys.
    handles: BTreeMap<Handle, Box<str>>,
    /// As many as the principal has bindings.
    bindings: Vec<BindingName>,
    /// As many as the owner has.
    owner_bindings: Vec<BindingName>,
    /// As many as there are roles.
    roles: Vec<RoleName>,
}

/// What facts do not say of a binding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct BindingName {
    id: Box<str>,
    /// The group through which it is held.
    group: Option<Box<str>>,
    /// The custom role that it names and that does not exist.
    missing: Option<Box<str>>,
}

/// What facts do not say of a custom role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RoleName {
    pub(crate) id: Box<str>,
    pub(crate) permissions: Vec<Box<str>>,
}

impl Names {
    pub(crate) fn of(directory: &Directory, gathered: &Gathered) -> Self {
        let id = |handle: &Handle| Some((*handle, directory.handle_id(*handle)?.into()));
        let bindings = |side| {
            let rows = gathered.bindings(side).iter().map(|slot| directory.binding_row(*slot));
            rows.map(|row| BindingName::of(directory, row)).collect()
        };
        let role = |role: &_| RoleName { id: directory.role_id(*role).into(), permissions: directory.role_list(*role) };
        Self {
            handles: handles(&gathered.facts).iter().filter_map(id).collect(),
            bindings: bindings(Side::Principal),
            owner_bindings: bindings(Side::Owner),
            roles: gathered.roles().iter().map(role).collect(),
        }
    }

    /// Whether everything in these facts has a name, and nothing else has.
    pub(crate) fn fit(&self, facts: &Facts) -> bool {
        let (principal, owner) = (bindings(facts, Side::Principal), bindings(facts, Side::Owner));
        let mut handles = handles(facts);
        handles.sort_unstable();
        handles.dedup();
        self.handles.keys().eq(handles.iter())
            && self.bindings.len() == principal.len()
            && self.owner_bindings.len() == owner.len()
            && self.roles.len() == facts.roles.len()
    }

    pub(crate) fn id(&self, handle: Handle) -> &str {
        self.handles.get(&handle).map_or("", |id| id)
    }

    pub(crate) fn roles(&self) -> &[RoleName] {
        &self.roles
    }

    /// What a policy answered about these facts, with names.
    pub(crate) fn explanation(&self, facts: &Facts, policy: Digest, explanation: &types::Explanation) -> Explanation {
        let types::Explanation { decision, principal, owner, since, until } = explanation;
        let answer = Answer { names: self, facts, policy };
        Explanation {
            decision: answer.decision(*decision, Side::Principal),
            principal: answer.side(principal, Side::Principal),
            owner: owner.as_ref().map(|owner| answer.side(owner, Side::Owner)),
            since: *since,
            until: *until,
        }
    }

    /// A binding as the directory stores it. `None` means that there is no such index.
    pub(crate) fn binding(&self, facts: &Facts, side: Side, index: usize) -> Option<Binding> {
        let BindingName { id, group, missing } = match side {
            Side::Principal => self.bindings.get(index)?,
            Side::Owner => self.owner_bindings.get(index)?,
        };
        let types::Binding { organization, scope, role, .. } = bindings(facts, side).get(index)?;
        let (role, custom_role) = self.role(*role);
        let holder = match (group, user(facts, side), &facts.principal) {
            (Some(group), ..) => Holder::Group(group.clone()),
            (None, Some(user), _) => Holder::User(self.id(user.handle).into()),
            (None, None, Principal::Key(key)) => Holder::Key(self.id(key.handle).into()),
            (None, None, _) => return None,
        };
        Some(Binding {
            id: id.clone(),
            organization: self.id(*organization).into(),
            holder,
            role,
            custom_role: custom_role.or_else(|| missing.clone()),
            scope: self.scope(scope.tier, scope.at),
        })
    }

    /// A role as a row names it.
    pub(crate) fn role(&self, role: Role) -> (BindingRole, Option<Box<str>>) {
        match role {
            Role::Admin => (BindingRole::Admin, None),
            Role::Member => (BindingRole::Member, None),
            Role::Viewer => (BindingRole::Viewer, None),
            Role::Missing => (BindingRole::Custom, None),
            Role::Custom(index) => (BindingRole::Custom, get(&self.roles, index).map(|role| role.id.clone())),
        }
    }

    /// A place as a row names it.
    pub(crate) fn scope(&self, tier: Tier, at: Handle) -> Scope {
        let id = self.id(at).into();
        match tier {
            Tier::Organization => Scope::Organization(id),
            Tier::Team => Scope::Team(id),
            Tier::Project => Scope::Project(id),
        }
    }
}

impl BindingName {
    fn of(directory: &Directory, row: Option<Binding>) -> Self {
        let Some(Binding { id, holder, custom_role, .. }) = row else {
            return Self { id: Box::default(), group: None, missing: None };
        };
        let group = match holder {
            Holder::Group(group) => Some(group),
            Holder::User(_) | Holder::Key(_) => None,
        };
        Self { id, group, missing: custom_role.filter(|role| directory.role(role).is_none()) }
    }
}

/// An answer of a policy that gets its names.
struct Answer<'a> {
    names: &'a Names,
    facts: &'a Facts,
    policy: Digest,
}

impl Answer<'_> {
    fn side(&self, types::Leg { decision, steps }: &types::Leg, side: Side) -> ExplainedSide {
        let steps = steps.iter().filter_map(|step| self.step(step, side)).collect();
        ExplainedSide { decision: self.decision(*decision, side), steps }
    }

    fn decision(&self, types::Decision { allow, reason, binding }: types::Decision, side: Side) -> Decision {
        let names = match side {
            Side::Principal => &self.names.bindings,
            Side::Owner => &self.names.owner_bindings,
        };
        let binding = binding.and_then(|index| get(names, index)).map(|name| Arc::from(&*name.id));
        Decision { allow, reason, binding, policy: self.policy }
    }

    /// `None` means that the policy named an index that it was not given, which the host has already refused.
    fn step(&self, types::Step { source, reading, fault, verdict }: &types::Step, side: Side) -> Option<Step> {
        let source = match *source {
            types::Source::Floor => Source::Floor,
            types::Source::ProjectKey => Source::ProjectKey,
            types::Source::Binding(index) => {
                Source::Binding(self.names.binding(self.facts, side, usize::try_from(index).ok()?)?)
            }
            types::Source::TeamMembership(index) => {
                let membership = get(&user(self.facts, side)?.team_memberships, index)?;
                let (role, custom_role) = self.names.role(membership.role);
                Source::TeamMembership { team: self.names.id(membership.team).into(), role, custom_role }
            }
        };
        Some(Step { source, reading: *reading, fault: *fault, verdict: *verdict })
    }
}

fn get<T>(items: &[T], index: u32) -> Option<&T> {
    items.get(usize::try_from(index).ok()?)
}

/// The user of one side.
pub(crate) fn user(facts: &Facts, side: Side) -> Option<&UserFacts> {
    match (&facts.principal, side) {
        (Principal::User(user), Side::Principal) => Some(user),
        (Principal::Key(KeyFacts { owner: Some(Owner::User(user)), .. }), Side::Owner) => Some(user),
        _ => None,
    }
}

/// The organization of a place.
pub(crate) fn organization(place: &Place) -> Option<Handle> {
    match place {
        Place::Unknown => None,
        Place::Organization(organization) => Some(*organization),
        Place::Team(at) => Some(at.organization),
        Place::Project(at) => Some(at.organization),
    }
}

/// The bindings of one side.
pub(crate) fn bindings(facts: &Facts, side: Side) -> &[types::Binding] {
    match (&facts.principal, side) {
        (Principal::Key(key), Side::Principal) => &key.bindings,
        _ => user(facts, side).map_or(&[], |user| &user.bindings),
    }
}

/// Every handle, in no order, some more than once.
fn handles(facts: &Facts) -> Vec<Handle> {
    let mut found = Vec::new();
    match &facts.place {
        Place::Unknown => {}
        Place::Organization(organization) => found.push(*organization),
        Place::Team(place) => found.extend([place.team, place.organization]),
        Place::Project(place) => found.extend([place.project, place.team, place.organization]),
    }
    match &facts.principal {
        Principal::Key(key) => found.extend([key.handle, key.organization]),
        Principal::ProjectKey(key) => found.push(key.project),
        Principal::User(_) | Principal::Unknown => {}
    }
    for side in [Side::Principal, Side::Owner] {
        for binding in bindings(facts, side) {
            found.extend([binding.organization, binding.scope.at]);
            found.extend(binding.group);
        }
        let Some(user) = user(facts, side) else { continue };
        found.push(user.handle);
        found.extend(user.team_memberships.iter().flat_map(|membership| [membership.team, membership.organization]));
    }
    for role in &facts.roles {
        found.push(role.organization);
        if let Some(PrivateUse::UsedBy(key)) = role.private {
            found.push(key);
        }
    }
    found
}

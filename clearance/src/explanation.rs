//! The walk to a decision, with names.

use std::sync::Arc;

use clearance_directory::{
    Directory, Gathered, Leg as Side,
    document::{Binding, BindingRole},
};
use clearance_host::Digest;
use clearance_policy::types::{self, Owner, Principal, Reading, Role, RoleFault, Verdict};

use crate::Decision;

/// A decision with every source that the policy looked at.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Explanation {
    /// What [`Authorizer::check`](crate::Authorizer::check) answers.
    pub decision: Decision,
    /// The user, key or project key that asks.
    pub principal: Leg,
    /// The ceiling: what the owner of a key could do by itself. Absent where nothing caps the principal, and where the owner is
    /// unknown, which the decision then says.
    pub owner: Option<Leg>,
    /// The first moment for which this holds while the data stays as it is, in milliseconds since 1970-01-01T00:00:00Z.
    pub since: u64,
    /// The last such moment.
    pub until: u64,
}

/// One side of an explanation.
#[derive(Clone, Debug, PartialEq)]
pub struct Leg {
    /// What this side answers by itself. Where it was refused before any source was asked, the steps say what each source would
    /// answer without that refusal.
    pub decision: Decision,
    /// Every source, in the order in which the rules look at them.
    pub steps: Vec<Step>,
}

/// One source that the policy looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What it is.
    pub source: Source,
    /// The list of permissions that it was read as.
    pub reading: Reading,
    /// Why the custom role that it names is unusable, if it is.
    pub fault: Option<RoleFault>,
    /// Whether it grants, and which rule stopped it if not.
    pub verdict: Verdict,
}

/// Where a permission may come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// What every member has at the organization itself.
    Floor,
    /// A stored binding.
    Binding(Binding),
    /// A team membership.
    TeamMembership {
        /// The id of the team.
        team: Box<str>,
        /// The role in it.
        role: BindingRole,
        /// The id of the custom role, where one is named and exists.
        custom_role: Option<Box<str>>,
    },
    /// The key of the project.
    ProjectKey,
}

impl Explanation {
    pub(crate) fn named(directory: &Directory, policy: Digest, gathered: &Gathered, explanation: types::Explanation) -> Self {
        let types::Explanation { decision, principal, owner, since, until } = explanation;
        let names = Names { directory, policy, gathered };
        Self {
            decision: names.decision(decision, Side::Principal),
            principal: names.leg(principal, Side::Principal),
            owner: owner.map(|owner| names.leg(owner, Side::Owner)),
            since,
            until,
        }
    }
}

struct Names<'a> {
    directory: &'a Directory,
    policy: Digest,
    gathered: &'a Gathered,
}

impl Names<'_> {
    fn leg(&self, types::Leg { decision, steps }: types::Leg, side: Side) -> Leg {
        Leg {
            decision: self.decision(decision, side),
            steps: steps.into_iter().filter_map(|step| self.step(step, side)).collect(),
        }
    }

    fn decision(&self, types::Decision { allow, reason, binding }: types::Decision, side: Side) -> Decision {
        let binding = binding.and_then(|index| self.gathered.binding_id(self.directory, side, index)).map(Arc::from);
        Decision { allow, reason, binding, policy: self.policy }
    }

    /// None where the policy named an index that it was not given, which the host has already refused.
    fn step(&self, types::Step { source, reading, fault, verdict }: types::Step, side: Side) -> Option<Step> {
        let directory = self.directory;
        let source = match source {
            types::Source::Floor => Source::Floor,
            types::Source::ProjectKey => Source::ProjectKey,
            types::Source::Binding(index) => {
                let slot = self.gathered.bindings(side).get(usize::try_from(index).ok()?)?;
                Source::Binding(directory.binding_row(*slot)?)
            }
            types::Source::TeamMembership(index) => {
                let team = self.gathered.team_id(directory, side, index)?.into();
                let (role, custom_role) = match self.user(side)?.team_memberships.get(usize::try_from(index).ok()?)?.role {
                    Role::Admin => (BindingRole::Admin, None),
                    Role::Member => (BindingRole::Member, None),
                    Role::Viewer => (BindingRole::Viewer, None),
                    Role::Custom(index) => (BindingRole::Custom, self.gathered.role_id(directory, index).map(Box::from)),
                    Role::Missing => (BindingRole::Custom, None),
                };
                Source::TeamMembership { team, role, custom_role }
            }
        };
        Some(Step { source, reading, fault, verdict })
    }

    fn user(&self, side: Side) -> Option<&types::UserFacts> {
        match (&self.gathered.facts.principal, side) {
            (Principal::User(user), Side::Principal) => Some(user),
            (Principal::Key(types::KeyFacts { owner: Some(Owner::User(user)), .. }), Side::Owner) => Some(user),
            _ => None,
        }
    }
}

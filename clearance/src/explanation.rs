//! The walk to a decision, with names.

use clearance_directory::document::{Binding, BindingRole};
pub use clearance_policy::types::{Reading, RoleFault, Verdict};

use crate::Decision;

/// A decision with every source that the policy looked at.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct Explanation {
    /// What [`View::check`](crate::View::check) answers.
    pub decision: Decision,
    /// The user, key or project key that asks.
    pub principal: ExplainedSide,
    /// The ceiling: what the owner of a key could do by itself. Absent where nothing caps the principal, and where the owner is
    /// unknown, which the decision then says.
    pub owner: Option<ExplainedSide>,
    /// The first moment for which this holds while the data stays as it is, in milliseconds since 1970-01-01T00:00:00Z.
    pub since: u64,
    /// The last such moment.
    pub until: u64,
}

/// One side of an explanation.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExplainedSide {
    /// What this side answers by itself. Where it was refused before any source was asked, the steps say what each source would
    /// answer without that refusal.
    pub decision: Decision,
    /// Every source, in the order in which the rules look at them.
    pub steps: Vec<Step>,
}

/// One source that the policy looked at.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
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

//! How a decision came about, source by source, with ids.

use clearance_directory::document::{Binding, BindingRole};
pub use clearance_policy::types::{Reading, RoleFault, Verdict};

use crate::Decision;

/// A decision with every source that the policy looked at.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct Explanation {
    /// The decision, which is the one that [`View::check`](crate::View::check) answers.
    pub decision: Decision,
    /// The user, key or project key that asks.
    pub principal: ExplainedSide,
    /// The ceiling: what the owner of a key could do by itself. Absent where nothing caps the principal, and where the owner is
    /// unknown: then the reason of the decision says so.
    pub owner: Option<ExplainedSide>,
    /// The first moment at which the decision holds while the data stays as it is, in milliseconds since 1970-01-01T00:00:00Z.
    pub since: u64,
    /// The last moment at which the decision holds while the data stays as it is, in milliseconds since 1970-01-01T00:00:00Z.
    pub until: u64,
}

/// One side of an explanation: the principal that asks, or the owner that caps it.
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
    /// Where the permission might have come from.
    pub source: Source,
    /// The list of permissions that the policy read it as.
    pub reading: Reading,
    /// Why the custom role that it names is unusable, if it is.
    pub fault: Option<RoleFault>,
    /// Whether it grants, and which rule stopped it if not.
    pub verdict: Verdict,
}

/// A place in the data where a permission may come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// What every member of an organization has at the organization itself.
    Floor,
    /// A stored binding.
    Binding(Binding),
    /// A team membership.
    TeamMembership {
        /// The id of the team.
        team: Box<str>,
        /// The role of the user in the team.
        role: BindingRole,
        /// The id of the custom role. Absent where the membership names none, or one that does not exist.
        custom_role: Option<Box<str>>,
    },
    /// The project key, which has fixed permissions at its project.
    ProjectKey,
}

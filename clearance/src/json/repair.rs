//! A repair in JSON.

use clearance_directory::document::{BindingRole, Holder, MemberRole, Scope};
use serde::{Serialize, Serializer};

use crate::{
    Repair,
    repair::{RepairAction, RepairChange, RepairOutcome},
};

/// Writes `{"outcome", "policy"}`, with `sets` and `more` where the outcome is `sets`, and `obstacle` where it is `nothing`.
impl Serialize for Repair {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields<'a> {
            #[serde(flatten)]
            outcome: OutcomeFields<'a>,
            policy: String,
        }
        let Self { outcome, policy } = self;
        Fields { outcome: outcome.into(), policy: policy.to_string() }.serialize(serializer)
    }
}

#[derive(Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
enum OutcomeFields<'a> {
    Allowed,
    Sets { sets: Vec<Vec<ActionFields<'a>>>, more: bool },
    Nothing { obstacle: &'static str },
}

#[derive(Serialize)]
struct ActionFields<'a> {
    #[serde(flatten)]
    change: ChangeFields<'a>,
    by: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum ChangeFields<'a> {
    Renew {
        key: &'a str,
    },
    Reactivate {
        user: &'a str,
    },
    Membership {
        organization: &'a str,
        user: &'a str,
        role: MemberRole,
    },
    #[serde(rename_all = "camelCase")]
    Bind {
        organization: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        user: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        key: Option<&'a str>,
        role: BindingRole,
        #[serde(skip_serializing_if = "Option::is_none")]
        custom_role: Option<&'a str>,
        scope: &'a Scope,
    },
}

impl<'a> From<&'a RepairOutcome> for OutcomeFields<'a> {
    fn from(outcome: &'a RepairOutcome) -> Self {
        match outcome {
            RepairOutcome::Allowed => Self::Allowed,
            RepairOutcome::Nothing(obstacle) => Self::Nothing { obstacle: obstacle.as_str() },
            RepairOutcome::Sets { sets, more } => {
                let action =
                    |RepairAction { change, by }: &'a RepairAction| ActionFields { change: change.into(), by: by.as_str() };
                Self::Sets { sets: sets.iter().map(|set| set.iter().map(action).collect()).collect(), more: *more }
            }
        }
    }
}

impl<'a> From<&'a RepairChange> for ChangeFields<'a> {
    fn from(change: &'a RepairChange) -> Self {
        match change {
            RepairChange::Renew { key } => Self::Renew { key },
            RepairChange::Reactivate { user } => Self::Reactivate { user },
            RepairChange::Membership { organization, user, role } => Self::Membership { organization, user, role: *role },
            RepairChange::Bind { organization, holder, role, custom_role, scope } => {
                let (user, key) = match holder {
                    Holder::User(id) => (Some(&**id), None),
                    Holder::Key(id) => (None, Some(&**id)),
                    Holder::Group(_) => (None, None),
                };
                Self::Bind { organization, user, key, role: *role, custom_role: custom_role.as_deref(), scope }
            }
        }
    }
}

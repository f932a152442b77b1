//! An explanation in JSON.

use clearance_directory::document::{Binding, BindingRole};
use serde::{Serialize, Serializer};

use super::{DecisionFields, Validity};
use crate::{
    Decision, Explanation,
    explanation::{ExplainedSide, RoleFault, Source, Step},
};

/// Writes `{"allow", "reason", "binding"?, "policy", "since"?, "until"?, "principal", "owner"?}`. A side is a decision with its
/// `steps`, and a step is `{"source", "reading", "fault"?, "verdict"}`.
impl Serialize for Explanation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields<'a> {
            #[serde(flatten)]
            decision: &'a Decision,
            #[serde(flatten)]
            validity: Validity,
            principal: SideFields<'a>,
            #[serde(skip_serializing_if = "Option::is_none")]
            owner: Option<SideFields<'a>>,
        }
        let Self { decision, principal, owner, since, until } = self;
        let fields = Fields {
            decision,
            validity: (*since, *until).into(),
            principal: principal.into(),
            owner: owner.as_ref().map(SideFields::from),
        };
        fields.serialize(serializer)
    }
}

#[derive(Serialize)]
struct SideFields<'a> {
    #[serde(flatten)]
    decision: DecisionFields<'a>,
    steps: Vec<StepFields<'a>>,
}

impl<'a> From<&'a ExplainedSide> for SideFields<'a> {
    fn from(side: &'a ExplainedSide) -> Self {
        Self { decision: (&side.decision).into(), steps: side.steps.iter().map(StepFields::from).collect() }
    }
}

#[derive(Serialize)]
struct StepFields<'a> {
    source: SourceFields<'a>,
    reading: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'static str>,
    verdict: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum SourceFields<'a> {
    Floor,
    Binding(&'a Binding),
    #[serde(rename_all = "camelCase")]
    TeamMembership {
        team: &'a str,
        role: BindingRole,
        #[serde(skip_serializing_if = "Option::is_none")]
        custom_role: Option<&'a str>,
    },
    ProjectKey,
}

impl<'a> From<&'a Step> for StepFields<'a> {
    fn from(step: &'a Step) -> Self {
        let source = match &step.source {
            Source::Floor => SourceFields::Floor,
            Source::Binding(binding) => SourceFields::Binding(binding),
            Source::TeamMembership { team, role, custom_role } => {
                SourceFields::TeamMembership { team, role: *role, custom_role: custom_role.as_deref() }
            }
            Source::ProjectKey => SourceFields::ProjectKey,
        };
        Self { source, reading: step.reading.as_str(), fault: step.fault.map(RoleFault::as_str), verdict: step.verdict.as_str() }
    }
}

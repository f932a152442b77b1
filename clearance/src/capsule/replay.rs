//! A decision that is made again.

use clearance_policy::types::Facts;
use clearance_question::{EvalError, PolicyVersion};

use super::Capsule;
use crate::{
    Decision, Explanation,
    explanation::{ExplainedSide, Source, Step},
};

/// What a version answers to the question of a capsule, and how that differs from what is in the capsule.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Replay {
    /// What the version answers now.
    pub explanation: Explanation,
    /// Every field in which the answer differs from the one in the capsule, in the order of the answer. An empty list means that the
    /// answer is the same, to the last step of the walk.
    pub differences: Vec<ReplayDifference>,
}

/// A field in which two answers differ.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplayDifference {
    /// The field, as a path in the JSON of an explanation, for instance `owner.steps[1].verdict`.
    pub field: String,
    /// The value in the capsule. `None` means that the capsule has no such field.
    pub recorded: Option<String>,
    /// The value that the version gives now. `None` means that its answer has no such field.
    pub replayed: Option<String>,
}

impl Capsule {
    /// Asks a version the question of this capsule: the version that decided then, or any other. Another version compiles the
    /// lists of the custom roles for itself.
    ///
    /// # Errors
    ///
    /// [`EvalError`] where the version gives no answer.
    pub fn replay(&self, version: &PolicyVersion) -> Result<Replay, EvalError> {
        let mut facts = self.facts.clone();
        for (role, name) in facts.roles.iter_mut().zip(self.names.roles()) {
            role.permissions = version.compile(&name.permissions)?;
        }
        let mut differences = Vec::new();
        // The same version reads the same list in the same way, unless one of them is not what it says it is.
        if version.digest() == self.policy() {
            differences.extend(self.list_differences(&facts));
        }
        let explanation = version.explain(&facts, version.permission(&self.permission).unwrap_or(u32::MAX))?;
        let explanation = self.names.explanation(&facts, version.digest(), &explanation);
        differences.extend(explanation_differences(&self.explanation(), &explanation));
        Ok(Replay { explanation, differences })
    }

    fn list_differences(&self, facts: &Facts) -> impl Iterator<Item = ReplayDifference> {
        let sets = self.facts.roles.iter().zip(&facts.roles).zip(self.names.roles());
        sets.filter(|((recorded, now), _)| recorded.permissions != now.permissions).map(|((recorded, now), name)| {
            ReplayDifference {
                field: format!("the permissions of custom role `{}`", name.id),
                recorded: Some(format!("{:?}", recorded.permissions)),
                replayed: Some(format!("{:?}", now.permissions)),
            }
        })
    }
}

/// What is not alike in two explanations, but for the version that gave them.
fn explanation_differences(recorded: &Explanation, replayed: &Explanation) -> Vec<ReplayDifference> {
    let (recorded, replayed) = (fields(recorded), fields(replayed));
    let find =
        |fields: &[(String, String)], name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
    let from_recorded = recorded.iter().filter_map(|(field, value)| {
        let now = find(&replayed, field);
        let same = now.as_ref() == Some(value);
        (!same).then(|| ReplayDifference { field: field.clone(), recorded: Some(value.clone()), replayed: now })
    });
    let only_now = replayed.iter().filter(|(field, _)| find(&recorded, field).is_none());
    let only_now =
        only_now.map(|(field, value)| ReplayDifference { field: field.clone(), recorded: None, replayed: Some(value.clone()) });
    from_recorded.chain(only_now).collect()
}

/// An explanation, field by field.
fn fields(explanation: &Explanation) -> Vec<(String, String)> {
    let Explanation { decision, principal, owner, since, until } = explanation;
    let mut fields = Vec::new();
    put_decision("", decision, &mut fields);
    fields.extend([("since".to_owned(), since.to_string()), ("until".to_owned(), until.to_string())]);
    put_side("principal.", principal, &mut fields);
    if let Some(owner) = owner {
        put_side("owner.", owner, &mut fields);
    }
    fields
}

fn put_decision(of: &str, Decision { allow, reason, binding, policy: _ }: &Decision, out: &mut Vec<(String, String)>) {
    out.push((format!("{of}allow"), allow.to_string()));
    out.push((format!("{of}reason"), reason.as_str().to_owned()));
    out.extend(binding.as_deref().map(|binding| (format!("{of}binding"), binding.to_owned())));
}

fn put_side(of: &str, ExplainedSide { decision, steps }: &ExplainedSide, out: &mut Vec<(String, String)>) {
    put_decision(of, decision, out);
    for (index, Step { source, reading, fault, verdict }) in steps.iter().enumerate() {
        let source = match source {
            Source::Floor => "floor".to_owned(),
            Source::Binding(binding) => format!("binding `{}`", binding.id),
            Source::TeamMembership { team, .. } => format!("team membership of `{team}`"),
            Source::ProjectKey => "project-key".to_owned(),
        };
        out.push((format!("{of}steps[{index}].source"), source));
        out.push((format!("{of}steps[{index}].reading"), reading.as_str().to_owned()));
        out.extend(fault.map(|fault| (format!("{of}steps[{index}].fault"), fault.as_str().to_owned())));
        out.push((format!("{of}steps[{index}].verdict"), verdict.as_str().to_owned()));
    }
}

//! What the contract says of every answer, whatever the policy.
//!
//! A component is not trusted to be right, but an answer that contradicts itself or the contract is not passed on.

use clearance_policy::types::{
    Category, Decision, EffectiveSet, Explanation, Facts, Leg, Level, Owner, PermissionSet, Place, Principal, Question, Reason,
    Selection, Source, UserFacts,
};

use crate::ask::Wrong;

/// Fails with `wrong` unless it holds.
#[inline]
pub(crate) fn must(holds: bool, wrong: Wrong) -> Result<(), Wrong> {
    if holds { Ok(()) } else { Err(wrong) }
}

/// Fails where the parts of a decision contradict each other.
#[inline]
fn check_coherent(decision: &Decision, bindings: usize) -> Result<(), Wrong> {
    let allows = matches!(decision.reason, Reason::Binding | Reason::Floor | Reason::TeamMembership | Reason::ProjectKey);
    must(decision.allow == allows, "a reason to allow denies, or a reason to deny allows")?;
    must(
        decision.binding.is_some() == (decision.reason == Reason::Binding),
        "a binding is named exactly when the reason is `binding`",
    )?;
    must(
        decision.binding.is_none_or(|index| usize::try_from(index).is_ok_and(|index| index < bindings)),
        "the binding that is named does not exist",
    )
}

/// A decision as the answer to a question; `count` is the length of the catalog.
#[inline]
pub(crate) fn check_decision(decision: &Decision, facts: &Facts, permission: u32, count: u32) -> Result<(), Wrong> {
    check_coherent(decision, own_bindings(facts))?;
    let refused = if permission >= count { Some(Reason::PermissionUnknown) } else { unknown_reason(facts) };
    must(is_refused_first(decision.reason, refused), "something unknown is not refused as such, or something known is")
}

/// The reason for which all is refused, whatever the rules say.
#[inline]
fn unknown_reason(facts: &Facts) -> Option<Reason> {
    match (&facts.place, &facts.principal) {
        (Place::Unknown, _) => Some(Reason::PlaceUnknown),
        (_, Principal::Unknown) => Some(Reason::PrincipalUnknown),
        _ => None,
    }
}

/// Only malformed facts come before what is unknown, and nothing known is called unknown.
#[inline]
fn is_refused_first(reason: Reason, refused: Option<Reason>) -> bool {
    match refused {
        _ if reason == Reason::BadFacts => true,
        Some(refused) => reason == refused,
        None => !matches!(reason, Reason::PermissionUnknown | Reason::PlaceUnknown | Reason::PrincipalUnknown),
    }
}

/// How many bindings the side that decides has.
#[inline]
fn own_bindings(facts: &Facts) -> usize {
    match &facts.principal {
        Principal::User(user) => user.bindings.len(),
        Principal::Key(key) => key.bindings.len(),
        Principal::Unknown | Principal::ProjectKey(_) => 0,
    }
}

/// An effective set; `count` is the length of the catalog.
pub(crate) fn check_effective(set: &EffectiveSet, facts: &Facts, count: u32) -> Result<(), Wrong> {
    must(set.since <= facts.now && facts.now <= set.until, "it does not hold at the moment that was asked about")?;
    let (bindings, refused) = (own_bindings(facts), unknown_reason(facts));
    let (mut answered, mut allowed) = (PermissionSet::EMPTY, PermissionSet::EMPTY);
    // As every outcome has a permission of its own, more than 256 of them fail before the comparison with the earlier ones hurts.
    for (index, outcome) in set.outcomes.iter().enumerate() {
        check_coherent(&outcome.decision, bindings)?;
        must(outcome.decision.reason != Reason::PermissionUnknown, "a permission of the catalog is unknown")?;
        must(
            is_refused_first(outcome.decision.reason, refused),
            "something unknown is not refused as such, or something known is",
        )?;
        must(!outcome.permissions.is_empty(), "an outcome has no permission")?;
        must(outcome.permissions.intersection(answered).is_empty(), "a permission is in two outcomes")?;
        let earlier = set.outcomes.iter().take(index);
        must(!earlier.into_iter().any(|earlier| earlier.decision == outcome.decision), "two outcomes have equal decisions")?;
        answered = answered.union(outcome.permissions);
        if outcome.decision.allow {
            allowed = allowed.union(outcome.permissions);
        }
    }
    must(answered == PermissionSet::first(count), "the outcomes are not those of the catalog's permissions")?;
    must(allowed == set.permissions, "the permissions are not those that the outcomes allow")
}

/// The allowed permissions of many facts.
pub(crate) fn check_effective_many(sets: &[PermissionSet], facts: &[Facts], count: u32) -> Result<(), Wrong> {
    must(sets.len() == facts.len(), "there are not as many answers as questions")?;
    for (set, facts) in sets.iter().zip(facts) {
        must(set.is_subset(PermissionSet::first(count)), "a permission is not in the catalog")?;
        must(unknown_reason(facts).is_none() || set.is_empty(), "something unknown has permissions")?;
    }
    Ok(())
}

/// The decisions about many questions, in their order.
pub(crate) fn check_decide_many(
    decisions: &[Decision],
    facts: &[Facts],
    questions: &[Question],
    count: u32,
) -> Result<(), Wrong> {
    must(decisions.len() == questions.len(), "there are not as many answers as questions")?;
    for (answer, question) in decisions.iter().zip(questions) {
        match usize::try_from(question.facts).ok().and_then(|index| facts.get(index)) {
            Some(facts) => check_decision(answer, facts, question.permission, count)?,
            None => {
                check_coherent(answer, 0)?;
                must(answer.reason == Reason::BadFacts, "a question without facts is not answered with `bad-facts`")?;
            }
        }
    }
    Ok(())
}

/// An explanation; `count` is the length of the catalog.
pub(crate) fn check_explanation(explanation: &Explanation, facts: &Facts, permission: u32, count: u32) -> Result<(), Wrong> {
    must(
        explanation.since <= facts.now && facts.now <= explanation.until,
        "it does not hold at the moment that was asked about",
    )?;
    check_decision(&explanation.decision, facts, permission, count)?;
    let memberships = match &facts.principal {
        Principal::User(user) => user.team_memberships.len(),
        _ => 0,
    };
    check_side(&explanation.principal, own_bindings(facts), memberships)?;
    match (&explanation.owner, owner(facts)) {
        (None, _) => Ok(()),
        (Some(found), Some(owner)) => check_side(found, owner.bindings.len(), owner.team_memberships.len()),
        (Some(_), None) => Err("there is a ceiling, but no owner"),
    }
}

fn owner(facts: &Facts) -> Option<&UserFacts> {
    match &facts.principal {
        Principal::Key(key) => match &key.owner {
            Some(Owner::User(owner)) => Some(owner),
            _ => None,
        },
        _ => None,
    }
}

fn check_side(side: &Leg, bindings: usize, memberships: usize) -> Result<(), Wrong> {
    check_coherent(&side.decision, bindings)?;
    let within = |index: u32, len: usize| usize::try_from(index).is_ok_and(|index| index < len);
    let exists = side.steps.iter().all(|step| match step.source {
        Source::Binding(index) => within(index, bindings),
        Source::TeamMembership(index) => within(index, memberships),
        Source::Floor | Source::ProjectKey => true,
    });
    must(exists, "a step looks at something that does not exist")
}

/// The permissions that a list of names compiles to.
pub(crate) fn check_compiled(set: &PermissionSet, count: u32) -> Result<(), Wrong> {
    must(set.is_subset(PermissionSet::first(count)), "a permission is not in the catalog")
}

/// The names of selections; `known` says whether a name is in the catalog.
pub(crate) fn check_names(
    answer: &Result<Vec<String>, u32>,
    selections: &[Selection],
    known: impl Fn(&str) -> bool,
) -> Result<(), Wrong> {
    match answer {
        Ok(names) => {
            must(names.is_sorted_by(|one, next| one < next), "the names are not sorted, or one is repeated")?;
            must(names.iter().all(|name| known(name)), "a permission is not in the catalog")
        }
        Err(index) => {
            must(usize::try_from(*index).is_ok_and(|index| index < selections.len()), "the selection that fails does not exist")
        }
    }
}

/// The selections that describe a list of names.
pub(crate) fn check_selections(selections: &[Selection], categories: &[Category]) -> Result<(), Wrong> {
    let mut rest = categories.iter();
    for selection in selections {
        must(
            rest.by_ref().any(|category| category.key == selection.category),
            "a category is not in the catalog, is repeated or is out of order",
        )?;
        must(selection.level != Level::None, "a category is selected at level `none`")?;
    }
    Ok(())
}

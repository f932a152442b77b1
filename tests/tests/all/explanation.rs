//! What holds of `effective` and `explain` for any facts, beside `decide`.

use clearance_policy::types::{
    Decision, Explanation, Facts, KeyFacts, Leg, Owner, PermissionSet, Place, Principal, Reading, Reason, Source, Step, Verdict,
};
use clearance_tests::evaluator::{Evaluator, Native};
use proptest::prelude::*;

use crate::random::{config, facts};

#[test]
fn effective_says_of_each_permission_what_decide_says() {
    proptest!(config(3000), |(facts in facts::facts())| {
        let effective = Native.effective(&facts);
        let mut seen = PermissionSet::EMPTY;
        let mut allowed = PermissionSet::EMPTY;
        for (position, outcome) in effective.outcomes.iter().enumerate() {
            prop_assert!(!outcome.permissions.is_empty());
            prop_assert!(seen.intersection(outcome.permissions).is_empty());
            prop_assert!(effective.outcomes[..position].iter().all(|other| other.decision != outcome.decision));
            seen = seen.union(outcome.permissions);
            if outcome.decision.allow {
                allowed = allowed.union(outcome.permissions);
            }
            for permission in outcome.permissions.iter() {
                prop_assert_eq!(Native.decide(&facts, permission), outcome.decision);
            }
        }
        prop_assert_eq!(seen, PermissionSet::first(126));
        prop_assert_eq!(allowed, effective.permissions);
    });
}

#[test]
fn answers_hold_from_since_to_until() {
    proptest!(config(3000), |(facts in facts::facts(), permission in facts::permission())| {
        let at = |now| Facts { now, ..facts.clone() };
        let effective = Native.effective(&facts);
        let explanation = Native.explain(&facts, permission);
        prop_assert!(effective.since <= facts.now && facts.now <= effective.until);
        prop_assert!(explanation.since <= facts.now && facts.now <= explanation.until);
        for moment in [effective.since, effective.until] {
            prop_assert_eq!(&Native.effective(&at(moment)), &effective);
        }
        for moment in [explanation.since, explanation.until] {
            prop_assert_eq!(&Native.explain(&at(moment), permission), &explanation);
        }
        for beyond in [effective.since.checked_sub(1), effective.until.checked_add(1)].into_iter().flatten() {
            prop_assert_ne!(Native.effective(&at(beyond)).outcomes, effective.outcomes.clone());
        }
        for beyond in [explanation.since.checked_sub(1), explanation.until.checked_add(1)].into_iter().flatten() {
            let other = Native.explain(&at(beyond), permission);
            prop_assert_ne!((other.decision, other.principal), (explanation.decision, explanation.principal.clone()));
        }
    });
}

#[test]
fn the_walk_leads_to_the_decision() {
    proptest!(config(10_000), |(facts in facts::facts(), permission in facts::permission())| {
        let explanation = Native.explain(&facts, permission);
        prop_assert_eq!(explanation.decision, Native.decide(&facts, permission));
        if explanation.decision.reason == Reason::BadFacts || facts.place == Place::Unknown {
            let Explanation { decision, principal, owner, .. } = explanation;
            prop_assert_eq!((principal.decision, principal.steps.len(), owner), (decision, 0, None));
            return Ok(());
        }
        whole(&explanation, &facts, permission)?;
        for side in std::iter::once(&explanation.principal).chain(&explanation.owner) {
            consistent(side)?;
            side.steps.iter().try_for_each(sound)?;
        }
    });
}

/// Both sides are there, with a step for each source, and together they give the decision.
fn whole(explanation: &Explanation, facts: &Facts, permission: u32) -> Result<(), TestCaseError> {
    let Explanation { decision, principal, owner, .. } = explanation;
    if permission >= 126 {
        prop_assert_eq!(decision.reason, Reason::PermissionUnknown);
        prop_assert_eq!(principal.decision, *decision, "the principal's side");
        prop_assert!(owner.as_ref().is_none_or(|owner| owner.decision == *decision), "the owner's side");
    }
    let sources = match &facts.principal {
        Principal::Unknown => 0,
        Principal::User(user) => 1 + user.bindings.len() + user.team_memberships.len(),
        Principal::Key(key) => key.bindings.len(),
        Principal::ProjectKey(_) => 1,
    };
    prop_assert_eq!(principal.steps.len(), sources);
    match &facts.principal {
        Principal::Key(KeyFacts { owner: Some(Owner::User(user)), .. }) => {
            let owner = owner.as_ref().expect("an owner who is known has a side");
            prop_assert_eq!(owner.steps.len(), 1 + user.bindings.len() + user.team_memberships.len());
            prop_assert_eq!(decision.allow, principal.decision.allow && owner.decision.allow);
            if decision.allow || !principal.decision.allow {
                prop_assert_eq!(*decision, principal.decision);
            } else {
                let reason = if owner.decision.reason == Reason::NotMember { Reason::OwnerNotMember } else { Reason::OwnerLacks };
                prop_assert_eq!(decision.reason, reason);
            }
            // It is the answer that the owner would get as a user.
            let asking = Facts { principal: Principal::User(user.clone()), ..facts.clone() };
            prop_assert_eq!(&Native.explain(&asking, permission).principal, owner);
        }
        Principal::Key(KeyFacts { owner: Some(Owner::Unknown), .. }) if principal.decision.allow => {
            prop_assert_eq!((decision.reason, owner), (Reason::OwnerNotMember, &None));
        }
        _ => {
            prop_assert_eq!(*decision, principal.decision);
            prop_assert_eq!(owner, &None);
        }
    }
    Ok(())
}

/// A side is allowed by the first step that grants, in the order floor, bindings, team memberships; and denied where none does.
fn consistent(side: &Leg) -> Result<(), TestCaseError> {
    let Decision { allow, reason, binding } = side.decision;
    let granting: Vec<Source> =
        side.steps.iter().filter(|step| step.verdict == Verdict::Grants).map(|step| step.source).collect();
    prop_assert_eq!(binding.is_some(), reason == Reason::Binding);
    match reason {
        Reason::Floor => prop_assert_eq!(granting.first(), Some(&Source::Floor)),
        Reason::Binding => prop_assert_eq!(granting.first().copied(), binding.map(Source::Binding)),
        Reason::TeamMembership => prop_assert!(matches!(granting.first(), Some(Source::TeamMembership(_)))),
        Reason::ProjectKey => prop_assert_eq!(granting.first(), Some(&Source::ProjectKey)),
        Reason::Lacks | Reason::LiteMember | Reason::KeyLacks => prop_assert_eq!(granting, vec![]),
        // Refused before any source was asked.
        _ => prop_assert!(!allow),
    }
    let place = |step: &Step| match step.source {
        Source::Floor => (0, 0),
        Source::Binding(index) => (1, index),
        Source::TeamMembership(index) => (2, index),
        Source::ProjectKey => (3, 0),
    };
    prop_assert!(side.steps.is_sorted_by_key(place), "{:?}", side.steps);
    Ok(())
}

/// What a step says of its reading fits its verdict.
fn sound(step: &Step) -> Result<(), TestCaseError> {
    let Step { source, reading, fault, verdict } = step;
    prop_assert!(fault.is_none() || matches!(reading, Reading::Viewer | Reading::LiteMember), "{:?}", step);
    match verdict {
        Verdict::Grants => prop_assert_ne!(*reading, Reading::Nothing),
        Verdict::BelowOrganization => prop_assert_eq!(source, &Source::Floor),
        Verdict::Silenced | Verdict::PersonalTeam => prop_assert!(matches!(source, Source::TeamMembership(_))),
        Verdict::Archived => prop_assert_eq!(source, &Source::ProjectKey),
        Verdict::OtherOrganizationGroup => prop_assert!(matches!(source, Source::Binding(_))),
        Verdict::ExternalMember => prop_assert_eq!(*reading, Reading::Nothing),
        Verdict::OffChain | Verdict::OtherOrganization | Verdict::OrganizationOnly | Verdict::NotListed => {}
    }
    Ok(())
}

//! The questions that every policy version is asked before it is trusted with others.

use clearance_policy::{
    types::{Decision, Facts, Place, Principal, Reason, Timestamp, UserFacts},
    wire::{put_decide, put_describe, put_effective},
};

use crate::{EvalError, SelfCheckError, answer, ask::NamedGuest, description::CheckedDescription};

/// The moment that the questions are about: any moment would do.
const NOW: Timestamp = 1_800_000_000_000;

/// Asks for the description and for answers that the contract fixes.
pub(crate) fn self_check(guest: NamedGuest<'_>) -> Result<CheckedDescription, SelfCheckError> {
    let failed = |question| move |error| SelfCheckError::Unanswered { question, error };
    let describe = || guest.call("describe", put_describe, |_| Ok(())).map_err(failed("describe"));
    let description = describe()?;
    if description != describe()? {
        return Err(SelfCheckError::Description("it describes itself differently the second time".into()));
    }
    let catalog = CheckedDescription::new(description).map_err(SelfCheckError::Description)?;

    let nowhere = facts(Place::Unknown, somebody());
    let nobody = facts(Place::Organization(1), Principal::Unknown);
    let here = facts(Place::Organization(1), somebody());
    let ask = |permission, facts| {
        let mut bytes = Vec::new();
        put_decide(permission, facts, &mut bytes);
        bytes
    };
    let questions = [
        ("bytes that do not decode", Vec::new(), Reason::BadFacts),
        ("a question with a byte too many", [ask(0, &here), vec![0]].concat(), Reason::BadFacts),
        ("a question about an unknown place", ask(0, &nowhere), Reason::PlaceUnknown),
        ("a question about an unknown principal", ask(0, &nobody), Reason::PrincipalUnknown),
        ("a question about the permission after the last", ask(catalog.count, &here), Reason::PermissionUnknown),
        ("a question about the highest permission number", ask(u32::MAX, &here), Reason::PermissionUnknown),
    ];
    for (question, bytes, wanted) in questions {
        let found = guest.decide(|out| out.extend(bytes), |_| Ok(())).map_err(failed("decide"))?;
        if found != (Decision { allow: false, reason: wanted, binding: None }) {
            return Err(SelfCheckError::Answer { question, wanted, found: format!("`{}`", found.reason) });
        }
    }

    let (question, wanted) = ("a question without bytes", Reason::BadFacts);
    match guest.call::<u64>(question, |_| {}, |_| Ok(())) {
        Err(EvalError::Unread { .. }) => {}
        Err(error) => return Err(SelfCheckError::Unanswered { question, error }),
        Ok(_) => return Err(SelfCheckError::Answer { question, wanted, found: "something".into() }),
    }
    let check = |set: &_| answer::check_effective(set, &nobody, catalog.count);
    guest.call("effective", |out| put_effective(&nobody, out), check).map_err(failed("effective"))?;
    Ok(catalog)
}

fn facts(place: Place, principal: Principal) -> Facts {
    Facts { now: NOW, place, principal, roles: Vec::new() }
}

fn somebody() -> Principal {
    Principal::User(UserFacts {
        handle: 2,
        membership: None,
        bindings: Vec::new(),
        team_memberships: Vec::new(),
        deactivated: false,
    })
}

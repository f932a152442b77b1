//! What the contract says of every answer about keys, whatever the policy.
//!
//! Above all: no answer gives a key more than was asked for.

use clearance_policy::types::{
    Facts, Handle, KeyFacts, Owner, Place, Principal, Scope, Tier,
    lifecycle::{
        Change, Draft, Edit, Edited, Excess, Fault, Field, KeyAnswer, KeyQuestion, Kind, NewBinding, Plan, Power, Refusal, Sight,
        Spot, Violation, WantedBinding, WantedProject, WantedRole, Warning,
    },
};

use crate::{answer::must, ask::Wrong};

/// What is wrong with the answer to another question.
pub(crate) const OTHER_QUESTION: Wrong = "it is the answer to another question";
/// No answer names more faults.
const MAX_FAULTS: usize = 256;

/// An answer, or a refusal; `is_permission` knows the names of the catalog.
pub(crate) fn check(
    answer: &Result<KeyAnswer, Refusal>,
    facts: &Facts,
    question: &KeyQuestion,
    is_permission: impl Fn(&str) -> bool,
) -> Result<(), Wrong> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(refusal) => return check_refusal(refusal, question, is_permission),
    };
    must(is_answerable(facts), "someone or somewhere unknown is not refused")?;
    match (question, answer) {
        (KeyQuestion::Create(draft), KeyAnswer::Plan(plan)) => check_plan(plan, facts, draft),
        (KeyQuestion::Edit(Edit { key, change }), KeyAnswer::Edited(edited)) => {
            must(key.is_some(), "a key that does not exist is not refused")?;
            check_edit(edited, facts, change)
        }
        (KeyQuestion::Revoke(key) | KeyQuestion::Read(key), KeyAnswer::Granted) => {
            must(key.is_some(), "a key that does not exist is not refused")
        }
        (KeyQuestion::ProjectKey(_), KeyAnswer::Granted) => Ok(()),
        (KeyQuestion::List(keys), KeyAnswer::Seen(seen)) => check_indices(seen, keys.len()),
        (KeyQuestion::Look(at), KeyAnswer::Seen(seen)) => check_indices(
            seen,
            match at {
                Sight::KeyNames(keys) => keys.len(),
                Sight::OwnBindings(bindings) => bindings.len(),
                Sight::Teams(teams) => teams.len(),
                Sight::Projects(projects) => projects.len(),
                Sight::Members(members) => members.len(),
            },
        ),
        _ => Err(OTHER_QUESTION),
    }
}

/// Whether anyone asks who can be answered, about anything that is known.
fn is_answerable(facts: &Facts) -> bool {
    facts.place != Place::Unknown && matches!(facts.principal, Principal::User(_) | Principal::Key(_))
}

fn check_plan(plan: &Plan, facts: &Facts, draft: &Draft) -> Result<(), Wrong> {
    must(draft.name.as_ref() == Some(&plan.name), "the name is not the one that was asked for")?;
    must(draft.description == plan.description, "the description is not the one that was asked for")?;
    must(draft.expires == plan.expires, "the expiry is not the one that was asked for")?;
    let asker = asking_user(facts);
    must(plan.creator == asker, "the creator is not who asks")?;
    // Nobody owns what a service key makes for no one else. A key without an owner has no ceiling: it must be meant.
    let nobody = matches!(&facts.principal, Principal::Key(KeyFacts { owner: None, .. }));
    let service = draft.kind == Some(Kind::Service) || draft.assignee.is_none() && nobody;
    let owner = draft.assignee.as_ref().map_or(asker, |assignee| assignee.user).filter(|_| !service);
    must(plan.owner == owner, "the owner is not the one who was asked for")?;
    must(service || owner.is_some(), "a personal key has no owner")?;
    let whole = service && draft.bindings.is_empty() && draft.projects.is_empty();
    if let (true, Place::Organization(organization)) = (whole, &facts.place) {
        let scope = Scope { tier: Tier::Organization, at: *organization };
        let admin = Power { bindings: vec![NewBinding { scope, role: WantedRole::Admin }], permissions: vec![] };
        must(plan.power == admin, "nothing was asked for, and something else than the organization is given")?;
        return must(plan.warnings.contains(&Warning::WholeOrganization), "the whole organization is given without a warning");
    }
    check_power(&plan.power, &draft.bindings, &draft.projects, &draft.permissions)
}

/// The user who asks, or who owns the key that asks.
fn asking_user(facts: &Facts) -> Option<Handle> {
    match &facts.principal {
        Principal::User(user) | Principal::Key(KeyFacts { owner: Some(Owner::User(user)), .. }) => Some(user.handle),
        _ => None,
    }
}

fn check_edit(edited: &Edited, facts: &Facts, change: &Change) -> Result<(), Wrong> {
    must(edited.name == change.name, "the name is not the one that was asked for")?;
    must(edited.description == change.description, "the description is not the one that was asked for")?;
    must(matches!(facts.place, Place::Organization(_)), "facts at another place are not refused")?;
    match (&edited.power, &change.bindings) {
        (None, None) => Ok(()),
        (Some(power), Some(bindings)) => check_power(power, bindings, &[], &change.permissions),
        _ => Err("bindings are replaced exactly when some are asked for"),
    }
}

/// What a key gets is what was asked for, and no more.
fn check_power(
    power: &Power,
    bindings: &[WantedBinding],
    projects: &[WantedProject],
    permissions: &[String],
) -> Result<(), Wrong> {
    let own = bindings.iter().map(|wanted| (wanted.role, scope(&wanted.ceiling.facts.place)));
    let wanted: Vec<_> = own.chain(projects.iter().map(|wanted| (WantedRole::Admin, scope(&wanted.place)))).collect();
    must(!power.bindings.is_empty(), "a key has no binding")?;
    must(power.bindings.len() <= wanted.len(), "a key has more bindings than were asked for")?;
    for (index, binding) in power.bindings.iter().enumerate() {
        must(wanted.contains(&(binding.role, Some(binding.scope))), "a key has a binding that was not asked for")?;
        must(!power.bindings.iter().take(index).any(|earlier| earlier == binding), "a key has the same binding twice")?;
    }
    let custom = power.bindings.iter().any(|binding| binding.role == WantedRole::Custom);
    must(custom != power.permissions.is_empty(), "a key has permissions exactly when a binding is custom")?;
    must(power.permissions.is_sorted_by(|one, next| one < next), "the permissions are not sorted, or not each once")?;
    // Both are long only where a policy accepts what no policy should.
    let mut asked: Vec<&String> = permissions.iter().collect();
    asked.sort_unstable();
    must(
        power.permissions.iter().all(|permission| asked.binary_search(&permission).is_ok()),
        "a key has a permission that was not asked for",
    )
}

/// Indices of a list of this length, each once and in order.
fn check_indices(seen: &[u32], len: usize) -> Result<(), Wrong> {
    must(seen.is_sorted_by(|one, next| one < next), "what is seen is not in order, or not each once")?;
    let last = seen.last().is_none_or(|&last| usize::try_from(last).is_ok_and(|last| last < len));
    must(last, "something is seen that does not exist")
}

fn scope(place: &Place) -> Option<Scope> {
    let (tier, at) = match place {
        Place::Unknown => return None,
        Place::Organization(organization) => (Tier::Organization, *organization),
        Place::Team(team) => (Tier::Team, team.team),
        Place::Project(project) => (Tier::Project, project.project),
    };
    Some(Scope { tier, at })
}

fn check_refusal(refusal: &Refusal, question: &KeyQuestion, is_permission: impl Fn(&str) -> bool) -> Result<(), Wrong> {
    let (unreadable, bindings, projects, permissions) = match question {
        KeyQuestion::Create(draft) => (&*draft.unreadable, &*draft.bindings, draft.projects.len(), draft.permissions.len()),
        KeyQuestion::Edit(Edit { change, .. }) => {
            (&*change.unreadable, change.bindings.as_deref().unwrap_or_default(), 0, change.permissions.len())
        }
        _ => {
            let about = matches!(
                refusal,
                Refusal::Validation(_)
                    | Refusal::ReservedName
                    | Refusal::PersonalWorkspace(_)
                    | Refusal::ScopeViolation(Violation::Scope(_) | Violation::Ceiling(_))
            );
            return if about {
                Err("it refuses something that was not asked for")
            } else {
                check_permission(refusal, is_permission)
            };
        }
    };
    let below = |index: u32, len: usize| usize::try_from(index).is_ok_and(|index| index < len);
    let exists = |spot: &Spot| match (spot.index, spot.field) {
        (None, _) => true,
        (Some(index), Field::Bindings) => below(index, bindings.len()),
        (Some(index), Field::Permissions) => below(index, permissions),
        (Some(index), Field::Projects) => below(index, projects),
        (Some(_), _) => false,
    };
    let all = bindings.len().saturating_add(projects);
    match refusal {
        Refusal::Validation(faults) => {
            must(!faults.is_empty() && faults.len() <= MAX_FAULTS, "it names no fault, or too many")?;
            must(
                faults.is_sorted_by(|one, next| spot_order(one) < spot_order(next)),
                "the faults are not in order, or not each once",
            )?;
            let known = |fault: &Fault| exists(&fault.spot) || unreadable.contains(&fault.spot);
            must(faults.iter().all(known), "there is no such spot")
        }
        Refusal::ScopeViolation(Violation::Scope(index)) | Refusal::PersonalWorkspace(index) => {
            must(below(*index, all), "there is no such binding")
        }
        Refusal::ScopeViolation(Violation::Ceiling(Excess { binding, .. })) => {
            must(below(*binding, bindings.len()), "there is no such binding")
        }
        other => check_permission(other, is_permission),
    }
}

fn check_permission(refusal: &Refusal, is_permission: impl Fn(&str) -> bool) -> Result<(), Wrong> {
    match refusal {
        Refusal::Forbidden(Some(name)) => must(is_permission(name), "the missing permission is not in the catalog"),
        _ => Ok(()),
    }
}

fn spot_order(fault: &Fault) -> (Field, Option<u32>) {
    (fault.spot.field, fault.spot.index)
}

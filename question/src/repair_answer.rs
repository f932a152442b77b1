//! What the contract says of every answer about what would grant a permission, whatever the policy.

use clearance_policy::types::{
    Binding, Facts, Handle, KeyFacts, Membership, Owner, Place, Principal, Role, Scope, Tier, Timestamp, UserFacts,
    repair::{Action, Addition, Asker, Change, ChangeSets, Obstacle, RepairAnswer, RepairQuestion, Side},
};

use crate::{answer::must, ask::Wrong};

/// No answer has more sets.
const MAX_SETS: usize = 3;

/// An answer by itself; `count` is the length of the catalog.
pub(crate) fn check(answer: &RepairAnswer, facts: &Facts, question: &RepairQuestion, count: u32) -> Result<(), Wrong> {
    match answer {
        RepairAnswer::Allowed => Ok(()),
        RepairAnswer::Nothing(obstacle) => check_obstacle(*obstacle, facts, question, count),
        RepairAnswer::Sets(ChangeSets { sets, .. }) => {
            must(!sets.is_empty() && sets.len() <= MAX_SETS, "there is no set of changes, or there are too many")?;
            for set in sets {
                must(!set.is_empty(), "a set has no change")?;
                for (position, Action { change, .. }) in set.iter().enumerate() {
                    let earlier = set.iter().take(position).any(|action| action.change == *change);
                    must(!earlier, "a set has the same change twice")?;
                    check_change(change, facts, question)?;
                }
            }
            Ok(())
        }
    }
}

/// Whether an obstacle can be there.
fn check_obstacle(obstacle: Obstacle, facts: &Facts, question: &RepairQuestion, count: u32) -> Result<(), Wrong> {
    let key = match &facts.principal {
        Principal::Key(key) => Some(key),
        _ => None,
    };
    let stands = match obstacle {
        Obstacle::NotShown => question.asker != Asker::Keeper,
        Obstacle::PermissionUnknown => question.permission >= count,
        Obstacle::PlaceUnknown => facts.place == Place::Unknown,
        Obstacle::PrincipalUnknown => facts.principal == Principal::Unknown,
        Obstacle::ProjectKey => matches!(facts.principal, Principal::ProjectKey(_)),
        Obstacle::OtherOrganization => key.is_some_and(|key| Some(key.organization) != organization(&facts.place)),
        Obstacle::KeyRevoked => key.is_some_and(|key| key.revoked),
        Obstacle::OwnerUnknown => key.is_some_and(|key| key.owner == Some(Owner::Unknown)),
        Obstacle::BadFacts | Obstacle::OrganizationOnly | Obstacle::NoRole | Obstacle::OtherRule => true,
    };
    must(stands, "it names an obstacle that is not there")
}

/// Whether a change can be made of what the facts are about, and with what is on offer.
fn check_change(change: &Change, facts: &Facts, question: &RepairQuestion) -> Result<(), Wrong> {
    let user = user(&facts.principal);
    match change {
        Change::Renew => {
            let expired = |expires: Timestamp| expires < facts.now;
            let expires = matches!(&facts.principal, Principal::Key(key) if key.expires.is_some_and(expired));
            must(expires, "a key is renewed that is not expired")
        }
        Change::Reactivate => must(user.is_some_and(|user| user.deactivated), "a user is reactivated who is not deactivated"),
        Change::Membership(membership) => {
            let rises = user.is_some_and(|user| match user.membership {
                None => true,
                Some(Membership::External) => *membership != Membership::External,
                Some(Membership::Admin | Membership::Member) => false,
            });
            must(rises, "a membership is given to a user who has it, or to nobody")
        }
        Change::Bind(Addition { side, role, scope }) => {
            must(question.offers.contains(role), "a role is given that is not on offer")?;
            must(on_chain(*scope, &facts.place), "a scope is not on the chain")?;
            let has_side = match (side, &facts.principal) {
                (Side::Principal, Principal::User(_) | Principal::Key(_)) => true,
                (Side::Owner, Principal::Key(_)) => user.is_some(),
                _ => false,
            };
            must(has_side, "a binding is given to nobody")
        }
    }
}

/// The facts after the changes of a set.
pub(crate) fn apply_set(facts: &Facts, set: &[Action]) -> Facts {
    let mut facts = facts.clone();
    for Action { change, .. } in set {
        match (change, &mut facts.principal) {
            (Change::Renew, Principal::Key(key)) => key.expires = None,
            (Change::Bind(Addition { side: Side::Principal, role, scope }), Principal::Key(KeyFacts { bindings, .. })) => {
                bindings.extend(binding(&facts.place, *role, *scope));
            }
            (change, Principal::User(user) | Principal::Key(KeyFacts { owner: Some(Owner::User(user)), .. })) => match change {
                Change::Reactivate => user.deactivated = false,
                Change::Membership(membership) => user.membership = Some(*membership),
                Change::Bind(Addition { role, scope, .. }) => user.bindings.extend(binding(&facts.place, *role, *scope)),
                Change::Renew => {}
            },
            _ => {}
        }
    }
    facts
}

fn binding(place: &Place, role: Role, scope: Scope) -> Option<Binding> {
    organization(place).map(|organization| Binding { organization, scope, role, group: None })
}

/// The user that the question is about, or the owner of the key.
fn user(principal: &Principal) -> Option<&UserFacts> {
    match principal {
        Principal::User(user) | Principal::Key(KeyFacts { owner: Some(Owner::User(user)), .. }) => Some(user),
        _ => None,
    }
}

fn organization(place: &Place) -> Option<Handle> {
    match place {
        Place::Unknown => None,
        Place::Organization(organization) => Some(*organization),
        Place::Team(at) => Some(at.organization),
        Place::Project(at) => Some(at.organization),
    }
}

fn on_chain(scope: Scope, place: &Place) -> bool {
    let node = match (scope.tier, place) {
        (Tier::Organization, place) => organization(place),
        (Tier::Team, Place::Team(at)) => Some(at.team),
        (Tier::Team, Place::Project(at)) => Some(at.team),
        (Tier::Project, Place::Project(at)) => Some(at.project),
        _ => None,
    };
    node == Some(scope.at)
}

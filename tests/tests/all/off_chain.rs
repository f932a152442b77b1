//! A caller may leave out what lies off the chain: the policy looks at each binding and team membership again, and whether it is
//! given or not makes no difference. A directory never gives most of this, so only facts made by hand can tell.

use clearance_policy::types::{
    Binding, Decision, Facts, KeyFacts, Owner, Place, Principal, ProjectPlace, Reason, TeamMembership, TeamPlace, Tier, UserFacts,
};
use clearance_tests::evaluator::{Evaluator, Native};
use proptest::prelude::*;

use crate::random::{config, facts};

#[test]
fn what_lies_off_the_chain_makes_no_difference() {
    let left_out = std::cell::Cell::new(0);
    proptest!(config(6000), |(facts in facts::facts())| {
        // Malformed facts are malformed wherever the fault lies.
        if Native.decide(&facts, 0).reason == Reason::BadFacts {
            return Ok(());
        }
        let less = without_off_chain(&facts);
        left_out.set(left_out.get() + bindings(&facts).len() - bindings(&less).len());
        let (all, few) = (Native.effective(&facts), Native.effective(&less));
        prop_assert_eq!((all.permissions, all.since, all.until), (few.permissions, few.since, few.until));
        for permission in (0..126).step_by(3) {
            let (one, other) = (Native.decide(&facts, permission), Native.decide(&less, permission));
            prop_assert_eq!((one.allow, one.reason), (other.allow, other.reason), "permission {}", permission);
            prop_assert_eq!(through(&facts, one), through(&less, other), "permission {}", permission);
        }
    });
    assert!(left_out.get() > 1000, "only {} bindings were left out: this tests nothing", left_out.get());
}

/// The binding that an answer names.
fn through(facts: &Facts, decision: Decision) -> Option<Binding> {
    decision.binding.map(|index| bindings(facts)[usize::try_from(index).unwrap()])
}

fn bindings(facts: &Facts) -> &[Binding] {
    match &facts.principal {
        Principal::User(UserFacts { bindings, .. }) | Principal::Key(KeyFacts { bindings, .. }) => bindings,
        Principal::Unknown | Principal::ProjectKey(_) => &[],
    }
}

fn without_off_chain(facts: &Facts) -> Facts {
    let mut facts = facts.clone();
    let place = facts.place;
    match &mut facts.principal {
        Principal::User(user) => keep_chain(user, place),
        Principal::Key(key) => {
            key.bindings.retain(|binding| on_chain(binding, place));
            if let Some(Owner::User(owner)) = &mut key.owner {
                keep_chain(owner, place);
            }
        }
        Principal::Unknown | Principal::ProjectKey(_) => {}
    }
    facts
}

fn keep_chain(user: &mut UserFacts, place: Place) {
    user.bindings.retain(|binding| on_chain(binding, place));
    user.team_memberships.retain(|membership| counts(membership, place));
}

/// The scope is a node of the chain, and binding and group are of the chain's organization.
fn on_chain(binding: &Binding, place: Place) -> bool {
    let (organization, nodes) = match place {
        Place::Unknown => return false,
        Place::Organization(organization) => (organization, vec![(Tier::Organization, organization)]),
        Place::Team(TeamPlace { team, organization }) => {
            (organization, vec![(Tier::Team, team), (Tier::Organization, organization)])
        }
        Place::Project(ProjectPlace { project, team, organization, .. }) => {
            (organization, vec![(Tier::Project, project), (Tier::Team, team), (Tier::Organization, organization)])
        }
    };
    nodes.contains(&(binding.scope.tier, binding.scope.at))
        && binding.organization == organization
        && binding.group.is_none_or(|group| group == organization)
}

/// A row on the chain's team, or at the organization on any team of it but personal ones.
fn counts(membership: &TeamMembership, place: Place) -> bool {
    match place {
        Place::Unknown => false,
        Place::Organization(organization) => membership.organization == organization && !membership.personal,
        Place::Team(TeamPlace { team, organization }) | Place::Project(ProjectPlace { team, organization, .. }) => {
            membership.organization == organization && membership.team == team
        }
    }
}

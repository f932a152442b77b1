//! The typed interface `lifecycle` answers as `wire` does.

use clearance_policy::types as facts;
use clearance_policy::types::lifecycle as ours;
use clearance_tests::evaluator::{Evaluator, Native};
use proptest::prelude::*;

use super::bindings::exports::clearance::policy::lifecycle_types as theirs;
use super::{Instance, binding, instance, place, text, typed_facts};
use crate::random::{config, keys};

fn mode(mode: facts::Mode) -> super::typed::Mode {
    same_case!(mode, facts::Mode => super::typed::Mode: All, Readonly, Restricted)
}

fn spots(spots: &[ours::Spot]) -> Vec<theirs::Spot> {
    let field = |field| {
        same_case!(field, ours::Field => theirs::Field:
            Assignee, Bindings, Description, Expires, Kind, Name, Mode, Permissions, Projects)
    };
    spots.iter().map(|spot| theirs::Spot { field: field(spot.field), index: spot.index }).collect()
}

fn workspace(workspace: ours::Workspace) -> theirs::Workspace {
    match workspace {
        ours::Workspace::Shared => theirs::Workspace::Shared,
        ours::Workspace::Personal(owner) => theirs::Workspace::Personal(owner),
    }
}

fn wanted_bindings(bindings: &[ours::WantedBinding]) -> Vec<theirs::WantedBinding> {
    let wanted = |binding: &ours::WantedBinding| theirs::WantedBinding {
        role: same_case!(binding.role, ours::WantedRole => theirs::WantedRole: Admin, Member, Viewer, Custom),
        workspace: workspace(binding.workspace),
        ceiling: theirs::Ceiling { facts: typed_facts(&binding.ceiling.facts), names: binding.ceiling.names.clone() },
    };
    bindings.iter().map(wanted).collect()
}

fn draft(draft: &ours::Draft) -> theirs::Draft {
    let membership = |membership| same_case!(membership, facts::Membership => super::typed::Membership: Admin, Member, External);
    theirs::Draft {
        unreadable: spots(&draft.unreadable),
        kind: draft.kind.map(|kind| same_case!(kind, ours::Kind => theirs::Kind: Personal, Service)),
        name: draft.name.clone(),
        description: draft.description.clone(),
        expires: draft.expires,
        mode: draft.mode.map(mode),
        assignee: draft.assignee.map(|assignee| theirs::Assignee {
            user: assignee.user,
            membership: assignee.membership.map(membership),
            deactivated: assignee.deactivated,
        }),
        permissions: draft.permissions.clone(),
        bindings: wanted_bindings(&draft.bindings),
        projects: draft
            .projects
            .iter()
            .map(|project| theirs::WantedProject { place: place(&project.place), workspace: workspace(project.workspace) })
            .collect(),
    }
}

fn key(key: &ours::StoredKey) -> theirs::StoredKey {
    let ours::StoredKey { handle, organization, owner, name, ingestion, revoked } = key;
    let owner = match *owner {
        ours::KeyOwner::Nobody => theirs::KeyOwner::Nobody,
        ours::KeyOwner::Unknown => theirs::KeyOwner::Unknown,
        ours::KeyOwner::User(user) => theirs::KeyOwner::User(user),
    };
    let (handle, organization, ingestion, revoked) = (*handle, *organization, *ingestion, *revoked);
    theirs::StoredKey { handle, organization, owner, name: name.clone(), ingestion, revoked }
}

fn change(change: &ours::Change) -> theirs::Change {
    theirs::Change {
        unreadable: spots(&change.unreadable),
        name: change.name.clone(),
        description: match &change.description {
            ours::TextChange::Keep => theirs::TextChange::Keep,
            ours::TextChange::Clear => theirs::TextChange::Clear,
            ours::TextChange::Set(text) => theirs::TextChange::Set(text.clone()),
        },
        mode: change.mode.map(mode),
        permissions: change.permissions.clone(),
        bindings: change.bindings.as_deref().map(wanted_bindings),
    }
}

fn sight(at: &ours::Sight) -> theirs::Sight {
    match at {
        ours::Sight::KeyNames(keys) => theirs::Sight::KeyNames(keys.iter().map(key).collect()),
        ours::Sight::OwnBindings(bindings) => theirs::Sight::OwnBindings(bindings.iter().map(binding).collect()),
        ours::Sight::Teams(teams) => theirs::Sight::Teams(teams.iter().copied().map(super::team_place).collect()),
        ours::Sight::Projects(projects) => theirs::Sight::Projects(projects.iter().copied().map(super::project_place).collect()),
        ours::Sight::Members(members) => theirs::Sight::Members(members.clone()),
    }
}

fn question(question: &ours::KeyQuestion) -> theirs::KeyQuestion {
    match question {
        ours::KeyQuestion::Create(it) => theirs::KeyQuestion::Create(draft(it)),
        ours::KeyQuestion::Edit(it) => {
            theirs::KeyQuestion::Edit(theirs::Edit { key: it.key.as_ref().map(key), change: change(&it.change) })
        }
        ours::KeyQuestion::Revoke(it) => theirs::KeyQuestion::Revoke(it.as_ref().map(key)),
        ours::KeyQuestion::List(keys) => theirs::KeyQuestion::List(keys.iter().map(key).collect()),
        ours::KeyQuestion::Read(it) => theirs::KeyQuestion::Read(it.as_ref().map(key)),
        ours::KeyQuestion::Look(at) => theirs::KeyQuestion::Look(sight(at)),
        ours::KeyQuestion::ProjectKey(wanted) => {
            theirs::KeyQuestion::ProjectKey(same_case!(wanted, ours::ProjectKeyUse => theirs::ProjectKeyUse: Read, Rotate))
        }
    }
}

#[test]
fn the_typed_interface_answers_about_keys_as_the_rules_do() {
    let instance = std::cell::RefCell::new(instance());
    proptest!(config(2000), |(facts in keys::asker(), asked in keys::question())| {
        let Instance { store, policy } = &mut *instance.borrow_mut();
        let answer = policy.clearance_policy_lifecycle().call_ask(&mut *store, &typed_facts(&facts), &question(&asked)).unwrap();
        prop_assert_eq!(text(&answer), text(&Native.ask(&facts, &asked)));
    });
}

//! What an organization has, in words: what a directory lists, and what loops over the document find.

use clearance_policy::types::Place;
use clearance_policy::types::lifecycle::{KeyOwner, StoredKey, Workspace};

use crate::directory::Directory;
use crate::document::{Document, Holder, RoleKind};
use crate::role_sets::RoleSets;
use crate::slot::PlaceId;

const ORGANIZATIONS: [&str; 2] = ["o0", "o1"];

fn user(directory: &Directory, user: u64) -> String {
    directory.user_of(user).unwrap().to_owned()
}

fn key_words(directory: &Directory, id: &str, key: &StoredKey) -> String {
    let owner = match key.owner {
        KeyOwner::Nobody => "nobody".to_owned(),
        KeyOwner::Unknown => "unknown".to_owned(),
        KeyOwner::User(owner) => user(directory, owner),
    };
    format!("key {id} {owner} {} {} {}", key.name, key.ingestion, key.revoked)
}

/// What the directory says.
pub(super) fn listed(directory: &Directory) -> Vec<String> {
    let mut words = Vec::new();
    for organization in ORGANIZATIONS {
        words.push(organization.to_owned());
        for (id, key) in directory.keys_of(organization) {
            assert_eq!(directory.stored_key(id).as_ref(), Some(&key));
            words.push(key_words(directory, id, &key));
            let bindings = directory.bindings_of(&Holder::Key(id.into()));
            words.extend(bindings.iter().map(|binding| format!("  binding {}", binding.id)));
            words.extend(directory.private_roles_of(id).iter().map(|(role, list)| format!("  role {role} {list:?}")));
        }
        let workspace = |place| match directory.workspace(directory.place(place)) {
            Workspace::Shared => "shared".to_owned(),
            Workspace::Personal(owner) => format!("personal {:?}", owner.map(|owner| user(directory, owner))),
        };
        let place = |id| directory.facts(None, directory.place(id), 0, &RoleSets::default()).facts.place;
        for (id, team) in directory.teams_of(organization) {
            assert_eq!(place(PlaceId::Team(id)), Place::Team(team));
            words.push(format!("team {id} {}", workspace(PlaceId::Team(id))));
        }
        for (id, project) in directory.projects_of(organization) {
            assert_eq!(place(PlaceId::Project(id)), Place::Project(project));
            words.push(format!("project {id} {}", workspace(PlaceId::Project(id))));
        }
        for (id, member) in directory.members_of(organization) {
            assert_eq!(directory.user_of(member), Some(id));
            words.push(format!("member {id}"));
        }
    }
    words
}

/// What the document says.
pub(super) fn found(document: &Document) -> Vec<String> {
    let known = |user: &str| document.users.iter().any(|row| *row.id == *user);
    let mut words = Vec::new();
    for organization in ORGANIZATIONS {
        words.push(organization.to_owned());
        let mut keys: Vec<_> = document.keys.iter().filter(|row| *row.organization == *organization).collect();
        keys.sort_by_key(|row| (std::cmp::Reverse(row.created_at), &row.id));
        for row in keys {
            let owner = match row.owner.as_deref() {
                None => "nobody",
                Some(owner) if known(owner) => owner,
                Some(_) => "unknown",
            };
            let (ingestion, revoked) = (row.ingestion_source.is_some(), row.revoked_at.is_some());
            words.push(format!("key {} {owner} {} {ingestion} {revoked}", row.id, row.name));
            let mut bindings: Vec<_> =
                document.bindings.iter().filter(|binding| binding.holder == Holder::Key(row.id.clone())).collect();
            bindings.sort_by_key(|binding| &binding.id);
            words.extend(bindings.iter().map(|binding| format!("  binding {}", binding.id)));
            let mut named = Vec::new();
            for role in bindings.iter().filter_map(|binding| binding.custom_role.as_ref()) {
                if !named.contains(&role) {
                    named.push(role);
                }
            }
            let private = named.into_iter().filter_map(|id| {
                let role = document.roles.iter().find(|role| role.id == *id && role.kind == RoleKind::Key)?;
                Some(format!("  role {id} {:?}", role.permissions))
            });
            words.extend(private);
        }
        let teams = || document.teams.iter().filter(|row| *row.organization == *organization);
        let workspace = |team: &str| {
            let row = document.teams.iter().find(|row| *row.id == *team).unwrap();
            let owner = row.owner.as_deref().filter(|owner| known(owner));
            if row.personal { format!("personal {owner:?}") } else { "shared".to_owned() }
        };
        let mut below: Vec<String> = teams().map(|row| format!("team {} {}", row.id, workspace(&row.id))).collect();
        below.sort();
        words.append(&mut below);
        let projects = document.projects.iter().filter(|row| teams().any(|team| team.id == row.team));
        let mut below: Vec<String> = projects.map(|row| format!("project {} {}", row.id, workspace(&row.team))).collect();
        below.sort();
        words.append(&mut below);
        let members = document.members.iter().filter(|row| *row.organization == *organization);
        let mut below: Vec<String> = members.map(|row| format!("member {}", row.user)).collect();
        below.sort();
        words.append(&mut below);
    }
    words
}

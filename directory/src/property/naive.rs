//! Facts with ids instead of handles: what a directory gathered, and what loops over the document find.

use clearance_policy::types::{Facts, Owner, Place, Principal, PrivateUse, Role, Tier, UserFacts};

use crate::directory::Directory;
use crate::document::{Binding, BindingRole, Document, Holder, MemberRole, Mode, RoleKind, Scope};
use clearance_policy::types::repair::Side;

use crate::facts::Gathered;
use crate::slot::{Kind, PlaceId, PrincipalId};

/// Facts in words. Equal exactly when the facts are, but for the numbers of handles and the order of team memberships.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Words {
    place: Vec<String>,
    principal: Vec<String>,
    bindings: Vec<String>,
    owner: Option<Vec<String>>,
    owner_bindings: Vec<String>,
    team_memberships: Vec<String>,
    roles: Vec<String>,
}

/// What compiling a role means in these tests.
pub(super) fn word(names: &[Box<str>]) -> u64 {
    names.iter().map(|name| 1 << (name.len() % 60)).fold(0, |all: u64, bit| all | bit)
}

fn id(directory: &Directory, handle: u64) -> String {
    let of = |kind: Kind| kind.slot(handle);
    if let Some(slot) = of(Kind::Organization) {
        format!("organization {}", directory.organizations.id(slot))
    } else if let Some(slot) = of(Kind::Team) {
        format!("team {}", directory.teams.id(slot))
    } else if let Some(slot) = of(Kind::Project) {
        format!("project {}", directory.projects.id(slot))
    } else if let Some(slot) = of(Kind::User) {
        format!("user {}", directory.users.id(slot))
    } else {
        let slot = of(Kind::Key).expect("a handle of one of five kinds");
        format!("key {}", directory.keys.id(slot))
    }
}

/// What was gathered, in words.
pub(super) fn gathered(directory: &Directory, gathered: &Gathered) -> Words {
    let Facts { place, principal, roles, .. } = &gathered.facts;
    let of = |handle: u64| id(directory, handle);
    let role = |role: &Role| match role {
        Role::Custom(index) => format!("custom {}", directory.role_id(gathered.roles()[usize::try_from(*index).unwrap()])),
        other => format!("{other:?}"),
    };
    let bindings = |list: &[clearance_policy::types::Binding], side: Side| -> Vec<String> {
        assert_eq!(list.len(), gathered.bindings(side).len());
        let words = list.iter().enumerate().map(|(index, binding)| {
            let tier = match binding.scope.tier {
                Tier::Organization => "organization ",
                Tier::Team => "team ",
                Tier::Project => "project ",
            };
            let scope = of(binding.scope.at);
            assert!(scope.starts_with(tier));
            let id = gathered.binding_id(directory, side, u32::try_from(index).unwrap()).unwrap();
            let group = binding.group.map(of);
            format!("{id}: {} {scope} {} {group:?}", of(binding.organization), role(&binding.role))
        });
        words.collect()
    };
    let mut team_memberships: Vec<String> = Vec::new();
    let mut user = |user: &UserFacts| -> Vec<String> {
        for row in &user.team_memberships {
            let team = directory.handle_id(row.team).unwrap();
            assert_eq!(of(row.team), format!("team {team}"));
            team_memberships.push(format!("{team} {} {} {}", of(row.organization), row.personal, role(&row.role)));
        }
        vec![of(user.handle), format!("{:?}", user.membership), user.deactivated.to_string()]
    };
    let mut words = Words {
        place: match place {
            Place::Unknown => vec![],
            Place::Organization(organization) => vec![of(*organization)],
            Place::Team(team) => vec![of(team.team), of(team.organization)],
            Place::Project(project) => {
                vec![of(project.project), of(project.team), of(project.organization), project.archived.to_string()]
            }
        },
        principal: vec![],
        bindings: vec![],
        owner: None,
        owner_bindings: vec![],
        team_memberships: vec![],
        roles: vec![],
    };
    match principal {
        Principal::Unknown => {}
        Principal::User(facts) => {
            words.principal = user(facts);
            words.bindings = bindings(&facts.bindings, Side::Principal);
        }
        Principal::ProjectKey(facts) => words.principal = vec![of(facts.project)],
        Principal::Key(key) => {
            let labels = format!("{:?} {} {:?} {}", key.mode, key.creator_deactivated, key.expires, key.revoked);
            words.principal = vec![of(key.handle), of(key.organization), labels];
            words.bindings = bindings(&key.bindings, Side::Principal);
            words.owner = key.owner.as_ref().map(|owner| match owner {
                Owner::Unknown => vec![],
                Owner::User(facts) => {
                    words.owner_bindings = bindings(&facts.bindings, Side::Owner);
                    user(facts)
                }
            });
        }
    }
    team_memberships.sort();
    words.team_memberships = team_memberships;
    assert_eq!(roles.len(), gathered.roles().len());
    words.roles = roles
        .iter()
        .zip(gathered.roles())
        .map(|(role, slot)| {
            let private = role.private.as_ref().map(|private| match private {
                PrivateUse::UsedBy(key) => of(*key),
                PrivateUse::UsedByOthers => "others".to_owned(),
            });
            let id = directory.role_id(*slot);
            format!("{id} {} {private:?} {} {}", of(role.organization), role.empty, role.permissions.w0)
        })
        .collect();
    words.roles.sort();
    words
}

/// What the document says, in words.
pub(super) fn found(document: &Document, principal: PrincipalId<'_>, place: PlaceId<'_>) -> Words {
    let chain = chain(document, place);
    let mut words = Words {
        place: chain.iter().rev().cloned().collect(),
        principal: vec![],
        bindings: vec![],
        owner: None,
        owner_bindings: vec![],
        team_memberships: vec![],
        roles: vec![],
    };
    if let (PlaceId::Project(id), false) = (place, chain.is_empty()) {
        let project = document.projects.iter().find(|row| *row.id == *id).unwrap();
        words.place.push(project.archived_at.is_some().to_string());
    }
    match principal {
        PrincipalId::User(id) => {
            if let Some((facts, bindings, teams)) = user(document, id, &chain) {
                (words.principal, words.bindings, words.team_memberships) = (facts, bindings, teams);
            }
        }
        PrincipalId::ProjectKey(id) => {
            let project = document.projects.iter().find(|row| *row.id == *id && row.project_key.is_some());
            words.principal.extend(project.map(|row| format!("project {}", row.id)));
        }
        PrincipalId::Key(id) => {
            let Some(key) = document.keys.iter().find(|row| *row.id == *id) else { return words };
            let mode = match key.mode {
                Mode::All => "Mode::All",
                Mode::Readonly => "Mode::Readonly",
                Mode::Restricted => "Mode::Restricted",
            };
            let creator = document.users.iter().find(|row| Some(&row.id) == key.created_by.as_ref());
            let gone = creator.is_some_and(|row| row.deactivated_at.is_some());
            let expires = key.expires_at.map(crate::document::Timestamp::millis);
            let labels = format!("{mode} {gone} {expires:?} {}", key.revoked_at.is_some());
            words.principal = vec![format!("key {id}"), format!("organization {}", key.organization), labels];
            words.bindings = bindings(document, &chain, |holder| (*holder == Holder::Key(id.into())).then_some(None));
            words.owner = key.owner.as_deref().map(|owner| match user(document, owner, &chain) {
                None => vec![],
                Some((facts, bindings, teams)) => {
                    (words.owner_bindings, words.team_memberships) = (bindings, teams);
                    facts
                }
            });
        }
    }
    let rows = words.bindings.iter().chain(&words.owner_bindings).chain(&words.team_memberships);
    let named = |id: &str| rows.clone().any(|row| row.contains(&format!(" custom {id}")));
    words.roles = document.roles.iter().filter(|row| named(&row.id)).map(|row| role_words(document, &row.id)).collect();
    words.roles.sort();
    words
}

/// From the organization down.
fn chain(document: &Document, place: PlaceId<'_>) -> Vec<String> {
    match place {
        PlaceId::Organization(id) => {
            document.organizations.iter().filter(|row| *row.id == *id).map(|row| format!("organization {}", row.id)).collect()
        }
        PlaceId::Team(id) => document.teams.iter().find(|row| *row.id == *id).map_or(vec![], |row| {
            let mut chain = chain(document, PlaceId::Organization(&row.organization));
            chain.push(format!("team {id}"));
            chain
        }),
        PlaceId::Project(id) => document.projects.iter().find(|row| *row.id == *id).map_or(vec![], |row| {
            let mut chain = chain(document, PlaceId::Team(&row.team));
            chain.push(format!("project {id}"));
            chain
        }),
    }
}

type User = (Vec<String>, Vec<String>, Vec<String>);

fn user(document: &Document, id: &str, chain: &[String]) -> Option<User> {
    let row = document.users.iter().find(|row| *row.id == *id)?;
    let organization = chain.first().and_then(|node| node.strip_prefix("organization "));
    let member = document.members.iter().find(|row| *row.user == *id && Some(&*row.organization) == organization);
    let membership = member.map(|row| match row.role {
        MemberRole::Admin => clearance_policy::types::Membership::Admin,
        MemberRole::Member => clearance_policy::types::Membership::Member,
        MemberRole::External => clearance_policy::types::Membership::External,
    });
    let facts = vec![format!("user {id}"), format!("{membership:?}"), row.deactivated_at.is_some().to_string()];
    let bindings = bindings(document, chain, |holder| match holder {
        Holder::User(user) => (**user == *id).then_some(None),
        Holder::Key(_) => None,
        Holder::Group(group) => {
            let group = document.groups.iter().find(|row| row.id == *group)?;
            let counts = group.members.iter().any(|user| **user == *id) && Some(&*group.organization) == organization;
            counts.then(|| Some(format!("organization {}", group.organization)))
        }
    });
    let mut teams = Vec::new();
    for row in document.team_memberships.iter().filter(|row| *row.user == *id) {
        let Some(team) = document.teams.iter().find(|team| team.id == row.team) else { continue };
        let counts = match chain.get(1) {
            Some(node) => *node == format!("team {}", team.id),
            None => Some(&*team.organization) == organization,
        };
        if counts {
            let role = role(document, row.role, row.custom_role.as_deref());
            teams.push(format!("{} organization {} {} {role}", team.id, team.organization, team.personal));
        }
    }
    teams.sort();
    Some((facts, bindings, teams))
}

/// `held`: whether the holder matters and, if so, the organization of its group.
fn bindings(document: &Document, chain: &[String], held: impl Fn(&Holder) -> Option<Option<String>>) -> Vec<String> {
    let mut found: Vec<(&Binding, Option<String>)> =
        document.bindings.iter().filter_map(|row| Some((row, held(&row.holder)?))).collect();
    found.sort_by(|(one, _), (other, _)| one.id.cmp(&other.id));
    let words = found.into_iter().filter_map(|(row, group)| {
        let scope = match &row.scope {
            Scope::Organization(id) => format!("organization {id}"),
            Scope::Team(id) => format!("team {id}"),
            Scope::Project(id) => format!("project {id}"),
        };
        let role = role(document, row.role, row.custom_role.as_deref());
        chain.contains(&scope).then(|| format!("{}: organization {} {scope} {role} {group:?}", row.id, row.organization))
    });
    words.collect()
}

fn role(document: &Document, role: BindingRole, custom_role: Option<&str>) -> String {
    match (role, custom_role) {
        (BindingRole::Admin, _) => "Role::Admin".to_owned(),
        (BindingRole::Member, _) => "Role::Member".to_owned(),
        (BindingRole::Viewer, _) => "Role::Viewer".to_owned(),
        (BindingRole::Custom, Some(id)) if document.roles.iter().any(|row| *row.id == *id) => format!("custom {id}"),
        (BindingRole::Custom, _) => "Role::Missing".to_owned(),
    }
}

fn role_words(document: &Document, id: &str) -> String {
    let row = document.roles.iter().find(|row| *row.id == *id).unwrap();
    let private = (row.kind == RoleKind::Key).then(|| {
        let holders: Vec<&Holder> =
            document.bindings.iter().filter(|row| row.custom_role.as_deref() == Some(id)).map(|row| &row.holder).collect();
        let by_team = document.team_memberships.iter().any(|row| row.custom_role.as_deref() == Some(id));
        match holders.first() {
            Some(Holder::Key(key)) if !by_team && holders.iter().all(|holder| holder == &holders[0]) => format!("key {key}"),
            _ => "others".to_owned(),
        }
    });
    format!("{id} organization {} {private:?} {} {}", row.organization, row.permissions.is_empty(), word(&row.permissions))
}

//! What questions about the life of a key are made of.

use clearance_directory::document::Scope;
use clearance_directory::{Directory, PlaceId, PrincipalId, RoleSets};
use clearance_policy::types::lifecycle::{KeyOwner, Workspace};
use clearance_policy::types::{Membership, PermissionSet, Place, Principal, Role, Scope as ScopeFacts, Tier};

/// `ana` is a member and in the group `g`; `bob` is deactivated; `gone` is not a user any more.
const TEXT: &str = r#"{
    "organizations": [{"id": "o"}, {"id": "o2"}],
    "users": [{"id": "ana"}, {"id": "bob", "deactivatedAt": "2026-01-02T00:00:00Z"}, {"id": "cy"}],
    "members": [{"organization": "o", "user": "ana", "role": "MEMBER"}, {"organization": "o", "user": "bob", "role": "EXTERNAL"},
                {"organization": "o", "user": "gone", "role": "ADMIN"}, {"organization": "o2", "user": "cy", "role": "ADMIN"}],
    "teams": [{"id": "t", "organization": "o"}, {"id": "mine", "organization": "o", "personal": true, "owner": "ana"},
              {"id": "lost", "organization": "o", "personal": true, "owner": "gone"},
              {"id": "nobodys", "organization": "o", "personal": true}, {"id": "far", "organization": "o2"}],
    "projects": [{"id": "p", "team": "t"}, {"id": "pm", "team": "mine"}, {"id": "old", "team": "t", "archivedAt": "2026-01-02T00:00:00Z"},
                 {"id": "pf", "team": "far"}],
    "groups": [{"id": "g", "organization": "o", "members": ["ana"]}, {"id": "g2", "organization": "o2", "members": ["ana"]}],
    "roles": [{"id": "shared", "organization": "o", "kind": "custom", "name": "", "permissions": ["a:b", "strange"]},
              {"id": "other", "organization": "o", "kind": "custom", "name": "", "permissions": ["c:d"]},
              {"id": "own", "organization": "o", "kind": "key", "name": "", "permissions": ["e:f"]}],
    "keys": [{"id": "ka", "organization": "o", "name": "A", "mode": "all", "owner": "ana", "createdAt": "2026-01-02T00:00:00Z"},
             {"id": "ks", "organization": "o", "name": "S", "mode": "all", "createdAt": "2026-01-03T00:00:00Z", "ingestionSource": "cli"},
             {"id": "kx", "organization": "o", "name": "X", "mode": "all", "owner": "gone", "revokedAt": "2026-01-02T00:00:00Z"},
             {"id": "kf", "organization": "o2", "name": "F", "mode": "all"}],
    "bindings": [{"id": "b1", "organization": "o", "user": "ana", "role": "CUSTOM", "customRole": "shared", "scope": {"project": "p"}},
                 {"id": "b2", "organization": "o", "user": "ana", "role": "ADMIN", "scope": {"team": "mine"}},
                 {"id": "b3", "organization": "o", "group": "g", "role": "CUSTOM", "customRole": "other", "scope": {"team": "t"}},
                 {"id": "b4", "organization": "o2", "group": "g2", "role": "VIEWER", "scope": {"team": "far"}},
                 {"id": "b5", "organization": "o", "key": "ka", "role": "CUSTOM", "customRole": "own", "scope": {"project": "p"}},
                 {"id": "b6", "organization": "o", "key": "ka", "role": "CUSTOM", "customRole": "shared", "scope": {"team": "t"}},
                 {"id": "b7", "organization": "o", "key": "ka", "role": "CUSTOM", "customRole": "own", "scope": {"team": "t"}}]
}"#;

fn directory() -> (Directory, RoleSets) {
    let directory = Directory::from_json(TEXT).unwrap();
    let bit = |names: &[Box<str>]| PermissionSet::only(u32::try_from(names.len()).unwrap());
    let sets = RoleSets::compile(&directory, |names| Ok::<_, std::convert::Infallible>(bit(names))).unwrap();
    (directory, sets)
}

#[test]
fn a_key_is_given_with_what_the_rules_look_at() {
    let (directory, _) = directory();
    let ids = |organization: &str| directory.keys_of(organization).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    assert_eq!((ids("o"), ids("o2"), ids("o3")), (vec!["ks", "ka", "kx"], vec!["kf"], vec![]));
    let key = |id: &str| directory.stored_key(id).unwrap();
    let ana = directory.facts(directory.principal(PrincipalId::User("ana")), None, 0, &RoleSets::default()).facts.principal;
    let Principal::User(ana) = ana else { panic!() };
    assert_eq!((key("ka").owner, key("ka").ingestion, key("ka").revoked), (KeyOwner::User(ana.handle), false, false));
    assert_eq!((key("ks").owner, key("ks").ingestion, key("ks").revoked), (KeyOwner::Nobody, true, false));
    assert_eq!((key("kx").owner, key("kx").ingestion, key("kx").revoked), (KeyOwner::Unknown, false, true));
    assert_eq!((&*key("ka").name, directory.stored_key("k9")), ("A", None));
    assert_ne!(key("ka").organization, key("kf").organization);
    assert_eq!(directory.user_of(ana.handle), Some("ana"));
    assert_eq!((directory.user_of(key("ka").handle), directory.user_of(ana.handle + 1_000)), (None, None));
}

#[test]
fn the_private_role_of_a_key_is_given_once_and_shared_ones_are_not() {
    let (directory, _) = directory();
    assert_eq!(directory.private_roles_of("ka"), [("own", &["e:f".into()][..])]);
    assert!(directory.private_roles_of("ks").is_empty() && directory.private_roles_of("k9").is_empty());
}

#[test]
fn a_ceiling_is_about_the_owner_at_the_place() {
    let (directory, sets) = directory();
    let behind = |principal| directory.user_behind(principal);
    let ana = behind(PrincipalId::User("ana"));
    assert_eq!((ana, behind(PrincipalId::Key("ka"))), (directory.principal(PrincipalId::User("ana")), ana));
    for nobody in [
        PrincipalId::User("gone"),
        PrincipalId::Key("ks"),
        PrincipalId::Key("kx"),
        PrincipalId::Key("k9"),
        PrincipalId::ProjectKey("p"),
    ] {
        assert_eq!(behind(nobody), None, "{nobody:?}");
    }
    let ceiling = directory.ceiling(ana, directory.place(PlaceId::Project("p")), 7, &sets);
    let Principal::User(user) = &ceiling.facts.principal else { panic!() };
    assert_eq!((ceiling.facts.now, user.bindings.len()), (7, 2));
    // The lists stand beside the roles, whatever is in them.
    assert_eq!(ceiling.names, [vec!["a:b".to_owned(), "strange".to_owned()], vec!["c:d".to_owned()]]);
    assert_eq!(ceiling.facts.roles.len(), 2);
    let nowhere = directory.ceiling(None, directory.place(PlaceId::Project("p9")), 7, &sets);
    assert_eq!((nowhere.facts.place, nowhere.facts.principal, nowhere.names.len()), (Place::Unknown, Principal::Unknown, 0));
}

#[test]
fn a_workspace_is_personal_with_its_owner_if_that_is_a_user() {
    let (directory, _) = directory();
    let workspace = |place| directory.workspace(directory.place(place));
    let Workspace::Personal(Some(owner)) = workspace(PlaceId::Team("mine")) else { panic!() };
    assert_eq!(directory.user_of(owner), Some("ana"));
    assert_eq!(workspace(PlaceId::Project("pm")), Workspace::Personal(Some(owner)));
    assert_eq!(workspace(PlaceId::Team("lost")), Workspace::Personal(None));
    assert_eq!(workspace(PlaceId::Team("nobodys")), Workspace::Personal(None));
    for shared in [PlaceId::Team("t"), PlaceId::Project("p"), PlaceId::Organization("o"), PlaceId::Team("t9")] {
        assert_eq!(workspace(shared), Workspace::Shared, "{shared:?}");
    }
}

#[test]
fn an_assignee_is_someone_in_the_organization_or_not() {
    let (directory, _) = directory();
    let assignee = |user: &str, organization: &str| {
        let assignee = directory.assignee(user, organization);
        (assignee.user.and_then(|user| directory.user_of(user)).map(str::to_owned), assignee.membership, assignee.deactivated)
    };
    assert_eq!(assignee("ana", "o"), (Some("ana".to_owned()), Some(Membership::Member), false));
    assert_eq!(assignee("ana", "o2"), (Some("ana".to_owned()), None, false));
    assert_eq!(assignee("bob", "o"), (Some("bob".to_owned()), Some(Membership::External), true));
    assert_eq!(assignee("gone", "o"), (None, Some(Membership::Admin), false));
    assert_eq!(assignee("stranger", "o"), (None, None, false));
    assert_eq!(assignee("ana", "o9"), (Some("ana".to_owned()), None, false));
}

#[test]
fn own_bindings_are_all_of_them_with_the_roles_that_they_name() {
    let (directory, sets) = directory();
    let own = directory.own_bindings("ana", "o", 7, &sets);
    let ids: Vec<&str> = own.slots.iter().map(|slot| directory.binding_id(*slot).unwrap()).collect();
    assert_eq!(ids, ["b1", "b2", "b3", "b4"]);
    assert!(matches!(own.facts.place, Place::Organization(_)) && matches!(own.facts.principal, Principal::User(_)));
    let groups: Vec<bool> = own.bindings.iter().map(|binding| binding.group.is_some()).collect();
    assert_eq!(groups, [false, false, true, true]);
    for binding in &own.bindings {
        if let Role::Custom(index) = binding.role {
            assert!(usize::try_from(index).unwrap() < own.facts.roles.len());
        }
    }
    assert_eq!(own.facts.roles.len(), 2);
    let nobody = directory.own_bindings("gone", "o", 7, &sets);
    assert_eq!((nobody.facts.principal, nobody.bindings.len()), (Principal::Unknown, 0));
}

#[test]
fn what_an_organization_has_is_listed_in_the_order_of_the_ids() {
    let (directory, _) = directory();
    let ids = |list: Vec<&str>| list.join(" ");
    assert_eq!(ids(directory.teams_of("o").into_iter().map(|(id, _)| id).collect()), "lost mine nobodys t");
    assert_eq!(ids(directory.projects_of("o").into_iter().map(|(id, _)| id).collect()), "old p pm");
    assert_eq!(directory.projects_of("o").iter().map(|(_, place)| place.archived).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!(ids(directory.members_of("o").into_iter().map(|(id, _)| id).collect()), "ana bob gone");
    assert!(directory.teams_of("o9").is_empty() && directory.members_of("o9").is_empty());
}

#[test]
fn a_scope_becomes_ids_again() {
    let (directory, _) = directory();
    for (tier, id) in [
        (Tier::Organization, PlaceId::Organization("o")),
        (Tier::Team, PlaceId::Team("mine")),
        (Tier::Project, PlaceId::Project("pm")),
    ] {
        let at = match directory.facts(None, directory.place(id), 0, &RoleSets::default()).facts.place {
            Place::Organization(at) => at,
            Place::Team(team) => team.team,
            Place::Project(project) => project.project,
            Place::Unknown => panic!(),
        };
        let scope = directory.scope(ScopeFacts { tier, at }).unwrap();
        assert_eq!((PlaceId::from(&scope), scope.clone()), (id, Scope::from(id)));
        let wrong = if tier == Tier::Team { Tier::Project } else { Tier::Team };
        assert_eq!(directory.scope(ScopeFacts { tier: wrong, at }), None);
        assert_eq!(directory.scope(ScopeFacts { tier, at: at + 1_000 }), None);
    }
}

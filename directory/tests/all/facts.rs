//! What is gathered for whom, where.

use clearance_directory::{Change, Directory, Gathered, PlaceId, PrincipalId, RoleSets};
use clearance_policy::types::{
    Facts, KeyFacts, Membership, Owner, PermissionSet, Place, Principal, PrivateUse, Role, Tier, UserFacts, repair::Side,
};

const TEXT: &str = r#"{
    "organizations": [{"id": "o"}, {"id": "o2"}],
    "users": [{"id": "u"}, {"id": "left"}, {"id": "off", "deactivatedAt": "2026-01-02T00:00:00Z"}],
    "members": [{"organization": "o", "user": "u", "role": "EXTERNAL"}, {"organization": "o2", "user": "u", "role": "ADMIN"}],
    "teams": [{"id": "t", "organization": "o"}, {"id": "mine", "organization": "o", "personal": true}, {"id": "t2", "organization": "o2"}],
    "teamMemberships": [
        {"team": "t", "user": "u", "role": "CUSTOM", "customRole": "shared"},
        {"team": "mine", "user": "u", "role": "ADMIN"},
        {"team": "t2", "user": "u", "role": "CUSTOM"}
    ],
    "projects": [
        {"id": "p", "team": "t", "projectKey": "sk-lw-p"},
        {"id": "q", "team": "t", "archivedAt": "2026-01-02T00:00:00Z"},
        {"id": "p2", "team": "t2"}
    ],
    "groups": [{"id": "g", "organization": "o", "members": ["u"]}, {"id": "g2", "organization": "o2", "members": ["u"]}],
    "roles": [
        {"id": "shared", "organization": "o", "kind": "custom", "name": "", "permissions": ["a:b"]},
        {"id": "mine", "organization": "o", "kind": "key", "name": "", "permissions": []},
        {"id": "ours", "organization": "o2", "kind": "key", "name": "", "permissions": ["c:d", "e:f"]}
    ],
    "keys": [
        {"id": "k", "organization": "o", "name": "", "mode": "restricted", "owner": "u", "createdBy": "off", "expiresAt": "1970-01-01T00:00:09Z"},
        {"id": "orphan", "organization": "o", "name": "", "mode": "readonly", "owner": "gone", "createdBy": "gone", "revokedAt": "2026-01-02T00:00:00Z"},
        {"id": "service", "organization": "o2", "name": "", "mode": "all"}
    ],
    "bindings": [
        {"id": "b9", "organization": "o", "user": "u", "role": "ADMIN", "scope": {"organization": "o"}},
        {"id": "b1", "organization": "o", "user": "u", "role": "VIEWER", "scope": {"project": "p"}},
        {"id": "b5", "organization": "o", "group": "g", "role": "MEMBER", "scope": {"team": "t"}},
        {"id": "b3", "organization": "o2", "user": "u", "role": "CUSTOM", "customRole": "shared", "scope": {"team": "t"}},
        {"id": "b4", "organization": "o", "group": "g2", "role": "ADMIN", "scope": {"team": "t"}},
        {"id": "b7", "organization": "o", "user": "u", "role": "ADMIN", "scope": {"project": "q"}},
        {"id": "c2", "organization": "o", "key": "k", "role": "CUSTOM", "customRole": "mine", "scope": {"project": "p"}},
        {"id": "c1", "organization": "o", "key": "k", "role": "CUSTOM", "customRole": "mine", "scope": {"team": "t"}},
        {"id": "c3", "organization": "o", "key": "k", "role": "CUSTOM", "customRole": "none", "scope": {"organization": "o"}},
        {"id": "c4", "organization": "o", "key": "k", "role": "CUSTOM", "customRole": "ours", "scope": {"organization": "o"}},
        {"id": "c5", "organization": "o", "key": "unknown", "role": "CUSTOM", "customRole": "ours", "scope": {"organization": "o"}},
        {"id": "c6", "organization": "o", "user": "left", "role": "ADMIN", "scope": {"organization": "o"}}
    ]
}"#;

fn gather(principal: PrincipalId<'_>, place: PlaceId<'_>) -> (Directory, Gathered) {
    let directory = Directory::from_json(TEXT).unwrap();
    let sets = RoleSets::compile(&directory, |names| {
        Ok::<_, ()>(PermissionSet { w0: u64::try_from(names.len()).unwrap(), w1: 0, w2: 0, w3: 0 })
    });
    let (principal, place) = (directory.principal(principal), directory.place(place));
    let gathered = directory.facts(principal, place, 42, &sets.unwrap());
    (directory, gathered)
}

fn user(gathered: &Gathered) -> &UserFacts {
    let Principal::User(user) = &gathered.facts.principal else { panic!("{:?}", gathered.facts.principal) };
    user
}

fn key(gathered: &Gathered) -> &KeyFacts {
    let Principal::Key(key) = &gathered.facts.principal else { panic!("{:?}", gathered.facts.principal) };
    key
}

fn binding_ids<'d>(directory: &'d Directory, gathered: &Gathered, side: Side) -> Vec<&'d str> {
    (0..).map_while(|index| gathered.binding_id(directory, side, index)).collect()
}

#[test]
fn the_place_is_the_whole_lineage() {
    let ana = PrincipalId::User("u");
    let (_, project) = gather(ana, PlaceId::Project("p"));
    let (_, archived) = gather(ana, PlaceId::Project("q"));
    let (_, team) = gather(ana, PlaceId::Team("t"));
    let (_, organization) = gather(ana, PlaceId::Organization("o"));
    let Place::Organization(o) = organization.facts.place else { panic!() };
    let Place::Team(t) = &team.facts.place else { panic!() };
    let Place::Project(p) = &project.facts.place else { panic!() };
    let Place::Project(q) = &archived.facts.place else { panic!() };
    assert_eq!((t.organization, p.team, p.organization, p.archived), (o, t.team, o, false));
    assert!(q.archived && q.project != p.project && q.team == p.team);
    // Handles of things of different kinds differ, though each is the first of its kind.
    let handles = [o, t.team, p.project, user(&project).handle];
    assert!((1..4).all(|index| !handles[..index].contains(&handles[index])), "{handles:x?}");
}

#[test]
fn a_user_has_own_bindings_and_those_of_groups_in_the_order_of_their_ids() {
    let (directory, gathered) = gather(PrincipalId::User("u"), PlaceId::Project("p"));
    let user = user(&gathered);
    assert_eq!(user.membership, Some(Membership::External));
    assert_eq!(binding_ids(&directory, &gathered, Side::Principal), ["b1", "b3", "b5", "b9"]);
    let tiers: Vec<Tier> = user.bindings.iter().map(|binding| binding.scope.tier).collect();
    assert_eq!(tiers, [Tier::Project, Tier::Team, Tier::Team, Tier::Organization]);
    let Place::Project(place) = &gathered.facts.place else { panic!() };
    let groups: Vec<Option<u64>> = user.bindings.iter().map(|binding| binding.group).collect();
    assert_eq!(groups, [None, None, Some(place.organization), None]);
    // `b3` lies on the chain by its scope alone: it is given, and the policy sees where it is stored.
    assert_ne!(user.bindings[1].organization, place.organization);
    assert_eq!(user.bindings[1].role, Role::Custom(0));
    assert_eq!(gathered.binding_id(&directory, Side::Principal, 4), None);
    assert_eq!(gathered.binding_id(&directory, Side::Owner, 0), None);
}

#[test]
fn bindings_below_the_place_are_left_out() {
    let ids = |place| {
        let (directory, gathered) = gather(PrincipalId::User("u"), place);
        binding_ids(&directory, &gathered, Side::Principal).into_iter().map(String::from).collect::<Vec<_>>()
    };
    assert_eq!(ids(PlaceId::Team("t")), ["b3", "b5", "b9"]);
    assert_eq!(ids(PlaceId::Organization("o")), ["b9"]);
    assert_eq!(ids(PlaceId::Project("q")), ["b3", "b5", "b7", "b9"]);
    assert_eq!(ids(PlaceId::Project("p2")), [""; 0]);
}

#[test]
fn team_memberships_are_those_that_may_count_there() {
    let (directory, project) = gather(PrincipalId::User("u"), PlaceId::Project("p"));
    assert_eq!(user(&project).team_memberships.len(), 1);
    assert_eq!(directory.handle_id(user(&project).team_memberships[0].team), Some("t"));
    assert_eq!(user(&project).team_memberships[0].role, Role::Custom(0));
    let (directory, organization) = gather(PrincipalId::User("u"), PlaceId::Organization("o"));
    let rows = &user(&organization).team_memberships;
    let teams: Vec<_> = rows.iter().map(|row| directory.handle_id(row.team).unwrap()).collect();
    assert_eq!((rows.len(), teams, rows[0].personal, rows[1].personal), (2, vec!["t", "mine"], false, true));
    let (_, other) = gather(PrincipalId::User("u"), PlaceId::Team("t2"));
    assert_eq!(user(&other).team_memberships[0].role, Role::Missing);
}

#[test]
fn a_custom_role_is_given_once_and_only_if_named() {
    let (directory, gathered) = gather(PrincipalId::Key("k"), PlaceId::Project("p"));
    let Facts { roles, .. } = &gathered.facts;
    let ids: Vec<&str> = gathered.roles().iter().map(|role| directory.role_id(*role)).collect();
    assert_eq!(ids, ["mine", "ours", "shared"]);
    assert_eq!(roles.len(), 3);
    let named: Vec<&Role> = key(&gathered).bindings.iter().map(|binding| &binding.role).collect();
    assert_eq!(named, [&Role::Custom(0), &Role::Custom(0), &Role::Missing, &Role::Custom(1)]);
    // Two bindings of the one key use `mine`; a key that is not stored uses `ours` besides it.
    assert_eq!(roles[0].private, Some(PrivateUse::UsedBy(key(&gathered).handle)));
    assert_eq!(roles[1].private, Some(PrivateUse::UsedByOthers));
    assert_eq!(roles[2].private, None);
    assert_eq!((roles[0].empty, roles[1].empty), (true, false));
    assert_eq!((roles[0].permissions.w0, roles[1].permissions.w0, roles[2].permissions.w0), (0, 2, 1));
    assert_ne!(roles[0].organization, roles[1].organization);
    let (_, below) = gather(PrincipalId::User("left"), PlaceId::Project("p"));
    assert_eq!(below.facts.roles.len(), 0);
}

#[test]
fn a_key_comes_with_its_owner() {
    let (directory, gathered) = gather(PrincipalId::Key("k"), PlaceId::Project("p"));
    assert_eq!(binding_ids(&directory, &gathered, Side::Principal), ["c1", "c2", "c3", "c4"]);
    assert_eq!(binding_ids(&directory, &gathered, Side::Owner), ["b1", "b3", "b5", "b9"]);
    let facts = key(&gathered);
    let Some(Owner::User(owner)) = &facts.owner else { panic!("{:?}", facts.owner) };
    assert_eq!(directory.handle_id(owner.team_memberships[0].team), Some("t"));
    assert_eq!(directory.handle_id(owner.handle), Some("u"));
    assert_eq!(directory.handle_id(0), None);
    let (_, alone) = gather(PrincipalId::User("u"), PlaceId::Project("p"));
    assert_eq!((owner.handle, owner.membership), (user(&alone).handle, Some(Membership::External)));
    assert_eq!((facts.creator_deactivated, facts.expires, facts.revoked), (true, Some(9000), false));
    assert_eq!(gathered.facts.now, 42);

    let (_, orphan) = gather(PrincipalId::Key("orphan"), PlaceId::Project("p"));
    assert_eq!(key(&orphan).owner, Some(Owner::Unknown));
    assert_eq!((key(&orphan).creator_deactivated, key(&orphan).expires, key(&orphan).revoked), (false, None, true));

    let (_, service) = gather(PrincipalId::Key("service"), PlaceId::Project("p"));
    assert_eq!(key(&service).owner, None);
    let Place::Project(place) = &service.facts.place else { panic!() };
    assert_ne!(key(&service).organization, place.organization);
}

#[test]
fn who_left_or_is_deactivated_keeps_what_is_stored() {
    let (directory, left) = gather(PrincipalId::User("left"), PlaceId::Team("t"));
    assert_eq!((user(&left).membership, binding_ids(&directory, &left, Side::Principal)), (None, vec!["c6"]));
    let (_, off) = gather(PrincipalId::User("off"), PlaceId::Team("t"));
    assert!(user(&off).deactivated && !user(&left).deactivated);
}

#[test]
fn a_project_key_is_known_where_there_is_one() {
    let (_, gathered) = gather(PrincipalId::ProjectKey("p"), PlaceId::Project("p"));
    let (Principal::ProjectKey(key), Place::Project(place)) = (&gathered.facts.principal, &gathered.facts.place) else {
        panic!()
    };
    assert_eq!(key.project, place.project);
    let (directory, gathered) = gather(PrincipalId::ProjectKey("q"), PlaceId::Project("p"));
    assert_eq!(gathered.facts.principal, Principal::Unknown);
    assert_eq!(directory.principal(PrincipalId::ProjectKey("q")), None);
}

#[test]
fn what_is_unknown_stays_unknown() {
    for principal in [PrincipalId::User("k"), PrincipalId::Key("u"), PrincipalId::Key("unknown"), PrincipalId::User("gone")] {
        let (_, gathered) = gather(principal, PlaceId::Project("p"));
        assert_eq!(gathered.facts.principal, Principal::Unknown, "{principal:?}");
    }
    for place in [PlaceId::Project("x"), PlaceId::Team("p"), PlaceId::Organization("t")] {
        let (_, gathered) = gather(PrincipalId::Key("k"), place);
        assert_eq!(gathered.facts.place, Place::Unknown, "{place:?}");
        assert_eq!(key(&gathered).bindings, []);
    }
}

#[test]
fn a_role_that_was_never_compiled_holds_nothing() {
    let directory = Directory::from_json(TEXT).unwrap();
    let (principal, place) = (directory.principal(PrincipalId::Key("k")), directory.place(PlaceId::Project("p")));
    let gathered = directory.facts(principal, place, 0, &RoleSets::default());
    assert!(gathered.facts.roles.iter().all(|role| role.permissions == PermissionSet { w0: 0, w1: 0, w2: 0, w3: 0 }));
    let refused = RoleSets::compile(&directory, |_| Err("no")).map(|_| ());
    assert_eq!(refused, Err("no"));
}

/// Lists that are compiled apart from the directory, one after the other.
#[test]
fn lists_are_handed_out_and_sets_taken_back() {
    let mut directory = Directory::from_json(TEXT).unwrap();
    let _ = directory.apply(Change::RemoveRole("ours".into())).unwrap();
    let lists = directory.role_lists(0, usize::MAX);
    let named: Vec<_> = lists.iter().map(|(role, names)| (directory.role_id(*role), names.len())).collect();
    // What bindings name is there as well, with nothing in it.
    assert_eq!(named, [("shared", 1), ("mine", 0), ("ours", 0), ("none", 0)]);
    assert_eq!(directory.role_lists(1, 2), lists[1..3]);
    assert!(directory.role_lists(lists.len(), 1).is_empty());
    assert!(lists.iter().all(|(role, names)| directory.role_list(*role) == *names));
    let mut sets = RoleSets::default();
    let set = PermissionSet::only(7);
    for (role, _) in lists.iter().rev() {
        sets.set(*role, set);
        assert_eq!(sets.of(*role), set);
        sets.set(*role, PermissionSet::EMPTY);
        assert_eq!(sets.of(*role), PermissionSet::EMPTY);
    }
}

/// The built-in roles, and those of the organization that are shared and list something, in the order of their ids.
#[test]
fn what_somebody_can_be_given_there() {
    let text = r#"{
        "organizations": [{"id": "o"}, {"id": "o2"}], "users": [{"id": "u"}], "teams": [{"id": "t", "organization": "o"}],
        "roles": [
            {"id": "z", "organization": "o", "kind": "custom", "name": "", "permissions": ["a:b"]},
            {"id": "empty", "organization": "o", "kind": "custom", "name": "", "permissions": []},
            {"id": "private", "organization": "o", "kind": "key", "name": "", "permissions": ["a:b"]},
            {"id": "other", "organization": "o2", "kind": "custom", "name": "", "permissions": ["a:b"]},
            {"id": "a", "organization": "o", "kind": "custom", "name": "", "permissions": ["a:b"]}
        ]
    }"#;
    let directory = Directory::from_json(text).unwrap();
    let offers = |place| {
        let (user, place) = (directory.principal(PrincipalId::User("u")), directory.place(place));
        let (gathered, offers) = directory.facts_and_offers(user, place, 42, &RoleSets::default());
        let id = |role: &Role| match role {
            Role::Custom(index) => directory.role_id(gathered.roles()[usize::try_from(*index).unwrap()]).to_owned(),
            built_in => format!("{built_in:?}"),
        };
        offers.iter().map(id).collect::<Vec<_>>()
    };
    assert_eq!(offers(PlaceId::Team("t")), ["Role::Viewer", "Role::Member", "Role::Admin", "a", "z"]);
    assert_eq!(offers(PlaceId::Organization("o2")), ["Role::Viewer", "Role::Member", "Role::Admin", "other"]);
    assert_eq!(offers(PlaceId::Team("gone")), ["Role::Viewer", "Role::Member", "Role::Admin"]);
}

/// Of a key, before any policy is asked: its organization, and the projects that its own bindings can reach.
#[test]
fn what_a_key_reaches() {
    let directory = Directory::from_json(TEXT).unwrap();
    let organization = |id| directory.place(PlaceId::Organization(id));
    assert_eq!(directory.key_organization("k"), organization("o"));
    assert_eq!(directory.key_organization("service"), organization("o2"));
    assert_eq!(directory.key_organization("unknown"), None, "it is named and not stored");
    for place in [PlaceId::Organization("o2"), PlaceId::Team("t2"), PlaceId::Project("p2")] {
        assert_eq!(directory.organization_of(directory.place(place).unwrap()), organization("o2"));
    }
    let reached = |key| {
        let projects = directory.reached_projects(key)?;
        let mut ids: Vec<_> = projects.into_iter().map(|project| directory.place_id(project)).collect();
        ids.sort_by_key(|id| format!("{id:?}"));
        Some(ids)
    };
    // By a project, its team and its organization, each of them once, and the archived one not at all.
    assert_eq!(reached("k"), Some(vec![PlaceId::Project("p")]));
    assert_eq!(reached("service"), Some(vec![]));
    assert_eq!(reached("unknown"), None);
}

#[test]
fn slots_become_ids_again() {
    let directory = Directory::from_json(TEXT).unwrap();
    for id in [PrincipalId::User("u"), PrincipalId::Key("k"), PrincipalId::ProjectKey("p")] {
        assert_eq!(directory.principal_id(directory.principal(id).unwrap()), id);
    }
    for id in [PlaceId::Organization("o"), PlaceId::Team("t"), PlaceId::Project("p")] {
        assert_eq!(directory.place_id(directory.place(id).unwrap()), id);
    }
    let (directory, gathered) = gather(PrincipalId::Key("k"), PlaceId::Project("p"));
    let binding = directory.binding_row(gathered.bindings(Side::Principal)[1]).unwrap();
    assert!(directory.document().bindings.contains(&binding) && *binding.id == *"c2");
    assert_eq!(directory.key("k").unwrap().expires_at.unwrap().millis(), 9000);
    assert_eq!(directory.key("unknown"), None);
}

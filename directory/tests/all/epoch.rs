//! Whom each change concerns, and whom it does not.

use clearance_directory::document::{
    Binding, BindingRole, Document, Group, Holder, Key, Member, MemberRole, Mode, Organization, Project, Role, RoleKind, Scope,
    Sensitive, Team, TeamMembership, Timestamp, User,
};
use clearance_directory::{Applied, Change, Directory, Epoch, PlaceId, PlaceSlot, PrincipalId, PrincipalSlot, RoleSlot};

/// `ana` owns `ka`, `bob` owns `kb` and made `ka` and the service key `ks`. `cara` and `kc` have nothing to do with them.
/// `ana` is in the group `g`. The private role `own` belongs to `kb`.
const TEXT: &str = r#"{
    "organizations": [{"id": "o"}, {"id": "o2"}],
    "users": [{"id": "ana"}, {"id": "bob"}, {"id": "cara"}],
    "members": [{"organization": "o", "user": "ana", "role": "MEMBER"}, {"organization": "o", "user": "bob", "role": "MEMBER"},
                {"organization": "o", "user": "cara", "role": "MEMBER"}],
    "teams": [{"id": "t", "organization": "o"}],
    "teamMemberships": [{"team": "t", "user": "bob", "role": "CUSTOM", "customRole": "shared"}, {"team": "new", "user": "bob", "role": "ADMIN"}],
    "projects": [{"id": "p", "team": "t", "projectKey": "sk-lw-p"}, {"id": "q", "team": "t", "projectKey": "sk-lw-q"}],
    "groups": [{"id": "g", "organization": "o", "members": ["ana"]}],
    "roles": [{"id": "shared", "organization": "o", "kind": "custom", "name": "", "permissions": ["a:b"]},
              {"id": "own", "organization": "o", "kind": "key", "name": "", "permissions": ["a:b"]}],
    "keys": [{"id": "ka", "organization": "o", "name": "", "mode": "all", "owner": "ana", "createdBy": "bob"},
             {"id": "kb", "organization": "o", "name": "", "mode": "all", "owner": "bob"},
             {"id": "kc", "organization": "o", "name": "", "mode": "all", "owner": "cara", "createdBy": "cara"},
             {"id": "ks", "organization": "o", "name": "", "mode": "all", "createdBy": "bob"}],
    "bindings": [{"id": "b1", "organization": "o", "group": "g", "role": "CUSTOM", "customRole": "shared", "scope": {"team": "t"}},
                 {"id": "b2", "organization": "o", "key": "kb", "role": "CUSTOM", "customRole": "own", "scope": {"team": "t"}},
                 {"id": "b3", "organization": "o", "key": "kc", "role": "ADMIN", "scope": {"team": "t"}},
                 {"id": "b4", "organization": "o", "key": "ks", "role": "CUSTOM", "customRole": "later", "scope": {"team": "t"}},
                 {"id": "b5", "organization": "o", "group": "later", "role": "ADMIN", "scope": {"team": "t"}}]
}"#;

const PRINCIPALS: [(&str, PrincipalId<'static>); 9] = [
    ("ana", PrincipalId::User("ana")),
    ("bob", PrincipalId::User("bob")),
    ("cara", PrincipalId::User("cara")),
    ("ka", PrincipalId::Key("ka")),
    ("kb", PrincipalId::Key("kb")),
    ("kc", PrincipalId::Key("kc")),
    ("ks", PrincipalId::Key("ks")),
    ("p", PrincipalId::ProjectKey("p")),
    ("q", PrincipalId::ProjectKey("q")),
];

const PLACES: [PlaceId<'static>; 4] =
    [PlaceId::Organization("o"), PlaceId::Team("t"), PlaceId::Project("p"), PlaceId::Project("q")];

struct Watch {
    directory: Directory,
    slots: Vec<(&'static str, PrincipalSlot, PlaceId<'static>, PlaceSlot)>,
}

impl Watch {
    fn new() -> Self {
        let directory = Directory::from_json(TEXT).unwrap();
        let mut slots = Vec::new();
        for (name, principal) in PRINCIPALS {
            for place in PLACES {
                slots.push((name, directory.principal(principal).unwrap(), place, directory.place(place).unwrap()));
            }
        }
        Self { directory, slots }
    }

    fn epochs(&self) -> Vec<Epoch> {
        self.slots.iter().map(|(_, principal, _, place)| self.directory.epoch(*principal, *place)).collect()
    }

    /// Applies a change and asserts that it concerns exactly these, at every place.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "reads better where it is called")]
    fn concerns(&mut self, change: Change, names: &[&str]) -> Option<RoleSlot> {
        self.concerns_at(&change, |name, _| names.contains(&name))
    }

    #[track_caller]
    fn concerns_at(&mut self, change: &Change, concerned: impl Fn(&str, PlaceId<'_>) -> bool) -> Option<RoleSlot> {
        let before = self.epochs();
        let Applied { recompile, .. } = self.directory.apply(change.clone()).unwrap();
        for ((slot, before), after) in self.slots.iter().zip(before).zip(self.epochs()) {
            let (name, _, place, _) = slot;
            assert_eq!(before != after, concerned(name, *place), "{name} at {place:?} after {change:?}");
        }
        recompile
    }
}

fn at() -> Timestamp {
    Timestamp::from_millis(1).unwrap()
}

fn binding(id: &str, holder: Holder, custom_role: Option<&str>) -> Change {
    Change::AddBinding(Binding {
        id: id.into(),
        organization: "o".into(),
        holder,
        role: if custom_role.is_some() { BindingRole::Custom } else { BindingRole::Viewer },
        custom_role: custom_role.map(Into::into),
        scope: Scope::Team("t".into()),
    })
}

fn role(id: &str, kind: RoleKind, permissions: &[&str]) -> Role {
    let permissions = permissions.iter().map(|name| Box::from(*name)).collect();
    Role { id: id.into(), organization: "o".into(), kind, name: "".into(), permissions }
}

fn member(role: MemberRole) -> Member {
    Member { organization: "o".into(), user: "ana".into(), role }
}

fn key(watch: &Watch, id: &str) -> Key {
    watch.directory.key(id).unwrap()
}

#[test]
fn a_binding_concerns_its_holder() {
    let mut watch = Watch::new();
    watch.concerns(binding("n1", Holder::User("ana".into()), None), &["ana", "ka"]);
    watch.concerns(binding("n2", Holder::Group("g".into()), None), &["ana", "ka"]);
    watch.concerns(binding("n3", Holder::Key("ka".into()), None), &["ka"]);
    watch.concerns(binding("n4", Holder::Key("stranger".into()), None), &[]);
    watch.concerns(Change::RemoveBinding("n1".into()), &["ana", "ka"]);
    watch.concerns(Change::RemoveBinding("n2".into()), &["ana", "ka"]);
    watch.concerns(Change::RemoveBinding("n3".into()), &["ka"]);
    watch.concerns(Change::RemoveBinding("n4".into()), &[]);
}

#[test]
fn naming_a_private_role_concerns_all_who_are_bound_to_it() {
    let mut watch = Watch::new();
    watch.concerns(binding("n1", Holder::Key("ka".into()), Some("own")), &["ka", "kb"]);
    // It is in use by others already: nothing changes for them.
    watch.concerns(binding("n2", Holder::Key("stranger".into()), Some("own")), &[]);
    watch.concerns(Change::RemoveBinding("n1".into()), &["ka"]);
    watch.concerns(Change::RemoveBinding("n2".into()), &["kb"]);
    // More bindings of its one key are fine.
    watch.concerns(binding("n3", Holder::Key("kb".into()), Some("own")), &["kb"]);
    watch.concerns(binding("n4", Holder::Group("g".into()), Some("own")), &["ana", "ka", "kb"]);
    watch.concerns(Change::RemoveBinding("n4".into()), &["ana", "ka", "kb"]);
    let membership =
        TeamMembership { team: "t".into(), user: "cara".into(), role: BindingRole::Custom, custom_role: Some("own".into()) };
    watch.concerns(Change::AddTeamMembership(membership), &["cara", "kc", "kb"]);
    watch.concerns(Change::RemoveTeamMembership { team: "t".into(), user: "cara".into() }, &["cara", "kc", "kb"]);
    // A shared role may be named by anyone.
    watch.concerns(binding("n5", Holder::Key("kc".into()), Some("shared")), &["kc"]);
}

#[test]
fn a_custom_role_concerns_everyone_bound_to_it() {
    let mut watch = Watch::new();
    let everyone = ["ana", "ka", "bob", "kb"];
    let edit = |permissions: &[&str]| Change::EditRole(role("shared", RoleKind::Custom, permissions));
    let applied = watch.concerns(edit(&["c:d"]), &everyone);
    assert_eq!(watch.directory.role_id(applied.unwrap()), "shared");
    // Its name alone is for people.
    let renamed = Role { name: "new".into(), ..role("shared", RoleKind::Custom, &["c:d"]) };
    assert_eq!(watch.concerns(Change::EditRole(renamed), &[]), None);
    watch.concerns(Change::EditRole(role("shared", RoleKind::Key, &["c:d"])), &everyone);
    assert!(watch.concerns(Change::RemoveRole("shared".into()), &everyone).is_some());
    assert!(watch.concerns(Change::AddRole(role("shared", RoleKind::Custom, &[])), &everyone).is_some());
    assert!(watch.concerns(Change::AddRole(role("later", RoleKind::Custom, &[])), &["ks"]).is_some());
    assert!(watch.concerns(Change::AddRole(role("unnamed", RoleKind::Custom, &[])), &[]).is_some());
}

#[test]
fn a_membership_concerns_the_user_and_the_keys_they_own() {
    let mut watch = Watch::new();
    watch.concerns(Change::EditMember(member(MemberRole::External)), &["ana", "ka"]);
    watch.concerns(Change::EditMember(member(MemberRole::External)), &[]);
    watch.concerns(Change::RemoveMember { organization: "o".into(), user: "ana".into() }, &["ana", "ka"]);
    watch.concerns(Change::AddMember(member(MemberRole::Admin)), &["ana", "ka"]);
}

#[test]
fn a_team_membership_concerns_the_user_and_the_keys_they_own() {
    let mut watch = Watch::new();
    let membership = TeamMembership { team: "t".into(), user: "ana".into(), role: BindingRole::Admin, custom_role: None };
    watch.concerns(Change::AddTeamMembership(membership.clone()), &["ana", "ka"]);
    watch.concerns(Change::EditTeamMembership(membership.clone()), &[]);
    // To name a private role is also to take it from its key.
    let named = TeamMembership { role: BindingRole::Custom, custom_role: Some("own".into()), ..membership.clone() };
    watch.concerns(Change::EditTeamMembership(named), &["ana", "ka", "kb"]);
    watch.concerns(Change::EditTeamMembership(membership), &["ana", "ka", "kb"]);
    watch.concerns(Change::RemoveTeamMembership { team: "t".into(), user: "ana".into() }, &["ana", "ka"]);
}

#[test]
fn a_deactivation_concerns_the_user_their_keys_and_those_they_made() {
    let mut watch = Watch::new();
    watch.concerns(Change::DeactivateUser { user: "bob".into(), at: at() }, &["bob", "kb", "ka", "ks"]);
    watch.concerns(Change::DeactivateUser { user: "bob".into(), at: at() }, &[]);
    let back = User { id: "bob".into(), name: Some("Bob".into()), email: None, deactivated_at: None };
    watch.concerns(Change::EditUser(back.clone()), &["bob", "kb", "ka", "ks"]);
    watch.concerns(Change::EditUser(User { name: None, ..back }), &[]);
    // Who did not make a key any more, according to the data, does not concern it.
    let edited = Key { created_by: Some("cara".into()), ..key(&watch, "ks") };
    watch.concerns(Change::EditKey(edited), &["ks"]);
    watch.concerns(Change::DeactivateUser { user: "bob".into(), at: at() }, &["bob", "kb", "ka"]);
    watch.concerns(Change::DeactivateUser { user: "cara".into(), at: at() }, &["cara", "kc", "ks"]);
}

#[test]
fn a_user_who_appears_concerns_what_was_waiting() {
    let mut watch = Watch::new();
    let edited = Key { owner: Some("dan".into()), ..key(&watch, "ks") };
    watch.concerns(Change::EditKey(edited), &["ks"]);
    let dan = User { id: "dan".into(), name: None, email: None, deactivated_at: None };
    assert_eq!(watch.directory.principal(PrincipalId::User("dan")), None);
    watch.concerns(Change::AddUser(dan), &["ks"]);
    assert!(watch.directory.principal(PrincipalId::User("dan")).is_some());
}

#[test]
fn a_user_who_goes_concerns_what_they_leave() {
    let mut watch = Watch::new();
    watch.concerns(Change::RemoveUser("bob".into()), &["bob", "kb"]);
    assert_eq!(watch.directory.principal(PrincipalId::User("bob")), None);
    let bob = User { id: "bob".into(), name: None, email: None, deactivated_at: None };
    watch.concerns(Change::AddUser(bob), &["bob", "kb"]);
    // The keys that a deactivated user made are told of their maker.
    watch.concerns(Change::DeactivateUser { user: "bob".into(), at: at() }, &["bob", "kb", "ka", "ks"]);
    watch.concerns(Change::RemoveUser("bob".into()), &["bob", "kb", "ka", "ks"]);
}

#[test]
fn an_edited_binding_concerns_both_holders() {
    let mut watch = Watch::new();
    let Change::AddBinding(viewer) = binding("b3", Holder::Key("kc".into()), None) else { panic!() };
    watch.concerns(Change::EditBinding(viewer.clone()), &["kc"]);
    watch.concerns(Change::EditBinding(viewer.clone()), &[]);
    watch.concerns(Change::EditBinding(Binding { scope: Scope::Project("p".into()), ..viewer.clone() }), &["kc"]);
    watch.concerns(Change::EditBinding(Binding { organization: "o2".into(), ..viewer.clone() }), &["kc"]);
    watch.concerns(Change::EditBinding(Binding { holder: Holder::Group("g".into()), ..viewer.clone() }), &["kc", "ana", "ka"]);
    watch.concerns(Change::EditBinding(viewer.clone()), &["kc", "ana", "ka"]);
    // The private role `own` passes from `kb` to `kc`, by way of both.
    let named = Binding { role: BindingRole::Custom, custom_role: Some("own".into()), ..viewer.clone() };
    watch.concerns(Change::EditBinding(named.clone()), &["kb", "kc"]);
    watch.concerns(Change::EditBinding(Binding { id: "b2".into(), ..named.clone() }), &["kb", "kc"]);
    // One that names what it named is not news to the others who do.
    watch.concerns(Change::EditBinding(Binding { scope: Scope::Project("p".into()), ..named }), &["kc"]);
    assert_eq!(watch.directory.binding("b3").unwrap().scope, Scope::Project("p".into()));
}

#[test]
fn a_group_concerns_who_is_in_it() {
    let mut watch = Watch::new();
    watch.concerns(Change::AddGroupMember { group: "g".into(), user: "bob".into() }, &["bob", "kb"]);
    watch.concerns(Change::RemoveGroupMember { group: "g".into(), user: "ana".into() }, &["ana", "ka"]);
    watch.concerns(binding("n1", Holder::Group("g".into()), None), &["bob", "kb"]);
    watch.concerns(Change::RemoveGroup("g".into()), &["bob", "kb"]);
    watch.concerns(Change::RemoveBinding("n1".into()), &[]);
    let group = Group { id: "later".into(), organization: "o".into(), name: None, members: vec!["cara".into()] };
    watch.concerns(Change::AddGroup(group.clone()), &["cara", "kc"]);
    let renamed = Group { name: Some("new".into()), ..group };
    watch.concerns(Change::EditGroup(renamed.clone()), &[]);
    let joined = Group { members: vec!["ana".into(), "cara".into()], ..renamed.clone() };
    watch.concerns(Change::EditGroup(joined.clone()), &["ana", "ka"]);
    watch.concerns(Change::EditGroup(Group { organization: "o2".into(), ..joined }), &["ana", "ka", "cara", "kc"]);
    watch.concerns(Change::EditGroup(Group { organization: "o2".into(), ..renamed }), &["ana", "ka"]);
}

#[test]
fn a_key_concerns_itself() {
    let mut watch = Watch::new();
    watch.concerns(Change::EditKey(Key { mode: Mode::Readonly, ..key(&watch, "ka") }), &["ka"]);
    watch.concerns(Change::EditKey(Key { expires_at: Some(at()), ..key(&watch, "ka") }), &["ka"]);
    // What facts do not hold concerns nobody.
    let edited = Key {
        name: "new".into(),
        description: Some("new".into()),
        last_used_at: Some(at()),
        hashed_secret: Some(Sensitive::new("5678")),
        ..key(&watch, "ka")
    };
    watch.concerns(Change::EditKey(edited.clone()), &[]);
    assert_eq!(key(&watch, "ka"), edited);
    watch.concerns(Change::RevokeKey { key: "ka".into(), at: at() }, &["ka"]);
    watch.concerns(Change::RevokeKey { key: "ka".into(), at: Timestamp::from_millis(2).unwrap() }, &[]);
    assert_eq!(key(&watch, "ka").revoked_at, Some(at()));
    watch.concerns(Change::RemoveKey("ka".into()), &["ka"]);
    assert_eq!(watch.directory.principal(PrincipalId::Key("ka")), None);
    watch.concerns(Change::AddKey(edited), &["ka"]);
    assert!(watch.directory.principal(PrincipalId::Key("ka")).is_some());
}

#[test]
fn a_project_concerns_all_at_that_place() {
    let mut watch = Watch::new();
    let archive = Change::ArchiveProject { project: "p".into(), at: at() };
    watch.concerns_at(&archive, |_, place| place == PlaceId::Project("p"));
    watch.concerns(archive, &[]);
    let project =
        Project { id: "p".into(), team: "t".into(), name: None, project_key: Some(Sensitive::new("x")), archived_at: None };
    watch.concerns_at(&Change::EditProject(project.clone()), |_, place| place == PlaceId::Project("p"));
    // Another project key, or another name, changes no fact; none at all ends a principal.
    watch.concerns(
        Change::EditProject(Project { name: Some("new".into()), project_key: Some(Sensitive::new("y")), ..project.clone() }),
        &[],
    );
    watch.concerns(Change::EditProject(Project { project_key: None, ..project.clone() }), &["p"]);
    assert_eq!(watch.directory.principal(PrincipalId::ProjectKey("p")), None);
    watch.concerns(Change::EditProject(project.clone()), &["p"]);
    let gone = Change::RemoveProject("p".into());
    watch.concerns_at(&gone, |name, place| name == "p" || place == PlaceId::Project("p"));
    assert_eq!((watch.directory.place(PlaceId::Project("p")), watch.directory.project("p")), (None, None));
    watch.concerns_at(&Change::AddProject(project), |name, place| name == "p" || place == PlaceId::Project("p"));
}

#[test]
fn a_team_concerns_its_members_and_all_at_that_place() {
    let mut watch = Watch::new();
    let team = Team { id: "t".into(), organization: "o".into(), name: None, personal: false, owner: None };
    watch.concerns(Change::EditTeam(Team { name: Some("new".into()), owner: Some("ana".into()), ..team.clone() }), &[]);
    watch.concerns(Change::EditTeam(Team { personal: true, ..team.clone() }), &["bob", "kb"]);
    watch.concerns(Change::EditTeam(team.clone()), &["bob", "kb"]);
    let below = |name: &str, place: PlaceId<'_>| ["bob", "kb"].contains(&name) || place != PlaceId::Organization("o");
    watch.concerns_at(&Change::EditTeam(Team { organization: "o2".into(), ..team.clone() }), below);
    watch.concerns_at(&Change::EditTeam(team.clone()), below);
    for project in ["p", "q"] {
        let _ = watch.directory.apply(Change::RemoveProject(project.into())).unwrap();
    }
    let itself = |name: &str, place: PlaceId<'_>| ["bob", "kb"].contains(&name) || place == PlaceId::Team("t");
    watch.concerns_at(&Change::RemoveTeam("t".into()), itself);
    assert_eq!((watch.directory.place(PlaceId::Team("t")), watch.directory.team("t")), (None, None));
    watch.concerns_at(&Change::AddTeam(team), itself);
}

#[test]
fn an_organization_concerns_all_at_that_place() {
    let mut watch = Watch::new();
    let renamed = Organization { id: "o".into(), name: Some("new".into()) };
    watch.concerns(Change::EditOrganization(renamed.clone()), &[]);
    for change in [Change::RemoveProject("p".into()), Change::RemoveProject("q".into()), Change::RemoveTeam("t".into())] {
        let _ = watch.directory.apply(change).unwrap();
    }
    let itself = |_: &str, place: PlaceId<'_>| place == PlaceId::Organization("o");
    watch.concerns_at(&Change::RemoveOrganization("o".into()), itself);
    assert_eq!((watch.directory.place(PlaceId::Organization("o")), watch.directory.organization("o")), (None, None));
    watch.concerns_at(&Change::AddOrganization(renamed), itself);
}

#[test]
fn what_is_added_to_the_tree_concerns_who_was_waiting_for_it() {
    let mut watch = Watch::new();
    watch.concerns(Change::AddOrganization(Organization { id: "o3".into(), name: None }), &[]);
    let team = Team { id: "new".into(), organization: "o".into(), name: None, personal: false, owner: None };
    watch.concerns(Change::AddTeam(team), &["bob", "kb"]);
    let project = Project { id: "new".into(), team: "new".into(), name: None, project_key: None, archived_at: None };
    watch.concerns(Change::AddProject(project), &[]);
    assert!(watch.directory.place(PlaceId::Project("new")).is_some());
}

#[test]
fn a_refused_change_changes_nothing() {
    let mut watch = Watch::new();
    let document = watch.directory.document();
    let epochs = watch.epochs();
    let (id, none) = (|text: &str| Box::<str>::from(text), None);
    let user = |name: &str| User { id: id(name), name: None, email: None, deactivated_at: None };
    let team = |name: &str, organization: &str| Team {
        id: id(name),
        organization: id(organization),
        name: None,
        personal: false,
        owner: Some(id("stranger")),
    };
    let project =
        |name: &str, team: &str| Project { id: id(name), team: id(team), name: None, project_key: None, archived_at: None };
    let group = |name: &str, members: &[&str]| Group {
        id: id(name),
        organization: id("o"),
        name: None,
        members: members.iter().map(|member| id(member)).collect(),
    };
    let membership = |user: &str, role: BindingRole, custom_role: Option<Box<str>>| {
        Change::AddTeamMembership(TeamMembership { team: id("t"), user: id(user), role, custom_role })
    };
    let edited_membership = |user: &str, custom_role: Option<Box<str>>| {
        let role = BindingRole::Admin;
        Change::EditTeamMembership(TeamMembership { team: id("t"), user: id(user), role, custom_role })
    };
    let Change::AddBinding(unnamed) = binding("n1", Holder::Key(id("ka")), Some("own")) else { panic!() };
    for (change, field) in [
        (Change::AddOrganization(Organization { id: id("o"), name: None }), "id"),
        (Change::EditOrganization(Organization { id: id("o9"), name: None }), "id"),
        (Change::RemoveOrganization(id("o9")), "id"),
        (Change::RemoveOrganization(id("o")), "id"),
        (Change::AddUser(user("ana")), "id"),
        (Change::RemoveUser(id("stranger")), "id"),
        (Change::AddUser(user("a b")), "id"),
        (Change::EditUser(user("stranger")), "id"),
        (Change::DeactivateUser { user: id("stranger"), at: at() }, "user"),
        (Change::AddMember(member(MemberRole::Admin)), "user"),
        (Change::EditMember(Member { organization: id("o2"), ..member(MemberRole::Admin) }), "user"),
        (Change::RemoveMember { organization: id("o2"), user: id("ana") }, "user"),
        (Change::AddTeam(team("t", "o")), "id"),
        (Change::AddTeam(team("t9", "o9")), "organization"),
        (Change::EditTeam(team("t9", "o")), "id"),
        (Change::EditTeam(team("t", "o9")), "organization"),
        (Change::RemoveTeam(id("t9")), "id"),
        (Change::RemoveTeam(id("t")), "id"),
        (edited_membership("ana", None), "user"),
        (edited_membership("bob", Some(id("own"))), "customRole"),
        (membership("bob", BindingRole::Admin, None), "user"),
        (membership("ana", BindingRole::Admin, Some(id("own"))), "customRole"),
        (Change::RemoveTeamMembership { team: id("t"), user: id("ana") }, "user"),
        (Change::AddProject(project("p", "t")), "id"),
        (Change::AddProject(project("p9", "t9")), "team"),
        (Change::EditProject(project("p9", "t")), "id"),
        (Change::EditProject(project("p", "t9")), "team"),
        (Change::ArchiveProject { project: id("p9"), at: at() }, "project"),
        (Change::AddGroup(group("g", &[])), "id"),
        (Change::AddGroup(group("g9", &["ana", "bob", "ana"])), "members[2]"),
        (Change::RemoveProject(id("p9")), "id"),
        (Change::EditGroup(group("g9", &[])), "id"),
        (Change::EditGroup(group("g", &["bob", "bob"])), "members[1]"),
        (Change::RemoveGroup(id("later")), "id"),
        (Change::AddGroupMember { group: id("g"), user: id("ana") }, "user"),
        (Change::AddGroupMember { group: id("g9"), user: id("ana") }, "group"),
        (Change::RemoveGroupMember { group: id("g"), user: id("bob") }, "user"),
        (Change::AddRole(role("own", RoleKind::Key, &[])), "id"),
        (Change::EditRole(role("later", RoleKind::Key, &[])), "id"),
        (Change::EditRole(Role { organization: id(""), ..role("own", RoleKind::Key, &[]) }), "organization"),
        (Change::RemoveRole(id("later")), "id"),
        (Change::AddKey(key(&watch, "ka")), "id"),
        (Change::EditKey(Key { id: id("k9"), ..key(&watch, "ka") }), "id"),
        (Change::EditKey(Key { owner: Some(id("a b")), ..key(&watch, "ka") }), "owner"),
        (Change::RevokeKey { key: id("k9"), at: at() }, "key"),
        (Change::RemoveKey(id("k9")), "id"),
        (binding("b1", Holder::Key(id("ka")), None), "id"),
        (binding("n1", Holder::Key(id("a b")), None), "key"),
        (Change::AddBinding(Binding { custom_role: none, ..unnamed.clone() }), "customRole"),
        (Change::AddBinding(Binding { role: BindingRole::Admin, ..unnamed.clone() }), "customRole"),
        (Change::AddBinding(Binding { scope: Scope::Project(id("")), ..unnamed.clone() }), "scope.project"),
        (Change::EditBinding(unnamed.clone()), "id"),
        (Change::EditBinding(Binding { id: id("b1"), scope: Scope::Project(id("")), ..unnamed }), "scope.project"),
        (Change::RemoveBinding(id("n1")), "id"),
    ] {
        let error = watch.directory.apply(change.clone()).expect_err(&format!("{change:?}"));
        assert_eq!(error.field(), field, "{error}");
        assert_eq!(watch.directory.document(), document, "{change:?}");
        assert!(watch.epochs() == epochs, "{change:?}");
    }
    assert_eq!(Document::from_json(TEXT).unwrap().bindings.len(), document.bindings.len());
}

#[test]
fn no_epoch_comes_back() {
    let mut watch = Watch::new();
    let mut seen = Vec::new();
    for _ in 0..10 {
        watch.concerns(binding("n1", Holder::User("ana".into()), None), &["ana", "ka"]);
        seen.push(watch.epochs());
        watch.concerns(Change::RemoveBinding("n1".into()), &["ana", "ka"]);
        seen.push(watch.epochs());
    }
    let ana: std::collections::HashSet<Epoch> = seen.iter().map(|epochs| epochs[0]).collect();
    assert_eq!(ana.len(), seen.len());
}

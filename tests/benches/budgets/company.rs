//! Made-up data of any size.

use clearance_directory::{
    Change, Directory,
    document::{
        Binding, BindingRole, Group, Holder, Key, Member, MemberRole, Mode, Organization, Project, Role, RoleKind, Scope, Team,
        User,
    },
};

/// How many keys an organization has.
const KEYS: usize = 1_000;

/// The id of a key.
pub(crate) fn key(number: usize) -> String {
    format!("key-{number:07}")
}

/// A project where that key has bindings.
pub(crate) fn project(number: usize) -> String {
    format!("project-{:05}-{}", number / KEYS, number % 40)
}

/// A directory with this many personal keys: 1,000 an organization, each with two bindings, owned by one of 100 members.
pub(crate) fn directory(keys: usize) -> Directory {
    let mut directory = Directory::default();
    let mut apply = |change| {
        let _ = directory.apply(change).unwrap();
    };
    for organization in 0..keys.div_ceil(KEYS) {
        let id: Box<str> = format!("organization-{organization:05}").into();
        apply(Change::AddOrganization(Organization { id: id.clone(), name: None }));
        for team in 0..8 {
            let team: Box<str> = format!("team-{organization:05}-{team}").into();
            apply(Change::AddTeam(Team { id: team, organization: id.clone(), name: None, personal: false, owner: None }));
        }
        for number in 0..40 {
            apply(Change::AddProject(Project {
                id: format!("project-{organization:05}-{number}").into(),
                team: format!("team-{organization:05}-{}", number % 8).into(),
                name: None,
                project_key: None,
                archived_at: None,
            }));
        }
        for user in 0..100 {
            let user: Box<str> = format!("user-{organization:05}-{user}").into();
            apply(Change::AddUser(User { id: user.clone(), name: None, email: None, deactivated_at: None }));
            apply(Change::AddMember(Member { organization: id.clone(), user: user.clone(), role: MemberRole::Member }));
            apply(Change::AddBinding(Binding {
                id: format!("b-{user}").into(),
                organization: id.clone(),
                holder: Holder::User(user),
                role: BindingRole::Admin,
                custom_role: None,
                scope: Scope::Organization(id.clone()),
            }));
        }
    }
    for number in 0..keys {
        let organization = number / KEYS;
        let id: Box<str> = key(number).into();
        let stored_under: Box<str> = format!("organization-{organization:05}").into();
        let owner: Box<str> = format!("user-{organization:05}-{}", number % 100).into();
        apply(Change::AddKey(Key {
            id: id.clone(),
            organization: stored_under.clone(),
            name: "continuous integration".into(),
            description: None,
            mode: Mode::All,
            owner: Some(owner.clone()),
            created_by: Some(owner),
            created_at: None,
            expires_at: None,
            revoked_at: None,
            last_used_at: None,
            ingestion_source: None,
            lookup_id: Some(format!("{number:016}").into()),
            hashed_secret: None,
        }));
        let team = number % 40 % 8;
        for (letter, role, scope) in [
            ('p', BindingRole::Admin, Scope::Project(project(number).into())),
            ('t', BindingRole::Viewer, Scope::Team(format!("team-{organization:05}-{team}").into())),
        ] {
            apply(Change::AddBinding(Binding {
                id: format!("{letter}-{number:07}").into(),
                organization: stored_under.clone(),
                holder: Holder::Key(id.clone()),
                role,
                custom_role: None,
                scope,
            }));
        }
    }
    directory
}

/// The question that the design measures: a personal key with 8 bindings, its owner with 6, 2 custom roles; everything on the
/// chain, and the last binding decides.
pub(crate) fn eight_and_six() -> Directory {
    let mut directory = directory(1);
    let mut apply = |change| {
        let _ = directory.apply(change).unwrap();
    };
    let organization: Box<str> = "organization-00000".into();
    let scopes =
        [Scope::Project("project-00000-0".into()), Scope::Team("team-00000-0".into()), Scope::Organization(organization.clone())];
    for role in ["first", "second"] {
        let permissions = vec!["traces:view".into(), "prompts:manage".into()];
        let kind = RoleKind::Custom;
        apply(Change::AddRole(Role {
            id: role.into(),
            organization: organization.clone(),
            kind,
            name: role.into(),
            permissions,
        }));
    }
    let members = vec!["user-00000-0".into()];
    apply(Change::AddGroup(Group { id: "group".into(), organization: organization.clone(), name: None, members }));
    let mut bind = |id: String, holder: Holder, number: usize| {
        let custom = number.is_multiple_of(3);
        apply(Change::AddBinding(Binding {
            id: id.into(),
            organization: organization.clone(),
            holder,
            role: if custom { BindingRole::Custom } else { BindingRole::Viewer },
            custom_role: custom.then(|| ["first", "second"][number % 2].into()),
            scope: scopes[number % 3].clone(),
        }));
    };
    for number in 0..6_usize {
        bind(format!("a-{number}"), Holder::Key(key(0).into()), number);
    }
    for number in 0..5_usize {
        let holder = if number.is_multiple_of(2) { Holder::Group("group".into()) } else { Holder::User("user-00000-0".into()) };
        bind(format!("a-owner-{number}"), holder, number);
    }
    directory
}

//! Random changes on a few ids: the directory always says what loops over a plain document say, and says when that changed.

mod model;
mod naive;

use std::collections::HashMap;

use clearance_policy::types::PermissionSet;
use proptest::prelude::*;

use crate::change::{Applied, Change};
use crate::directory::Directory;
use crate::document::{
    Binding, BindingRole, Document, Group, Holder, Key, Member, MemberRole, Mode, Organization, Project, Role, RoleKind, Scope,
    Sensitive, Team, TeamMembership, Timestamp, User,
};
use crate::role_sets::RoleSets;
use crate::slot::{PlaceId, PrincipalId};

/// Turns random bytes into a change. Few ids, so that things meet.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn flip(&mut self) -> bool {
        self.next().is_multiple_of(3)
    }

    fn id(&mut self, kind: &str, count: u8) -> Box<str> {
        format!("{kind}{}", self.next() % count).into()
    }

    fn organization(&mut self) -> Box<str> {
        self.id("o", 2)
    }

    fn user(&mut self) -> Box<str> {
        self.id("u", 3)
    }

    fn team(&mut self) -> Box<str> {
        self.id("t", 3)
    }

    fn moment(&mut self) -> Option<Timestamp> {
        self.flip().then(|| Timestamp::from_millis(u64::from(self.next())).unwrap())
    }

    fn role(&mut self) -> (BindingRole, Option<Box<str>>) {
        match self.next() % 8 {
            0 => (BindingRole::Admin, None),
            1 => (BindingRole::Member, None),
            2 => (BindingRole::Viewer, None),
            3 => (BindingRole::Custom, None),
            _ => (BindingRole::Custom, Some(self.id("r", 3))),
        }
    }

    fn row_user(&mut self) -> User {
        User { id: self.user(), name: None, email: self.flip().then(|| "a@b".into()), deactivated_at: self.moment() }
    }

    fn row_member(&mut self) -> Member {
        let role = [MemberRole::Admin, MemberRole::Member, MemberRole::External][usize::from(self.next() % 3)];
        Member { organization: self.organization(), user: self.user(), role }
    }

    fn row_project(&mut self) -> Project {
        let project_key = self.flip().then(|| Sensitive::new("sk-lw-x"));
        Project { id: self.id("p", 3), team: self.team(), name: None, project_key, archived_at: self.moment() }
    }

    fn row_role(&mut self) -> Role {
        let kind = if self.next().is_multiple_of(2) { RoleKind::Key } else { RoleKind::Custom };
        let permissions = (0..self.next() % 3).map(|_| "x".repeat(usize::from(self.next() % 4)).into()).collect();
        Role { id: self.id("r", 3), organization: self.organization(), kind, name: self.id("n", 3), permissions }
    }

    fn row_key(&mut self) -> Key {
        Key {
            id: self.id("k", 3),
            organization: self.organization(),
            name: self.id("n", 3),
            description: None,
            mode: [Mode::All, Mode::Readonly, Mode::Restricted][usize::from(self.next() % 3)],
            owner: (!self.flip()).then(|| self.user()),
            created_by: (!self.flip()).then(|| self.user()),
            created_at: self.moment(),
            expires_at: self.moment(),
            revoked_at: self.moment(),
            last_used_at: self.moment(),
            ingestion_source: None,
            lookup_id: None,
            hashed_secret: self.flip().then(|| Sensitive::new("5678")),
        }
    }

    fn row_binding(&mut self) -> Binding {
        let (role, custom_role) = self.role();
        let holder = match self.next() % 4 {
            0 => Holder::User(self.user()),
            1 => Holder::Group(self.id("g", 2)),
            _ => Holder::Key(self.id("k", 3)),
        };
        let scope = match self.next() % 3 {
            0 => Scope::Organization(self.organization()),
            1 => Scope::Team(self.team()),
            _ => Scope::Project(self.id("p", 3)),
        };
        Binding { id: self.id("b", 60), organization: self.organization(), holder, role, custom_role, scope }
    }

    fn change(&mut self) -> Change {
        let at = Timestamp::from_millis(7).unwrap();
        match self.next() % 40 {
            0 => Change::AddOrganization(Organization { id: self.organization(), name: None }),
            1 => Change::AddUser(self.row_user()),
            2 => Change::EditUser(self.row_user()),
            3 => Change::DeactivateUser { user: self.user(), at },
            4 => Change::AddMember(self.row_member()),
            5 => Change::EditMember(self.row_member()),
            6 => Change::RemoveMember { organization: self.organization(), user: self.user() },
            7 => {
                let owner = self.flip().then(|| self.user());
                let (id, organization) = (self.team(), self.organization());
                Change::AddTeam(Team { id, organization, name: None, personal: self.flip(), owner })
            }
            8..=10 => {
                let (role, custom_role) = self.role();
                Change::AddTeamMembership(TeamMembership { team: self.team(), user: self.user(), role, custom_role })
            }
            11 => Change::RemoveTeamMembership { team: self.team(), user: self.user() },
            12 => Change::AddProject(self.row_project()),
            13 => Change::EditProject(self.row_project()),
            14 => Change::ArchiveProject { project: self.id("p", 3), at },
            15 => {
                let members = (0..self.next() % 3).map(|_| self.user()).collect();
                Change::AddGroup(Group { id: self.id("g", 2), organization: self.organization(), name: None, members })
            }
            16 => Change::RemoveGroup(self.id("g", 2)),
            17 => Change::AddGroupMember { group: self.id("g", 2), user: self.user() },
            18 => Change::RemoveGroupMember { group: self.id("g", 2), user: self.user() },
            19 | 20 => Change::AddRole(self.row_role()),
            21 => Change::EditRole(self.row_role()),
            22 => Change::RemoveRole(self.id("r", 3)),
            23 => Change::AddKey(self.row_key()),
            24 => Change::EditKey(self.row_key()),
            25 => Change::RevokeKey { key: self.id("k", 3), at },
            26 => Change::RemoveKey(self.id("k", 3)),
            27..=29 => Change::RemoveBinding(self.id("b", 60)),
            _ => Change::AddBinding(self.row_binding()),
        }
    }
}

/// Something of each kind, so that most changes find what they need.
fn start() -> Document {
    let text = r#"{
        "organizations": [{"id": "o0"}], "users": [{"id": "u0"}, {"id": "u1"}],
        "members": [{"organization": "o0", "user": "u0", "role": "MEMBER"}],
        "teams": [{"id": "t0", "organization": "o0"}], "projects": [{"id": "p0", "team": "t0", "projectKey": "sk-lw-x"}],
        "groups": [{"id": "g0", "organization": "o0", "members": ["u0"]}],
        "roles": [{"id": "r0", "organization": "o0", "kind": "key", "name": "r0", "permissions": ["x:y"]}],
        "keys": [{"id": "k0", "organization": "o0", "name": "k0", "mode": "all", "owner": "u0", "createdBy": "u1"}],
        "bindings": [{"id": "b0", "organization": "o0", "key": "k0", "role": "CUSTOM", "customRole": "r0", "scope": {"team": "t0"}}]
    }"#;
    Document::from_json(text).unwrap()
}

fn compile(names: &[Box<str>]) -> Result<PermissionSet, std::convert::Infallible> {
    Ok(PermissionSet { w0: naive::word(names), w1: 0, w2: 0, w3: 0 })
}

fn principals() -> Vec<PrincipalId<'static>> {
    let users = ["u0", "u1", "u2"].map(PrincipalId::User);
    let keys = ["k0", "k1", "k2"].map(PrincipalId::Key);
    users.into_iter().chain(keys).chain(["p0", "p1"].map(PrincipalId::ProjectKey)).collect()
}

fn places() -> Vec<PlaceId<'static>> {
    let organizations = ["o0", "o1"].map(PlaceId::Organization);
    let teams = ["t0", "t1"].map(PlaceId::Team);
    organizations.into_iter().chain(teams).chain(["p0", "p1", "p2"].map(PlaceId::Project)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn says_what_a_plain_document_says(changes in prop::collection::vec(any::<[u8; 20]>(), 1..120)) {
        let mut document = start();
        let mut directory = Directory::from_document(document.clone()).unwrap();
        let mut sets = RoleSets::compile(&directory, compile).unwrap();
        let mut seen = HashMap::new();
        let mut askers = HashMap::new();
        let mut refused = None;
        for bytes in &changes {
            let change = Bytes(bytes).change();
            let accepted = directory.apply(change.clone());
            match accepted {
                Ok(Applied { recompile }) => {
                    model::apply(&mut document, change);
                    if let Some(role) = recompile {
                        sets.update(&directory, role, compile).unwrap();
                    }
                }
                Err(error) => refused = Some(error),
            }
            let stored = model::sorted(directory.document());
            prop_assert_eq!(&stored, &model::sorted(document.clone()), "after {:?}", refused);
            for principal in principals() {
                for place in places() {
                    let (asker, at) = (directory.principal(principal), directory.place(place));
                    let words = naive::gathered(&directory, &directory.facts(asker, at, 0, &sets));
                    prop_assert_eq!(&words, &naive::found(&document, principal, place), "{:?} at {:?}", principal, place);
                    // Facts never differ under one epoch, nor does it matter that a slot was taken before its principal went.
                    let asker = asker.inspect(|slot| assert!(*askers.entry(principal).or_insert(*slot) == *slot));
                    if let (Some(asker), Some(at)) = (asker.or(askers.get(&principal).copied()), at) {
                        let before = seen.insert((asker, at, directory.epoch(asker, at)), words.clone());
                        prop_assert!(before.is_none_or(|before| before == words), "{:?} at {:?}: {:?}", principal, place, bytes);
                    }
                }
            }
        }
        let fresh = Directory::from_document(document).unwrap();
        prop_assert_eq!(model::sorted(fresh.document()), model::sorted(directory.document()));
    }

    /// Slots that were taken before stay good, and what they say is no less true for it.
    #[test]
    fn slots_outlive_changes(changes in prop::collection::vec(any::<[u8; 20]>(), 1..60)) {
        let mut directory = Directory::from_document(start()).unwrap();
        let key = directory.principal(PrincipalId::Key("k0")).unwrap();
        let place = directory.place(PlaceId::Project("p0")).unwrap();
        for bytes in &changes {
            let _ = directory.apply(Bytes(bytes).change());
            prop_assert_eq!(directory.principal_id(key), PrincipalId::Key("k0"));
            prop_assert_eq!(directory.place_id(place), PlaceId::Project("p0"));
            let known = directory.principal(PrincipalId::Key("k0"));
            prop_assert!(known.is_none_or(|known| known == key));
            let sets = RoleSets::compile(&directory, compile).unwrap();
            let gathered = directory.facts(Some(key), Some(place), 0, &sets);
            prop_assert_eq!(known.is_none(), gathered.facts.principal == clearance_policy::types::Principal::Unknown);
        }
    }
}

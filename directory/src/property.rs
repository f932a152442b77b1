//! Random changes on a few ids: the directory always says what loops over a plain document say, and says when that changed.

mod acceptance;
mod lists;
mod model;
mod naive;
mod questions;

use std::collections::HashMap;

use clearance_policy::types::PermissionSet;
use proptest::prelude::*;

use crate::apply::Applied;
use crate::change::Change;
use crate::directory::Directory;
use crate::document::{
    Binding, BindingRole, Document, Group, Holder, Key, Member, MemberRole, Mode, Organization, Project, Role, RoleKind, Scope,
    Sensitive, Team, TeamMembership, Timestamp, User,
};
use crate::epoch::Epoch;
use crate::error::BatchError;
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
            4 => (BindingRole::Member, Some(self.id("r", 3))),
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
            ingestion_source: self.flip().then(|| "cli".into()),
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
        Binding { id: self.id("b", 20), organization: self.organization(), holder, role, custom_role, scope }
    }

    fn row_organization(&mut self) -> Organization {
        Organization { id: self.organization(), name: self.flip().then(|| "name".into()) }
    }

    fn row_team(&mut self) -> Team {
        let owner = self.flip().then(|| self.user());
        Team { id: self.team(), organization: self.organization(), name: None, personal: self.flip(), owner }
    }

    fn row_team_membership(&mut self) -> TeamMembership {
        let (role, custom_role) = self.role();
        TeamMembership { team: self.team(), user: self.user(), role, custom_role }
    }

    fn row_group(&mut self) -> Group {
        let members = (0..self.next() % 3).map(|_| self.user()).collect();
        Group { id: self.id("g", 2), organization: self.organization(), name: None, members }
    }

    fn change(&mut self) -> Change {
        let at = Timestamp::from_millis(7).unwrap();
        match self.next() % 52 {
            0 => Change::AddOrganization(self.row_organization()),
            1 => Change::AddUser(self.row_user()),
            2 => Change::EditUser(self.row_user()),
            3 => Change::DeactivateUser { user: self.user(), at },
            4 => Change::AddMember(self.row_member()),
            5 => Change::EditMember(self.row_member()),
            6 => Change::RemoveMember { organization: self.organization(), user: self.user() },
            7 => Change::AddTeam(self.row_team()),
            8..=10 => Change::AddTeamMembership(self.row_team_membership()),
            11 => Change::RemoveTeamMembership { team: self.team(), user: self.user() },
            12 | 13 => Change::AddProject(self.row_project()),
            14 => Change::EditProject(self.row_project()),
            15 => Change::ArchiveProject { project: self.id("p", 3), at },
            16 => Change::AddGroup(self.row_group()),
            17 => Change::RemoveGroup(self.id("g", 2)),
            18 => Change::AddGroupMember { group: self.id("g", 2), user: self.user() },
            19 => Change::RemoveGroupMember { group: self.id("g", 2), user: self.user() },
            20 | 21 => Change::AddRole(self.row_role()),
            22 => Change::EditRole(self.row_role()),
            23 => Change::RemoveRole(self.id("r", 3)),
            24 => Change::AddKey(self.row_key()),
            25 => Change::EditKey(self.row_key()),
            26 => Change::RevokeKey { key: self.id("k", 3), at },
            27 => Change::RemoveKey(self.id("k", 3)),
            28..=30 => Change::RemoveBinding(self.id("b", 20)),
            31 => Change::EditOrganization(self.row_organization()),
            32 => Change::RemoveOrganization(self.organization()),
            33 => Change::RemoveUser(self.user()),
            34 | 35 => Change::EditTeam(self.row_team()),
            36 => Change::RemoveTeam(self.team()),
            37 => Change::EditTeamMembership(self.row_team_membership()),
            38 => Change::RemoveProject(self.id("p", 3)),
            39 => Change::EditGroup(self.row_group()),
            40 | 41 => Change::EditBinding(Binding { id: self.id("b", 20), ..self.row_binding() }),
            _ => Change::AddBinding(Binding { id: self.id("b", 20), ..self.row_binding() }),
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

/// All that the directory says of the few ids, in words.
fn all_facts(directory: &Directory) -> Vec<naive::Words> {
    let sets = RoleSets::compile(directory, compile).unwrap();
    let places = places();
    let pairs = principals().into_iter().flat_map(|principal| places.iter().map(move |place| (principal, *place)));
    pairs
        .map(|(principal, place)| {
            let facts = directory.facts(directory.principal(principal), directory.place(place), 0, &sets);
            naive::gathered(directory, &facts)
        })
        .collect()
}

/// The epochs of the few ids, where there are principals and places.
fn epochs(directory: &Directory) -> Vec<Option<Epoch>> {
    let places = places();
    let pairs = principals().into_iter().flat_map(|principal| places.iter().map(move |place| (principal, *place)));
    pairs.map(|(principal, place)| Some(directory.epoch(directory.principal(principal)?, directory.place(place)?))).collect()
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
        let mut nodes = HashMap::new();
        let mut refused = None;
        for bytes in &changes {
            let change = Bytes(bytes).change();
            let accepted = directory.apply(change.clone());
            prop_assert_eq!(accepted.is_err(), acceptance::refuses(&document, &change), "{:?}: {:?}", change, accepted);
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
            prop_assert_eq!(lists::listed(&directory), lists::found(&document), "after {:?}", refused);
            for principal in principals() {
                for place in places() {
                    let (asker, at) = (directory.principal(principal), directory.place(place));
                    let words = naive::gathered(&directory, &directory.facts(asker, at, 0, &sets));
                    prop_assert_eq!(&words, &naive::found(&document, principal, place), "{:?} at {:?}", principal, place);
                    // Facts never differ under one epoch, nor does it matter that a slot was taken before what it stands for went.
                    let asker = asker.inspect(|slot| assert!(*askers.entry(principal).or_insert(*slot) == *slot));
                    let at = at.inspect(|slot| assert!(*nodes.entry(place).or_insert(*slot) == *slot));
                    let slots = (asker.or(askers.get(&principal).copied()), at.or(nodes.get(&place).copied()));
                    if let (Some(asker), Some(at)) = slots {
                        let before = seen.insert((asker, at, directory.epoch(asker, at)), words.clone());
                        prop_assert!(before.is_none_or(|before| before == words), "{:?} at {:?}: {:?}", principal, place, bytes);
                    }
                }
            }
        }
        let fresh = Directory::from_document(document).unwrap();
        prop_assert_eq!(model::sorted(fresh.document()), model::sorted(directory.document()));
    }

    /// A batch does what its changes do one after the other, or nothing: not even an epoch shows that it was tried.
    #[test]
    fn a_batch_is_made_whole_or_not_at_all(
        changes in prop::collection::vec(any::<[u8; 20]>(), 1..60),
        batches in prop::collection::vec(prop::collection::vec(any::<[u8; 20]>(), 1..8), 1..12),
    ) {
        let mut directory = Directory::from_document(start()).unwrap();
        for bytes in &changes {
            let _ = directory.apply(Bytes(bytes).change());
        }
        for batch in &batches {
            let batch: Vec<Change> = batch.iter().map(|bytes| Bytes(bytes).change()).collect();
            let before = directory.document();
            let (epochs, stored) = (epochs(&directory), model::sorted(before.clone()));
            let mut stepwise = Directory::from_document(before).unwrap();
            let step = batch.iter().cloned().enumerate().try_for_each(|(index, change)| {
                stepwise.apply(change).map(drop).map_err(|error| BatchError { index, error })
            });
            let whole = directory.apply_all(batch.clone());
            prop_assert_eq!(whole.as_ref().err(), step.as_ref().err(), "{:?}", batch);
            let after = model::sorted(directory.document());
            match whole {
                Ok(applied) => {
                    prop_assert_eq!(applied.len(), batch.len());
                    prop_assert_eq!(after, model::sorted(stepwise.document()));
                }
                Err(_) => {
                    prop_assert_eq!(after, stored, "after {:?}", batch);
                    prop_assert!(epochs == self::epochs(&directory), "after {:?}", batch);
                    let (one, fresh) = (all_facts(&directory), all_facts(&Directory::from_document(directory.document()).unwrap()));
                    prop_assert_eq!(one, fresh);
                }
            }
        }
    }

    /// What JSON says of a change is the change.
    #[test]
    fn a_change_survives_json(bytes in any::<[u8; 20]>()) {
        let change = Bytes(&bytes).change();
        let text = serde_json::to_string(&change).unwrap();
        prop_assert_eq!(serde_json::from_str::<Change>(&text).unwrap(), change, "{}", text);
    }

    /// Slots that were taken before stay good, and what they say is as true as before.
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

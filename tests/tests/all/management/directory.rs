//! The directory of the vectors, and the facts that questions about its keys are made of.

use std::{collections::HashMap, convert::Infallible};

use clearance_directory::document::{self, BindingRole, Document, Holder, MemberRole, Timestamp};
use clearance_directory::{Directory, PlaceId, PrincipalId, RoleSets};
use clearance_policy::types::lifecycle::{Assignee, Ceiling, KeyOwner, KeyQuestion, Sight, StoredKey, Workspace};
use clearance_policy::types::{Binding, Facts, Handle, Membership, Place, Principal, ProjectPlace, Role, Scope, TeamPlace, Tier};
use clearance_tests::case::NOW;
use clearance_tests::evaluator::Evaluator;
use serde_json::{Value, json};

/// A document in a directory.
pub(crate) struct World {
    document: Document,
    directory: Directory,
    sets: RoleSets,
    users: HashMap<Handle, String>,
    scopes: HashMap<(Tier, Handle), String>,
}

/// As the vectors write it.
pub(crate) fn moment(millis: u64) -> String {
    let text = serde_json::to_value(Timestamp::from_millis(millis).unwrap()).unwrap();
    text.as_str().unwrap().to_owned()
}

impl World {
    pub(crate) fn read(evaluator: &impl Evaluator) -> Self {
        let path = format!("{}/vectors/management/directory.json", env!("CARGO_MANIFEST_DIR"));
        let document: Document = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let directory = Directory::from_document(document.clone()).unwrap();
        let compile = |names: &[Box<str>]| {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            Ok::<_, Infallible>(evaluator.compile(&names))
        };
        let Ok(sets) = RoleSets::compile(&directory, compile);
        let mut world = Self { document, directory, sets, users: HashMap::new(), scopes: HashMap::new() };
        world.users = world.document.users.iter().map(|user| (world.user(&user.id).unwrap(), user.id.to_string())).collect();
        let organizations = world.document.organizations.iter().map(|row| ("ORGANIZATION", &row.id));
        let teams = world.document.teams.iter().map(|row| ("TEAM", &row.id));
        let projects = world.document.projects.iter().map(|row| ("PROJECT", &row.id));
        let scopes =
            organizations.chain(teams).chain(projects).map(|(tier, id)| (world.scope_at(tier, id), format!("{tier}:{id}")));
        world.scopes = scopes.collect();
        world
    }

    fn facts(&self, principal: PrincipalId<'_>, place: PlaceId<'_>) -> clearance_directory::Gathered {
        self.directory.facts(self.directory.principal(principal), self.directory.place(place), NOW, &self.sets)
    }

    pub(crate) fn user_facts(&self, user: &str, organization: &str) -> Facts {
        self.facts(PrincipalId::User(user), PlaceId::Organization(organization)).facts
    }

    /// A key at its own organization. None where it cannot be used at all.
    pub(crate) fn key_facts(&self, key: &str) -> Option<Facts> {
        let row = self.document.keys.iter().find(|row| &*row.id == key)?;
        if row.revoked_at.is_some() || row.expires_at.is_some_and(|expires| expires.millis() < NOW) {
            return None;
        }
        Some(self.facts(PrincipalId::Key(key), PlaceId::Organization(&row.organization)).facts)
    }

    fn key_row(&self, key: &str) -> &document::Key {
        self.document.keys.iter().find(|row| &*row.id == key).expect("the key exists")
    }

    pub(crate) fn owner_of(&self, key: &str) -> Option<&str> {
        self.key_row(key).owner.as_deref()
    }

    pub(crate) fn organization_of(&self, key: &str) -> &str {
        &self.key_row(key).organization
    }

    fn user(&self, id: &str) -> Option<Handle> {
        match self.facts(PrincipalId::User(id), PlaceId::Organization("")).facts.principal {
            Principal::User(user) => Some(user.handle),
            _ => None,
        }
    }

    pub(crate) fn user_id(&self, user: Handle) -> &str {
        &self.users[&user]
    }

    pub(crate) fn scope(&self, Scope { tier, at }: Scope) -> &str {
        &self.scopes[&(tier, at)]
    }

    pub(crate) fn place(&self, tier: &str, id: &str) -> Place {
        self.facts(PrincipalId::User(""), place_id(tier, id)).facts.place
    }

    fn scope_at(&self, tier: &str, id: &str) -> (Tier, Handle) {
        match self.place(tier, id) {
            Place::Unknown => panic!("{tier} `{id}` exists"),
            Place::Organization(organization) => (Tier::Organization, organization),
            Place::Team(team) => (Tier::Team, team.team),
            Place::Project(project) => (Tier::Project, project.project),
        }
    }

    pub(crate) fn workspace(&self, tier: &str, id: &str) -> Workspace {
        let team = match tier {
            "TEAM" => Some(id),
            "PROJECT" => self.document.projects.iter().find(|row| &*row.id == id).map(|row| &*row.team),
            _ => None,
        };
        match self.document.teams.iter().find(|row| Some(&*row.id) == team) {
            Some(team) if team.personal => Workspace::Personal(team.owner.as_ref().and_then(|owner| self.user(owner))),
            _ => Workspace::Shared,
        }
    }

    pub(crate) fn ceiling(&self, owner: Option<&str>, tier: &str, id: &str) -> Ceiling {
        let gathered = self.facts(PrincipalId::User(owner.unwrap_or_default()), place_id(tier, id));
        let names = |id: &str| {
            let row = self.document.roles.iter().find(|row| &*row.id == id).expect("the role exists");
            row.permissions.iter().map(ToString::to_string).collect()
        };
        let names = gathered.roles().iter().map(|role| names(self.directory.role_id(*role))).collect();
        Ceiling { facts: gathered.facts, names }
    }

    pub(crate) fn assignee(&self, id: &str, organization: &str) -> Assignee {
        let member = self.document.members.iter().find(|row| &*row.user == id && &*row.organization == organization);
        let membership = member.map(|member| match member.role {
            MemberRole::Admin => Membership::Admin,
            MemberRole::Member => Membership::Member,
            MemberRole::External => Membership::External,
        });
        let row = self.document.users.iter().find(|row| &*row.id == id);
        Assignee { user: self.user(id), membership, deactivated: row.is_some_and(|row| row.deactivated_at.is_some()) }
    }

    pub(crate) fn stored_key(&self, id: &str) -> Option<StoredKey> {
        let row = self.document.keys.iter().find(|row| &*row.id == id)?;
        let Principal::Key(key) = self.facts(PrincipalId::Key(id), PlaceId::Organization("")).facts.principal else {
            panic!("`{id}` is a key")
        };
        Some(StoredKey {
            handle: key.handle,
            organization: key.organization,
            owner: row
                .owner
                .as_ref()
                .map_or(KeyOwner::Nobody, |owner| self.user(owner).map_or(KeyOwner::Unknown, KeyOwner::User)),
            name: row.name.to_string(),
            ingestion: row.ingestion_source.is_some(),
            revoked: row.revoked_at.is_some(),
        })
    }

    pub(crate) fn stored_keys(&self) -> Vec<StoredKey> {
        self.document.keys.iter().filter_map(|row| self.stored_key(&row.id)).collect()
    }

    fn binding_rows(&self, user: &str) -> impl Iterator<Item = &document::Binding> {
        let groups = self.document.groups.iter().filter(move |group| group.members.iter().any(|member| &**member == user));
        let groups: Vec<&str> = groups.map(|group| &*group.id).collect();
        self.document.bindings.iter().filter(move |row| match &row.holder {
            Holder::User(holder) => &**holder == user,
            Holder::Group(group) => groups.contains(&&**group),
            Holder::Key(_) => false,
        })
    }

    /// All bindings of a user; the rules do not look at their roles.
    pub(crate) fn bindings_of(&self, user: &str) -> Vec<Binding> {
        let binding = |row: &document::Binding| {
            let (_, organization) = self.scope_at("ORGANIZATION", &row.organization);
            let (tier, at) = match &row.scope {
                document::Scope::Organization(id) => self.scope_at("ORGANIZATION", id),
                document::Scope::Team(id) => self.scope_at("TEAM", id),
                document::Scope::Project(id) => self.scope_at("PROJECT", id),
            };
            let group = matches!(row.holder, Holder::Group(_)).then_some(organization);
            Binding { organization, scope: Scope { tier, at }, role: Role::Missing, group }
        };
        self.binding_rows(user).map(binding).collect()
    }

    pub(crate) fn teams(&self) -> Vec<TeamPlace> {
        let team = |row: &document::Team| match self.place("TEAM", &row.id) {
            Place::Team(team) => team,
            other => panic!("{other:?} is no team"),
        };
        self.document.teams.iter().map(team).collect()
    }

    pub(crate) fn projects(&self) -> Vec<ProjectPlace> {
        let project = |row: &document::Project| match self.place("PROJECT", &row.id) {
            Place::Project(project) => project,
            other => panic!("{other:?} is no project"),
        };
        self.document.projects.iter().map(project).collect()
    }

    fn member_rows(&self, organization: &str) -> impl Iterator<Item = &document::Member> {
        self.document.members.iter().filter(move |row| &*row.organization == organization)
    }

    pub(crate) fn members(&self, organization: &str) -> Vec<Handle> {
        self.member_rows(organization).map(|row| self.user(&row.user).unwrap()).collect()
    }

    /// A stored key as `created` and `after` show it.
    pub(crate) fn shown_key(&self, id: &str) -> Value {
        let row = self.key_row(id);
        let own = self.document.bindings.iter().filter(|binding| matches!(&binding.holder, Holder::Key(key) if **key == *id));
        let mut bindings: Vec<String> = own.clone().map(binding_text).collect();
        bindings.sort_unstable();
        let role = own.clone().find_map(|binding| binding.custom_role.as_deref());
        let list = self.document.roles.iter().find(|row| Some(&*row.id) == role).map(|row| row.permissions.clone());
        json!({
            "name": row.name,
            "userId": row.owner,
            "createdByUserId": row.created_by,
            "permissionMode": serde_json::to_value(row.mode).unwrap(),
            "revoked": row.revoked_at.is_some(),
            "expiresAt": row.expires_at.map(|expires| moment(expires.millis())),
            "bindings": bindings,
            "permissions": list.unwrap_or_default(),
        })
    }

    /// A stored key as a route shows it.
    pub(crate) fn read_key(&self, id: &str) -> Value {
        let shown = self.shown_key(id);
        let binding = |text: &Value| {
            let (role, scope) = text.as_str().unwrap().split_once('@').unwrap();
            let (tier, id) = scope.split_once(':').unwrap();
            json!({"role": role, "scopeType": tier, "scopeId": id})
        };
        json!({
            "id": id,
            "keyType": if shown["userId"].is_null() { "service" } else { "personal" },
            "assignedToUserId": shown["userId"],
            "permissionMode": shown["permissionMode"],
            "permissions": shown["permissions"],
            "bindings": shown["bindings"].as_array().unwrap().iter().map(binding).collect::<Vec<_>>(),
        })
    }

    /// What is seen, as the vectors write it. `id`: the key, or else the user who asks.
    pub(crate) fn shown(&self, question: &KeyQuestion, id: &str, indices: &[usize]) -> Value {
        let organization = &*self.document.organizations[0].id;
        let texts: Vec<String> = match question {
            KeyQuestion::List(_) => self.document.keys.iter().map(|row| row.id.to_string()).collect(),
            KeyQuestion::Look(Sight::KeyNames(_)) => {
                return indices.first().map_or(Value::Null, |_| {
                    let row = self.key_row(id);
                    json!({"name": row.name, "revoked": row.revoked_at.is_some()})
                });
            }
            KeyQuestion::Look(Sight::OwnBindings(_)) => self.binding_rows(id).map(binding_text).collect(),
            KeyQuestion::Look(Sight::Teams(_)) => self.document.teams.iter().map(|row| row.id.to_string()).collect(),
            KeyQuestion::Look(Sight::Projects(_)) => self.document.projects.iter().map(|row| row.id.to_string()).collect(),
            KeyQuestion::Look(Sight::Members(_)) => self.member_rows(organization).map(|row| row.user.to_string()).collect(),
            other => panic!("{other:?} shows no list"),
        };
        indices.iter().map(|&index| texts[index].clone()).collect::<Vec<_>>().into()
    }
}

fn place_id<'a>(tier: &str, id: &'a str) -> PlaceId<'a> {
    match tier {
        "ORGANIZATION" => PlaceId::Organization(id),
        "TEAM" => PlaceId::Team(id),
        "PROJECT" => PlaceId::Project(id),
        other => panic!("`{other}` is no tier"),
    }
}

fn binding_text(row: &document::Binding) -> String {
    let role = match row.role {
        BindingRole::Admin => "ADMIN",
        BindingRole::Member => "MEMBER",
        BindingRole::Viewer => "VIEWER",
        BindingRole::Custom => "CUSTOM",
    };
    match &row.scope {
        document::Scope::Organization(id) => format!("{role}@ORGANIZATION:{id}"),
        document::Scope::Team(id) => format!("{role}@TEAM:{id}"),
        document::Scope::Project(id) => format!("{role}@PROJECT:{id}"),
    }
}

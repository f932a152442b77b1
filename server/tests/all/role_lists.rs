//! Lists of custom roles that are too long, sent and stored.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clearance::document::Document;
use clearance::{Directory, EvalError, PlaceId::Project, PrincipalId::User};
use clearance_keeper::{Fault, Keeper};
use clearance_store::{Loaded, Purpose, SqliteStore, Store as _, StoreError, Write};
use serde_json::{Value, json};

use crate::hooked::{Hooked, Hooks};
use crate::running::{Running, peppers, policy, token, vector};

fn hostile() -> Value {
    json!(vec![":"; 65_000])
}

/// The attack that was seen: everybody got 503 for good, and no start succeeded any more.
#[test]
fn a_hostile_list_is_refused_and_the_server_goes_on_and_starts_again() {
    let mut running = Running::company();
    let operator = running.operator(&[Purpose::Directory]);
    let member = token("tMember");
    let allowed = |running: &Running| {
        let reply = running.client().get("/v1/authorize?permission=traces:view", &[("X-Auth-Token", &member)]);
        assert_eq!(reply.status, 200, "{}", reply.text());
    };
    let before = running.keeper.authorizer().unwrap().read_directory(Directory::document);
    let long = "x".repeat(256);
    for (word, id) in [("addRole", "new"), ("editRole", "cDs")] {
        for (number, names) in
            [hostile(), json!((0..1_001).map(|n| format!("n{n}:view")).collect::<Vec<_>>()), json!(["a", long])]
                .into_iter()
                .enumerate()
        {
            let role = json!({ "id": id, "organization": "orgA", "kind": "custom", "name": "n", "permissions": names });
            let batch =
                json!({ "batch": format!("{word}-{number}"), "changes": [{ "addUser": { "id": "zoe" } }, { word: role }] });
            let reply = running.client().post("/v1/directory/changes", &[("Authorization", &operator)], &batch);
            assert_eq!(
                (reply.status, &reply.json()["type"]),
                (422, &json!("urn:clearance:problem:change-refused")),
                "{}",
                reply.text()
            );
            let text = reply.text();
            assert!(text.contains("permissions") && text.contains("write a") && text.len() < 1_000, "{text}");
            allowed(&running);
        }
    }
    assert_eq!(running.keeper.authorizer().unwrap().read_directory(Directory::document), before);
    assert_eq!(running.keeper.store().load().unwrap().document.roles, before.roles);
    assert_eq!(running.client().get("/healthz", &[]).status, 200);
    running.stop().unwrap();

    // What is within the bounds stays possible, and the database opens again.
    let database = std::mem::take(&mut running.database);
    let folder = running.into_folder();
    let store = SqliteStore::open(&database, peppers()).unwrap();
    let running = Running::of(Keeper::open(Arc::new(store), policy()).unwrap());
    allowed(&running);
    let operator = running.operator(&[Purpose::Directory]);
    let names: Vec<_> = (0..1_000).map(|number| format!("{number:0>250}:view")).collect();
    let role = json!({ "id": "new", "organization": "orgA", "kind": "custom", "name": "n", "permissions": names });
    let batch = json!({ "batch": "good", "changes": [{ "addRole": role }] });
    let reply = running.client().post("/v1/directory/changes", &[("Authorization", &operator)], &batch);
    assert_eq!(reply.status, 200, "{}", reply.text());
    allowed(&running);
    drop(folder);
}

/// A database as an older version left it: until it is edited, a role lists 65,000 names.
#[derive(Default)]
struct Older {
    is_mended: AtomicBool,
}

impl Hooks for Older {
    fn after_load(&self, loaded: &mut Loaded) -> Result<(), StoreError> {
        if !self.is_mended.load(Ordering::SeqCst) {
            let role = loaded.document.roles.iter_mut().find(|role| *role.id == *"cDs").unwrap();
            role.permissions = vec![":".into(); 65_000];
        }
        Ok(())
    }
}

#[test]
fn a_list_that_an_older_version_stored_stops_nobody_but_those_who_have_the_role() {
    let folder = tempfile::tempdir().unwrap();
    let document = Document::from_json(&vector("management/directory.json")).unwrap();
    let store = SqliteStore::create(folder.path().join("db"), &document, peppers(), &Write::default()).unwrap();
    let store = Arc::new(Hooked::new(store, Older::default()));
    let running = Running::of(Keeper::open(store.clone(), policy()).unwrap());
    let client = &mut running.client();
    let member = token("tMember");
    assert_eq!(client.get("/v1/authorize?permission=traces:view", &[("X-Auth-Token", &member)]).status, 200);
    assert_eq!(client.get("/healthz", &[]).status, 200);
    assert!(client.get("/metrics", &[]).text().contains("clearance_roles_unusable 1\n"));
    let check = || running.keeper.check(User("dsuser"), "traces:view", Project("p1"));
    assert!(matches!(check(), Err(Fault::Policy(EvalError::UnusableRole { ref role, .. })) if role == "cDs"), "{:?}", check());
    let findings = clearance::lint::lint(&store.load().unwrap().document);
    assert!(findings.iter().any(|finding| finding.code == clearance::lint::Code::RoleTooLong && finding.ids == ["cDs".into()]));

    let operator = running.operator(&[Purpose::Directory]);
    let role = json!({ "id": "cDs", "organization": "orgA", "kind": "custom", "name": "ds", "permissions": ["traces:view"] });
    let batch = json!({ "batch": "mend", "changes": [{ "editRole": role }] });
    let reply = client.post("/v1/directory/changes", &[("Authorization", &operator)], &batch);
    assert_eq!(reply.status, 200, "{}", reply.text());
    store.is_mended.store(true, Ordering::SeqCst);
    assert!(check().unwrap().allow);
    assert!(client.get("/metrics", &[]).text().contains("clearance_roles_unusable 0\n"));
}

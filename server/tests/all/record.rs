//! What the audit says of the policy: it happened, and nobody forgets it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clearance::Digest;
use clearance::document::Document;
use clearance_host::{Engine, LANGWATCH, Limits as PolicyLimits, STRICT};
use clearance_keeper::{Keeper, LostRecord, Versions};
use clearance_rollout::{Shadow, Trust, VersionStore};
use clearance_server::{ServeError, Settings, serve};
use clearance_store::{Entry, Purpose, Row, SqliteStore, Store, StoreError, Write};
use serde_json::{Value, json};

use crate::client::Reply;
use crate::hooked::{Hooked, Hooks};
use crate::running::{Running, peppers, policy, vector};

/// A database that can be read and, while it is full, not written.
#[derive(Default)]
struct Full {
    is_full: AtomicBool,
}

impl Hooks for Full {
    fn before_commit(&self, _: &Write) -> Result<(), StoreError> {
        if self.is_full.load(Ordering::SeqCst) { Err(StoreError::Full) } else { Ok(()) }
    }
}

/// A database and a folder of versions that outlive their server.
struct Place {
    folder: tempfile::TempDir,
    store: VersionStore,
}

fn engine() -> Engine {
    Engine::new(PolicyLimits::default()).unwrap()
}

fn strict() -> String {
    Digest::of(STRICT).to_string()
}

fn langwatch() -> String {
    Digest::of(LANGWATCH).to_string()
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = VersionStore::create(folder.path().join("versions")).unwrap();
        let _ = store.add(&engine(), &Trust::unsigned(Vec::new()), STRICT, None).unwrap();
        let document = Document::from_json(&vector("management/directory.json")).unwrap();
        drop(SqliteStore::create(folder.path().join("db"), &document, peppers(), &Write::default()).unwrap());
        Self { folder, store }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("versions").join(name)
    }

    fn open(&self) -> SqliteStore {
        SqliteStore::open(self.folder.path().join("db"), peppers()).unwrap()
    }

    fn versions(&self) -> Versions {
        Versions::new(self.store.clone(), Trust::unsigned(Vec::new()), engine())
    }

    fn settings(&self) -> Settings {
        Settings { versions: Some(self.versions()), ..Settings::default() }
    }

    fn start(&self, settings: Settings) -> Running {
        let live = self.versions().live().unwrap();
        Running::serve(Keeper::open(Arc::new(self.open()), live).unwrap(), settings)
    }

    /// Runs a server for as long as this takes.
    fn run(&self, settings: Settings, with: impl FnOnce(&Running)) {
        let mut running = self.start(settings);
        with(&running);
        running.stop().unwrap();
    }

    /// Why no server starts.
    fn refused(&self, settings: &Settings, live: clearance::PolicyVersion) -> ServeError {
        let keeper = Arc::new(Keeper::open(Arc::new(self.open()), live).unwrap());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let served = serve(keeper, settings, |_| panic!("it starts"), std::future::pending());
        runtime.block_on(served).unwrap_err()
    }

    /// The rows about the policy: verb, subject and what is there afterwards.
    fn rows(&self) -> Vec<(String, String, Value)> {
        told(&SqliteStore::open_read_only(self.folder.path().join("db"), peppers()).unwrap())
    }
}

/// An error with all its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn told(store: &dyn Store) -> Vec<(String, String, Value)> {
    let rows = store.audit_tail(100).unwrap().into_iter().filter(|row| row.entry.verb.starts_with("policy."));
    let told = |Row { entry: Entry { verb, subject, after, .. }, .. }| (verb.into(), subject.into(), after.unwrap_or_default());
    rows.map(told).collect()
}

fn activate(running: &Running, body: &Value) -> Reply {
    let operator = running.operator(&[Purpose::Policy]);
    running.client().post("/v1/policy/activate", &[("Authorization", &operator)], body)
}

fn pin(running: &Running, body: Option<&Value>) -> Reply {
    let operator = running.operator(&[Purpose::Policy]);
    let method = if body.is_some() { "PUT" } else { "DELETE" };
    let bytes = body.map(ToString::to_string).unwrap_or_default();
    running.client().send(method, "/v1/policy/pins/orgA", &[("Authorization", &*operator)], bytes.as_bytes())
}

fn to_strict() -> Value {
    json!({ "digest": strict(), "allowOtherName": true })
}

fn activated(digest: &str, count: u64) -> (String, String, Value) {
    ("policy.activate".into(), digest.into(), json!({ "policy": digest, "history": count }))
}

/// The component goes while it is on trial: its activation cannot be kept, and so no row says that it happened.
#[test]
fn what_the_history_cannot_keep_is_not_in_the_audit() {
    let place = Place::new();
    place.run(place.settings(), |running| {
        let trial = json!({ "decisions": 1_000_000_000, "seconds": 2 });
        let body = json!({ "digest": strict(), "allowOtherName": true, "shadow": trial });
        std::thread::scope(|threads| {
            let reply = threads.spawn(|| activate(running, &body));
            while Shadow::of(running.keeper.authorizer().unwrap()).is_none() && !reply.is_finished() {
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
            std::fs::remove_file(place.file(&format!("{}.wasm", &strict()["sha256:".len()..]))).unwrap();
            let reply = reply.join().unwrap();
            assert_eq!(reply.status, 409, "{}", reply.text());
            assert!(reply.text().contains("has no such version"), "{}", reply.text());
        });
        assert_eq!(running.keeper.authorizer().unwrap().live_version().digest().to_string(), langwatch());
        assert_eq!(place.rows(), []);
    });
}

/// And what the audit cannot say is not kept.
#[test]
fn what_the_audit_cannot_say_is_not_in_the_history() {
    let place = Place::new();
    let store = Arc::new(Hooked::new(place.open(), Full::default()));
    let running = Running::serve(Keeper::open(store.clone(), policy()).unwrap(), place.settings());
    let operator = running.operator(&[Purpose::Policy]);
    let activate = || running.client().post("/v1/policy/activate", &[("Authorization", &operator)], &to_strict());
    store.is_full.store(true, Ordering::SeqCst);
    let reply = activate();
    assert_eq!(
        (reply.status, &reply.json()["type"]),
        (503, &json!("urn:clearance:problem:store-unavailable")),
        "{}",
        reply.text()
    );
    assert!(!place.store.history().unwrap().had_live(Digest::of(STRICT)), "it never answered anybody");
    assert_eq!(running.keeper.authorizer().unwrap().live_version().digest().to_string(), langwatch());
    store.is_full.store(false, Ordering::SeqCst);
    let reply = activate();
    assert_eq!((reply.status, &reply.json()["activated"]), (200, &json!(true)), "{}", reply.text());
    assert_eq!(told(&*store), [activated(&strict(), 2)]);
    assert_eq!(running.keeper.authorizer().unwrap().live_version().digest().to_string(), strict());
}

#[test]
fn a_lost_history_stops_the_start_until_somebody_accepts_it() {
    let place = Place::new();
    place.run(place.settings(), |running| assert_eq!(activate(running, &to_strict()).status, 200));
    place.run(place.settings(), |running| {
        assert_eq!(running.keeper.authorizer().unwrap().live_version().digest().to_string(), strict());
    });
    assert_eq!(place.rows(), [activated(&strict(), 2)]);

    let history = std::fs::read(place.file("history.json")).unwrap();
    std::fs::remove_file(place.file("history.json")).unwrap();
    let refused = place.refused(&place.settings(), policy());
    assert!(matches!(&refused, ServeError::Lost(LostRecord::History { policy, .. }) if **policy == strict()), "{refused}");
    for part in ["nothing takes its place", &strict(), "restore `history.json`", "`--accept-lost-history`"] {
        assert!(chain(&refused).contains(part), "{part}: {refused}");
    }
    assert_eq!(place.rows(), [activated(&strict(), 2)]);
    // The first way out.
    std::fs::write(place.file("history.json"), &history).unwrap();
    place.run(place.settings(), |_| ());

    // The second, which is in the audit from then on, and needed once.
    std::fs::remove_file(place.file("history.json")).unwrap();
    place.run(Settings { accept_lost_history: true, ..place.settings() }, |running| {
        assert_eq!(running.keeper.authorizer().unwrap().live_version().digest().to_string(), langwatch());
    });
    let accepted = json!({ "policy": langwatch(), "history": 0, "accepted": "lost-history" });
    let rows = [activated(&strict(), 2), ("policy.activate".into(), langwatch(), accepted)];
    assert_eq!(place.rows(), rows);
    place.run(place.settings(), |_| ());
    assert_eq!(place.rows(), rows);
}

#[test]
fn lost_pins_stop_the_start_until_somebody_accepts_it() {
    let place = Place::new();
    place.run(place.settings(), |running| assert_eq!(pin(running, Some(&to_strict())).status, 200));
    std::fs::remove_file(place.file("pins.json")).unwrap();
    let refused = place.refused(&place.settings(), policy());
    assert!(matches!(&refused, ServeError::Lost(LostRecord::Pin { organization, .. }) if **organization == *"orgA"), "{refused}");
    assert!(chain(&refused).contains("restore `pins.json`"), "{refused}");
    let pinned = ("policy.pin".to_owned(), "orgA".to_owned(), json!({ "policy": strict() }));
    assert_eq!(place.rows(), std::slice::from_ref(&pinned));
    place.run(Settings { accept_lost_history: true, ..place.settings() }, |_| ());
    let unpinned = ("policy.unpin".to_owned(), "orgA".to_owned(), json!({ "accepted": "lost-history" }));
    assert_eq!(place.rows(), [pinned, unpinned]);
    place.run(place.settings(), |_| ());
}

/// What a command does to the folder while no server runs is not a loss, and the audit follows.
#[test]
fn what_the_folder_says_beyond_the_audit_the_audit_then_says() {
    let place = Place::new();
    let running = policy().label();
    let version = place.versions();
    let label = clearance::VersionLabel { digest: Digest::of(STRICT), name: "strict".into(), semver: "1.0.0".parse().unwrap() };
    let all = clearance_rollout::Exceptions { downgrade: true, other_name: true };
    place.store.record(&label, &running, all, 1).unwrap();
    let now = u64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    place.store.pin("orgA", &label, &running, all, now).unwrap();
    place.run(place.settings(), |_| ());
    let pinned = ("policy.pin".to_owned(), "orgA".to_owned(), json!({ "policy": strict() }));
    assert_eq!(place.rows(), [activated(&strict(), 2), pinned]);
    place.run(place.settings(), |_| ());
    assert_eq!(place.rows().len(), 2, "it says so once");
    place.store.unpin("orgA", now + 600_000).unwrap();
    place.run(place.settings(), |_| ());
    assert_eq!(place.rows()[2].0, "policy.unpin");
    drop(version);
}

#[test]
fn a_start_without_the_folder_is_no_way_around() {
    let place = Place::new();
    place.run(place.settings(), |running| {
        assert_eq!(pin(running, Some(&to_strict())).status, 200);
        assert_eq!(activate(running, &to_strict()).status, 200);
    });
    let refused = place.refused(&Settings::default(), policy());
    assert!(matches!(&refused, ServeError::Lost(LostRecord::NoFolder { .. })), "{refused}");
    assert!(chain(&refused).contains("name the folder of versions with `--policies`"), "{refused}");
    // The same version from elsewhere: what is pinned would still be lost.
    let refused = place.refused(&Settings::default(), place.versions().live().unwrap());
    assert!(matches!(&refused, ServeError::Lost(LostRecord::NoFolderForPin { .. })), "{refused}");
    let accept = Settings { accept_lost_history: true, ..Settings::default() };
    // A start that fails accepts nothing.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().into();
    let rows = place.rows();
    let refused = place.refused(&Settings { listen, ..accept.clone() }, policy());
    assert!(matches!(&refused, ServeError::Listen { .. }), "{refused}");
    assert_eq!(place.rows(), rows);
    let mut running = Running::serve(Keeper::open(Arc::new(place.open()), policy()).unwrap(), accept);
    running.stop().unwrap();
    drop(running);
    // From then on it needs nobody's word.
    let mut running = Running::serve(Keeper::open(Arc::new(place.open()), policy()).unwrap(), Settings::default());
    running.stop().unwrap();
}

/// A folder that lost what it said is not added to, under a server that runs.
#[test]
fn nothing_is_added_to_a_folder_that_has_lost_what_it_said() {
    let place = Place::new();
    place.run(place.settings(), |running| {
        assert_eq!(activate(running, &to_strict()).status, 200);
        std::fs::remove_file(place.file("history.json")).unwrap();
        let back = json!({ "digest": langwatch(), "allowOtherName": true });
        for reply in [activate(running, &back), pin(running, Some(&back))] {
            assert_eq!(reply.status, 409, "{}", reply.text());
            assert!(reply.text().contains("the history of the folder does not"), "{}", reply.text());
        }
        assert_eq!(running.keeper.authorizer().unwrap().live_version().digest().to_string(), strict());
        assert!(!place.file("history.json").exists());
    });
}

//! A server in this process, on a database of its own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use clearance::{Document, PolicyVersion};
use clearance_host::{Engine, LANGWATCH, Limits as PolicyLimits};
use clearance_keeper::{Keeper, Origin};
use clearance_server::{Listening, ServeError, Settings, serve};
use clearance_store::{Peppers, Purpose, SqliteStore, Write};
use serde_json::Value;
use tokio::sync::oneshot;

use crate::client::Client;

/// The pepper of the vectors.
pub(crate) const PEPPER: &str = "oracle-pepper-not-a-secret";

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    /// The listener for signed-in users.
    pub(crate) session: Option<SocketAddr>,
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) database: PathBuf,
    running: Option<Stop>,
    _folder: Option<tempfile::TempDir>,
}

/// How to stop it.
type Stop = (oneshot::Sender<()>, JoinHandle<Result<(), ServeError>>);

/// The default policy, compiled once.
pub(crate) fn policy() -> PolicyVersion {
    static POLICY: OnceLock<PolicyVersion> = OnceLock::new();
    let load = || Engine::new(PolicyLimits::default()).unwrap().load(LANGWATCH).unwrap();
    POLICY.get_or_init(load).clone()
}

pub(crate) fn peppers() -> Peppers {
    Peppers::parse(PEPPER, "the test").unwrap()
}

impl Running {
    pub(crate) fn start(document: &str) -> Self {
        Self::with(document, Settings::default())
    }

    pub(crate) fn with(document: &str, settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("clearance.db");
        let document = Document::from_json(document).unwrap();
        let store = SqliteStore::create(&database, &document, peppers(), &Write::default()).unwrap();
        let keeper = Keeper::open(Arc::new(store), policy()).unwrap();
        Self { database, _folder: Some(folder), ..Self::serve(keeper, settings) }
    }

    /// A server of a keeper that was made elsewhere.
    pub(crate) fn of(keeper: Keeper) -> Self {
        Self::serve(keeper, Settings::default())
    }

    pub(crate) fn serve(keeper: Keeper, settings: Settings) -> Self {
        let keeper = Arc::new(keeper);
        let (ready, is_ready) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&keeper);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            let ready = move |listening| ready.send(listening).unwrap();
            runtime.block_on(serve(served, &settings, ready, async {
                let _ = stopped.await;
            }))
        });
        let Listening { address, session } = is_ready.recv().unwrap();
        let address = address.tcp().unwrap_or_else(|| ([127, 0, 0, 1], 0).into());
        Self { address, session, keeper, database: PathBuf::new(), running: Some((stop, thread)), _folder: None }
    }

    /// The directory of one of the vectors, such as `random/w0001`.
    pub(crate) fn on_vector(name: &str) -> Self {
        Self::start(&vector(&format!("{name}/directory.json")))
    }

    /// The organization of the vectors about the life of keys.
    pub(crate) fn company() -> Self {
        Self::on_vector("management")
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.address)
    }

    /// The header of a new operator.
    pub(crate) fn operator(&self, purposes: &[Purpose]) -> String {
        let operator = self.keeper.create_operator("test", purposes, &Origin::COMMAND).unwrap();
        format!("Bearer {}", operator.token.expose())
    }

    /// Stops it, and leaves the folder with the database.
    pub(crate) fn into_folder(self) -> Option<tempfile::TempDir> {
        let Self { keeper, _folder, .. } = self;
        drop(keeper);
        _folder
    }

    /// Stops the server as a signal does.
    pub(crate) fn stop(&mut self) -> Result<(), ServeError> {
        let (stop, thread) = self.running.take().unwrap();
        let _ = stop.send(());
        thread.join().unwrap()
    }
}

/// A file of the vectors.
pub(crate) fn vector(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines of a file of the vectors.
pub(crate) fn lines(path: &str) -> Vec<Value> {
    vector(path).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The token of a key of [`Running::company`].
pub(crate) fn token(key: &str) -> String {
    let secrets: Value = serde_json::from_str(&vector("management/secrets.json")).unwrap();
    secrets["tokens"][key].as_str().unwrap_or_else(|| panic!("no token of `{key}`")).to_owned()
}

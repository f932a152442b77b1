//! The organization of the vectors about the life of keys, kept in a database of its own.

use std::sync::Arc;

use clearance::{Document, PolicyVersion};
use clearance_host::{Engine, LANGWATCH, Limits};
use clearance_keeper::Keeper;
use clearance_store::{Peppers, SqliteStore, Write};
use serde_json::Value;

/// The name of the file in the folder of [`store`].
pub(crate) const DATABASE: &str = "clearance.db";

pub(crate) struct Company {
    pub(crate) keeper: Keeper,
    _folder: tempfile::TempDir,
}

impl Company {
    pub(crate) fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(store(&folder));
        Self { keeper: Keeper::open(store, policy(LANGWATCH)).unwrap(), _folder: folder }
    }
}

/// A new database with the organization.
pub(crate) fn store(folder: &tempfile::TempDir) -> SqliteStore {
    let document = Document::from_json(&vector("directory.json")).unwrap();
    SqliteStore::create(folder.path().join(DATABASE), &document, peppers(), &Write::default()).unwrap()
}

pub(crate) fn peppers() -> Peppers {
    Peppers::parse(secrets()["pepper"].as_str().unwrap(), "the test").unwrap()
}

pub(crate) fn policy(component: &[u8]) -> PolicyVersion {
    Engine::new(Limits::default()).unwrap().load(component).unwrap()
}

/// The token of a key.
pub(crate) fn token(key: &str) -> String {
    secrets()["tokens"][key].as_str().unwrap_or_else(|| panic!("no token of `{key}`")).to_owned()
}

fn secrets() -> Value {
    serde_json::from_str(&vector("secrets.json")).unwrap()
}

fn vector(name: &str) -> String {
    let path = format!("{}/../tests/vectors/management/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

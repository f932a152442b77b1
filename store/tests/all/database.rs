//! A database in a folder of its own.

use std::path::PathBuf;
use std::rc::Rc;

use clearance_directory::document::{Document, Timestamp};
use clearance_directory::{Change, Directory};
use clearance_store::{Committed, Credentials, Entry, Loaded, Peppers, SqliteStore, Step, Store, StoreError, Who, Write};
use tempfile::TempDir;

pub(crate) const PEPPER: &str = "oracle-pepper-not-a-secret";

/// A database, and a memory that follows it.
pub(crate) struct Database {
    folder: TempDir,
    pub(crate) store: SqliteStore,
    pub(crate) directory: Directory,
    pub(crate) credentials: Credentials,
}

pub(crate) fn peppers(text: &str) -> Peppers {
    Peppers::parse(text, "the test").unwrap()
}

pub(crate) fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

pub(crate) fn entry(verb: &str, subject: &str) -> Entry {
    let who = Who::Operator("op".into());
    Entry { at: at(7), who, verb: verb.into(), subject: subject.into(), before: None, after: None, peer: None, policy: None }
}

pub(crate) fn write(steps: impl IntoIterator<Item = Step>) -> Write {
    Write { steps: steps.into_iter().collect(), ..Write::default() }
}

pub(crate) fn document(json: &str) -> Document {
    Document::from_json(json).unwrap()
}

/// One organization with a team, a project and a key without a token.
pub(crate) fn small() -> Document {
    document(
        r#"{
            "organizations": [{"id": "acme"}],
            "users": [{"id": "ana", "name": "Ana"}],
            "teams": [{"id": "web", "organization": "acme"}],
            "projects": [{"id": "shop", "team": "web"}, {"id": "blog", "team": "web"}],
            "keys": [{"id": "old", "organization": "acme", "name": "old", "mode": "all", "owner": "ana"}]
        }"#,
    )
}

pub(crate) fn path_in(folder: &TempDir) -> PathBuf {
    folder.path().join("clearance.db")
}

impl Database {
    pub(crate) fn new(document: &Document) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::create(path_in(&folder), document, peppers(PEPPER), &Write::default()).unwrap();
        Self::with(folder, store)
    }

    fn with(folder: TempDir, store: SqliteStore) -> Self {
        let Loaded { document, credentials } = store.load().unwrap();
        Self { folder, store, directory: Directory::from_stored(document).unwrap(), credentials }
    }

    pub(crate) fn path(&self) -> PathBuf {
        path_in(&self.folder)
    }

    /// Closes it and opens it again.
    pub(crate) fn reopened(self, pepper: &str) -> Result<Self, StoreError> {
        let Self { folder, store, .. } = self;
        drop(store);
        let store = SqliteStore::open(path_in(&folder), peppers(pepper))?;
        Ok(Self::with(folder, store))
    }

    /// Closes it, and gives its folder.
    pub(crate) fn closed(self) -> TempDir {
        self.folder
    }

    /// Writes, and memory follows: nobody has to look at what is answered.
    pub(crate) fn commit(&mut self, write: &Write) -> Result<Rc<Committed>, StoreError> {
        let committed = self.store.commit(write)?;
        self.directory.apply_all(committed.changes.clone()).unwrap();
        committed.credentials.iter().cloned().for_each(|update| self.credentials.apply(update));
        Ok(Rc::new(committed))
    }

    pub(crate) fn change(&mut self, change: Change) -> Result<Rc<Committed>, StoreError> {
        self.commit(&write([Step::Change(change)]))
    }

    /// What is stored is what memory has.
    pub(crate) fn check(&self) {
        let Loaded { document, credentials } = self.store.load().unwrap();
        assert_eq!(sorted(document), sorted(self.directory.document()));
        assert_eq!(format!("{credentials:?}"), format!("{:?}", self.credentials));
    }
}

/// The same document, with rows in an order that does not depend on how they came.
pub(crate) fn sorted(mut document: Document) -> Document {
    document.organizations.sort_by(|a, b| a.id.cmp(&b.id));
    document.users.sort_by(|a, b| a.id.cmp(&b.id));
    document.members.sort_by(|a, b| (&a.organization, &a.user).cmp(&(&b.organization, &b.user)));
    document.teams.sort_by(|a, b| a.id.cmp(&b.id));
    document.team_memberships.sort_by(|a, b| (&a.team, &a.user).cmp(&(&b.team, &b.user)));
    document.projects.sort_by(|a, b| a.id.cmp(&b.id));
    document.groups.sort_by(|a, b| a.id.cmp(&b.id));
    document.groups.iter_mut().for_each(|group| group.members.sort());
    document.roles.sort_by(|a, b| a.id.cmp(&b.id));
    document.keys.sort_by(|a, b| a.id.cmp(&b.id));
    document.bindings.sort_by(|a, b| a.id.cmp(&b.id));
    document
}

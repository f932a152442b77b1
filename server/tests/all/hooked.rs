//! A database that a test gets in the way of.

use std::ops::Deref;

use clearance::document::{Document, Timestamp};
use clearance_store::{Committed, Head, Loaded, Operator, Row, SqliteStore, Store, StoreError, Token, Verdict, Write};

/// What happens around the calls of a store. By default nothing does.
pub(crate) trait Hooks: Send + Sync {
    /// Called before each call. An error takes the place of the call.
    fn before(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Called before each commit. An error takes its place.
    fn before_commit(&self, _: &Write) -> Result<(), StoreError> {
        Ok(())
    }

    /// Called after each commit, to change what it says.
    fn after_commit(&self, _: &mut Committed) {}

    /// Called after each load, to change what was loaded.
    fn after_load(&self, _: &mut Loaded) -> Result<(), StoreError> {
        Ok(())
    }
}

/// A store with hooks around its calls.
pub(crate) struct Hooked<H> {
    store: SqliteStore,
    hooks: H,
}

impl<H: Hooks> Hooked<H> {
    pub(crate) fn new(store: SqliteStore, hooks: H) -> Self {
        Self { store, hooks }
    }

    fn store(&self) -> Result<&SqliteStore, StoreError> {
        self.hooks.before()?;
        Ok(&self.store)
    }
}

impl<H> Deref for Hooked<H> {
    type Target = H;

    fn deref(&self) -> &H {
        &self.hooks
    }
}

impl<H: Hooks> Store for Hooked<H> {
    fn load(&self) -> Result<Loaded, StoreError> {
        let mut loaded = self.store()?.load()?;
        self.hooks.after_load(&mut loaded)?;
        Ok(loaded)
    }

    fn commit(&self, write: &Write) -> Result<Committed, StoreError> {
        self.hooks.before_commit(write)?;
        let mut committed = self.store()?.commit(write)?;
        self.hooks.after_commit(&mut committed);
        Ok(committed)
    }

    fn touch(&self, uses: &[(Box<str>, Timestamp)]) -> Result<(), StoreError> {
        self.store()?.touch(uses)
    }

    fn project_key(&self, project: &str) -> Result<Option<Token>, StoreError> {
        self.store()?.project_key(project)
    }

    fn operators(&self) -> Result<Vec<Operator>, StoreError> {
        self.store()?.operators()
    }

    fn export(&self) -> Result<Document, StoreError> {
        self.store()?.export()
    }

    fn audit_head(&self) -> Result<Head, StoreError> {
        self.store()?.audit_head()
    }

    fn audit_tail(&self, count: usize) -> Result<Vec<Row>, StoreError> {
        self.store()?.audit_tail(count)
    }

    fn audit_verify(&self, noted: Option<&Head>) -> Result<Verdict, StoreError> {
        self.store()?.audit_verify(noted)
    }

    fn ready(&self) -> Result<(), StoreError> {
        self.store()?.ready()
    }
}

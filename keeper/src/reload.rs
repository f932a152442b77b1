//! Memory that could not follow what is stored is loaded anew.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use clearance::Directory;
use clearance_store::{Loaded, StoreError};

use crate::chain::chain;
use crate::fault::Fault;
use crate::keeper::Keeper;
use crate::queue::Lane;

impl Keeper {
    /// Loads memory from the store, where it is not what is stored; else it does nothing. Nobody writes meanwhile, and nothing is
    /// answered until all of it is loaded.
    ///
    /// # Errors
    ///
    /// Too many revocations wait, the store cannot be read, or it does not hold a valid directory. Memory stays out of step, and nothing is answered.
    pub(crate) fn catch_up(&self) -> Result<(), Fault> {
        if self.check_in_step().is_ok() {
            return Ok(());
        }
        // Nothing else can be written before memory is in step again, so this passes what waits.
        let _right = self.writers.enter(Lane::Revocation).map_err(|_| Fault::Busy)?;
        let loaded = self.load();
        let (directory, credentials) = loaded.inspect_err(|error| {
            tracing::error!(error = chain(error), "memory is not what is stored, and cannot be loaded anew: it is tried again");
        })?;
        self.authorizer.replace_directory(directory);
        *self.credentials.write().unwrap_or_else(PoisonError::into_inner) = credentials;
        self.memo.forget();
        self.out_of_step.store(false, Ordering::Release);
        tracing::warn!("memory was loaded anew and is what is stored: questions are answered again");
        self.log_unusable_roles();
        Ok(())
    }

    fn load(&self) -> Result<(Directory, clearance_store::Credentials), Fault> {
        let Loaded { document, credentials } = self.store.load()?;
        let directory = Directory::from_stored(document);
        let directory = directory.map_err(|error| StoreError::Corrupt { detail: error.to_string().into() })?;
        Ok((directory, credentials))
    }
}

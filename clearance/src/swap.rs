//! Makes another policy version the live one, or pins an organization to it.

use std::{collections::HashSet, error::Error};

use clearance_directory::{Directory, DocumentError, PlaceId};
use clearance_question::{EvalError, PolicyVersion};

use crate::{
    Authorizer,
    live::Live,
    prepared_version::{PreparedVersion, Tolerance},
    roles::CompiledRoles,
};

/// How often a swap may be overtaken by changes of custom roles before it holds up changes, and never questions.
const MAX_OVERTAKEN_ATTEMPTS: usize = 16;

/// Why an organization was not pinned to a version.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PinError {
    /// The version fails to compile the custom roles of the directory.
    #[error("the policy could not compile the custom roles")]
    Compile(#[from] EvalError),
    /// The pin could not be recorded.
    #[error("cannot record that the organization is pinned")]
    Record(#[source] Box<dyn Error + Send + Sync>),
}

/// Why a version was not made the live one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SwapError {
    /// The version fails to compile the custom roles of the directory.
    #[error("the policy could not compile the custom roles")]
    Compile(#[source] EvalError),
    /// The version could not be recorded as the live one.
    #[error("cannot record which version is live")]
    Record(#[source] Box<dyn Error + Send + Sync>),
}

/// Why an authorizer could not be copied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// The directory cannot be copied.
    #[error("the directory cannot be copied")]
    Directory(#[from] DocumentError),
    /// The version fails to compile a custom role that the live version can use.
    #[error("the policy could not compile the custom roles")]
    Compile(#[source] EvalError),
}

/// Records which version is live, for the next start. `()` records nothing.
pub trait ActivationLog {
    /// Keeps others from making changes while it lives.
    type Held;

    /// Keeps others from making changes, once everything is compiled and before [`record`](Self::record). If others can still add a
    /// custom role, and the new version cannot compile it, the live version comes back and is recorded again.
    ///
    /// # Errors
    ///
    /// The error says why changes cannot be held up. Then no version is recorded, and the live one stays.
    fn hold(&mut self) -> Result<Self::Held, Box<dyn Error + Send + Sync>>;

    /// Records a version, before it answers anybody. `held` is what [`hold`](Self::hold) returned.
    ///
    /// # Errors
    ///
    /// The error says why the version cannot be recorded. Then it does not become the live one.
    fn record(&mut self, held: &Self::Held, version: &PolicyVersion) -> Result<(), Box<dyn Error + Send + Sync>>;
}

impl ActivationLog for () {
    type Held = ();

    fn hold(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(())
    }

    fn record(&mut self, (): &(), _: &PolicyVersion) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(())
    }
}

impl Authorizer {
    /// Makes a policy version the live one, and returns the version that was live before. Checks that began before finish on the old
    /// version; the new version answers checks that begin afterwards. Pinned organizations stay pinned.
    ///
    /// # Errors
    ///
    /// [`EvalError`] where the new version fails to compile the custom roles: the old one stays live.
    pub fn swap(&self, version: PolicyVersion) -> Result<PolicyVersion, EvalError> {
        self.put(self.prepare(version, Tolerance::AsLive)?, |live, version, roles| live.versions.replace(version, roles))
    }

    /// Lets another version answer for one organization and everything in it, also what is added later. If the version fails to
    /// compile a custom role that is added later, that role is unusable there. The organization need not exist yet.
    ///
    /// # Errors
    ///
    /// [`PinError`] says what is wrong. Nothing is changed then.
    pub fn pin(&self, organization: &str, version: PolicyVersion) -> Result<(), PinError> {
        self.pin_recorded(organization, version, || Ok(()), |(), _| Ok(()))
    }

    /// As [`pin`](Self::pin), for a program that stores which organizations are pinned. Once the custom roles are compiled, which
    /// may take long, it calls `hold` to keep others from making changes, and then `record` to store the pin, before the version
    /// answers anybody. Nothing fails after that.
    ///
    /// # Errors
    ///
    /// [`PinError`] says what is wrong. Nothing is changed then.
    pub fn pin_recorded<T>(
        &self,
        organization: &str,
        version: PolicyVersion,
        hold: impl FnOnce() -> Result<T, Box<dyn Error + Send + Sync>>,
        record: impl FnOnce(&T, &PolicyVersion) -> Result<(), Box<dyn Error + Send + Sync>>,
    ) -> Result<(), PinError> {
        let mut prepared = self.prepare(version, Tolerance::AsLive)?;
        let held = hold().map_err(PinError::Record)?;
        let changed = prepared.take_changes(&self.read());
        prepared.update(changed)?;
        record(&held, &prepared.version).map_err(PinError::Record)?;
        self.put_pin(organization, prepared)?;
        Ok(())
    }

    /// As [`pin`](Self::pin), for an organization that was pinned before the start. A custom role that the version cannot compile is
    /// unusable, and does not keep the version from answering.
    pub fn pin_stored(&self, organization: &str, version: PolicyVersion) -> Result<(), PinError> {
        let prepared = self.prepare(version, Tolerance::All)?;
        self.put_pin(organization, prepared)?;
        Ok(())
    }

    fn put_pin(&self, organization: &str, prepared: PreparedVersion) -> Result<(), EvalError> {
        self.put(prepared, |live, version, roles| {
            let at = live.directory.place(PlaceId::Organization(organization));
            live.versions.pin(organization, at, version, roles);
        })
    }

    /// Lets the live version answer for an organization again. Returns the version that it was pinned to. `None` means that it
    /// was not pinned.
    pub fn unpin(&self, organization: &str) -> Option<PolicyVersion> {
        let _alone = self.lock_changes();
        self.write().versions.unpin(organization)
    }

    /// The ids of the pinned organizations, each with the version that answers for it, sorted by id.
    #[must_use]
    pub fn pins(&self) -> Vec<(String, PolicyVersion)> {
        let live = self.read();
        let mut pins: Vec<_> = live.versions.pins().map(|(id, version)| (id.to_owned(), version.clone())).collect();
        pins.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        pins
    }

    /// Another authorizer with a copy of the data, in which `version` answers, and which keeps no answers. Later changes of this
    /// authorizer do not reach it. A custom role that the live version cannot use is unusable there too if `version` fails to
    /// compile it.
    ///
    /// # Errors
    ///
    /// [`CopyError`] says what is wrong.
    pub fn copy_under(&self, version: PolicyVersion) -> Result<Self, CopyError> {
        let copy = Directory::from_stored(self.read_directory(Directory::document))?;
        let unusable: HashSet<Box<str>> = {
            let live = self.read();
            live.versions.live().unusable_roles(&live.directory).map(|unusable| unusable.role).collect()
        };
        let builder = Self::builder(version, copy).cached_questions(0);
        builder.build_tolerating(|role| unusable.contains(role)).map_err(CopyError::Compile)
    }

    /// Compiles the custom roles while checks and changes go on.
    pub(crate) fn prepare(&self, version: PolicyVersion, tolerance: Tolerance) -> Result<PreparedVersion, EvalError> {
        let mut prepared = PreparedVersion::follow(version, tolerance, &mut self.write());
        prepared.compile(|first, most| self.read().listed_roles(first, most))?;
        Ok(prepared)
    }

    /// As [`swap`](Self::swap), for a program that stores which version is live. Once the custom roles are compiled, which may
    /// take long, `log` keeps others from making changes, and records the version before it answers anybody. Nothing fails after
    /// that, unless `log` cannot keep others from making changes: then it may have to record the version that stays live once
    /// more.
    ///
    /// # Errors
    ///
    /// [`SwapError`] says what is wrong. The version that was live stays live.
    pub fn swap_recorded<L: ActivationLog>(&self, version: &PolicyVersion, log: &mut L) -> Result<PolicyVersion, SwapError> {
        let mut prepared = self.prepare(version.clone(), Tolerance::AsLive).map_err(SwapError::Compile)?;
        let held = log.hold().map_err(SwapError::Record)?;
        // The roles that were added until everybody was held up: what can fail comes before what is recorded.
        let changed = prepared.take_changes(&self.read());
        prepared.update(changed).map_err(SwapError::Compile)?;
        let live = self.live_version();
        log.record(&held, version).map_err(SwapError::Record)?;
        match self.put(prepared, |live, version, roles| live.versions.replace(version, roles)) {
            Ok(before) => Ok(before),
            Err(error) => {
                log.record(&held, &live).map_err(SwapError::Record)?;
                Err(SwapError::Compile(error))
            }
        }
    }

    /// Puts a version in its place, and holds up checks and changes for that alone.
    fn put<T>(
        &self,
        mut prepared: PreparedVersion,
        put: impl FnOnce(&mut Live, PolicyVersion, CompiledRoles) -> T,
    ) -> Result<T, EvalError> {
        for _ in 0..MAX_OVERTAKEN_ATTEMPTS {
            let alone = self.lock_changes();
            let changed = prepared.take_changes(&self.read());
            if changed.is_empty() {
                return Ok(put(&mut self.write(), prepared.version, prepared.roles));
            }
            drop(alone);
            prepared.update(changed)?;
        }
        // Nothing changes any more.
        let _alone = self.lock_changes();
        let changed = prepared.take_changes(&self.read());
        prepared.update(changed)?;
        Ok(put(&mut self.write(), prepared.version, prepared.roles))
    }
}

//! One policy version after another.

use std::{
    error::Error,
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use clearance_directory::{PlaceId, RoleSets};
use clearance_host::{Digest, EvalError, PolicyVersion};

use crate::{
    Authorizer, StageError,
    activation::Record,
    authorizer::Live,
    judge::Prepared,
    shadow::{Shadow, ShadowReport, Shadowing},
};

/// How often a swap may be overtaken by changes of custom roles before it holds them up.
const PATIENCE: usize = 16;

/// Why an organization was not pinned to a version.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// There is no such organization.
    #[error("there is no organization `{0}`")]
    Unknown(String),
    /// The version fails to compile the custom roles of the directory.
    #[error("the policy could not compile the custom roles")]
    Compile(#[from] EvalError),
    /// That it is pinned could not be kept.
    #[error("that the organization is pinned could not be kept")]
    Record(#[source] Box<dyn Error + Send + Sync>),
}

/// Why no version shadows.
#[derive(Debug, thiserror::Error)]
pub enum ShadowError {
    /// The version fails to compile the custom roles of the directory.
    #[error("the policy could not compile the custom roles")]
    Compile(#[from] EvalError),
    /// The thread on which it is asked could not be started.
    #[error("cannot start the thread on which a version shadows")]
    Thread(#[source] io::Error),
}

impl Authorizer {
    /// Makes a policy version the live one, and answers the one that was. Checks that began before finish on the one they began
    /// with; checks that begin afterwards are answered by the new one. Organizations that are pinned stay so.
    ///
    /// # Errors
    ///
    /// [`EvalError`] where the new version fails to compile the custom roles: the old one stays live.
    pub fn swap(&self, version: PolicyVersion) -> Result<PolicyVersion, EvalError> {
        self.put(self.prepare(version)?, |live, version, roles| live.judges.replace(version, roles))
    }

    /// Lets another version answer for all that is in one organization.
    ///
    /// # Errors
    ///
    /// [`PinError`] says what is wrong. Nothing is changed then.
    pub fn pin(&self, organization: &str, version: PolicyVersion) -> Result<(), PinError> {
        self.pin_recorded(organization, version, &mut |_| Ok(()))
    }

    /// The same, and `record` is called with the version before it answers anybody: keep it, for the next start.
    ///
    /// # Errors
    ///
    /// [`PinError`] says what is wrong. Nothing is changed then, but for what `record` kept where the organization was removed, or a
    /// role was added that the version fails to compile, just after it.
    pub fn pin_recorded(&self, organization: &str, version: PolicyVersion, record: &mut Record<'_>) -> Result<(), PinError> {
        let unknown = || PinError::Unknown(organization.to_owned());
        let find = |live: &Live| live.directory.place(PlaceId::Organization(organization));
        find(&self.read()).ok_or_else(unknown)?;
        let prepared = self.prepare(version)?;
        record(&prepared.version).map_err(PinError::Record)?;
        self.put(prepared, |live, version, roles| match find(live) {
            Some(at) => {
                live.judges.pin(at, version, roles);
                Ok(())
            }
            None => Err(unknown()),
        })?
    }

    /// Lets the live version answer for an organization again. Answers the version that it was pinned to, if it was.
    pub fn unpin(&self, organization: &str) -> Option<PolicyVersion> {
        let mut live = self.write();
        // One that was removed meanwhile as well.
        let is_it = |at| live.directory.place_id(at) == PlaceId::Organization(organization);
        let at = live.judges.pins().map(|(at, _)| at).find(|at| is_it(*at))?;
        live.judges.unpin(at)
    }

    /// The organizations that are pinned, by id, each with its version. Sorted.
    #[must_use]
    pub fn pins(&self) -> Vec<(String, Digest)> {
        let live = self.read();
        let pin = |(at, version): (_, &PolicyVersion)| {
            let (PlaceId::Organization(id) | PlaceId::Team(id) | PlaceId::Project(id)) = live.directory.place_id(at);
            (id.to_owned(), version.digest())
        };
        let mut pins: Vec<_> = live.judges.pins().map(pin).collect();
        pins.sort_unstable();
        pins
    }

    /// The version that answers at a place.
    #[must_use]
    pub fn version_at(&self, place: PlaceId<'_>) -> PolicyVersion {
        let live = self.read();
        live.judge(live.directory.place(place)).version.clone()
    }

    /// Asks another version again what checks ask of the live one, on a thread of its own: nobody waits for it, and nobody gets its
    /// answers. What a pinned version answers is not compared. Ends the shadow that was there before.
    ///
    /// # Errors
    ///
    /// [`ShadowError`] says what is wrong. Nothing is changed then.
    pub fn shadow(&self, version: PolicyVersion, settings: Shadowing) -> Result<(), ShadowError> {
        let prepared = self.prepare(version)?;
        let shadow = Shadow::start(prepared, settings, self.shared()).map_err(ShadowError::Thread)?;
        // The old one is dropped when nothing is held any more.
        let _ended = self.write().shadow.replace(Arc::new(shadow));
        Ok(())
    }

    /// What the version that shadows said so far. None where none does.
    #[must_use]
    pub fn shadow_report(&self) -> Option<ShadowReport> {
        let shadow = self.read().shadow.clone();
        shadow.map(|shadow| shadow.report())
    }

    /// Ends the shadow, and answers what it said.
    pub fn end_shadow(&self) -> Option<ShadowReport> {
        let shadow = self.write().shadow.take();
        shadow.map(|shadow| shadow.report())
    }

    /// Compiles the custom roles while checks and changes go on.
    fn prepare(&self, version: PolicyVersion) -> Result<Prepared, EvalError> {
        let mut prepared = Prepared::follow(version, &mut self.write());
        prepared.compile(|first, most| self.read().directory.role_lists(first, most))?;
        Ok(prepared)
    }

    /// Swaps, and answers also how long that took once the custom roles were compiled. `record` is called in between, before the
    /// version answers anybody.
    pub(crate) fn swap_recorded(
        &self,
        version: &PolicyVersion,
        record: &mut Record<'_>,
    ) -> Result<(PolicyVersion, Duration), StageError> {
        let prepared = self.prepare(version.clone()).map_err(StageError::Compile)?;
        let live = self.version();
        record(version).map_err(StageError::Record)?;
        let begin = Instant::now();
        match self.put(prepared, |live, version, roles| live.judges.replace(version, roles)) {
            Ok(before) => Ok((before, begin.elapsed())),
            Err(error) => {
                record(&live).map_err(StageError::Record)?;
                Err(StageError::Compile(error))
            }
        }
    }

    /// Puts a version in its place, and holds up checks and changes for that alone.
    fn put<T>(&self, mut prepared: Prepared, put: impl FnOnce(&mut Live, PolicyVersion, RoleSets) -> T) -> Result<T, EvalError> {
        for _ in 0..PATIENCE {
            let mut live = self.write();
            let changed = prepared.changed(&live.directory);
            if changed.is_empty() {
                return Ok(put(&mut live, prepared.version, prepared.roles));
            }
            drop(live);
            prepared.update(changed)?;
        }
        let mut live = self.write();
        let changed = prepared.changed(&live.directory);
        prepared.update(changed)?;
        Ok(put(&mut live, prepared.version, prepared.roles))
    }
}

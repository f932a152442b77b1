//! A version that answers nobody, and is asked the same as the live one.

use std::sync::{Arc, PoisonError, Weak};

use clearance_directory::{PlaceId, PrincipalId};
use clearance_policy::types::Facts;
use clearance_question::{EvalError, PolicyVersion};
use crossbeam_utils::sync::ShardedLock;

use crate::{
    Authorizer, Capsule,
    live::Live,
    names::Names,
    prepared_version::{PreparedVersion, Tolerance},
    sample::{Answer, Sample, SampleSink},
};

/// A version that answers nobody, and is asked the checks that the live version answered. The custom roles are compiled for it,
/// and again when they change.
///
/// It does not keep the authorizer alive. Once the authorizer is gone, every question to it is answered with `None`.
pub struct Rehearsal {
    prepared: PreparedVersion,
    live: Weak<ShardedLock<Live>>,
}

impl Authorizer {
    /// Prepares a version to be asked what checks ask of the live one. It answers nobody.
    ///
    /// # Errors
    ///
    /// [`EvalError`] where the version fails to compile a custom role that the live version can use.
    pub fn rehearse(&self, version: PolicyVersion) -> Result<Rehearsal, EvalError> {
        Ok(Rehearsal { prepared: self.prepare(version, Tolerance::AsLive)?, live: self.weak_live() })
    }

    /// Sends checks to this sink from now on. `None` sends them nowhere. Returns the sink that got them before, if there was one.
    pub fn send_samples(&self, sink: Option<Arc<dyn SampleSink>>) -> Option<Arc<dyn SampleSink>> {
        std::mem::replace(&mut self.write().sink, sink)
    }

    /// The sink that gets checks. `None` means that nothing gets them.
    #[must_use]
    pub fn sample_sink(&self) -> Option<Arc<dyn SampleSink>> {
        self.read().sink.clone()
    }
}

impl Rehearsal {
    /// The version that is asked.
    #[must_use]
    pub fn version(&self) -> &PolicyVersion {
        &self.prepared.version
    }

    /// Asks the version a check that the live one answered. `name` is called with the principal and the place of the check; what
    /// it returns comes back beside the answer. `None` means that the data or the live version has changed since the check.
    ///
    /// # Errors
    ///
    /// [`EvalError`] where the version gives no answer.
    pub fn ask<T>(
        &mut self,
        sample: &Sample,
        name: impl Fn(PrincipalId<'_>, PlaceId<'_>) -> T,
    ) -> Result<Option<(T, Answer)>, EvalError> {
        let Some((facts, named)) = self.facts(sample, name)? else { return Ok(None) };
        let version = &self.prepared.version;
        let decision = version.decide(&facts, version.permission(&sample.permission).unwrap_or(u32::MAX))?;
        Ok(Some((named, (decision.allow, decision.reason))))
    }

    /// The answer of the live version to a check, with everything that led to it. `None` means that the data or the live version has
    /// changed since the check.
    #[must_use]
    pub fn capsule(&self, sample: &Sample) -> Option<Capsule> {
        let live = self.live.upgrade()?;
        let (version, facts, names) = {
            let live = live.read().unwrap_or_else(PoisonError::into_inner);
            if !is_current(sample, &live) {
                return None;
            }
            let active = live.version_at(Some(sample.place));
            let gathered = live.directory.facts(Some(sample.principal), Some(sample.place), sample.now, active.roles.sets());
            (active.version.clone(), gathered.facts.clone(), Names::of(&live.directory, &gathered))
        };
        Capsule::record(&version, &sample.permission, facts, names).ok()
    }

    /// What the live version was asked about, with the custom roles in the numbers of this one. The directory is held for moments
    /// only, and never while the policy works.
    fn facts<T>(
        &mut self,
        sample: &Sample,
        name: impl Fn(PrincipalId<'_>, PlaceId<'_>) -> T,
    ) -> Result<Option<(Facts, T)>, EvalError> {
        let Some(live) = self.live.upgrade() else { return Ok(None) };
        let Sample { principal, place, now, .. } = *sample;
        loop {
            let changed = {
                let live = live.read().unwrap_or_else(PoisonError::into_inner);
                if !is_current(sample, &live) {
                    return Ok(None);
                }
                if self.prepared.is_current() {
                    let directory = &live.directory;
                    let PreparedVersion { version, roles, .. } = &self.prepared;
                    let gathered = directory.facts(Some(principal), Some(place), now, roles.sets());
                    if roles.check(directory, &gathered, version.digest()).is_err() {
                        return Ok(None);
                    }
                    let named = name(directory.principal_id(principal), directory.place_id(place));
                    return Ok(Some((gathered.facts, named)));
                }
                self.prepared.take_changes(&live)
            };
            self.prepared.update(changed)?;
        }
    }
}

/// Whether the data and the version are still what a check was answered from.
fn is_current(sample: &Sample, live: &Live) -> bool {
    let (epoch, active) = (live.directory.epoch(sample.principal, sample.place), live.version_at(Some(sample.place)));
    epoch == sample.epoch && active.generation == sample.generation
}

impl std::fmt::Debug for Rehearsal {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Rehearsal").field("version", self.version()).finish_non_exhaustive()
    }
}

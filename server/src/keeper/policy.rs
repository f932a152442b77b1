//! One policy version after another.

use std::error::Error;

use clearance::{ActivationPlan, ActivationStage, Digest, PinError, PolicyVersion, Record, StageError};
use clearance_store::Write;
use serde_json::json;

use super::{Fault, Keeper, Origin};

/// Why a version is not the live one.
#[derive(Debug, thiserror::Error)]
pub enum ActivateError {
    /// Nothing can be answered or written.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A stage was not passed.
    #[error(transparent)]
    Stage(#[from] StageError),
}

/// Why an organization is not pinned, or still is.
#[derive(Debug, thiserror::Error)]
pub enum PinFault {
    /// Nothing can be answered or written.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// It cannot be pinned.
    #[error(transparent)]
    Pin(#[from] PinError),
    /// That it is pinned no more could not be kept.
    #[error("that the organization is pinned no more could not be kept")]
    Record(#[source] Box<dyn Error + Send + Sync>),
}

impl Keeper {
    /// Makes a version the live one, stage by stage, and answers which one was; none if it is the live one already. Questions are
    /// answered meanwhile, by one version or the other. The audit says so before the version answers anybody, and then `record` is
    /// called, as by [`Authorizer::activate`](clearance::Authorizer::activate).
    ///
    /// # Errors
    ///
    /// The stage that was not passed: the version that was live still is, or is so again.
    pub fn activate(
        &self,
        version: &PolicyVersion,
        plan: &ActivationPlan,
        origin: &Origin,
        record: &mut Record<'_>,
        report: &mut dyn FnMut(&ActivationStage),
    ) -> Result<Option<Digest>, ActivateError> {
        let authorizer = self.authorizer()?;
        if authorizer.version().digest() == version.digest() {
            return Ok(None);
        }
        let audit = |after: &PolicyVersion| {
            let (before, after) = (self.authorizer.version().digest(), after.digest());
            let turn = self.turn()?;
            let (from, to) = (json!({ "policy": before.to_string() }), json!({ "policy": after.to_string() }));
            let entry = turn.entry_by(origin, "policy.activate", &after.to_string(), Some(from), Some(to), after);
            turn.commit(&Write { audit: vec![entry], ..Write::default() })?;
            Ok::<_, Fault>(())
        };
        let mut record = |version: &PolicyVersion| {
            audit(version)?;
            record(version)
        };
        let mut report = |stage| {
            tracing::info!(?stage, "activation");
            report(&stage);
        };
        let before = authorizer.activate(version, plan, &mut record, &mut report);
        // Who a key is may be for the policy to say.
        self.memo.forget();
        Ok(Some(before?.digest()))
    }

    /// Lets another version answer for all that is in one organization. The audit says so before it answers anybody, and then `record`
    /// is called.
    ///
    /// # Errors
    ///
    /// [`PinFault`]: what answered for the organization still does.
    pub fn pin(
        &self,
        organization: &str,
        version: &PolicyVersion,
        origin: &Origin,
        record: &mut Record<'_>,
    ) -> Result<(), PinFault> {
        let authorizer = self.authorizer()?;
        // From here to the audit nobody removes the organization.
        let mut turn = Some(self.turn()?);
        let before = self.pinned(organization).map(|digest| json!({ "policy": digest.to_string() }));
        let after = json!({ "policy": version.digest().to_string() });
        let mut record = |version: &PolicyVersion| {
            if let Some(turn) = turn.take() {
                let by = version.digest();
                let entry = turn.entry_by(origin, "policy.pin", organization, before.clone(), Some(after.clone()), by);
                turn.commit(&Write { audit: vec![entry], ..Write::default() })?;
            }
            record(version)
        };
        let pinned = authorizer.pin_recorded(organization, version.clone(), &mut record);
        // Who a key is may be for the policy to say.
        self.memo.forget();
        Ok(pinned?)
    }

    /// Lets the live version answer for an organization again. The audit says so first, and then `record` is called.
    ///
    /// # Errors
    ///
    /// [`PinFault`]: what answered for the organization still does.
    pub fn unpin(
        &self,
        organization: &str,
        origin: &Origin,
        record: impl FnOnce() -> Result<(), Box<dyn Error + Send + Sync>>,
    ) -> Result<(), PinFault> {
        let authorizer = self.authorizer()?;
        let turn = self.turn()?;
        let before = self.pinned(organization).map(|digest| json!({ "policy": digest.to_string() }));
        let by = authorizer.version().digest();
        let entry = turn.entry_by(origin, "policy.unpin", organization, before, None, by);
        turn.commit(&Write { audit: vec![entry], ..Write::default() })?;
        record().map_err(PinFault::Record)?;
        authorizer.unpin(organization);
        self.memo.forget();
        Ok(())
    }

    /// Pins these organizations and no others, as somebody else has noted for good. What cannot be done is told, and stays as it was.
    pub fn follow_pins(&self, pins: &[(String, PolicyVersion)], origin: &Origin) -> Vec<(String, PinFault)> {
        let mut failures = Vec::new();
        for (organization, digest) in self.authorizer.pins() {
            let wanted = pins.iter().find(|(id, _)| *id == organization);
            let done = match wanted {
                None => self.unpin(&organization, origin, || Ok(())),
                Some((_, version)) if version.digest() != digest => self.pin(&organization, version, origin, &mut |_| Ok(())),
                Some(_) => Ok(()),
            };
            failures.extend(done.err().map(|fault| (organization, fault)));
        }
        for (organization, version) in pins {
            if self.pinned(organization).is_none() {
                let done = self.pin(organization, version, origin, &mut |_| Ok(()));
                failures.extend(done.err().map(|fault| (organization.clone(), fault)));
            }
        }
        failures
    }

    /// The version that an organization is pinned to.
    fn pinned(&self, organization: &str) -> Option<Digest> {
        self.authorizer.pins().into_iter().find(|(id, _)| id == organization).map(|(_, digest)| digest)
    }
}

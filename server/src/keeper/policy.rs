//! One policy version after another.

use clearance::{ActivationPlan, ActivationStage, Digest, PolicyVersion, Record, StageError};
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
}

//! One policy version after another.

use clearance::{ActivationPlan, Digest, PolicyVersion, StageError};
use clearance_store::Write;
use serde_json::json;

use super::{Fault, Keeper, Origin};

impl Keeper {
    /// Makes a version the live one, stage by stage, and answers which one was; none if it is the live one already. Questions are
    /// answered meanwhile, by one version or the other. The audit says so before the version answers anybody.
    ///
    /// # Errors
    ///
    /// The stage that was not passed: the version that was live still is, or is so again.
    pub fn activate(
        &self,
        version: &PolicyVersion,
        plan: &ActivationPlan,
        origin: &Origin,
    ) -> Result<Option<Digest>, StageError> {
        if self.authorizer.version().digest() == version.digest() {
            return Ok(None);
        }
        let record = |after: &PolicyVersion| {
            let (before, after) = (self.authorizer.version().digest(), after.digest());
            let turn = self.turn()?;
            let (from, to) = (json!({ "policy": before.to_string() }), json!({ "policy": after.to_string() }));
            let entry = turn.entry_by(origin, "policy.activate", &after.to_string(), Some(from), Some(to), after);
            turn.commit(&Write { audit: vec![entry], ..Write::default() })?;
            Ok::<_, Fault>(())
        };
        let mut report = |stage| tracing::info!(?stage, "activation");
        let before = self.authorizer.activate(version, plan, &mut |version| record(version).map_err(Into::into), &mut report);
        // Who a key is may be for the policy to say.
        self.memo.forget();
        Ok(Some(before?.digest()))
    }
}

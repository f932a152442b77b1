//! One policy version after another.

use std::error::Error;

use clearance::{Digest, PolicyVersion};
use clearance_rollout::{ActivationLog, ActivationObserver, ActivationPlan, ActivationStage, StageError, activate};
use clearance_store::Write;

use crate::caller::Origin;
use crate::fault::Fault;
use crate::keeper::Keeper;
use crate::policy_record;
use crate::turn::Turn;

/// Why a version is not the live one.
#[derive(Debug, thiserror::Error)]
pub enum ActivateError {
    /// Nothing can be answered or written.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A stage was not passed.
    #[error(transparent)]
    Stage(StageError),
}

/// Where it is kept which version is live, for the next start.
pub trait LiveVersions {
    /// Keeps that a version is live, before it answers anybody. Answers how many versions were kept so far, where that is counted.
    ///
    /// # Errors
    ///
    /// It cannot be kept: the version does not become the live one.
    fn keep(&mut self, version: &PolicyVersion) -> Result<Option<u64>, Box<dyn Error + Send + Sync>>;

    /// Whether this version is the one that is kept for the next start.
    ///
    /// # Errors
    ///
    /// What is kept cannot be read.
    fn is_kept(&self, version: &PolicyVersion) -> Result<bool, Box<dyn Error + Send + Sync>>;

    /// Takes back the last [`keep`](Self::keep): the version did not become the live one.
    fn take_back(&mut self);
}

impl Keeper {
    /// Makes a version the live one, stage by stage, and answers which one was; `None` if it is the live one already. Questions are
    /// answered meanwhile, by one version or the other. Where another version is kept than the one that is live, the live one is kept
    /// again.
    ///
    /// Once all that can be compiled is compiled and nobody else writes, `kept` keeps the version, and then the audit says it. Where the
    /// audit cannot be written, `kept` takes it back. After the audit nothing fails: a row says what happened.
    ///
    /// # Errors
    ///
    /// The stage that was not passed: the version that was live still is, or is so again.
    pub fn activate(
        &self,
        version: &PolicyVersion,
        plan: &ActivationPlan,
        origin: &Origin,
        kept: &mut dyn LiveVersions,
        observer: &mut dyn ActivationObserver,
    ) -> Result<Option<Digest>, ActivateError> {
        let authorizer = self.authorizer()?;
        if authorizer.live_version().digest() == version.digest() {
            let is_kept = || kept.is_kept(version).map_err(StageError::Record);
            if is_kept()? {
                return Ok(None);
            }
            let turn = self.turn(origin)?;
            // Another version may have become live until the turn.
            if authorizer.live_version().digest() == version.digest() {
                self.keep_live(&turn, version, origin, kept).map_err(StageError::Record)?;
                return Ok(None);
            }
        }
        let mut log = KeptLog { keeper: self, origin, kept };
        let before = activate(authorizer, version, plan, &mut log, &mut TracedStages(observer));
        // Who a key is may be for the policy to say.
        self.memo.forget();
        let before = before?.digest();
        // The version may fail at roles at which the one before failed as well.
        self.log_unusable_roles();
        Ok(Some(before))
    }

    /// Keeps a version for the next start, and writes the audit row: both or neither.
    fn keep_live(
        &self,
        turn: &Turn<'_>,
        version: &PolicyVersion,
        origin: &Origin,
        kept: &mut dyn LiveVersions,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let count = kept.keep(version)?;
        let before = self.authorizer.live_version().digest();
        let entry = policy_record::activation_entry(turn, origin, &before.to_string(), version.digest(), count);
        let written = turn.commit(&Write { audit: vec![entry], ..Write::default() });
        written.map(drop).inspect_err(|_| kept.take_back())?;
        Ok(())
    }
}

/// Records a version in its place and in the audit, in the turn of one writer.
struct KeptLog<'k, 'a> {
    keeper: &'k Keeper,
    origin: &'a Origin,
    kept: &'a mut dyn LiveVersions,
}

impl<'k> ActivationLog for KeptLog<'k, '_> {
    type Held = Turn<'k>;

    /// Nobody adds a role until the version answers.
    fn hold(&mut self) -> Result<Turn<'k>, Box<dyn Error + Send + Sync>> {
        Ok(self.keeper.turn(self.origin)?)
    }

    fn record(&mut self, turn: &Turn<'k>, version: &PolicyVersion) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.keeper.keep_live(turn, version, self.origin, self.kept)
    }
}

/// Writes each stage to the log of the process, and passes it on.
struct TracedStages<'a>(&'a mut dyn ActivationObserver);

impl ActivationObserver for TracedStages<'_> {
    fn observe(&mut self, stage: ActivationStage) {
        tracing::info!(?stage, "activation");
        self.0.observe(stage);
    }
}

impl From<StageError> for ActivateError {
    /// An error of the store is not a failed stage: another attempt may succeed.
    fn from(error: StageError) -> Self {
        match error {
            StageError::Record(error) => match error.downcast() {
                Ok(fault) => Self::Fault(*fault),
                Err(error) => Self::Stage(StageError::Record(error)),
            },
            error => Self::Stage(error),
        }
    }
}

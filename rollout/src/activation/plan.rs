//! The checks of an activation, and the reports about them.

use std::{num::NonZeroU64, time::Duration};

use clearance::Digest;

use crate::{Case, ShadowReport};

/// The checks that a version must pass before it answers, and how long it is watched afterwards.
///
/// ```
/// use clearance::{Authorizer, Directory};
/// use clearance_host::{Engine, LANGWATCH, Limits};
/// use clearance_rollout::{ActivationPlan, activate};
///
/// let directory = Directory::from_json(include_str!("../../../examples/company/directory.json"))?;
/// let version = Engine::new(Limits::default())?.load(LANGWATCH)?;
/// let authorizer = Authorizer::new(version.clone(), directory)?;
///
/// let plan = ActivationPlan { most_gains: Some(0), ..ActivationPlan::default() };
/// let before = activate(&authorizer, &version, &plan, &mut (), &mut ())?;
/// assert_eq!(before.digest(), authorizer.live_version().digest());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ActivationPlan {
    /// Cases that the version must answer as they say, about the present directory.
    pub cases: Vec<Case>,
    /// The most permissions that may become allowed, counted once for each principal and place. `None` sets no limit.
    pub most_gains: Option<u64>,
    /// The most permissions that may become denied, counted in the same way. `None` sets no limit.
    pub most_losses: Option<u64>,
    /// How long the version shadows the live one. `None` means that it does not.
    pub shadow: Option<TrialOptions>,
    /// How long the version before shadows the new one. If that goes wrong, the version before becomes live again. `None` means
    /// that the new version is not watched.
    pub watch: Option<TrialOptions>,
}

/// How long two versions run beside each other, and what ends that early.
#[derive(Clone, Debug)]
pub struct TrialOptions {
    /// One of this many checks is asked again. 1 means every check.
    pub every: NonZeroU64,
    /// The trial ends after this many comparisons.
    pub decisions: u64,
    /// The trial ends after this time at the latest.
    pub time: Duration,
    /// The most questions that may stay unanswered: traps, missed deadlines and other broken limits.
    pub most_failures: u64,
    /// The most gains and losses that the diff did not show and that may come all the same.
    pub most_unexpected: u64,
}

impl Default for TrialOptions {
    /// 1,000 comparisons or ten seconds, and nothing may go wrong.
    fn default() -> Self {
        Self { every: NonZeroU64::MIN, decisions: 1_000, time: Duration::from_secs(10), most_failures: 0, most_unexpected: 0 }
    }
}

/// A stage of an activation, with what it showed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ActivationStage {
    /// The version answers the cases that it carries as they say. Left out if it carries none.
    Carried {
        /// The number of these cases.
        cases: usize,
    },
    /// The version answers the cases of the plan as they say.
    Cases {
        /// The number of these cases.
        cases: usize,
    },
    /// The gains and losses over the whole directory are within the limits of the plan.
    Diff {
        /// The number of permissions that were denied and would be allowed, counted once for each principal and place.
        gains: u64,
        /// The number of permissions that were allowed and would be denied, counted in the same way.
        losses: u64,
        /// How many principals gain or lose something.
        principals: usize,
        /// How many principals were asked about.
        asked: usize,
    },
    /// The version has shadowed the live one. Reported even if that went wrong, so that somebody can look at the differences; the
    /// error follows.
    Shadow(ShadowReport),
    /// The version is live.
    Live {
        /// The digest of the version that was live before.
        before: Digest,
        /// The digest of the version that is live now.
        after: Digest,
        /// How long the swap took, without the time to compile the custom roles.
        took: Duration,
    },
    /// The watch after the swap has ended. Reported even if that went wrong; the error follows.
    Watch {
        /// What the version before would have answered.
        report: ShadowReport,
        /// How many questions the new version left unanswered.
        failures: u64,
    },
}

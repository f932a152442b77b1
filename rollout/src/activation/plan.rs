//! What a version must show, and what it has shown.

use std::{num::NonZeroU64, time::Duration};

use clearance::Digest;

use crate::{Case, ShadowReport};

/// What a version must show before it answers, and for how long it is watched afterwards.
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
    /// Cases that it must answer about the present directory.
    pub cases: Vec<Case>,
    /// The most permissions that may become allowed, counted once for each principal and place. `None` sets no limit.
    pub most_gains: Option<u64>,
    /// The most permissions that may become denied, counted in the same way. `None` sets no limit.
    pub most_losses: Option<u64>,
    /// How long the version shadows the live one. `None` means that it does not.
    pub shadow: Option<TrialOptions>,
    /// How long the version that was live shadows the new one, and comes back if that goes wrong. `None` means that it does not.
    pub watch: Option<TrialOptions>,
}

/// How long two versions run beside each other, and what ends that early.
#[derive(Clone, Debug)]
pub struct TrialOptions {
    /// One of this many checks is asked again.
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

/// A stage that was passed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ActivationStage {
    /// It answers the cases that it carries as they say. Left out where it carries none.
    Carried {
        /// How many there are.
        cases: usize,
    },
    /// It answers all cases as they say.
    Cases {
        /// How many there are.
        cases: usize,
    },
    /// What changes is within the limits.
    Diff {
        /// What was denied and would be allowed.
        gains: u64,
        /// What was allowed and would be denied.
        losses: u64,
        /// How many principals gain or lose something.
        principals: usize,
        /// How many principals were asked about.
        asked: usize,
    },
    /// It shadowed the live version. Reported even if that went wrong, so that somebody can look at the differences; the error follows.
    Shadow(ShadowReport),
    /// It is the live version.
    Live {
        /// The version that was.
        before: Digest,
        /// The version that is.
        after: Digest,
        /// How long it took to put one in the place of the other, without the compiling of custom roles.
        took: Duration,
    },
    /// The watch after the swap has ended. Reported even if that went wrong; the error follows.
    Watch {
        /// What the version that was live would have answered.
        report: ShadowReport,
        /// How many questions the new one left unanswered.
        failures: u64,
    },
}

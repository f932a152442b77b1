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
    /// What it must answer about the present directory.
    pub cases: Vec<Case>,
    /// So much may be gained: permissions of principals at places. None: any number.
    pub most_gains: Option<u64>,
    /// So much may be lost. None: any number.
    pub most_losses: Option<u64>,
    /// It is asked what the live version is asked. None: it is not.
    pub shadow: Option<TrialOptions>,
    /// The version that was live is asked what the new one is asked, and comes back if that goes wrong. None: it does not.
    pub watch: Option<TrialOptions>,
}

/// How long two versions run beside each other, and what ends that early.
#[derive(Clone, Debug)]
pub struct TrialOptions {
    /// Of so many checks, one is asked again.
    pub every: NonZeroU64,
    /// It ends after so many comparisons.
    pub decisions: u64,
    /// And after this time at the latest.
    pub time: Duration,
    /// So many questions may stay unanswered: traps, missed deadlines and other broken limits.
    pub most_failures: u64,
    /// So many gains and losses may come that the diff did not show.
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
    /// It was asked what the live version was asked. Told also where that went wrong, which the error then says: the differences are
    /// what somebody will want to look at.
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
    /// It was watched since it is live. Told also where that went wrong, as of `Shadow`.
    Watch {
        /// What the version that was live would have answered.
        report: ShadowReport,
        /// How many questions the new one left unanswered.
        failures: u64,
    },
}

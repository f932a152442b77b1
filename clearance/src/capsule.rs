//! Decisions that are kept with everything that led to them, so that they can be made again.
//!
//! Keep a [`Capsule`] where somebody may ask, months later, why a request was allowed or denied; or to see what another policy
//! version would have answered. To explain a decision now, ask [`View::explain`](crate::View::explain), which needs no file.

mod bytes;
mod replay;
mod shown;

use std::fmt;

use clearance_directory::{PlaceId, PrincipalId};
use clearance_policy::types::{self, Facts, Place, Principal};
use clearance_question::{Digest, EvalError, PolicyVersion, VersionLabel};

pub use self::{
    bytes::{CapsuleError, Part},
    replay::{Replay, ReplayDifference},
    shown::FactsShown,
};
use crate::{Decision, Explanation, names::Names};

/// One decision, with everything that is needed to make it again: the version that decided, the facts with the ids that they are
/// about, the permission, the moment, and the walk to the answer.
///
/// It holds no secret, and no id that was asked about and is not in the directory.
///
/// ```
/// use clearance::{Authorizer, Capsule, Directory, PlaceId::Project, PrincipalId::Key};
/// use clearance_host::{Engine, LANGWATCH, Limits};
///
/// let directory = Directory::from_json(include_str!("../../examples/company/directory.json"))?;
/// let policy = Engine::new(Limits::default())?.load(LANGWATCH)?;
/// let authorizer = Authorizer::new(policy, directory)?;
///
/// let file = authorizer.view().capsule(Key("ci"), "prompts:view", Project("shop"))?.to_bytes();
///
/// // Any time later, wherever the version is at hand:
/// let capsule = Capsule::from_bytes(&file)?;
/// assert_eq!(capsule.policy(), authorizer.live_version().digest());
/// assert!(capsule.replay(&authorizer.live_version())?.differences.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Capsule {
    version: VersionLabel,
    contract: Box<str>,
    permission: Box<str>,
    facts: Facts,
    explanation: types::Explanation,
    names: Names,
    signature: Option<Box<str>>,
}

impl Capsule {
    /// Asks a version, and keeps its answer.
    pub(crate) fn record(version: &PolicyVersion, permission: &str, facts: Facts, names: Names) -> Result<Self, EvalError> {
        let explanation = version.explain(&facts, version.permission(permission).unwrap_or(u32::MAX))?;
        let (label, contract) = (version.label(), version.contract().into());
        Ok(Self { version: label, contract, permission: permission.into(), facts, explanation, names, signature: None })
    }

    /// The digest of the policy version that decided.
    #[must_use]
    pub fn policy(&self) -> Digest {
        self.version.digest
    }

    /// The digest, name and semantic version of the policy version that decided.
    #[must_use]
    pub fn version(&self) -> &VersionLabel {
        &self.version
    }

    /// The version of the contract that the component was built for.
    #[must_use]
    pub fn contract(&self) -> &str {
        &self.contract
    }

    /// The principal that the question was about. `None` means that the directory did not know it.
    #[must_use]
    pub fn principal(&self) -> Option<PrincipalId<'_>> {
        Some(match &self.facts.principal {
            Principal::User(user) => PrincipalId::User(self.names.id(user.handle)),
            Principal::Key(key) => PrincipalId::Key(self.names.id(key.handle)),
            Principal::ProjectKey(key) => PrincipalId::ProjectKey(self.names.id(key.project)),
            Principal::Unknown => return None,
        })
    }

    /// The name of the permission that was asked about.
    #[must_use]
    pub fn permission(&self) -> &str {
        &self.permission
    }

    /// The place that was asked about. `None` means that the directory did not know it.
    #[must_use]
    pub fn place(&self) -> Option<PlaceId<'_>> {
        Some(match &self.facts.place {
            Place::Organization(organization) => PlaceId::Organization(self.names.id(*organization)),
            Place::Team(place) => PlaceId::Team(self.names.id(place.team)),
            Place::Project(place) => PlaceId::Project(self.names.id(place.project)),
            Place::Unknown => return None,
        })
    }

    /// The moment of the question, in milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.facts.now
    }

    /// The decision.
    pub fn decision(&self) -> Decision {
        self.explanation().decision
    }

    /// The decision, and the walk to it.
    pub fn explanation(&self) -> Explanation {
        self.names.explanation(&self.facts, self.policy(), &self.explanation)
    }

    /// The facts that the version was asked about, with ids, to be serialized as JSON.
    #[must_use]
    pub fn facts(&self) -> FactsShown<'_> {
        FactsShown::of(&self.facts, &self.names)
    }

    /// The signature in the format of minisign, over [`signed_bytes`](Self::signed_bytes). It is not verified here. `None` means
    /// that the capsule is not signed.
    #[must_use]
    pub fn signature(&self) -> Option<&str> {
        self.signature.as_deref()
    }

    /// The same capsule with a signature in the format of minisign, which is not verified here.
    #[must_use]
    pub fn with_signature(self, signature: &str) -> Self {
        Self { signature: Some(signature.into()), ..self }
    }
}

impl fmt::Debug for Capsule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capsule")
            .field("policy", &self.policy())
            .field("principal", &self.principal())
            .field("permission", &self.permission)
            .field("place", &self.place())
            .finish_non_exhaustive()
    }
}

//! Decisions that are kept with all that led to them, to be made again.
//!
//! Keep a [`Capsule`] where somebody may ask, months later, why a request was allowed or denied; or to see what another policy version
//! would have answered. To explain a decision now, ask [`View::explain`](crate::View::explain), which needs no file.

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

/// One decision, with all that it needs to be made again: the version that decided, the facts with the ids that they are about, the
/// permission, the moment, and the walk to the answer.
///
/// No secret is part of it, and an id that was asked about and that nobody knows is not either.
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

    /// The version that decided.
    #[must_use]
    pub fn policy(&self) -> Digest {
        self.version.digest
    }

    /// What that version is called.
    #[must_use]
    pub fn version(&self) -> &VersionLabel {
        &self.version
    }

    /// The contract that it was built for.
    #[must_use]
    pub fn contract(&self) -> &str {
        &self.contract
    }

    /// Who asked. `None` means that the principal was unknown.
    #[must_use]
    pub fn principal(&self) -> Option<PrincipalId<'_>> {
        Some(match &self.facts.principal {
            Principal::User(user) => PrincipalId::User(self.names.id(user.handle)),
            Principal::Key(key) => PrincipalId::Key(self.names.id(key.handle)),
            Principal::ProjectKey(key) => PrincipalId::ProjectKey(self.names.id(key.project)),
            Principal::Unknown => return None,
        })
    }

    /// The permission that was asked about.
    #[must_use]
    pub fn permission(&self) -> &str {
        &self.permission
    }

    /// The place that was asked about. `None` means that it was unknown.
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

    /// What the version was asked about, with names, to be shown as JSON.
    #[must_use]
    pub fn facts(&self) -> FactsShown<'_> {
        FactsShown::of(&self.facts, &self.names)
    }

    /// The signature, as a text of minisign over [`signed_bytes`](Self::signed_bytes). It is not verified.
    #[must_use]
    pub fn signature(&self) -> Option<&str> {
        self.signature.as_deref()
    }

    /// The same with a signature.
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

//! Permission policy for API keys.
//!
//! An [`Authorizer`] holds the data (a [`Directory`]), the rules (a [`PolicyVersion`], which is a WebAssembly component) and a
//! cache of answers. It answers whether a user, a key or a project key may do something at an organization, team or project, and
//! says which rule decided.
//!
//! # Example
//!
//! ```
//! use clearance::{Authorizer, Directory, PlaceId::Project, PrincipalId::Key, Reason};
//!
//! let directory = Directory::from_json(include_str!("../../examples/company/directory.json"))?;
//! let authorizer = Authorizer::langwatch(directory)?;
//!
//! let decision = authorizer.check(Key("ci"), "prompts:view", Project("shop"))?;
//! assert!(decision.allow);
//!
//! let decision = authorizer.check(Key("ci"), "project:delete", Project("shop"))?;
//! assert_eq!(decision.reason, Reason::OwnerLacks);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Deny, refuse, err
//!
//! A [`Decision`] is the policy's answer, and an unknown principal, permission or place is an answer too: deny. An [`EvalError`]
//! is not an answer: the component trapped or broke a limit. Refuse then, and look for the cause.

mod activation;
mod answer;
mod authorizer;
mod cache;
mod capsule;
mod carried;
mod case;
mod change;
pub mod diff;
mod explanation;
mod failures;
mod judge;
pub mod key;
mod moment;
mod names;
mod projects;
mod repair;
mod retry;
mod roles;
mod shadow;
mod swap;
pub mod word;

pub use activation::{ActivationPlan, ActivationStage, Hold, Record, RecordHeld, StageError, Trial, Trouble};
pub use answer::{Decision, Effective};
pub use authorizer::{Authorizer, OpenError};
pub use capsule::{Capsule, CapsuleError, FactsShown, Part, Replay, ReplayDifference};
pub use carried::{CarriedCases, CarriedError};
pub use case::{Case, CaseError, Place, Principal};
pub use change::{ApplyError, BatchError, CompileError, PreparedChanges};
pub use clearance_directory::{
    Change, ChangeError, Code, Directory, Document, DocumentError, Finding, PlaceId, PrincipalId, RoleSets, document, lint,
    role_list,
};
pub use clearance_host::{
    Activation, ActivationError, CodeCache, CodeCacheError, Digest, Engine, EngineError, EvalError, Exceptions, History, Limits,
    LoadError, MOST_CARRIED, Pin, PolicyVersion, SelfCheckError, Signed, StoredVersion, Trust, TrustError, TrustedKey,
    TrustedKeyError, Unpinned, VersionLabel, VersionStore, VersionStoreError, carrying,
};
pub use clearance_policy::types::repair::{Maker, Obstacle};
pub use clearance_policy::types::{Level, PermissionSet, Reading, Reason, ResourceTier, RoleFault, Selection, Verdict};
pub use clearance_policy::{BASE, LANGWATCH, STRICT};
pub use explanation::{Explanation, Leg, Source, Step};
pub use moment::Moment;
pub use projects::VisibleProjects;
pub use repair::{Asker, Repair, RepairAction, RepairChange, RepairOutcome};
pub use roles::UnusableRole;
pub use shadow::{Difference, Expected, ShadowReport, Shadowing};
pub use swap::{PinError, ShadowError};

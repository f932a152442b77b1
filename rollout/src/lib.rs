//! How policy versions follow each other.
//!
//! A version is stored with its signature in a [`VersionStore`], if [`Trust`] allows it. Before it answers anybody, it answers the
//! [`Case`]s that it carries and those of its host, shows in a [`Diff`](diff::Diff) what changes for whom, and runs beside the
//! live one as a [`Shadow`]. Then it becomes live and is watched. If it answers otherwise than expected, the version before
//! becomes live again. [`activate`] does all of this in order. The [`History`] remembers which versions were live, and says which
//! may follow.
//!
//! # Example
//!
//! If a plan permits no loss, a version that takes a permission away from a principal is not made live:
//!
//! ```
//! use clearance::{Authorizer, Directory};
//! use clearance_host::{Engine, LANGWATCH, Limits, STRICT};
//! use clearance_rollout::{ActivationPlan, StageError, activate};
//!
//! let directory = Directory::from_json(include_str!("../../examples/company/directory.json"))?;
//! let engine = Engine::new(Limits::default())?;
//! let authorizer = Authorizer::new(engine.load(LANGWATCH)?, directory)?;
//!
//! let plan = ActivationPlan { most_losses: Some(0), ..ActivationPlan::default() };
//! let mut stages = Vec::new();
//! let refused = activate(&authorizer, &engine.load(STRICT)?, &plan, &mut (), &mut stages);
//! assert!(matches!(refused, Err(StageError::Losses { .. })));
//! assert_eq!(stages.len(), 1, "{stages:?}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![deny(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unimplemented,
    clippy::unreachable,
    clippy::unwrap_used
)]

mod activation;
mod carried;
mod case;
mod case_check;
pub mod diff;
mod folder_lock;
mod history;
mod pins;
mod shadow;
mod trust;
mod version_store;

pub use activation::{ActivationObserver, ActivationPlan, ActivationStage, StageError, TrialFailure, TrialOptions, activate};
pub use carried::{CarriedCases, CarriedError};
pub use case::{Case, CaseError, Place, Principal};
pub use case_check::CaseCheckError;
pub use clearance::swap::ActivationLog;
pub use history::{Activation, ActivationError, Exceptions, History};
pub use pins::{Pin, Unpinned};
pub use shadow::{CheckId, Difference, Shadow, ShadowError, ShadowOptions, ShadowReport};
pub use trust::{Signed, Trust, TrustError, TrustedKey, TrustedKeyError};
pub use version_store::{StoredVersion, VersionStore, VersionStoreError};

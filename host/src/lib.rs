//! Runs policy components.
//!
//! A policy is code that may come from anywhere: it gets facts, a deadline and some memory, and nothing else. [`Engine::load`]
//! checks that bytes are a policy, and keeps instances of it ready. It returns a [`PolicyVersion`], which checks every answer
//! before it passes it on. This is the only crate that knows how a component is run, and it decides nothing by itself.
//!
//! # Example
//!
//! A service key may do at a project what its binding there says:
//!
//! ```
//! use clearance_host::{Engine, Limits};
//! use clearance_policy::{LANGWATCH, types::*};
//!
//! let engine = Engine::new(Limits::default())?;
//! let policy = engine.load(LANGWATCH)?;
//!
//! let (organization, team, project) = (1, 2, 3);
//! let key = KeyFacts {
//!     handle: 4,
//!     organization,
//!     mode: Mode::All,
//!     creator_deactivated: false,
//!     expires: None,
//!     revoked: false,
//!     bindings: vec![Binding {
//!         organization,
//!         scope: Scope { tier: Tier::Project, at: project },
//!         role: Role::Viewer,
//!         group: None,
//!     }],
//!     owner: None,
//! };
//! let facts = Facts {
//!     now: 1_800_000_000_000,
//!     place: Place::Project(ProjectPlace { project, team, organization, archived: false }),
//!     principal: Principal::Key(key),
//!     roles: vec![],
//! };
//!
//! let view = policy.permission("traces:view").unwrap();
//! let decision = policy.decide(&facts, view)?;
//! assert!(decision.allow);
//! assert_eq!((decision.reason, decision.binding), (Reason::Binding, Some(0)));
//!
//! // The policy is asked about a name that is not in the catalog too: every answer comes from it.
//! let number = policy.permission("traces:fly").unwrap_or(u32::MAX);
//! assert_eq!(policy.decide(&facts, number)?.reason, Reason::PermissionUnknown);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When a component misbehaves
//!
//! A component that traps, computes for too long, wants too much memory or answers nonsense makes that one question fail, with
//! an [`EvalError`] that names the policy version and what it did. Its instance is dropped and the next question is answered by
//! another. Bytes that are not a policy never get that far: [`Engine::load`] refuses them with a [`LoadError`].
//!
//! # Design
//!
//! Instances are kept, and not made anew for each question, because the contract says that they remember nothing between two
//! calls. A thread goes on with the instance that it used last.

#![deny(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unimplemented,
    clippy::unreachable,
    clippy::unwrap_used
)]

mod carried;
mod code_cache;
mod compiled;
mod component;
mod contract;
mod engine;
mod error;
mod instance;
mod limits;
mod meter;
mod slots;
pub mod stored_file;
mod ticker;

pub use carried::{MAX_CARRIED_BYTES, with_cases};
pub use clearance_policy::{BASE, LANGWATCH, STRICT};
pub use clearance_question::{Digest, EvalError, PolicyVersion, SelfCheckError};
pub use code_cache::{CodeCache, CodeCacheError};
pub use engine::{Engine, EngineError};
pub use error::LoadError;
pub use limits::Limits;

//! The authorizer for other languages, with the Rust host inside.
//!
//! JavaScript and others run two WebAssembly modules side by side. A language that loads native code gets this crate instead: the same
//! [`Session`](clearance_embed::Session), whose versions are run by `clearance-host`, with its limits and its folder of compiled code. So
//! every request, every answer and every name of an error is the same. What a language adds is glue, which knows no rule.
//!
//! ```
//! use clearance_native::{Authorizer, Options, PlaceId::Project, PrincipalId::Key};
//!
//! let directory = include_str!("../../../examples/company/directory.json");
//! let authorizer = Authorizer::load(directory, None, Options::default())?;
//!
//! let decision = authorizer.check(Key("ci"), "project:delete", Project("shop"), clearance_native::clock())?;
//! assert_eq!(decision.reason.as_str(), "owner-lacks");
//!
//! let error = authorizer.ask(r#"{"check": {"key": "ci"}}"#, clearance_native::clock()).unwrap_err();
//! assert_eq!(error.code, "malformed");
//! # Ok::<(), clearance_native::Error>(())
//! ```
//!
//! # Threads
//!
//! An [`Authorizer`] is `Send + Sync`. Calls run side by side. A version is compiled and checked while the others answer; the only wait is for
//! the moment at which it takes their place, or a change of the data is made.

#![deny(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unimplemented,
    clippy::unreachable,
    clippy::unwrap_used
)]

mod authorizer;
mod error;
mod options;
mod versions;

pub use authorizer::{Authorizer, clock};
pub use clearance::{Decision, Digest, PlaceId, PrincipalId, Reason};
pub use clearance_host::Limits;
pub use error::Error;
pub use options::{Options, Policy};

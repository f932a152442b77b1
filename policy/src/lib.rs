//! The rules of Clearance: may this principal do this here?
//!
//! A policy is a pure function of facts. This crate is `no_std`, does no I/O, has no clock and never panics on input; it is
//! compiled to the WebAssembly component that everyone runs. Without the feature `rules` it holds what both sides of that
//! component share: the boundary [`types`] and their [`wire`] layout.
//!
//! # Example
//!
//! An owner who is only a viewer caps an administrator's key:
//!
//! ```
//! # #[cfg(feature = "rules")] {
//! use clearance_policy::{langwatch::CATALOG, rules::decide, types::*};
//!
//! let (organization, team, project) = (1, 2, 3);
//! let has = |role| Binding { organization, scope: Scope { tier: Tier::Team, at: team }, role, group: None };
//! let owner = UserFacts {
//!     handle: 4,
//!     membership: Some(Membership::Member),
//!     bindings: vec![has(Role::Viewer)],
//!     team_memberships: vec![],
//!     deactivated: false,
//! };
//! let key = KeyFacts {
//!     handle: 5,
//!     organization,
//!     mode: Mode::All,
//!     creator_deactivated: false,
//!     expires: None,
//!     revoked: false,
//!     bindings: vec![has(Role::Admin)],
//!     owner: Some(Owner::User(owner)),
//! };
//! let facts = Facts {
//!     now: 1_800_000_000_000,
//!     place: Place::Project(ProjectPlace { project, team, organization, archived: false }),
//!     principal: Principal::Key(key),
//!     roles: vec![],
//! };
//!
//! let view = CATALOG.number("traces:view").unwrap();
//! assert_eq!(decide(&CATALOG, &facts, view).reason, Reason::Binding);
//! let create = CATALOG.number("traces:create").unwrap();
//! assert_eq!(decide(&CATALOG, &facts, create).reason, Reason::OwnerLacks);
//! # }
//! ```
#![no_std]
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::todo,
    clippy::unimplemented,
    clippy::unreachable,
    clippy::unwrap_used
)]

extern crate alloc;
#[cfg(test)]
extern crate std;

#[cfg(feature = "rules")]
pub mod catalog;
#[cfg(feature = "rules")]
pub mod langwatch;
mod permission_set;
#[cfg(feature = "rules")]
pub mod rules;
pub mod types;
pub mod wire;
mod word;

pub use permission_set::MAX_PERMISSIONS;

/// The rules as a component without a catalog: not yet a policy, what policies are built from.
#[cfg(not(target_family = "wasm"))]
pub const BASE: &[u8] = include_bytes!("../dist/base.wasm");

/// The default policy: the component that `policy/dist` holds.
#[cfg(not(target_family = "wasm"))]
pub const LANGWATCH: &[u8] = include_bytes!("../dist/langwatch.wasm");

/// The strict policy: the same catalog under rules that end the dangers of the default ones. See `docs/strict.md`.
#[cfg(not(target_family = "wasm"))]
pub const STRICT: &[u8] = include_bytes!("../dist/strict.wasm");

//! A team's own catalog, and the policy component that is made of it without a compiler.
//!
//! A catalog file names the permissions of a product, what implies what, the built-in lists, the categories, and what keys need. It
//! is read with a message for every mistake, each with its line and its fix, and put into a component that was built without one.
//! The result is a policy like any other: it imports nothing, exports the contract and nothing else, and is the same to the
//! byte wherever it is made.
//!
//! # Example
//!
//! ```
//! use clearance_catalog::{Catalog, build};
//! use clearance_policy::BASE;
//!
//! let text = include_str!("../../policy/catalog.toml").replace("name = \"langwatch\"", "name = \"ours\"");
//! let catalog = Catalog::parse(&text).unwrap();
//! let component = build(BASE, &catalog)?;
//! assert_eq!(component, build(BASE, &catalog)?);
//!
//! let problems = Catalog::parse(&text.replacen("tier = \"any\"", "tier = \"all\"", 1)).unwrap_err();
//! assert_eq!(problems[0].to_string(), "line 41: tier `all` does not exist: use `organization`, `any` or `platform`");
//! # Ok::<(), clearance_catalog::BuildError>(())
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

mod build;
mod build_error;
mod bytes;
mod catalog;
mod document;
mod limits;
mod mistake;
mod reader;
mod spent;
mod state;

pub use build::{CORE_INIT, INIT, build};
pub use build_error::BuildError;
pub use catalog::{Catalog, Category, Implication, LISTS, Lifecycle, MAX_PERMISSIONS, Permission, ResourceTier, Rules, Set};
pub use mistake::{Mistake, Problem};

//! Every implementation of the rules, held against the same cases.
//!
//! The cases are vectors (`vectors/`, from LangWatch's own code), own ones (`cases/`) and random documents. The implementations are
//! the rules run natively, the same rules as the component that everyone runs, the authorizer with its cache, and a naive oracle that
//! shares no code with any of them.
//!
//! # Example
//!
//! ```
//! use clearance_directory::document::Scope;
//! use clearance_tests::{case::NOW, oracle::Oracle, question::{Principal, Situation}};
//!
//! let document = serde_json::from_str(r#"{
//!     "organizations": [{"id": "acme"}], "users": [{"id": "ana"}],
//!     "members": [{"organization": "acme", "user": "ana", "role": "MEMBER"}],
//!     "teams": [{"id": "web", "organization": "acme"}],
//!     "bindings": [{"id": "b1", "organization": "acme", "user": "ana", "role": "VIEWER", "scope": {"team": "web"}}]
//! }"#).unwrap();
//! let ana = Situation { principal: Principal::User("ana".into()), at: Scope::Team("web".into()), now: NOW };
//! let answer = Oracle::new(&document).decide(&ana, "traces:view");
//! assert_eq!(answer.binding.as_deref(), Some("b1"));
//! ```

pub mod case;
pub mod evaluator;
pub mod facade;
pub mod fuzz;
pub mod gathered;
pub mod implementation;
pub mod management;
pub mod oracle;
pub mod other;
pub mod question;

/// The Rust code on pages compiles: rustdoc takes it for examples of this.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[doc = include_str!("../../docs/embedding.md")]
mod pages {}

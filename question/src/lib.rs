//! Asks a policy, and checks what it answers.
//!
//! A policy is two functions from bytes: one that decides, and one that answers every other question. Whatever can run them is a
//! [`Guest`]. This crate writes the questions, reads the answers, and passes on no answer that contradicts itself or the contract. It
//! knows no runtime, no clock, no thread, no file and no source of random numbers, so that it works wherever Rust compiles to.
//!
//! [`PolicyVersion`] is a guest that was found to be a policy: it is asked a few questions whose answers the contract fixes before it
//! is asked anything else.
//!
//! # Example
//!
//! A guest that does not answer is refused:
//!
//! ```
//! use clearance_question::{CallError, ComponentInfo, Digest, Guest, PolicyVersion, SelfCheckError};
//!
//! struct Silent;
//!
//! impl Guest for Silent {
//!     fn decide(&self, _question: &[u8], _accepts: &mut dyn FnMut(u64) -> bool) -> Result<(), CallError> {
//!         Err(CallError::Trap("nobody is there".into()))
//!     }
//!
//!     fn call(&self, _question: &[u8], _accepts: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), CallError> {
//!         Err(CallError::Trap("nobody is there".into()))
//!     }
//! }
//!
//! let info = ComponentInfo::new(Digest::of(b"the bytes of a component"), "clearance:policy@0.1.2");
//! let error = PolicyVersion::new(Silent, info).unwrap_err();
//! assert!(matches!(error, SelfCheckError::Unanswered { question: "describe", .. }));
//! ```
//!
//! # Design
//!
//! The interface `wire` of the contract is the only one that is called: one copy of bytes in, and for a decision one number out, costs
//! less than lifting and lowering the records of the typed interface one by one. Each thread writes its questions into a buffer that it
//! keeps, so that a question allocates nothing.

#![deny(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unimplemented,
    clippy::unreachable,
    clippy::unwrap_used
)]

mod answer;
mod ask;
mod component_info;
mod description;
mod digest;
mod error;
mod guest;
mod key_answer;
mod keys;
mod repair;
mod repair_answer;
mod self_check;
mod version;

pub use component_info::{ComponentInfo, PACKAGE, interface_of_contract, other_than_a_component};
pub use digest::{Digest, DigestError};
pub use error::{EvalError, SelfCheckError};
pub use guest::{CallError, Guest};
pub use version::{PolicyVersion, VersionLabel};

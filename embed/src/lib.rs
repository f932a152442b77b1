//! The authorizer as one WebAssembly module, for programs in other languages.
//!
//! A program runs two modules side by side: this one, which holds the data, the names and the cache, and the core module of a policy,
//! which holds the rules. This one imports the two functions of a policy, `decide` and `call`, and nothing else: no clock, no file, no
//! random number. What a language adds is glue: it copies bytes between the two modules, gives the time, and knows no rule.
//!
//! [`Session`] is what the module does, in Rust, so that its tests need no WebAssembly. `module.rs` has the functions that the module
//! exports; `embed/README.md` describes them for those who write glue.
//!
//! ```
//! use clearance_embed::{Opened, Session};
//! # use clearance_host::{Engine, LANGWATCH, Limits};
//! # struct Loaded(clearance::PolicyVersion);
//! # impl clearance_question::Guest for Loaded {
//! #     fn decide(&self, question: &[u8], accepts: &mut dyn FnMut(u64) -> bool) -> Result<(), clearance_question::CallError> {
//! #         self.0.guest().decide(question, accepts)
//! #     }
//! #     fn call(&self, question: &[u8], accepts: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), clearance_question::CallError> {
//! #         self.0.guest().call(question, accepts)
//! #     }
//! # }
//! # let policy = Engine::new(Limits::default())?.load(LANGWATCH)?;
//! // The glue starts the core module of a component, and calls it number 1.
//! let Opened { core, info, .. } = clearance_embed::open(LANGWATCH)?;
//! assert!(core.starts_with(b"\0asm"));
//! let mut session = Session::new(move |_| Loaded(policy.clone()));
//! session.add_version(1, info)?;
//! session.load(1, include_str!("../../examples/company/directory.json"))?;
//!
//! let now = 1_780_000_000_000.0;
//! let answer = session.ask(r#"{"check": {"key": "ci", "permission": "project:delete", "at": {"project": "shop"}}}"#, now)?;
//! assert!(answer.starts_with(r#"{"allow":false,"reason":"owner-lacks""#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod facts;
mod failure;
mod keys;
mod memory;
#[cfg(target_family = "wasm")]
mod module;
mod open;
mod request;
mod session;
mod signature;

pub use failure::Failure;
pub use open::{OpenError, Opened, open};
pub use session::{Checked, Session};
pub use signature::{SignatureError, verify};

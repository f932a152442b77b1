//! What Clearance keeps on disk: keys and their secrets, the directory, and the audit of what was done.
//!
//! The only crate that knows secrets. Tokens are minted, verified and found here; none of the types that hold one can be printed.
//! Whether a key may do something is decided elsewhere: this crate says whose token it is.

#![deny(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "data from outside must not stop a process"
)]

mod audit;
mod credentials;
mod error;
mod last_used;
mod operator;
mod pepper;
mod sqlite;
mod store;
mod token;
mod write;

pub use audit::{Entry, Head, HeadError, Row, Verdict, Who};
pub use credentials::{CredentialUpdate, Credentials, Rewrite, Verified};
pub use error::{StepProblem, StoreError};
pub use last_used::LastUsed;
pub use operator::{Operator, Purpose, UnknownPurpose};
pub use pepper::{Match, PepperError, Peppers};
pub use sqlite::{SqliteStore, exported};
pub use store::{Loaded, Store};
pub use token::{
    Found, Inspection, Malformed, MintError, Mintable, Secret, Token, TokenKind, inspect, mint, mint_project_key, scan, shown,
};
pub use write::{Batch, Committed, NewOperator, Step, Write};

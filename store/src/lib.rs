//! What Clearance keeps on disk: keys and their secrets, the directory, and the audit of what was done.
//!
//! The only crate that knows secrets. Tokens are minted, verified and found here; none of the types that hold one can be printed.
//! Whether a key may do something is decided elsewhere: this crate says whose token it is.
//!
//! A [`Store`] keeps everything; [`SqliteStore`] does so in one file. What is needed to answer is held in memory ([`Loaded`]) and
//! follows every write ([`Committed`]).
//!
//! ```
//! use clearance_directory::document::Key;
//! use clearance_directory::{Directory, Document};
//! use clearance_store::{Loaded, Mintable, Peppers, SqliteStore, Step, Store, Verified, Write, mint};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("clearance.db");
//! let document = Document::from_json(r#"{"organizations": [{"id": "acme"}]}"#)?;
//! let peppers = Peppers::parse("a-pepper-for-an-example", "the example")?;
//! let store = SqliteStore::create(path, &document, peppers, &Write::default())?;
//! let Loaded { document, mut credentials } = store.load()?;
//! let mut directory = Directory::from_document(document)?;
//!
//! // A policy has allowed this. The token is shown once; the database keeps a hash of its secret half.
//! let key: Key = serde_json::from_str(r#"{"id": "ci", "organization": "acme", "name": "ci", "mode": "all"}"#)?;
//! let token = mint(Mintable::Key)?;
//! let write = Write { steps: vec![Step::AddKey { key, token: token.clone() }], ..Write::default() };
//!
//! // Stored first, then seen.
//! let committed = store.commit(&write)?;
//! directory.apply_all(committed.changes)?;
//! committed.credentials.into_iter().for_each(|update| credentials.apply(update));
//!
//! assert_eq!(credentials.verify(&token), Some(Verified::Key { key: "ci", rewrite: None }));
//! assert!(directory.key("ci").is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
mod seal;
mod sqlite;
mod store;
mod token;
mod write;

pub use audit::{Difference, Differences, Entry, Head, HeadError, Row, Verdict, Who};
pub use credentials::update::CredentialUpdate;
pub use credentials::{Credentials, Rewrite, Verified};
pub use error::{StepProblem, StoreError};
pub use last_used::LastUsed;
pub use operator::{Operator, Purpose, UnknownPurpose};
pub use pepper::{Match, PepperError, Peppers};
pub use seal::Unsealed;
pub use sqlite::backup::{Lost, Restored};
pub use sqlite::{AcceptedAudit, SqliteStore, without_project_keys};
pub use store::{Loaded, Store};
pub use token::{
    Found, Inspection, Malformed, MintError, Mintable, Secret, Token, TokenKind, inspect, mint, mint_project_key, scan, shown,
};
pub use write::{Batch, Committed, NewOperator, Step, Write};

//! Clearance over HTTP: a gate for reverse proxies, the keys API that clients of LangWatch know, and questions from backends.
//!
//! A [`Keeper`](clearance_keeper::Keeper) holds everything that a server needs of one database; [`run`] and [`serve`] serve it.
//!
//! ```
//! use std::sync::Arc;
//!
//! use clearance::Document;
//! use clearance_host::{Engine, LANGWATCH, Limits};
//! use clearance_keeper::Keeper;
//! use clearance_server::{Settings, serve};
//! use clearance_store::{Peppers, SqliteStore, Write};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("clearance.db");
//! let document = Document::from_json(include_str!("../../examples/company/directory.json"))?;
//! let peppers = Peppers::parse("a-pepper-for-an-example", "the example")?;
//! let store = SqliteStore::create(path, &document, peppers, &Write::default())?;
//! let policy = Engine::new(Limits::default())?.load(LANGWATCH)?;
//! let keeper = Arc::new(Keeper::open(Arc::new(store), policy)?);
//!
//! // It listens on a free port until the last future is done, which is at once here.
//! let ready = |listening| println!("{listening:?}");
//! tokio::runtime::Runtime::new()?.block_on(serve(keeper, &Settings::default(), ready, async {}))?;
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

mod answer;
mod api;
mod arriving;
mod body;
mod credential;
mod denial;
mod error;
mod gate;
mod health;
mod json;
mod key;
mod limit;
mod listener;
mod log;
mod log_line;
mod marks;
mod metrics;
mod observe;
mod open_files;
mod openapi;
mod path;
mod patience;
mod problem;
mod proxies;
mod query;
mod refusal;
mod room;
mod router;
mod routes;
mod run;
mod schema;
mod serve_error;
mod server;
mod session;
mod settings;
mod socket;
mod stream;
mod surround;
mod v1;
mod visits;
mod word;
mod work;

pub use ipnet::IpNet;
pub use log::{Log, start_log};
pub use openapi::openapi;
pub use run::{Listening, run, serve};
pub use serve_error::ServeError;
pub use session::secret::{SessionSecret, SessionSecretError};
pub use settings::{Limits, SessionSettings, Settings};
pub use socket::{Address, Listen, ListenError};

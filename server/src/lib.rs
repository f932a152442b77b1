//! Clearance over HTTP: a gate for reverse proxies, the keys API that clients of LangWatch know, and questions from backends.
//!
//! [`Keeper`] holds everything that a server needs of one database and knows nothing of HTTP; [`run`] serves it.

#![deny(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "data from outside must not stop a process"
)]

mod api;
mod body;
mod credential;
mod error;
mod health;
mod keeper;
mod limit;
mod listener;
mod log;
mod metrics;
mod observe;
mod query;
mod router;
mod run;
mod server;
mod settings;
mod v1;

pub use keeper::{
    Caller, ChangesError, CreatedKey, CreatedOperator, EditedKey, Fault, Identity, Keeper, KeyFault, OpenError, Origin, Refused,
    Target,
};
pub use log::start_log;
pub use router::openapi;
pub use run::{ServeError, run, serve};
pub use settings::{Limits, Settings};

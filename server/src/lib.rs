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

mod answer;
mod api;
mod body;
mod credential;
mod error;
mod health;
mod keeper;
mod key;
mod limit;
mod listener;
mod log;
mod metrics;
mod observe;
mod openapi;
mod path;
mod query;
mod router;
mod run;
mod server;
mod session;
mod settings;
mod v1;

pub use keeper::{
    BindingView, Caller, CategoryError, CategoryProblem, CategoryView, ChangesError, Choices, CreatedKey, CreatedOperator,
    EditedKey, Fault, Identity, Keeper, KeyFault, KeyKind, KeyView, MemberView, OpenError, Origin, ProjectView, Refused, Target,
    TeamView,
};
pub use log::start_log;
pub use openapi::openapi;
pub use run::{Listening, ServeError, run, serve};
pub use session::{SessionSecret, SessionSecretError, SessionSettings};
pub use settings::{Limits, Settings};

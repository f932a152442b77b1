//! Clearance over HTTP: a gate for reverse proxies, the keys API that clients of LangWatch know, and questions from backends.
//!
//! [`Keeper`] holds everything that a server needs of one database and knows nothing of HTTP; [`run`] serves it.
//!
//! ```
//! use std::sync::Arc;
//!
//! use clearance::document::{BindingRole, Scope};
//! use clearance::key::{KeyDraft, WantedBinding};
//! use clearance::{Document, PlaceId, PolicyVersion, PrincipalId};
//! use clearance_host::{Engine, LANGWATCH, Limits};
//! use clearance_server::{Keeper, Origin, Target};
//! use clearance_store::{Peppers, SqliteStore, Write};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("clearance.db");
//! let document = Document::from_json(include_str!("../../examples/company/directory.json"))?;
//! let peppers = Peppers::parse("a-pepper-for-an-example", "the example")?;
//! let store = SqliteStore::create(path, &document, peppers, &Write::default())?;
//! let policy = Engine::new(Limits::default())?.load(LANGWATCH)?;
//! let keeper = Keeper::open(Arc::new(store), policy)?;
//!
//! // Ben makes himself a key for one project. The policy is asked, the key is stored, and from then on it is known.
//! let binding = WantedBinding { role: BindingRole::Member, scope: Scope::Project("shop".into()) };
//! let draft = KeyDraft { name: Some("laptop".into()), bindings: vec![binding], ..KeyDraft::default() };
//! let created = keeper.create_key(PrincipalId::User("ben"), "acme", &draft, &Origin::COMMAND)?;
//!
//! let caller = keeper.resolve(&created.token, Target::Project(None))?;
//! assert_eq!((caller.identity.owner(), caller.project.as_deref()), (Some("ben"), Some("shop")));
//! assert!(keeper.check(caller.identity.principal(), "traces:view", PlaceId::Project("shop"))?.allow);
//!
//! keeper.revoke_key(PrincipalId::User("ben"), "acme", &created.record.key.id, &Origin::COMMAND)?;
//! assert!(keeper.resolve(&created.token, Target::Project(None)).is_err());
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
mod error;
mod health;
mod json;
mod keeper;
mod key;
mod limit;
mod listener;
mod log;
mod metrics;
mod observe;
mod open_files;
mod openapi;
mod path;
mod patience;
mod proxies;
mod query;
mod room;
mod router;
mod run;
mod server;
mod session;
mod settings;
mod socket;
mod stream;
mod v1;
mod versions;
mod visits;
mod word;
mod work;

pub use ipnet::IpNet;
pub use keeper::{
    ActivateError, BindingView, Caller, CategoryError, CategoryProblem, CategoryView, ChangesError, Choices, CreatedKey,
    CreatedOperator, EditedKey, Fault, Identity, Keeper, KeyFault, KeyKind, KeyView, LiveVersions, LostRecord, MemberView,
    OpenError, Origin, ProjectView, Refused, Target, TeamView,
};
pub use log::{Log, start_log};
pub use openapi::openapi;
pub use run::{Listening, ServeError, run, serve};
pub use session::{SessionSecret, SessionSecretError, SessionSettings};
pub use settings::{Limits, Settings};
pub use socket::{Address, Listen, ListenError};
pub use versions::{Versions, VersionsError};

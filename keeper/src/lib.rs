//! The keeper: the store on disk, the directory in memory and the policy version that answers, in step with each other.
//!
//! A [`Keeper`] opens one database. It verifies tokens, asks the policy, and makes, edits and revokes keys: each write is stored first,
//! and memory follows before the call returns. It also writes who did what into the audit. It knows no HTTP and no SQL: a server or a
//! command uses it, and a [`Store`](clearance_store::Store) writes.
//!
//! ```
//! use std::sync::Arc;
//!
//! use clearance::document::{BindingRole, Scope};
//! use clearance::key::{KeyDraft, WantedBinding};
//! use clearance::{Document, PlaceId, PrincipalId};
//! use clearance_host::{Engine, LANGWATCH, Limits};
//! use clearance_keeper::{Keeper, Origin, Target};
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
//! // Ben makes himself a key for one project. The policy allows it, the key is stored, and from then on it is known.
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

mod caller;
mod category;
mod chain;
mod changes;
mod clock;
mod fault;
mod folder;
mod id;
mod keeper;
mod kept_in_folder;
mod key;
mod keys;
mod lost_record;
mod memo;
mod operator;
mod pins;
mod policy;
mod policy_record;
mod project_key;
mod queue;
mod refusals;
mod reload;
mod resolve;
mod retry;
mod revocation;
mod tend;
mod turn;
mod versions;
mod view;

pub use caller::{Caller, Identity, Origin, Target};
pub use category::{CategoryError, CategoryProblem};
pub use chain::chain;
pub use changes::ChangesError;
pub use clock::now;
pub use fault::{Fault, OpenError};
pub use folder::{Comparison, FolderError};
pub use keeper::Keeper;
pub use kept_in_folder::KeptInFolder;
pub use key::{CreatedKey, EditedKey, KeyFault};
pub use lost_record::LostRecord;
pub use operator::CreatedOperator;
pub use pins::{PinFault, Pinning};
pub use policy::{ActivateError, LiveVersions};
pub use policy_record::{PolicyRecord, Remembered};
pub use resolve::Refused;
pub use versions::{Versions, VersionsError};
pub use view::{BindingView, CategoryView, Choices, KeyKind, KeyView, MemberView, ProjectView, TeamView};

//! The life of a key: who may make, see, edit and revoke it, and what is stored in the end.
//!
//! Everything is decided by the policy. A [`View`](crate::View) gathers what the policy needs to know, and turns its
//! answer into [`Change`](crate::Change)s. To make, edit or revoke a key: ask, give the answer new ids, store the changes, and apply
//! them. An answer holds for the data as it was: nothing may change the data between the question and the end.
//!
//! ```
//! use clearance::{Authorizer, Directory, PlaceId::Project, PrincipalId::{Key, User}};
//! use clearance::document::{BindingRole, Scope};
//! use clearance::key::{KeyDraft, KeyError, NewKey, WantedBinding};
//! use clearance_host::{Engine, LANGWATCH, Limits};
//!
//! let directory = Directory::from_json(include_str!("../../examples/company/directory.json"))?;
//! let policy = Engine::new(Limits::default())?.load(LANGWATCH)?;
//! let authorizer = Authorizer::new(policy, directory)?;
//!
//! let scope = Scope::Project("shop".into());
//! let mut draft = KeyDraft {
//!     name: Some("laptop".into()),
//!     bindings: vec![WantedBinding { role: BindingRole::Admin, scope }],
//!     ..KeyDraft::default()
//! };
//! let Err(KeyError::Refused(refusal)) = authorizer.view().create_key(User("ben"), "acme", &draft) else { panic!() };
//! assert_eq!(refusal.code(), "api_key_scope_violation");
//!
//! draft.bindings[0].role = BindingRole::Member;
//! let plan = authorizer.view().create_key(User("ben"), "acme", &draft)?;
//! let mut ids = (1..).map(|number| format!("new-{number}").into());
//! let new = NewKey { id: "laptop-2".into(), at: "2026-06-01T12:00:00Z".parse()?, lookup_id: None, hashed_secret: None };
//! // A server stores them first.
//! authorizer.apply_all(plan.changes(&new, || ids.next().unwrap()))?;
//! assert!(authorizer.view().check(Key("laptop-2"), "traces:view", Project("shop"))?.allow);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ask;
mod draft;
mod json;
mod name;
mod plan;
mod power;
mod record;
mod refusal;

pub use clearance_policy::types::lifecycle::{Fault, Field, Flaw, Kind, ProjectKeyUse, Spot, TextChange, Warning};
pub use draft::{KeyChange, KeyDraft, WantedBinding};
pub use name::{field_name, scope_type, spot_name};
pub use plan::{KeyCreationPlan, KeyEditPlan, KeyRevocationPlan, NewKey};
pub use power::{KeyPower, role_for_all};
pub use record::{KeyName, KeyRecord, KeyStatus};
pub use refusal::{KeyError, KeyRefusal, OutOfReach, describe_fault};

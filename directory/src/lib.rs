//! The data of Clearance: organizations, teams, projects, members, groups, roles, keys and bindings.
//!
//! A [`Directory`] loads them from JSON, changes one row at a time, and gathers the facts that a policy decides from. It knows
//! nothing of permissions: a role's strings become numbers in [`RoleSets`], which a caller that knows a policy version fills.
//!
//! [`Change::validate`] alone says which changes are acceptable: for a [`Directory`], and for every database that answers as a
//! [`Lookup`].
//!
//! ```
//! use clearance_directory::{Directory, PlaceId, PrincipalId, RoleSets};
//! use clearance_policy::types::{PermissionSet, Principal, repair::Side};
//!
//! let directory = Directory::from_json(
//!     r#"{
//!         "organizations": [{"id": "acme"}],
//!         "users": [{"id": "ana"}],
//!         "members": [{"organization": "acme", "user": "ana", "role": "MEMBER"}],
//!         "teams": [{"id": "web", "organization": "acme"}],
//!         "projects": [{"id": "shop", "team": "web"}],
//!         "bindings": [{"id": "b1", "organization": "acme", "user": "ana", "role": "ADMIN", "scope": {"team": "web"}}]
//!     }"#,
//! )?;
//! // A real caller asks a policy what the names in a custom role mean.
//! let sets = RoleSets::compile(&directory, |_names| Ok::<_, std::convert::Infallible>(PermissionSet { w0: 0, w1: 0, w2: 0, w3: 0 }))?;
//!
//! let ana = directory.principal(PrincipalId::User("ana"));
//! let shop = directory.place(PlaceId::Project("shop"));
//! let gathered = directory.facts(ana, shop, 1_767_312_000_000, &sets);
//!
//! let Principal::User(user) = &gathered.facts.principal else { panic!("ana is a user") };
//! assert_eq!(user.bindings.len(), 1);
//! assert_eq!(gathered.binding_id(&directory, Side::Principal, 0), Some("b1"));
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

mod apply;
mod binding_list;
mod chain;
mod change;
mod directory;
pub mod document;
mod epoch;
mod error;
mod facts;
mod find;
pub mod id;
mod lifecycle;
mod lint;
mod listing;
mod load;
mod locate;
mod lookup;
#[cfg(test)]
mod property;
mod reach;
pub mod role_list;
mod role_sets;
mod row;
#[cfg(test)]
mod schema;
mod sensitive;
mod slot;
mod stamp;
mod stored;
mod survey;
mod table;
mod timestamp;
mod validator;
mod word;

pub use apply::Applied;
pub use change::Change;
pub use directory::Directory;
pub use document::Document;
pub use epoch::Epoch;
pub use error::{BatchError, ChangeError, DocumentError, Position, Problem, Refusal, shorten};
pub use facts::Gathered;
pub use lifecycle::OwnBindings;
pub use lint::{Code, Finding, lint};
pub use lookup::{Lookup, PairKind, ParentKind, RowKind};
pub use role_sets::RoleSets;
pub use slot::{BindingSlot, PlaceId, PlaceSlot, PrincipalId, PrincipalKind, PrincipalSlot, RoleSlot};
pub use survey::{Region, Survey};
pub use validator::ValidateError;
pub use word::UnknownWord;

//! Permission policy for API keys.
//!
//! An [`Authorizer`] holds the data (a [`Directory`]), the rules (a [`PolicyVersion`]: a WebAssembly component, which another crate
//! runs) and a cache of answers. It answers whether a user, a key or a project key may do something at an organization, team or
//! project, and says which rule decided.
//!
//! # Example
//!
//! ```
//! use clearance::{Authorizer, Directory, PlaceId::Project, PrincipalId::Key, Reason};
//! use clearance_host::{Engine, LANGWATCH, Limits};
//!
//! let directory = Directory::from_json(include_str!("../../examples/company/directory.json"))?;
//! let policy = Engine::new(Limits::default())?.load(LANGWATCH)?;
//! let authorizer = Authorizer::new(policy, directory)?;
//! let view = authorizer.view();
//!
//! let decision = view.check(Key("ci"), "prompts:view", Project("shop"))?;
//! assert!(decision.allow);
//!
//! let decision = view.check(Key("ci"), "project:delete", Project("shop"))?;
//! assert_eq!(decision.reason, Reason::OwnerLacks);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Which type for what
//!
//! - A [`View`] asks questions at one moment. Making one costs nothing, so make one for each request. Of its methods,
//!   [`check`](View::check) is for one permission, [`effective`](View::effective) for all of them, and [`explain`](View::explain) for a
//!   person who asks why.
//! - A [`PlaceView`] is a view of one place. Use it where the version that answers there matters too.
//! - A [`Capsule`] is one decision in a file. Make one where a decision must be shown, or made again, long after the data has
//!   changed.
//! - An [`AuthorizerBuilder`] makes an authorizer with another size of cache, or on stored data with custom roles that the policy
//!   may
//!   fail to compile.
//! - [`key`] makes, lists, edits and revokes keys by the rules of the policy, [`change`] makes any other change of the data, and
//!   [`repair`] says what would turn a denial into an allow.
//! - [`swap`] makes another version the live one. To try it first, `clearance-rollout` has a `Shadow`, which asks it beside the
//!   live one,
//!   and `activate`, which does all steps in order.
//!
//! # Deny, refuse, err
//!
//! A [`Decision`] is the policy's answer. An unknown principal, permission or place has one too: a denial with a reason of its
//! own. An [`EvalError`] is not an answer: the component trapped or broke a limit, for instance. Refuse then, and look for the
//! cause.
//!
//! # Where it runs
//!
//! Nothing here knows what runs the component: `clearance-host` does it with wasmtime, and anything else can that runs
//! WebAssembly. This crate starts no thread, opens no file and asks for no random number. It reads a clock only where a question
//! does not say when it is asked, so on `wasm32-unknown-unknown`, which has no clock, ask [`view_at`](Authorizer::view_at) a
//! moment.

mod active_version;
mod authorizer;
mod builder;
mod cache;
pub mod capsule;
pub mod change;
mod decision;
mod effective;
pub mod explanation;
mod failures;
pub mod json;
pub mod key;
mod live;
mod names;
mod place_view;
mod prepared_version;
mod projects;
pub mod rehearsal;
pub mod repair;
mod retry;
mod roles;
pub mod sample;
mod stale_roles;
pub mod swap;
mod version_map;
mod view;

pub use authorizer::Authorizer;
pub use builder::AuthorizerBuilder;
pub use capsule::Capsule;
pub use clearance_directory::{Change, Directory, Document, DocumentError, PlaceId, PrincipalId, document, role_list};
pub use clearance_policy::types::Reason;
pub use clearance_question::{Digest, EvalError, PolicyVersion, VersionLabel};
pub use decision::Decision;
pub use effective::Effective;
pub use explanation::Explanation;
pub use place_view::PlaceView;
pub use projects::VisibleProjects;
pub use repair::Repair;
pub use roles::UnusableRole;
pub use view::View;

/// The permissions that a policy version knows, as numbers, sets and categories.
pub mod catalog {
    pub use clearance_policy::types::{Level, PermissionSet, ResourceTier, Selection};
}

/// Finds stored data that grants nothing, or more than somebody may expect.
pub mod lint {
    pub use clearance_directory::{Code, Finding, lint};
}

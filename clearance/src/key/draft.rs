//! A key that somebody wants, or a change of one, with ids, as it was sent.

use clearance_directory::document::{BindingRole, Mode, Scope, Timestamp};
use clearance_policy::types::lifecycle::{Kind, Spot, TextChange};

/// A key that somebody wants, as it was sent. Nothing in it was judged: [`View::create_key`](crate::View::create_key) does that.
///
/// What could not be read as what its field holds is named in `unreadable` and left out of its field; an entry of a list keeps its
/// position, with anything in its place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyDraft {
    /// The parts that could not be read.
    pub unreadable: Vec<Spot>,
    /// Whether it is to be a personal or a service key. Absent exactly when it was not sent.
    pub kind: Option<Kind>,
    /// The name of the key, for people. Absent exactly when it was not sent.
    pub name: Option<String>,
    /// The description of the key, for people. Absent exactly when it was not sent.
    pub description: Option<String>,
    /// The last moment at which the key is to work; 1970 for one before that. Absent exactly when it was not sent.
    pub expires: Option<Timestamp>,
    /// The label that the key is to carry. Absent exactly when it was not sent.
    pub mode: Option<Mode>,
    /// The id of the user who is to own the key. Absent exactly when it was not sent: a personal key then belongs to
    /// the user who makes it.
    pub assignee: Option<String>,
    /// The names of the permissions of a restricted key.
    pub permissions: Vec<String>,
    /// The bindings that the key is to have.
    pub bindings: Vec<WantedBinding>,
    /// The ids of projects of which a service key is to get ADMIN. The policy refuses them from a signed-in user.
    pub projects: Vec<String>,
}

/// A binding that a key is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedBinding {
    /// The role. [`BindingRole::Custom`] stands for the list that comes with the bindings: nobody names a custom role.
    pub role: BindingRole,
    /// Where the role is to apply. Nothing needs to be stored under its id.
    pub scope: Scope,
}

/// A change of a key that somebody wants, as it was sent. Nothing in it was judged: see [`KeyDraft`].
#[derive(Clone, Debug, PartialEq)]
pub struct KeyChange {
    /// The parts that could not be read.
    pub unreadable: Vec<Spot>,
    /// The new name. Absent exactly when it was not sent.
    pub name: Option<String>,
    /// What becomes of the description: [`TextChange::Keep`] when none was sent.
    pub description: TextChange,
    /// The new label. Absent exactly when it was not sent.
    pub mode: Option<Mode>,
    /// The names of the permissions of a restricted key.
    pub permissions: Vec<String>,
    /// The bindings that replace all bindings of the key. Absent exactly when none were sent.
    pub bindings: Option<Vec<WantedBinding>>,
}

impl Default for KeyChange {
    /// A change that changes nothing.
    fn default() -> Self {
        let description = TextChange::Keep;
        Self { unreadable: Vec::new(), name: None, description, mode: None, permissions: Vec::new(), bindings: None }
    }
}

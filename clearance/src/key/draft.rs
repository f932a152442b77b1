//! What someone wants of a key, with ids, as it was sent.

use clearance_directory::document::{BindingRole, Mode, Scope, Timestamp};
use clearance_policy::types::lifecycle::{Kind, Spot, TextChange};

/// A key that someone wants, as it was sent: nothing in it was judged.
///
/// What could not be read as what its field holds is named in `unreadable` and left out of its field; an entry of a list keeps its
/// position, with anything in its place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyDraft {
    /// The parts that could not be read.
    pub unreadable: Vec<Spot>,
    /// Whose key it is to be. Absent exactly when it was not sent.
    pub kind: Option<Kind>,
    /// Absent exactly when it was not sent.
    pub name: Option<String>,
    /// Absent exactly when it was not sent.
    pub description: Option<String>,
    /// The last moment at which the key is to work; 1970 for one before that. Absent exactly when it was not sent.
    pub expires: Option<Timestamp>,
    /// Absent exactly when it was not sent.
    pub mode: Option<Mode>,
    /// The id of the user whom the key is to belong to. Absent exactly when it was not sent: whoever makes it.
    pub assignee: Option<String>,
    /// The list of a restricted key.
    pub permissions: Vec<String>,
    /// What the key is to be bound to.
    pub bindings: Vec<WantedBinding>,
    /// The ids of projects that a service key is to administer. Nobody who is signed in can send any.
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

/// What someone wants to change about a key, as it was sent. Nothing in it was judged: see [`KeyDraft`].
#[derive(Clone, Debug, PartialEq)]
pub struct KeyChange {
    /// The parts that could not be read.
    pub unreadable: Vec<Spot>,
    /// Absent exactly when it was not sent.
    pub name: Option<String>,
    /// [`TextChange::Keep`] when none was sent.
    pub description: TextChange,
    /// Absent exactly when it was not sent.
    pub mode: Option<Mode>,
    /// The list of a restricted key.
    pub permissions: Vec<String>,
    /// What replaces all bindings of the key. Absent exactly when none were sent.
    pub bindings: Option<Vec<WantedBinding>>,
}

impl Default for KeyChange {
    /// A change of nothing.
    fn default() -> Self {
        let description = TextChange::Keep;
        Self { unreadable: Vec::new(), name: None, description, mode: None, permissions: Vec::new(), bindings: None }
    }
}

//! What is written in one go.

use clearance_directory::Change;
use clearance_directory::document::{Key, Timestamp};

use crate::audit::Entry;
use crate::credentials::Rewrite;
use crate::credentials::update::CredentialUpdate;
use crate::operator::Purpose;
use crate::pepper::{self, Digest};
use crate::token::Token;

/// All that one request writes: all of it is stored, or nothing.
///
/// ```
/// use clearance_store::{Mintable, Step, Write, mint};
/// use clearance_directory::Change;
///
/// let write = Write {
///     steps: vec![Step::Change(Change::RemoveBinding("b1".into())), Step::RotateProjectKey {
///         project: "shop".into(),
///         token: mint(Mintable::Key)?,
///     }],
///     ..Write::default()
/// };
/// assert_eq!(write.steps.len(), 2);
/// # Ok::<(), clearance_store::MintError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Write {
    /// What is done, in this order.
    pub steps: Vec<Step>,
    /// Makes the write happen once, however often it is sent.
    pub batch: Option<Batch>,
    /// What the audit says of it, in this order.
    pub audit: Vec<Entry>,
}

/// One step of a write.
///
/// Directory changes carry no secrets: those have steps of their own. A change that does is refused.
#[derive(Clone, Debug)]
pub enum Step {
    /// Changes the directory.
    ///
    /// Editing a key never changes its lookup id or hash, and editing a project never changes its project key: the change has no
    /// `hashedSecret`, and the `projectKey` that the directory shows (an empty one) or none. A key that is added by a change has no
    /// token, so nobody can present it. Removing a key or project removes its secrets.
    Change(Change),
    /// Adds a key with its token, whose lookup id becomes that of the row.
    AddKey {
        /// The row, without lookup id and hash.
        key: Key,
        /// The token. It is not stored.
        token: Token,
    },
    /// Gives a project a project key. The one before dies.
    RotateProjectKey {
        /// The id of the project.
        project: Box<str>,
        /// The project key, any text that is not empty. It is stored encrypted.
        token: Token,
    },
    /// Adds an operator with its token.
    AddOperator {
        /// The operator.
        operator: NewOperator,
        /// The token. It is not stored.
        token: Token,
    },
    /// Revokes an operator. One that is revoked already keeps the time of the first revocation.
    RevokeOperator {
        /// The id of the operator.
        operator: Box<str>,
        /// The time to record.
        at: Timestamp,
    },
    /// Stores a credential again under the current pepper, as a verification asked for. Without effect when the credential changed
    /// since.
    Rewrite(Rewrite),
}

/// An operator that is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOperator {
    /// Unique among operators, 1 to 255 visible ASCII characters.
    pub id: Box<str>,
    /// For people.
    pub name: Box<str>,
    /// What it may do.
    pub purposes: Vec<Purpose>,
    /// When it is created.
    pub created_at: Timestamp,
}

/// Names a write, so that sending it again does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    pub(crate) id: Box<str>,
    pub(crate) content: Digest,
}

impl Batch {
    /// Whether a text can be the id of a batch: it has the form of any other id.
    #[must_use]
    pub fn is_id(text: &str) -> bool {
        clearance_directory::id::is_id(text)
    }

    /// A batch with an id that its sender chose, 1 to 255 visible ASCII characters, and the bytes that it was sent as.
    pub fn new(id: impl Into<Box<str>>, content: &[u8]) -> Self {
        Self { id: id.into(), content: pepper::plain(content) }
    }
}

/// What has been stored, for memory to follow.
#[derive(Clone, Debug, Default)]
#[must_use = "memory must follow what is stored"]
pub struct Committed {
    /// Whether this batch had been stored before: then nothing is stored now, and there is nothing to follow.
    pub repeated: bool,
    /// What a directory in memory must [`apply`](clearance_directory::Directory::apply), in this order. No secrets.
    pub changes: Vec<Change>,
    /// What [`Credentials`](crate::Credentials::apply) must apply, in this order.
    pub credentials: Vec<CredentialUpdate>,
}

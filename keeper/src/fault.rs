//! Why nothing can be answered or written.

use clearance::{DocumentError, EvalError};
use clearance_store::{MintError, StoreError};

/// A question was not answered or a write not made, and it is not the fault of the caller. It is never a denial, and never a pass.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The policy gave no answer.
    #[error("the policy gave no answer")]
    Policy(#[source] EvalError),
    /// The policy takes the facts for malformed.
    #[error("the policy says that the facts are malformed: this is a defect of Clearance, please report it")]
    BadFacts,
    /// The store failed, and nothing was written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Memory could not follow what is stored.
    #[error(
        "what is in memory is not what is stored: nothing is answered until it is loaded anew, which is tried every few seconds"
    )]
    OutOfStep,
    /// No token could be made.
    #[error(transparent)]
    Mint(#[from] MintError),
    /// The operator who wants the write was revoked while its request was under way. Nothing was written.
    #[error("the operator is revoked")]
    OperatorRevoked,
    /// Too many writes wait for their turn. Nothing was written.
    #[error("too many writes wait for their turn: try again")]
    Busy,
    /// A key or an operator is refused from now on, and the store could not keep that.
    #[error("revoked in this process and not yet stored")]
    RevokedNotStored(#[source] StoreError),
    /// Revocations wait to be stored.
    #[error("{count} revocations are not stored yet, and a restart before they are revives what was revoked: the log names each")]
    RevocationsWait {
        /// How many.
        count: usize,
    },
}

/// Why a [`Keeper`](crate::Keeper) could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The stored rows are not a valid directory.
    #[error("the database does not hold a valid directory")]
    Document(#[from] DocumentError),
}

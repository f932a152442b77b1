//! The answer to one question.

use std::sync::Arc;

use clearance_policy::types::Reason;
use clearance_question::Digest;

/// Whether a principal may do something at a place, and the rule that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Decision {
    /// Whether the principal has the permission.
    pub allow: bool,
    /// The rule that decided.
    pub reason: Reason,
    /// The id of the binding that grants the permission. Present exactly when the reason is [`Reason::Binding`].
    pub binding: Option<Arc<str>>,
    /// The digest of the policy version that decided.
    pub policy: Digest,
}

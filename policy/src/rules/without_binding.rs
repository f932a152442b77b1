//! Decisions that no binding made.

use crate::types::{Decision, Reason};

/// A decision to deny.
pub(super) const fn deny(reason: Reason) -> Decision {
    Decision { allow: false, reason, binding: None }
}

/// A decision to allow.
pub(super) const fn allow(reason: Reason) -> Decision {
    Decision { allow: true, reason, binding: None }
}

//! All that a principal may do at a place.

use std::sync::Arc;

use clearance_policy::types::Reason;
use clearance_question::{Digest, PolicyVersion};

use crate::{Decision, cache::Entry};

/// All answers for one principal at one place.
#[derive(Clone, Debug)]
pub struct Effective {
    pub(crate) version: PolicyVersion,
    pub(crate) entry: Arc<Entry>,
}

impl Effective {
    /// The names of the permissions that the principal has, in catalog order.
    pub fn permissions(&self) -> impl Iterator<Item = &str> {
        self.entry.permissions.iter().filter_map(|permission| self.version.permission_name(permission))
    }

    /// The decision about one permission: what [`View::check`](crate::View::check) answers. `None` means that the
    /// catalog does not have it.
    pub fn decision(&self, permission: &str) -> Option<Decision> {
        self.entry.decision(self.version.permission(permission)?, self.version.digest()).ok()
    }

    /// The first and last moment for which this holds while the data stays as it is, in milliseconds since
    /// 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn validity(&self) -> (u64, u64) {
        (self.entry.since, self.entry.until)
    }

    /// The reason of the one rule that denies everything, if there is one.
    #[must_use]
    pub fn refusal(&self) -> Option<Reason> {
        let mut decisions =
            self.version.description().permissions.iter().filter_map(|permission| self.decision(&permission.name));
        let first = decisions.next().filter(|first| !first.allow)?;
        decisions.all(|decision| decision.reason == first.reason).then_some(first.reason)
    }

    /// The policy version that decided.
    #[must_use]
    pub fn policy(&self) -> Digest {
        self.version.digest()
    }
}

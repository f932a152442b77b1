//! All permissions that a principal has at a place.

use std::sync::Arc;

use clearance_policy::types::Reason;
use clearance_question::{Digest, PolicyVersion};

use crate::{Decision, cache::Entry};

/// All permissions that a principal has at a place, with the decision about each permission of the catalog.
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

    /// The decision about one permission, which is the one that [`View::check`](crate::View::check) answers. `None` means that the
    /// catalog does not have the permission.
    pub fn decision(&self, permission: &str) -> Option<Decision> {
        self.entry.decision(self.version.permission(permission)?, self.version.digest()).ok()
    }

    /// The first and the last moment at which these answers hold while the data stays as it is, in milliseconds since
    /// 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn validity(&self) -> (u64, u64) {
        (self.entry.since, self.entry.until)
    }

    /// The reason why everything is denied, such as `key-revoked`. `None` means that no single rule denies everything.
    #[must_use]
    pub fn refusal(&self) -> Option<Reason> {
        let mut decisions =
            self.version.description().permissions.iter().filter_map(|permission| self.decision(&permission.name));
        let first = decisions.next().filter(|first| !first.allow)?;
        decisions.all(|decision| decision.reason == first.reason).then_some(first.reason)
    }

    /// The digest of the policy version that decided.
    #[must_use]
    pub fn policy(&self) -> Digest {
        self.version.digest()
    }
}

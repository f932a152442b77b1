//! Custom roles that could not be compiled, tried again.

use crate::keeper::Keeper;

/// The most roles that are compiled again at a time.
const MAX_ROLES_AT_ONCE: usize = 16;

impl Keeper {
    /// Compiles some of the custom roles again at which a policy version failed: a failure such as a timeout passes. Each call goes on
    /// behind the roles of the call before. To be called every ten seconds or so.
    pub fn retry_unusable_roles(&self) {
        if self.check_in_step().is_err() {
            return;
        }
        for usable in self.authorizer.retry_unusable_roles(MAX_ROLES_AT_ONCE) {
            tracing::info!(role = %usable.role, policy = %usable.policy, "the policy compiles the custom role now: it can be used");
        }
    }
}

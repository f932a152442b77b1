//! The time of this machine.

use std::time::{SystemTime, UNIX_EPOCH};

use clearance::document::Timestamp;

/// The time to record. A clock that cannot be read counts as the end of time, as it does for the policy.
pub fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    let millis = elapsed.and_then(|elapsed| u64::try_from(elapsed.as_millis()).ok());
    Timestamp::saturating_from_millis(millis.unwrap_or(u64::MAX))
}

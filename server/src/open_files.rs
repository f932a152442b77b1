//! How many files the process may have open: each connection is one.

use crate::settings::Limits;

/// Files besides connections: the database, the log, policies.
const OTHER_FILES: u64 = 64;

/// Raises the limit as far as the process may, and warns where that is not enough.
pub(crate) fn raise(limits: &Limits) {
    let needed = u64::try_from(limits.connections).unwrap_or(u64::MAX).saturating_add(OTHER_FILES);
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) if limit >= needed => {}
        Ok(limit) => tracing::warn!(
            limit,
            needed,
            "connections will be refused before their limit: raise the hard limit of open files (`ulimit -Hn`, `LimitNOFILE=`)"
        ),
        Err(error) => tracing::warn!(%error, needed, "the limit of open files cannot be raised"),
    }
}

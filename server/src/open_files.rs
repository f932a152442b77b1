//! How many files the process may have open: each connection is one.

use crate::settings::Settings;

/// Files besides connections: the database, the log, policies.
const OTHER_FILES: u64 = 64;

/// Raises the limit as far as the process may, and warns where that is not enough.
pub(crate) fn raise(settings: &Settings) {
    let needed = count_needed(settings);
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

/// The files that the process may need at once. Each listener has its own bound of connections.
fn count_needed(settings: &Settings) -> u64 {
    let listeners = 1 + u64::from(settings.session.is_some());
    let connections = u64::try_from(settings.limits.connections).unwrap_or(u64::MAX);
    connections.saturating_mul(listeners).saturating_add(OTHER_FILES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::secret::SessionSecret;
    use crate::settings::SessionSettings;

    #[test]
    fn each_listener_has_its_own_connections() {
        let mut settings = Settings::default();
        settings.limits.connections = 100;
        assert_eq!(count_needed(&settings), 100 + OTHER_FILES);
        let listen = "127.0.0.1:0".parse().unwrap();
        let secret = SessionSecret::new(&"0123456789abcdef".repeat(4)).unwrap();
        settings.session = Some(SessionSettings { listen, peers: Vec::new(), secret });
        assert_eq!(count_needed(&settings), 200 + OTHER_FILES);
    }
}

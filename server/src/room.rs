//! How many requests may be under way at once, counted apart for each kind.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::settings::Limits;

/// The route that may take longer than others: it answers when all stages are passed.
pub(crate) const ACTIVATE: &str = "/v1/policy/activate";

/// Requests that share room. What one kind takes, no other lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Questions about permissions: a product waits for each.
    Gate,
    /// Keys, projects and the directory.
    Management,
    /// Policy versions, which take minutes.
    Policy,
    /// How the server is.
    Watching,
}

/// The room of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    /// One permit for each request that is worked on.
    pub(crate) requests: Arc<Semaphore>,
    /// One permit for each long body that is on its way.
    pub(crate) long_bodies: Arc<Semaphore>,
}

/// The room of each kind.
#[derive(Debug)]
pub(crate) struct Rooms {
    gate: Room,
    management: Room,
    policy: Room,
    watching: Room,
}

impl Kind {
    /// The kind of the requests with this path.
    pub(crate) fn of(path: &str) -> Self {
        let is_below = |route: &str| path.strip_prefix(route).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        match path {
            "/readyz" | "/metrics" | "/openapi.json" => Self::Watching,
            ACTIVATE => Self::Policy,
            _ if is_below("/v1/authorize") || is_below("/v1/check") => Self::Gate,
            _ if is_below("/v1/policy") => Self::Policy,
            _ => Self::Management,
        }
    }
}

impl Rooms {
    pub(crate) fn new(limits: &Limits) -> Self {
        /// One version is made live at a time; the others are looked at or wait.
        const POLICY_REQUESTS: usize = 16;
        /// Each reads the database or writes a page of text.
        const WATCHING_REQUESTS: usize = 16;
        let room = |requests| Room {
            requests: Arc::new(Semaphore::new(requests)),
            long_bodies: Arc::new(Semaphore::new(limits.long_bodies)),
        };
        Self {
            gate: room(limits.requests),
            management: room(limits.management),
            policy: room(POLICY_REQUESTS),
            watching: room(WATCHING_REQUESTS),
        }
    }

    pub(crate) fn of(&self, kind: Kind) -> &Room {
        match kind {
            Kind::Gate => &self.gate,
            Kind::Management => &self.management,
            Kind::Policy => &self.policy,
            Kind::Watching => &self.watching,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_its_kind() {
        for (path, kind) in [
            ("/v1/authorize", Kind::Gate),
            ("/v1/authorize/a/path/behind", Kind::Gate),
            ("/v1/authorized", Kind::Management),
            ("/v1/check", Kind::Gate),
            ("/v1/policy", Kind::Policy),
            (ACTIVATE, Kind::Policy),
            ("/v1/policy/pins/acme", Kind::Policy),
            ("/api/api-keys", Kind::Management),
            ("/v1/session/organizations/acme/keys", Kind::Management),
            ("/readyz", Kind::Watching),
            ("/", Kind::Management),
        ] {
            assert_eq!(Kind::of(path), kind, "{path}");
        }
    }
}

//! What a server can be told.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::session::SessionSettings;
use crate::versions::Versions;

/// What a server can be told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen. Port 0 is any that is free.
    pub listen: SocketAddr,
    /// Where an application may ask on behalf of signed-in users. None: nowhere.
    pub session: Option<SessionSettings>,
    /// The policy versions that can be made live: by SIGHUP the one that is to be live by their history, by an operator any. None: none,
    /// and SIGHUP ends the process, as it does by custom.
    pub versions: Option<Versions>,
    /// Whether to start where the folder of versions remembers less than the audit says, or is not named. The audit then says so.
    pub accept_lost_history: bool,
    /// What protects the server from what it is sent.
    pub limits: Limits,
}

/// What protects the server from what it is sent.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The longest body, in bytes. Longer: 413.
    pub body: usize,
    /// How long one request may take. Longer: 503.
    pub request: Duration,
    /// How long one request may take that makes a policy version live: it is compared over all data, and two versions may run beside each
    /// other for a while. Longer: 503, and it goes on.
    pub activation: Duration,
    /// How many requests may be under way at once. More: 503.
    pub requests: usize,
    /// How many connections may be open at once. More wait to be accepted.
    pub connections: usize,
    /// How long a client may take to send the head of a request, and may keep a connection without one.
    pub head: Duration,
    /// How long requests that are under way may take when the server is stopped.
    pub stop: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            session: None,
            versions: None,
            accept_lost_history: false,
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 256 * 1024,
            request: Duration::from_secs(10),
            activation: Duration::from_secs(30 * 60),
            requests: 512,
            connections: 4096,
            head: Duration::from_secs(30),
            stop: Duration::from_secs(10),
        }
    }
}

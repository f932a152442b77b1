//! What a server can be told.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use clearance::PolicyVersion;

use crate::session::SessionSettings;

/// What a server can be told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen. Port 0 is any that is free.
    pub listen: SocketAddr,
    /// Where an application may ask on behalf of signed-in users. None: nowhere.
    pub session: Option<SessionSettings>,
    /// Which policy version is to be live, asked anew each time that the process gets SIGHUP. None: SIGHUP ends the process, as it
    /// does by custom.
    pub reload: Option<Reload>,
    /// What protects the server from what it is sent.
    pub limits: Limits,
}

/// Says which policy version is to be live, or why that cannot be said.
#[derive(Clone)]
pub struct Reload(Arc<dyn Fn() -> Result<PolicyVersion, String> + Send + Sync>);

impl Reload {
    /// By this function. It may block.
    pub fn new(version: impl Fn() -> Result<PolicyVersion, String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(version))
    }

    pub(crate) fn version(&self) -> Result<PolicyVersion, String> {
        (self.0)()
    }
}

impl fmt::Debug for Reload {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Reload")
    }
}

/// What protects the server from what it is sent.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The longest body, in bytes. Longer: 413.
    pub body: usize,
    /// How long one request may take. Longer: 503.
    pub request: Duration,
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
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), session: None, reload: None, limits: Limits::default() }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 256 * 1024,
            request: Duration::from_secs(10),
            requests: 512,
            connections: 4096,
            head: Duration::from_secs(30),
            stop: Duration::from_secs(10),
        }
    }
}

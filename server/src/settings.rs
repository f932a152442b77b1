//! What a server can be told.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use clearance_keeper::Versions;
use ipnet::IpNet;

use crate::session::secret::SessionSecret;
use crate::socket::Listen;

/// What a server can be told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen.
    pub listen: Listen,
    /// Where an application may ask on behalf of signed-in users. `None` means nowhere.
    pub session: Option<SessionSettings>,
    /// The policy versions that can be made live: by SIGHUP the one that is to be live by their history, by an operator any. `None` means
    /// that no version can be made live, and that SIGHUP does nothing.
    pub versions: Option<Versions>,
    /// Whether to start where the folder of versions remembers less than the audit says, or is not named. The audit then says so.
    pub accept_lost_history: bool,
    /// The networks of the proxies that are trusted to say which address a client has, in `X-Forwarded-For` or `Forwarded`.
    pub trusted_proxies: Vec<IpNet>,
    /// How long requests go on after the word to stop, while `/readyz` says that others should be asked.
    pub drain: Duration,
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
    /// other for a while. It begins when the body is there. Longer: 503, and it goes on.
    pub activation: Duration,
    /// How long a body may take, from the head of its request on. Longer: 503.
    pub body_time: Duration,
    /// How many questions about permissions may be under way at once. More: 503.
    pub requests: usize,
    /// How many other requests may be under way at once: they take nothing from questions about permissions. More: 503.
    pub management: usize,
    /// How many long bodies may be on their way at once: above 16 KiB, or of a length that is not said. Counted apart for questions about
    /// permissions, for policy versions, for how the server is, and for all else. More: 503.
    pub long_bodies: usize,
    /// How many connections may be open at once, for each address that is listened on. More wait to be accepted.
    pub connections: usize,
    /// How many connections may be open at once from one address, or from one network of 64 bits in IPv6. More are closed at once. A
    /// trusted proxy may have any number, and so may clients of a socket in the file system. `None` means that nobody is counted.
    pub connections_per_address: Option<usize>,
    /// How long a client may take to send the head of a request, and to begin with the first one of a connection. Longer: the connection
    /// ends.
    pub head: Duration,
    /// How long a connection is kept after an answer without another request. Longer: it ends.
    pub keep_alive: Duration,
    /// How long an answer may make no progress because its client does not read. Longer: the connection ends.
    pub write: Duration,
    /// How long requests that are under way may take when the server is stopped.
    pub stop: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into(),
            session: None,
            versions: None,
            accept_lost_history: false,
            trusted_proxies: Vec::new(),
            drain: Duration::ZERO,
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
            body_time: Duration::from_secs(10),
            requests: 512,
            management: 256,
            long_bodies: 64,
            connections: 4096,
            connections_per_address: Some(1024),
            head: Duration::from_secs(30),
            // Balancers keep connections for a minute: who ends one first must be they.
            keep_alive: Duration::from_secs(75),
            write: Duration::from_secs(30),
            stop: Duration::from_secs(10),
        }
    }
}

/// Where an application may ask on behalf of signed-in users, and how it shows that it is the application.
#[derive(Clone, Debug)]
pub struct SessionSettings {
    /// Where to listen. Port 0 is any that is free.
    pub listen: SocketAddr,
    /// The addresses that the application connects from. Nobody else is answered, whatever headers say.
    pub peers: Vec<IpAddr>,
    /// What the application sends in `X-Clearance-Session-Secret`.
    pub secret: SessionSecret,
}

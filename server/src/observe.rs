//! What is recorded about every request: its id, a line of the log, the metrics, when a key was used.

use std::cell::RefCell;
use std::net::IpAddr;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::header::CONNECTION;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::response::Response;

use crate::listener::Peer;
use crate::marks::{DecidedBy, Used};
use crate::server::Server;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const POLICY: HeaderName = HeaderName::from_static("x-clearance-policy");

/// What is known about a request before it is answered. The log gets only its method, if that is a known one, the pattern of its route,
/// and an id that cannot be anything else: what a client sends may be a secret.
pub(crate) struct Observed {
    began: Instant,
    id: Option<HeaderValue>,
    method: &'static str,
    is_safe: bool,
    route: Option<MatchedPath>,
    client: Option<IpAddr>,
}

impl Observed {
    /// Gives the request an id, and says in it which address the client has.
    pub(crate) fn begin(server: &Server, request: &mut Request) -> Self {
        let began = Instant::now();
        let id = request_id(request.headers());
        let (method, is_safe) = (known_method(request.method()), request.method().is_safe());
        let route = request.extensions().get::<MatchedPath>().cloned();
        let client = client(server, request);
        Self { began, id, method, is_safe, route, client }
    }

    /// Tells the log, the metrics and the client what became of the request.
    pub(crate) fn end(self, server: &Server, mut response: Response) -> Response {
        let Self { began, id, method, is_safe, route, client } = self;
        let status = response.status();
        if let Some(Used(Some(key))) = response.extensions_mut().remove::<Used>()
            && status.is_success()
        {
            server.keeper().record_use(&key);
        }
        let decided_by = response.extensions_mut().remove::<DecidedBy>();
        let policy_header = decided_by.and_then(|DecidedBy(policy)| server.policy_header(policy));
        let policy = policy_header.as_ref().and_then(|policy| policy.to_str().ok());
        let took = began.elapsed();
        let route = route.as_ref().map_or("none", MatchedPath::as_str);
        server.metrics().request(route, method, status.as_u16(), took);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let id_text = id.as_ref().and_then(|id| id.to_str().ok()).unwrap_or_default();
        let peer = client.map(tracing::field::display);
        if status.is_success() && is_safe {
            tracing::debug!(request = id_text, method, route, status = status.as_u16(), micros, peer, policy, "answered");
        } else {
            tracing::info!(request = id_text, method, route, status = status.as_u16(), micros, peer, policy, "answered");
        }
        if let Some(policy) = policy_header {
            response.headers_mut().insert(POLICY, policy);
        }
        if let Some(id) = id {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        if server.is_stopping() {
            // A proxy that keeps connections takes the next one to somebody else, and is not surprised by the end of this one.
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// The address of the client, which the request then says as well: where a trusted proxy brings it, the proxy knows it.
fn client(server: &Server, request: &mut Request) -> Option<IpAddr> {
    let connection = request.extensions().get::<Peer>().copied()?.connection;
    let client = server.proxies().client(connection, request.headers());
    if client != connection {
        request.extensions_mut().insert(Peer { connection, client });
    }
    client
}

/// The method, if it is a standard one: a client can make up any number of others.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::TRACE => "TRACE",
        Method::CONNECT => "CONNECT",
        _ => "other",
    }
}

/// The id that came with the request, if it is a UUID; else a new one. Anything else could be a token in the wrong header, and would
/// stand in the log. `None` means that the operating system gives no random numbers.
fn request_id(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(REQUEST_ID).filter(|id| is_uuid(id.as_bytes())).cloned().or_else(|| {
        let mut digits = [0; 32];
        base16ct::lower::encode(&random()?, &mut digits).ok()?;
        HeaderValue::from_bytes(&digits).ok()
    })
}

/// Sixteen random bytes. The operating system is asked for those of many requests at once.
fn random() -> Option<[u8; 16]> {
    const REQUESTS: usize = 64;
    thread_local! {
        /// What is left of what the operating system gave.
        static LEFT: RefCell<Vec<[u8; 16]>> = const { RefCell::new(Vec::new()) };
    }
    LEFT.with_borrow_mut(|left| {
        if left.is_empty() {
            let mut random = [[0; 16]; REQUESTS];
            getrandom::fill(random.as_flattened_mut()).ok()?;
            left.extend(random);
        }
        left.pop()
    })
}

/// Whether these are 32 hexadecimal digits, alone or in the groups of a UUID.
fn is_uuid(id: &[u8]) -> bool {
    const HYPHENS: [usize; 4] = [8, 13, 18, 23];
    match id.len() {
        32 => id.iter().all(u8::is_ascii_hexdigit),
        36 => {
            id.iter().enumerate().all(|(at, byte)| if HYPHENS.contains(&at) { *byte == b'-' } else { byte.is_ascii_hexdigit() })
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_of(given: &[u8]) -> HeaderValue {
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, HeaderValue::from_bytes(given).unwrap());
        request_id(&headers).unwrap()
    }

    #[test]
    fn an_id_is_kept_if_it_is_a_uuid() {
        for given in ["0af7651916cd43dd8448eb211c80319c", "0AF76519-16CD-43DD-8448-EB211C80319C"] {
            assert_eq!(id_of(given.as_bytes()), given);
        }
        let long = [b'a'; 129];
        let hyphens = [b'-'; 36];
        let grouped = b"0af7651916cd-43dd-8448-eb21-1c80319c";
        for given in [&b""[..], b"a-B_1.2:3+/=", b"a b", b"a\"b", b"\xff", &long, &hyphens, grouped, b"sk-lw-legacyP2"] {
            let id = id_of(given);
            assert_ne!(id.as_bytes(), given);
            assert_eq!(id.len(), 32);
        }
        assert_ne!(request_id(&HeaderMap::new()), request_id(&HeaderMap::new()));
    }
}

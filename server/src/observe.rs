//! What surrounds every request: its id, the log, the metrics, when a key was used.

use std::net::IpAddr;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::CONNECTION;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;

use crate::listener::Peer;
use crate::server::{DecidedBy, Server, Used};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const POLICY: HeaderName = HeaderName::from_static("x-clearance-policy");

/// Gives the request an id and tells what became of it. Nothing of the request is told but its method, if it is a known one, the pattern
/// of its route and an id that can be nothing else: what a client sends may be a secret.
pub(crate) async fn observe(State(server): State<Server>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = request_id(request.headers());
    let (method, is_safe) = (known_method(request.method()), request.method().is_safe());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let peer = client(&server, &mut request);
    let mut response = next.run(request).await;

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
    let peer = peer.map(tracing::field::display);
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

/// The address of the client, which the request then says as well: where a trusted proxy brings it, the proxy knows it.
fn client(server: &Server, request: &mut Request) -> Option<IpAddr> {
    let connection = request.extensions().get::<Peer>().copied()?.connection;
    let client = server.proxies().client(connection, request.headers());
    if client != connection {
        request.extensions_mut().insert(Peer { connection, client });
    }
    client
}

/// The method, if it is one that every client knows: others are made up, and there is no end of them.
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
/// stand in the log. `None` means that there are no random numbers.
fn request_id(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(REQUEST_ID).filter(|id| is_uuid(id.as_bytes())).cloned().or_else(|| {
        let mut random = [0; 16];
        getrandom::fill(&mut random).ok()?;
        HeaderValue::try_from(format!("{:032x}", u128::from_le_bytes(random))).ok()
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

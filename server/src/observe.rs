//! What surrounds every request: its id, the log, the metrics, when a key was used.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::listener::Peer;
use crate::server::{DecidedBy, Server, Used};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const POLICY: HeaderName = HeaderName::from_static("x-clearance-policy");

/// Gives the request an id and tells what became of it. Nothing of the request is told but its method and the pattern of its route:
/// what a client sends may be a secret.
pub(crate) async fn observe(State(server): State<Server>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = request_id(request.headers());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let peer = request.extensions().get::<Peer>().copied();
    let mut response = next.run(request).await;

    let status = response.status();
    if let Some(Used(Some(key))) = response.extensions_mut().remove::<Used>()
        && status.is_success()
    {
        server.keeper().record_use(&key);
    }
    let decided_by = response.extensions_mut().remove::<DecidedBy>();
    let policy = decided_by.as_ref().and_then(|DecidedBy(policy)| policy.to_str().ok());
    let took = began.elapsed();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let known_method = if method.as_str().len() <= 8 { method.as_str() } else { "other" };
    server.metrics().request(route, known_method, status.as_u16(), took);
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let id_text = id.as_ref().and_then(|id| id.to_str().ok()).unwrap_or_default();
    let peer = peer.map(|Peer(address)| tracing::field::display(address.ip()));
    if status.is_success() && method.is_safe() {
        tracing::debug!(request = id_text, %method, route, status = status.as_u16(), micros, peer, policy, "answered");
    } else {
        tracing::info!(request = id_text, %method, route, status = status.as_u16(), micros, peer, policy, "answered");
    }
    if let Some(DecidedBy(policy)) = decided_by {
        response.headers_mut().insert(POLICY, policy);
    }
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// The id that came with the request, if it can stand in a log; else a new one. None without random numbers.
fn request_id(headers: &HeaderMap) -> Option<HeaderValue> {
    const LONGEST: usize = 128;
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:+/=".contains(byte);
    let given = headers.get(REQUEST_ID).filter(|id| (1..=LONGEST).contains(&id.len()) && id.as_bytes().iter().all(is_plain));
    given.cloned().or_else(|| {
        let mut random = [0; 16];
        getrandom::fill(&mut random).ok()?;
        HeaderValue::try_from(format!("{:032x}", u128::from_le_bytes(random))).ok()
    })
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
    fn an_id_is_kept_if_it_can_stand_in_a_log() {
        assert_eq!(id_of(b"a-B_1.2:3+/="), "a-B_1.2:3+/=");
        let long = [b'a'; 129];
        for given in [&b""[..], b"a b", b"a\"b", b"\xff", &long] {
            let id = id_of(given);
            assert_ne!(id.as_bytes(), given);
            assert_eq!(id.len(), 32);
        }
        assert_ne!(request_id(&HeaderMap::new()), request_id(&HeaderMap::new()));
    }
}

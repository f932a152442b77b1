//! Limits on time and on how much happens at once.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::api::Refusal;
use crate::error::Error;
use crate::server::Server;
use crate::v1::{Problem, policy::ACTIVATE};

/// Lets a request through if there is room, for as long as it may take.
pub(crate) async fn limit(State(server): State<Server>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let (is_ours, is_activation) = (is_ours(path), path == ACTIVATE);
    let answer = async {
        let Some(request) = arrived(request).await else { return say(is_ours, Error::Unreadable("it ended too early".into())) };
        // Not before: whoever sends slowly takes no room from others.
        let Ok(_permit) = server.requests().try_acquire() else { return say(is_ours, Error::Busy) };
        next.run(request).await
    };
    let limits = server.limits();
    let time = if is_activation { limits.activation } else { limits.request };
    match tokio::time::timeout(time, answer).await {
        Ok(response) => response,
        Err(_) => say(is_ours, Error::Late),
    }
}

/// The request with its body, if that is short and says so. A request that is refused before its body was read would end the
/// connection, which clients want to use again. None when the body ended too early.
async fn arrived(request: Request) -> Option<Request> {
    const SHORT: usize = 16 * 1024;
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if !length.is_some_and(|length: usize| (1..=SHORT).contains(&length)) {
        return Some(request);
    }
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, SHORT).await.ok()?;
    Some(Request::from_parts(head, Body::from(body)))
}

/// What is said where there is no route.
pub(crate) async fn not_found(request: Request) -> Response {
    say(is_ours(request.uri().path()), Error::NotFound)
}

/// What is said where the route does not know the method.
pub(crate) async fn method_not_allowed(request: Request) -> Response {
    say(is_ours(request.uri().path()), Error::MethodNotAllowed)
}

/// Whether errors on this path are problems, and not the refusals that clients of LangWatch know.
pub(crate) fn is_ours(path: &str) -> bool {
    path != "/api" && !path.starts_with("/api/")
}

/// Says what is wrong in the way of the path.
pub(crate) fn say(is_ours: bool, error: Error) -> Response {
    if is_ours { Problem::from(error).into_response() } else { Refusal::from(error).into_response() }
}

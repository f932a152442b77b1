//! Limits on time and on how much happens at once.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::api::Refusal;
use crate::error::Error;
use crate::server::Server;
use crate::v1::Problem;

/// Lets a request through if there is room, for as long as it may take.
pub(crate) async fn limit(State(server): State<Server>, request: Request, next: Next) -> Response {
    let path = is_ours(request.uri().path());
    let Ok(_permit) = server.requests().try_acquire() else { return say(path, Error::Busy) };
    match tokio::time::timeout(server.limits().request, next.run(request)).await {
        Ok(response) => response,
        Err(_) => say(path, Error::Late),
    }
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

//! Limits on time and on how much happens at once.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll};

use axum::body::HttpBody as _;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::time::Instant;

use crate::arriving::{Hold, arriving};
use crate::error::Error;
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::room::{ACTIVATE, Kind};
use crate::server::Server;

/// Lets a request through if there is room, for as long as it may take. Its body has a time of its own, which begins with its head.
pub(crate) async fn run_limited(server: &Server, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let (is_ours, kind) = (is_ours(path), Kind::of(path));
    let limits = server.limits();
    // A long limit is for work, which begins after the body.
    let time = if path == ACTIVATE { limits.body_time.saturating_add(limits.activation) } else { limits.request };
    let answer = async {
        let room = server.rooms().of(kind);
        if request.body().is_end_stream() {
            // A question about the server waits for its turn: a flood of them must not look like a server that is not well.
            let permit = match kind {
                Kind::Watching => room.requests.acquire().await.ok(),
                _ => room.requests.try_acquire().ok(),
            };
            let Some(_permit) = permit else { return error_response(is_ours, Error::Busy) };
            return catch_panic(is_ours, next.run(request)).await;
        }
        let Some(hold) = Hold::take(room) else { return error_response(is_ours, Error::Busy) };
        let request = arriving(request, &hold, Instant::now() + limits.body_time);
        let response = catch_panic(is_ours, next.run(request)).await;
        hold.failure().map_or(response, |error| error_response(is_ours, error))
    };
    match tokio::time::timeout(time, answer).await {
        Ok(response) => response,
        Err(_) => error_response(is_ours, Error::Late),
    }
}

/// What a route answers, also where it panics: that stops the request and nothing else.
async fn catch_panic(is_ours: bool, answer: impl Future<Output = Response>) -> Response {
    let mut answer = pin!(answer);
    // After a panic it is not polled again.
    let poll = |context: &mut Context<'_>| {
        let polled = catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(error_response(is_ours, Error::Panic)))
    };
    poll_fn(poll).await
}

/// The answer for a path without a route.
pub(crate) async fn not_found(request: Request) -> Response {
    error_response(is_ours(request.uri().path()), Error::NotFound)
}

/// What is said where the route does not know the method.
pub(crate) async fn method_not_allowed(request: Request) -> Response {
    error_response(is_ours(request.uri().path()), Error::MethodNotAllowed)
}

/// Whether errors on this path are problems, and not the refusals that clients of LangWatch know.
pub(crate) fn is_ours(path: &str) -> bool {
    path != "/api" && !path.starts_with("/api/")
}

/// Says what is wrong in the way of the path.
pub(crate) fn error_response(is_ours: bool, error: Error) -> Response {
    if is_ours { Problem::from(error).into_response() } else { Refusal::from(error).into_response() }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_answered_in_the_way_of_the_path() {
        for (is_ours, content_type) in [(true, "application/problem+json"), (false, "application/json")] {
            let at_once = catch_panic(is_ours, async { panic!("on purpose") }).await;
            let later = catch_panic(is_ours, async {
                tokio::task::yield_now().await;
                panic!("on purpose")
            });
            for response in [at_once, later.await] {
                assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
                assert_eq!(response.headers()["content-type"], content_type);
            }
        }
    }
}

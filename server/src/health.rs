//! How the server is.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::error::Error;
use crate::problem::{Problem, ProblemBody};
use crate::server::Server;

/// The route that says that the process answers.
pub(crate) fn live(server: &Server) -> Router {
    Router::new().route("/healthz", get(alive)).with_state(server.clone())
}

/// The process answers, and so do the other routes. It looks at nothing but memory: no id, no log, no limit.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "health",
    responses(
        (status = 200, description = "It does.", body = String, content_type = "text/plain"),
        (status = 503, description = "What is in memory is not what is stored: nothing is answered until it is loaded anew.", body = String, content_type = "text/plain"),
    )
)]
pub(crate) async fn alive(State(server): State<Server>) -> (StatusCode, &'static str) {
    match server.keeper().in_step() {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "out of step\n"),
    }
}

/// Says whether questions can be answered and writes be stored.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "health",
    responses(
        (status = 200, description = "They can.", body = String, content_type = "text/plain"),
        (status = 503, description = "They cannot: the log says why; or the server is about to stop.", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn ready(State(server): State<Server>) -> Result<&'static str, Problem> {
    if server.is_stopping() {
        return Err(Error::Stopping.into());
    }
    server.blocking(clearance_keeper::Keeper::ready).await??;
    Ok("ready\n")
}

/// What the server counts, for Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "health",
    responses(
        (status = 200, description = "The text format of OpenMetrics.", body = String, content_type = "application/openmetrics-text"),
        (status = 500, description = "A fault.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Too many requests are under way.", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn metrics(State(server): State<Server>) -> Result<Response, Problem> {
    const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    server.metrics().set_unstored_revocations(server.keeper().unstored_revocations());
    server.metrics().set_unusable_roles(server.keeper().count_unusable_roles());
    server.metrics().set_waiting_writes(server.waiting_writes());
    let text = server.metrics().text().ok_or(Error::Panic)?;
    Ok(([(CONTENT_TYPE, FORMAT)], text).into_response())
}

/// What the routes say of themselves: this document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "health",
    responses(
        (status = 200, description = "OpenAPI 3.1.", body = Object, content_type = "application/json"),
        (status = 503, description = "Too many requests are under way.", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn json_text(text: Bytes) -> (StatusCode, [(HeaderName, &'static str); 1], Bytes) {
    (StatusCode::OK, [(CONTENT_TYPE, "application/json")], text)
}

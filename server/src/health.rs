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
    Router::new().route("/healthz", get(liveness)).with_state(server.clone())
}

/// Tells whether the process is running and answers questions.
///
/// It reads nothing but memory. The request gets no id and no line in the log, and counts against no limit.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "health",
    responses(
        (status = 200, description = "The process is running, and its memory is what the database holds.", body = String, content_type = "text/plain"),
        (status = 503, description = "Memory does not match the database. The server answers nothing else until it has loaded the database again.", body = String, content_type = "text/plain"),
    )
)]
pub(crate) async fn liveness(State(server): State<Server>) -> (StatusCode, &'static str) {
    match server.keeper().check_in_step() {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "out of step\n"),
    }
}

/// Tells whether the server can answer questions and store changes.
///
/// It reads the database, and commits a little to it if nothing was written in the last five seconds.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "health",
    responses(
        (status = 200, description = "The server answers questions and stores changes.", body = String, content_type = "text/plain"),
        (status = 503, description = "The server cannot store changes, and its log has the reason; or it is about to stop.", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn readiness(State(server): State<Server>) -> Result<&'static str, Problem> {
    if server.is_stopping() {
        return Err(Error::Stopping.into());
    }
    server.blocking(clearance_keeper::Keeper::ready).await??;
    Ok("ready\n")
}

/// Reads the metrics of the server, for Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "health",
    responses(
        (status = 200, description = "The metrics, in the text format of OpenMetrics.", body = String, content_type = "application/openmetrics-text"),
        (status = 500, description = "The server failed. Its log has the reason.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The server has too many requests at once. Send the request again later.", body = ProblemBody, content_type = "application/problem+json"),
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

/// Reads this document, which describes every route.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "health",
    responses(
        (status = 200, description = "This document, as OpenAPI 3.1.", body = Object, content_type = "application/json"),
        (status = 503, description = "The server has too many requests at once. Send the request again later.", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn json_text(text: Bytes) -> (StatusCode, [(HeaderName, &'static str); 1], Bytes) {
    (StatusCode::OK, [(CONTENT_TYPE, "application/json")], text)
}

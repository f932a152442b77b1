//! All routes, and what surrounds them.

use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::Error;
use crate::openapi::{Document, openapi};
use crate::server::Server;
use crate::{api, health, limit, observe, v1};

/// The router of the main listener.
pub(crate) fn router(server: &Server) -> Router {
    let (routes, _) = routes().split_for_parts();
    // Written once, and shared by all answers: a client that reads nothing must not hold a copy of its own.
    let document = Bytes::from(openapi().to_json().unwrap_or_default());
    let routes = routes.route("/openapi.json", axum::routing::get(move || health::json_text(document.clone())));
    around(with_fallbacks(routes), server).merge(health::live(server))
}

/// The routes of the main listener.
pub(crate) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(v1::routes())
        .merge(api::routes())
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
}

/// Says of whatever is not among these routes that it is not there.
pub(crate) fn with_fallbacks(routes: Router<Server>) -> Router<Server> {
    routes.fallback(limit::not_found).method_not_allowed_fallback(limit::method_not_allowed)
}

/// Puts around routes what surrounds every request: first its id, the log and the metrics; then the limits; then what catches a defect.
pub(crate) fn around(routes: Router<Server>, server: &Server) -> Router {
    routes
        .layer(CatchPanicLayer::custom(|_| limit::say(true, Error::Panic)))
        .layer(DefaultBodyLimit::max(server.limits().body))
        .layer(middleware::from_fn_with_state(server.clone(), limit::limit))
        .layer(middleware::from_fn_with_state(server.clone(), observe::observe))
        .with_state(server.clone())
}

//! All routes, and what surrounds them.

use axum::Router;
use axum::body::Bytes;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::openapi::{Document, openapi};
use crate::server::Server;
use crate::surround::around;
use crate::{api, health, limit, v1};

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

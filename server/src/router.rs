//! The router of the main listener.

use axum::Router;
use axum::body::Bytes;

use crate::health;
use crate::openapi::openapi;
use crate::routes::routes;
use crate::server::Server;
use crate::surround::{around, with_fallbacks};

/// The router of the main listener.
pub(crate) fn router(server: &Server) -> Router {
    let (routes, _) = routes().split_for_parts();
    // Written once, and shared by all answers: a client that reads nothing must not hold a copy of its own.
    let document = Bytes::from(openapi().to_json().unwrap_or_default());
    let routes = routes.route("/openapi.json", axum::routing::get(move || health::json_text(document.clone())));
    around(with_fallbacks(routes), server).merge(health::live(server))
}

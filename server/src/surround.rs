//! What surrounds every request but `/healthz`.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use axum::{Router, middleware};

use crate::limit::{method_not_allowed, not_found, run_limited};
use crate::observe::Observed;
use crate::server::Server;

/// Puts around routes what surrounds every request: first its id, the log and the metrics; then the limits and what catches a defect.
///
/// It is one layer, because each layer of a route costs as much as a tenth of a refusal.
pub(crate) fn around(routes: Router<Server>, server: &Server) -> Router {
    routes.layer(middleware::from_fn_with_state(server.clone(), surround)).with_state(server.clone())
}

async fn surround(State(server): State<Server>, mut request: Request, next: Next) -> Response {
    let observed = Observed::begin(&server, &mut request);
    let response = run_limited(&server, request, next).await;
    observed.end(&server, response)
}

/// Says of whatever is not among these routes that it is not there.
pub(crate) fn with_fallbacks(routes: Router<Server>) -> Router<Server> {
    routes.fallback(not_found).method_not_allowed_fallback(method_not_allowed)
}

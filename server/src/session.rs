//! Acting as a signed-in user. An application that knows who is signed in asks on behalf of that user, on a listener of its own.
//!
//! The listener lets in nobody but the application: by its address, as the connection has it, and by a secret that both know.

mod choices;
mod door;
mod keys;
pub(crate) mod secret;

use std::sync::Arc;

use axum::http::{StatusCode, header::ALLOW};
use axum::response::Response;
use axum::{Router, middleware};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::server::Server;
use crate::settings::SessionSettings;
use crate::surround::{around, with_fallbacks};

/// The router of the listener for signed-in users.
pub(crate) fn router(server: &Server, settings: &SessionSettings) -> Router {
    let door = middleware::from_fn_with_state(Arc::new(settings.clone()), door::door);
    let inside = around(with_fallbacks(routes().split_for_parts().0).layer(door), server);
    Router::new().fallback_service(inside).layer(middleware::map_response(without_methods))
}

/// A client that is shut out does not learn which methods a route knows. The router would add them by itself.
async fn without_methods(mut response: Response) -> Response {
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().remove(ALLOW);
    }
    response
}

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::update, keys::revoke))
        .routes(routes!(keys::name_by_id))
        .routes(routes!(choices::my_bindings))
        .routes(routes!(choices::org_teams))
        .routes(routes!(choices::org_projects))
        .routes(routes!(choices::org_members))
}

//! The routes of the main listener, but for `/healthz` and the description of the routes.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::server::Server;
use crate::{api, health, v1};

/// The routes of the main listener.
pub(crate) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .merge(v1::routes())
        .merge(api::routes())
        .routes(routes!(health::readiness))
        .routes(routes!(health::metrics))
}

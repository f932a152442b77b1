//! Routes of our own: errors are [problems](crate::problem).

pub(crate) mod authorize;
pub(crate) mod changes;
pub(crate) mod check;
mod folder;
pub(crate) mod keys;
pub(crate) mod me;
pub(crate) mod operators;
pub(crate) mod pins;
pub(crate) mod policy;
mod version;

use axum::routing::any;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::server::Server;

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .merge(gate())
        .routes(routes!(check::check))
        .routes(routes!(me::me))
        .routes(routes!(changes::changes))
        .routes(routes!(policy::live))
        .routes(routes!(policy::activate))
        .routes(routes!(pins::pin, pins::unpin))
        .routes(routes!(keys::create, keys::list))
        .routes(routes!(keys::choices))
        .routes(routes!(keys::read, keys::edit, keys::revoke))
        .routes(routes!(keys::rotate_project_key))
        .routes(routes!(operators::create, operators::list))
        .routes(routes!(operators::revoke))
}

/// The gate: one documented route, reached by any method, and with any path behind it.
fn gate() -> OpenApiRouter<Server> {
    let (schemas, paths, _) = routes!(authorize::authorize);
    OpenApiRouter::new()
        .routes((schemas, paths, any(authorize::authorize)))
        .route("/v1/authorize/", any(authorize::authorize))
        .route("/v1/authorize/{*path}", any(authorize::authorize))
}

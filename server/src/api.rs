//! The routes that clients of LangWatch call. Errors are [refusals](crate::refusal), and unknown fields are passed over.

pub(crate) mod keys;
pub(crate) mod me;
pub(crate) mod projects;
pub(crate) mod validate;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::server::Server;

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::read, keys::edit, keys::revoke))
        .routes(routes!(me::project))
        .routes(routes!(projects::list))
        .routes(routes!(projects::project_key))
        .routes(routes!(projects::regenerate_project_key))
        .routes(routes!(validate::validate))
}

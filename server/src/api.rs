//! The routes that clients of LangWatch call. Errors are `{error, message, …}`, and unknown fields are passed over.

pub(crate) mod keys;
pub(crate) mod me;
pub(crate) mod projects;
pub(crate) mod validate;

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::error::Error;
use crate::limit::say;
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
        .layer(CatchPanicLayer::custom(|_| say(false, Error::Panic)))
}

/// An error as these routes say it.
pub(crate) struct Refusal(Error);

/// What an error reads like.
#[derive(Serialize, ToSchema)]
#[schema(as = Refusal)]
pub(crate) struct RefusalBody {
    /// The code: `Unauthorized`, `Forbidden`, `validation_error`, `api_key_not_found` and others like it.
    error: String,
    /// For people.
    message: String,
    /// What belongs to the code: `fields` of `validation_error`; `permission`, `key`, `owner` and `project` of `Forbidden`.
    #[serde(flatten)]
    #[schema(inline, value_type = Object)]
    members: Map<String, Value>,
}

impl<E: Into<Error>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(error) = self;
        error.log();
        let body =
            RefusalBody { error: error.code().to_owned(), message: error.message().into_owned(), members: error.members() };
        let mut response = (error.status(), Json(body)).into_response();
        error.mark(&mut response);
        response
    }
}

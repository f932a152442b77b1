//! Routes of our own: problems are `application/problem+json`.

pub(crate) mod authorize;
pub(crate) mod changes;
pub(crate) mod check;
pub(crate) mod keys;
pub(crate) mod me;
pub(crate) mod pins;
pub(crate) mod policy;

use axum::Json;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::error::Error;
use crate::server::Server;

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(authorize::authorize))
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
}

/// An error as these routes say it.
pub(crate) struct Problem(Error);

/// What an error reads like: RFC 9457.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// Says which problem it is: `urn:clearance:problem:` and a word that never changes.
    #[serde(rename = "type")]
    kind: String,
    /// The same for every problem of a type.
    title: String,
    /// As the status of the response.
    status: u16,
    /// For people.
    detail: String,
    /// What belongs to the type: `fields` of `invalid`; `index` and `field` of `change-refused`; `permission`, `reason`, `key`,
    /// `owner`, `project` and `policy` of `forbidden`.
    #[serde(flatten)]
    #[schema(inline, value_type = Object)]
    members: Map<String, Value>,
}

impl<E: Into<Error>> From<E> for Problem {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self(error) = self;
        error.log();
        let status = error.status();
        let body = ProblemBody {
            kind: format!("urn:clearance:problem:{}", error.slug().replace('_', "-").to_ascii_lowercase()),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: error.message().into_owned(),
            members: error.members(),
        };
        let mut response = (status, Json(body)).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        error.mark(&mut response);
        response
    }
}

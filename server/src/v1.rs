//! Routes of our own: problems are `application/problem+json`.

pub(crate) mod authorize;
pub(crate) mod changes;
pub(crate) mod check;
mod folder;
pub(crate) mod keys;
pub(crate) mod me;
pub(crate) mod operators;
pub(crate) mod pins;
pub(crate) mod policy;

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::error::{Denial, DenialMembers, Error};
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

/// An error as these routes say it.
pub(crate) struct Problem(Error);

/// An error, as RFC 9457 has it.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// What is wrong, for programs: `urn:clearance:problem:` and a word that does not change.
    #[serde(rename = "type")]
    kind: String,
    /// A short text, the same for every problem with this status.
    title: String,
    /// The status of the response.
    status: u16,
    /// What is wrong, for people. It may change.
    detail: String,
    /// Further members, by type: `fields` with `invalid`; `index` and `field` with `change-refused`; `permission`, `reason`, `key`,
    /// `owner`, `project` and `policy` with `forbidden`.
    #[serde(flatten)]
    #[schema(inline, value_type = Object)]
    members: Map<String, Value>,
}

impl<E: Into<Error>> From<E> for Problem {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// A denial as these routes say it, written without anything in between.
#[derive(Serialize)]
struct DenialBody<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: &'static str,
    #[serde(flatten)]
    members: DenialMembers<'a>,
}

impl Problem {
    /// The body. The two that any client can provoke at will, the 401 and the denial, cost no more than an answer.
    fn body(error: &Error) -> Bytes {
        /// It is the same whatever was wrong.
        static UNAUTHORIZED: LazyLock<Bytes> =
            LazyLock::new(|| written(&ProblemBody::of(&Error::Unauthorized { presented: true })));
        match error {
            Error::Unauthorized { .. } => UNAUTHORIZED.clone(),
            Error::Denied(denial) => written(&DenialBody {
                kind: "urn:clearance:problem:forbidden",
                title: "Forbidden",
                status: 403,
                detail: Denial::MESSAGE,
                members: denial.members(),
            }),
            error => written(&ProblemBody::of(error)),
        }
    }
}

impl ProblemBody {
    fn of(error: &Error) -> Self {
        let status = error.status();
        Self {
            kind: format!("urn:clearance:problem:{}", error.slug().replace('_', "-").to_ascii_lowercase()),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: error.message().into_owned(),
            members: error.members(),
        }
    }
}

/// A body as JSON. Nothing that is written here can fail to be; an empty body would say no less than the status.
pub(crate) fn written(body: &impl Serialize) -> Bytes {
    serde_json::to_vec(body).unwrap_or_default().into()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self(error) = self;
        error.log();
        let mut response = (error.status(), Self::body(&error)).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        error.mark(&mut response);
        response
    }
}

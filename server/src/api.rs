//! The routes that clients of LangWatch call. Errors are `{error, message, …}`, and unknown fields are passed over.

pub(crate) mod keys;
pub(crate) mod me;
pub(crate) mod projects;
pub(crate) mod validate;

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::error::{Denial, DenialMembers, Error};
use crate::limit::say;
use crate::server::Server;
use crate::v1::written;

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

/// An error.
#[derive(Serialize, ToSchema)]
#[schema(as = Refusal)]
pub(crate) struct RefusalBody {
    /// What is wrong, for programs: `Unauthorized`, `Forbidden`, `validation_error`, `api_key_not_found` and others.
    error: String,
    /// What is wrong, for people. It may change.
    message: String,
    /// Further members, by code: `fields` with `validation_error`; `permission`, `key`, `owner` and `project` with `Forbidden`.
    #[serde(flatten)]
    #[schema(inline, value_type = Object)]
    members: Map<String, Value>,
}

impl<E: Into<Error>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// A denial as these routes say it, written without anything in between.
#[derive(Serialize)]
struct DenialBody<'a> {
    error: &'static str,
    message: &'static str,
    #[serde(flatten)]
    members: DenialMembers<'a>,
}

impl Refusal {
    /// The body. The two that any client can provoke at will, the 401 and the denial, cost no more than an answer.
    fn body(error: &Error) -> Bytes {
        /// It is the same whatever was wrong.
        static UNAUTHORIZED: LazyLock<Bytes> =
            LazyLock::new(|| written(&RefusalBody::of(&Error::Unauthorized { presented: true })));
        match error {
            Error::Unauthorized { .. } => UNAUTHORIZED.clone(),
            Error::Denied(denial) => {
                written(&DenialBody { error: error.code(), message: Denial::MESSAGE, members: denial.members() })
            }
            error => written(&RefusalBody::of(error)),
        }
    }
}

impl RefusalBody {
    fn of(error: &Error) -> Self {
        Self { error: error.code().to_owned(), message: error.message().into_owned(), members: error.members() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(error) = self;
        error.log();
        let mut response = (error.status(), Self::body(&error)).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        error.mark(&mut response);
        response
    }
}

//! An error as clients of LangWatch know it: `{error, message, …}`.

use std::sync::LazyLock;

use axum::body::{Body, Bytes};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::denial;
use crate::error::{DENIED, Error};
use crate::problem::json_bytes;

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

impl Refusal {
    /// The body. The two that any client can provoke at will, the 401 and the denial, cost no more than an answer.
    fn body(error: &Error) -> Bytes {
        /// It is the same whatever was wrong.
        static UNAUTHORIZED: LazyLock<Bytes> =
            LazyLock::new(|| json_bytes(&RefusalBody::of(&Error::Unauthorized { presented: true })));
        /// What every denial begins with.
        static FORBIDDEN: LazyLock<Bytes> =
            LazyLock::new(|| json_bytes(&RefusalBody::of(&Error::Forbidden { message: DENIED.into() })));
        match error {
            Error::Unauthorized { .. } => UNAUTHORIZED.clone(),
            Error::Denied { caller, permission, decision } => denial::body(&FORBIDDEN, caller, permission, decision),
            error => json_bytes(&RefusalBody::of(error)),
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
        let mut response = Response::new(Body::from(Self::body(&error)));
        *response.status_mut() = error.status();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        error.mark(&mut response);
        response
    }
}

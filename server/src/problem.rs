//! An error as routes of our own say it: `application/problem+json`.

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

impl Problem {
    /// The body. The two that any client can provoke at will, the 401 and the denial, cost no more than an answer.
    fn body(error: &Error) -> Bytes {
        /// It is the same whatever was wrong.
        static UNAUTHORIZED: LazyLock<Bytes> =
            LazyLock::new(|| json_bytes(&ProblemBody::of(&Error::Unauthorized { presented: true })));
        /// What every denial begins with.
        static FORBIDDEN: LazyLock<Bytes> =
            LazyLock::new(|| json_bytes(&ProblemBody::of(&Error::Forbidden { message: DENIED.into() })));
        match error {
            Error::Unauthorized { .. } => UNAUTHORIZED.clone(),
            Error::Denied { caller, permission, decision } => denial::body(&FORBIDDEN, caller, permission, decision),
            error => json_bytes(&ProblemBody::of(error)),
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
pub(crate) fn json_bytes(body: &impl Serialize) -> Bytes {
    serde_json::to_vec(body).unwrap_or_default().into()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self(error) = self;
        error.log();
        let mut response = Response::new(Body::from(Self::body(&error)));
        *response.status_mut() = error.status();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        error.mark(&mut response);
        response
    }
}

//! Whether a credential is valid.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;

use crate::marks::Used;
use crate::refusal::{Refusal, RefusalBody};
use crate::server::Server;

/// The credential is valid.
#[derive(Serialize, ToSchema)]
pub(crate) struct Valid {
    /// Always true.
    valid: bool,
}

/// Whether the presented credential is valid, as clients ask at sign-in. A body is not looked at.
#[utoipa::path(
    post,
    path = "/api/auth/validate",
    tag = "langwatch",
    responses(
        (status = 200, description = "It is.", body = Valid),
        (status = 401, description = "It is not.", body = RefusalBody),
        (status = 500, description = "A fault.", body = RefusalBody),
        (status = 503, description = "A fault that may pass.", body = RefusalBody),
    ),
    security(("basic" = []), ("bearer" = []), ("token" = []))
)]
pub(crate) async fn validate(State(server): State<Server>, headers: HeaderMap) -> Result<(Used, Json<Valid>), Refusal> {
    let caller = server.caller_anywhere(&headers)?;
    Ok((Used::by(&caller), Json(Valid { valid: true })))
}

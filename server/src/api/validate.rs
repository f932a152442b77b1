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

/// Tells whether the presented credential is valid.
///
/// Clients ask this when they sign in. A body is not read.
#[utoipa::path(
    post,
    path = "/api/auth/validate",
    tag = "langwatch",
    responses(
        (status = 200, description = "The credential is valid.", body = Valid),
        (status = 401, description = "The credential is not valid.", body = RefusalBody),
        (status = 500, description = "The server failed. Its log has the reason.", body = RefusalBody),
        (status = 503, description = "The server cannot answer now. Send the request again later.", body = RefusalBody),
    ),
    security(("basic" = []), ("bearer" = []), ("token" = []))
)]
pub(crate) async fn validate(State(server): State<Server>, headers: HeaderMap) -> Result<(Used, Json<Valid>), Refusal> {
    let caller = server.caller_anywhere(&headers)?;
    Ok((Used::by(&caller), Json(Valid { valid: true })))
}

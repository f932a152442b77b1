//! The project that a credential belongs to.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Error;
use crate::gate::Aim;
use crate::marks::Used;
use crate::refusal::{Refusal, RefusalBody};
use crate::server::Server;

/// The project that a request is about.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MyProject {
    /// The id of the project.
    id: Box<str>,
    /// The name of the project, for people.
    name: Box<str>,
    /// The id again: a project has no other name for programs.
    slug: Box<str>,
    /// Whether the project is in a personal team.
    is_personal: bool,
}

/// Reads the project that the presented credential is used for.
///
/// Any valid credential may ask.
#[utoipa::path(
    get,
    path = "/api/me/project",
    tag = "langwatch",
    responses(
        (status = 200, description = "The project.", body = MyProject),
        (status = 401, description = "The request has no valid credential.", body = RefusalBody),
        (status = 500, description = "The server failed. Its log has the reason.", body = RefusalBody),
        (status = 503, description = "The server cannot answer now. Send the request again later.", body = RefusalBody),
    ),
    security(("basic" = []), ("bearer" = []), ("token" = []))
)]
pub(crate) async fn project(State(server): State<Server>, headers: HeaderMap) -> Result<(Used, Json<MyProject>), Refusal> {
    let caller = server.caller(&headers, Aim::Project)?;
    let found = server.keeper().authorizer()?.read_directory(|directory| {
        let project = directory.project(caller.project.as_deref()?)?;
        let team = directory.team(&project.team)?;
        let name = project.name.unwrap_or_else(|| project.id.clone());
        Some(MyProject { slug: project.id.clone(), id: project.id, name, is_personal: team.personal })
    });
    // Removed since.
    let project = found.ok_or(Error::Unauthorized { presented: true })?;
    Ok((Used::by(&caller), Json(project)))
}

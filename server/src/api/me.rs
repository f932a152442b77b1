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
    id: Box<str>,
    name: Box<str>,
    /// The id once more: projects have no other name for programs.
    slug: Box<str>,
    is_personal: bool,
}

/// Which project the presented credential is used for. Any valid credential may ask.
#[utoipa::path(
    get,
    path = "/api/me/project",
    tag = "langwatch",
    responses(
        (status = 200, description = "The project.", body = MyProject),
        (status = 401, description = "No valid credential.", body = RefusalBody),
        (status = 500, description = "A fault.", body = RefusalBody),
        (status = 503, description = "A fault that may pass.", body = RefusalBody),
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

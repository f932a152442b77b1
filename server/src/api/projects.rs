//! Projects, as clients of LangWatch list them.

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use clearance::VisibleProjects;
use clearance::document::Project;
use clearance_keeper::{Caller, Keeper};
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::refuse_flaws;
use crate::error::{Error, Flaw};
use crate::gate::Aim;
use crate::listener::Peer;
use crate::marks::Used;
use crate::path::{Id, id};
use crate::query::{Pairs, pairs};
use crate::refusal::{Refusal, RefusalBody};
use crate::server::Server;
use crate::work::Work;

/// A page of projects.
#[derive(Serialize, ToSchema)]
pub(crate) struct Projects {
    /// The projects, by id.
    data: Vec<ListedProject>,
    /// Which page this is.
    pagination: Pagination,
}

/// A project in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListedProject {
    /// The id of the project.
    id: Box<str>,
    /// The name of the project, for people.
    name: Box<str>,
    /// The id again: a project has no other name for programs.
    slug: Box<str>,
    /// The id of the team of the project.
    team_id: Box<str>,
}

/// Which page of a list this is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Pagination {
    /// The number of the page, from 1.
    page: usize,
    /// The number of items on a full page.
    limit: usize,
    /// The number of items on all pages.
    total: usize,
}

/// Lists the projects that the presented key may see.
///
/// Archived projects are left out.
#[utoipa::path(
    get,
    path = "/api/projects",
    operation_id = "list_projects",
    tag = "langwatch",
    params(
        ("page" = Option<usize>, Query, description = "The number of the page, from 1. By default 1."),
        ("limit" = Option<usize>, Query, description = "The number of projects on a page, at most 1000. By default 50."),
    ),
    responses(
        (status = 200, description = "A page of projects, by id.", body = Projects),
        (status = 401, description = "The request has no valid credential.", body = RefusalBody),
        (status = 422, description = "`page` or `limit` is out of range.", body = RefusalBody),
        (status = 500, description = "The server failed. Its log has the reason.", body = RefusalBody),
        (status = 503, description = "The server cannot answer now. Send the request again later.", body = RefusalBody),
    ),
    security(("basic" = []), ("bearer" = []), ("token" = []))
)]
pub(crate) async fn list(
    State(server): State<Server>,
    headers: HeaderMap,
    query: Pairs,
) -> Result<(Used, Json<Projects>), Refusal> {
    let caller = server.caller(&headers, Aim::Organization)?;
    let (page, limit) = page_of(&pairs(query))?;
    let used = Used::by(&caller);
    Ok((used, Json(server.work(Work::Listing, move |keeper| page_for(keeper, &caller, page, limit)).await??)))
}

fn page_for(keeper: &Keeper, caller: &Caller, page: usize, limit: usize) -> Result<Projects, Error> {
    // No other caller is resolved for an organization.
    let unauthorized = || Error::Unauthorized { presented: true };
    let (key, organization) = caller.identity.key().zip(caller.identity.organization()).ok_or_else(unauthorized)?;
    let authorizer = keeper.authorizer()?;
    let visible = authorizer.view().visible_projects(key).map_err(clearance_keeper::Fault::from)?;
    let mut projects: Vec<Project> = authorizer.read_directory(|directory| match visible {
        VisibleProjects::All => {
            let ids = directory.projects_of(organization).into_iter().map(|(id, _)| id);
            ids.filter_map(|id| directory.project(id)).collect()
        }
        VisibleProjects::Some(ids) => ids.iter().filter_map(|id| directory.project(id)).collect(),
    });
    projects.retain(|project| project.archived_at.is_none());
    projects.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    let total = projects.len();
    let data = projects.into_iter().skip((page - 1).saturating_mul(limit)).take(limit).map(list_entry).collect();
    Ok(Projects { data, pagination: Pagination { page, limit, total } })
}

fn page_of(query: &[(String, String)]) -> Result<(usize, usize), Error> {
    const MAX_PROJECTS_PER_PAGE: usize = 1000;
    let mut flaws = Vec::new();
    let mut read = |name: &str, default: usize, most: usize| {
        let Some((_, value)) = query.iter().find(|(other, _)| other == name) else { return default };
        value.parse().ok().filter(|number| (1..=most).contains(number)).unwrap_or_else(|| {
            flaws.push(Flaw { field: name.to_owned(), message: format!("expected a number from 1 to {most}") });
            default
        })
    };
    let page = read("page", 1, 1_000_000_000);
    let limit = read("limit", 50, MAX_PROJECTS_PER_PAGE);
    refuse_flaws(flaws)?;
    Ok((page, limit))
}

fn list_entry(project: Project) -> ListedProject {
    let Project { id, team, name, .. } = project;
    ListedProject { name: name.unwrap_or_else(|| id.clone()), slug: id.clone(), id, team_id: team }
}

/// The key of a project.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProjectKey {
    /// The project key, to be sent as `X-Auth-Token`, `Bearer` or `Basic`.
    api_key: String,
}

/// Reads the project key of a project.
///
/// It requires `project:update` there. The audit records who read it.
#[utoipa::path(
    get,
    path = "/api/projects/{id}/api-key",
    operation_id = "get_project_api_key",
    tag = "langwatch",
    params(("id" = String, Path, description = "The id of the project.")),
    responses(
        (status = 200, description = "The project key.", body = ProjectKey),
        (status = 401, description = "The request has no valid credential.", body = RefusalBody),
        (status = 403, description = "The presented key does not have the permission there.", body = RefusalBody),
        (status = 404, description = "The project is not in the organization of the presented key, or has no project key.", body = RefusalBody),
        (status = 500, description = "The server failed. Its log has the reason.", body = RefusalBody),
        (status = 503, description = "The server cannot answer now. Send the request again later.", body = RefusalBody),
    ),
    security(("basic" = []), ("bearer" = []), ("token" = []))
)]
pub(crate) async fn project_key(
    State(server): State<Server>,
    project: Id,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Result<(Used, Json<ProjectKey>), Refusal> {
    let caller = server.caller(&headers, Aim::Organization)?;
    let (used, project) = (Used::by(&caller), id(project));
    let origin = Peer::origin(peer, caller.identity.who());
    let read = move |keeper: &Keeper| keeper.project_key(caller.identity.principal(), &project, &origin);
    let token = server.work(Work::Write, read).await??;
    let token = token.ok_or_else(|| Error::Refused {
        status: StatusCode::NOT_FOUND,
        code: "api_key_not_found",
        message: "the project has no key: regenerate it to get one".into(),
        members: serde_json::Map::new(),
    })?;
    Ok((used, Json(ProjectKey { api_key: token.expose().to_owned() })))
}

/// Replaces the project key of a project.
///
/// It requires `project:manage` there. The key before stops working at once.
#[utoipa::path(
    post,
    path = "/api/projects/{id}/regenerate-api-key",
    operation_id = "regenerate_project_api_key",
    tag = "langwatch",
    params(("id" = String, Path, description = "The id of the project.")),
    responses(
        (status = 200, description = "The new project key.", body = ProjectKey),
        (status = 401, description = "The request has no valid credential.", body = RefusalBody),
        (status = 403, description = "The presented key does not have the permission there.", body = RefusalBody),
        (status = 404, description = "The project is not in the organization of the presented key.", body = RefusalBody),
        (status = 500, description = "The server failed. Its log has the reason.", body = RefusalBody),
        (status = 503, description = "The server cannot do this now. After `busy` or `store-unavailable`, the key before still works. After any other answer, check whether it was replaced before you send the request again.", body = RefusalBody),
    ),
    security(("basic" = []), ("bearer" = []), ("token" = []))
)]
pub(crate) async fn regenerate_project_key(
    State(server): State<Server>,
    project: Id,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Result<(Used, Json<ProjectKey>), Refusal> {
    let caller = server.caller(&headers, Aim::Organization)?;
    let (used, project) = (Used::by(&caller), id(project));
    let origin = Peer::origin(peer, caller.identity.who());
    let rotate = move |keeper: &Keeper| keeper.rotate_project_key(caller.identity.principal(), &project, &origin);
    let token = server.work(Work::Write, rotate).await??;
    Ok((used, Json(ProjectKey { api_key: token.expose().to_owned() })))
}

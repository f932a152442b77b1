//! Projects, as clients of LangWatch list them.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use clearance::document::Project;
use clearance::{Directory, VisibleProjects};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Refusal, RefusalBody};
use crate::body::sound;
use crate::error::{Error, Flaw};
use crate::query::{Pairs, pairs};
use crate::server::{Aim, Server, Used};

/// A page of projects.
#[derive(Serialize, ToSchema)]
pub(crate) struct Projects {
    data: Vec<ListedProject>,
    pagination: Pagination,
}

/// A project in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListedProject {
    id: Box<str>,
    name: Box<str>,
    /// The id once more: projects have no other name for programs.
    slug: Box<str>,
    team_id: Box<str>,
}

/// Where a page stands among all.
#[derive(Serialize, ToSchema)]
pub(crate) struct Pagination {
    /// Counted from 1.
    page: usize,
    /// How many stand on a page.
    limit: usize,
    /// How many there are on all pages.
    total: usize,
}

/// The projects that the presented key can see, by id.
#[utoipa::path(
    get,
    path = "/api/projects",
    tag = "langwatch",
    params(
        ("page" = Option<usize>, Query, description = "Counted from 1."),
        ("limit" = Option<usize>, Query, description = "How many stand on a page: 50, and at most 1000."),
    ),
    responses(
        (status = 200, description = "A page of them.", body = Projects),
        (status = 401, description = "No valid key.", body = RefusalBody),
        (status = 422, description = "No such page can be.", body = RefusalBody),
        (status = 500, description = "A fault.", body = RefusalBody),
        (status = 503, description = "A fault that may pass.", body = RefusalBody),
    )
)]
pub(crate) async fn list(
    State(server): State<Server>,
    headers: HeaderMap,
    query: Pairs,
) -> Result<(Used, Json<Projects>), Refusal> {
    let caller = server.caller(&headers, Aim::Organization)?;
    let (page, limit) = page_of(&pairs(query))?;
    // No other caller is resolved for an organization.
    let unauthorized = || Error::Unauthorized { presented: true };
    let (key, organization) = caller.identity.key().zip(caller.identity.organization()).ok_or_else(unauthorized)?;
    let authorizer = server.keeper().authorizer()?;
    let visible = authorizer.visible_projects(key).map_err(crate::keeper::Fault::from)?;
    let mut projects = authorizer.read_directory(|directory| match visible {
        VisibleProjects::All => projects_of(directory, organization),
        VisibleProjects::Some(ids) => ids.iter().filter_map(|id| directory.project(id)).collect(),
    });
    projects.retain(|project| project.archived_at.is_none());
    projects.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    let total = projects.len();
    let data = projects.into_iter().skip((page - 1).saturating_mul(limit)).take(limit).map(listed).collect();
    Ok((Used::by(&caller), Json(Projects { data, pagination: Pagination { page, limit, total } })))
}

fn page_of(query: &[(String, String)]) -> Result<(usize, usize), Error> {
    const MOST: usize = 1000;
    let mut flaws = Vec::new();
    let mut read = |name: &str, default: usize, most: usize| {
        let Some((_, value)) = query.iter().find(|(other, _)| other == name) else { return default };
        value.parse().ok().filter(|number| (1..=most).contains(number)).unwrap_or_else(|| {
            flaws.push(Flaw { field: name.to_owned(), message: format!("expected a number from 1 to {most}") });
            default
        })
    };
    let page = read("page", 1, 1_000_000_000);
    let limit = read("limit", 50, MOST);
    sound(flaws)?;
    Ok((page, limit))
}

fn listed(project: Project) -> ListedProject {
    let Project { id, team, name, .. } = project;
    ListedProject { name: name.unwrap_or_else(|| id.clone()), slug: id.clone(), id, team_id: team }
}

fn projects_of(directory: &Directory, organization: &str) -> Vec<Project> {
    let is_here = |project: &Project| directory.team(&project.team).is_some_and(|team| *team.organization == *organization);
    directory.document().projects.into_iter().filter(is_here).collect()
}

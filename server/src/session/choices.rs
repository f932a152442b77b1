//! What signed-in users can make keys of.

use axum::Json;
use axum::extract::State;
use clearance::PrincipalId;
use clearance_keeper::{BindingView, Keeper, KeyFault, MemberView, ProjectView, TeamView};
use serde::Serialize;
use utoipa::ToSchema;

use super::door::SignedIn;
use crate::answer::SessionProblem;
use crate::key::KeyProblem;
use crate::path::{Id, id};
use crate::server::Server;
use crate::work::Work;

/// A list of bindings.
#[derive(Serialize, ToSchema)]
pub(crate) struct Bindings {
    /// The bindings, by id.
    #[schema(value_type = Vec<crate::schema::Binding>)]
    bindings: Vec<BindingView>,
}

/// A list of teams.
#[derive(Serialize, ToSchema)]
pub(crate) struct Teams {
    /// The teams, by id.
    #[schema(value_type = Vec<crate::schema::Team>)]
    teams: Vec<TeamView>,
}

/// A list of projects.
#[derive(Serialize, ToSchema)]
#[schema(as = ProjectChoices)]
pub(crate) struct Projects {
    /// The projects, by id.
    #[schema(value_type = Vec<crate::schema::Project>)]
    projects: Vec<ProjectView>,
}

/// A list of members.
#[derive(Serialize, ToSchema)]
pub(crate) struct Members {
    /// The members, by id.
    #[schema(value_type = Vec<crate::schema::Member>)]
    members: Vec<MemberView>,
}

/// Lists the user's own bindings in the organization.
///
/// Bindings of the user's groups are left out.
#[utoipa::path(
    get,
    path = "/v1/session/organizations/{organization}/bindings",
    operation_id = "session_my_bindings",
    tag = "session",
    params(("organization" = String, Path, description = "The id of the organization.")),
    responses((status = 200, description = "The bindings, by id.", body = Bindings), SessionProblem),
    security(("session" = [], "user" = []))
)]
pub(crate) async fn my_bindings(
    State(server): State<Server>,
    signed_in: SignedIn,
    organization: Id,
) -> Result<Json<Bindings>, KeyProblem> {
    let organization = id(organization);
    let list = move |keeper: &Keeper| {
        let asked = keeper.authorizer()?.view().own_bindings(PrincipalId::User(&signed_in.user), &organization);
        Ok::<_, KeyFault>(Bindings { bindings: asked?.into_iter().map(Into::into).collect() })
    };
    Ok(Json(server.work(Work::Listing, list).await??))
}

/// Lists every team of the organization, personal ones included.
#[utoipa::path(
    get,
    path = "/v1/session/organizations/{organization}/teams",
    operation_id = "session_org_teams",
    tag = "session",
    params(("organization" = String, Path, description = "The id of the organization.")),
    responses((status = 200, description = "The teams, by id.", body = Teams), SessionProblem),
    security(("session" = [], "user" = []))
)]
pub(crate) async fn org_teams(
    State(server): State<Server>,
    signed_in: SignedIn,
    organization: Id,
) -> Result<Json<Teams>, KeyProblem> {
    let organization = id(organization);
    let list = move |keeper: &Keeper| {
        let asked = keeper.authorizer()?.view().teams(PrincipalId::User(&signed_in.user), &organization);
        Ok::<_, KeyFault>(Teams { teams: asked?.into_iter().map(Into::into).collect() })
    };
    Ok(Json(server.work(Work::Listing, list).await??))
}

/// Lists every project of the organization that is not archived, personal ones included.
#[utoipa::path(
    get,
    path = "/v1/session/organizations/{organization}/projects",
    operation_id = "session_org_projects",
    tag = "session",
    params(("organization" = String, Path, description = "The id of the organization.")),
    responses((status = 200, description = "The projects, by id.", body = Projects), SessionProblem),
    security(("session" = [], "user" = []))
)]
pub(crate) async fn org_projects(
    State(server): State<Server>,
    signed_in: SignedIn,
    organization: Id,
) -> Result<Json<Projects>, KeyProblem> {
    let organization = id(organization);
    let list = move |keeper: &Keeper| {
        let asked = keeper.authorizer()?.view().projects(PrincipalId::User(&signed_in.user), &organization);
        Ok::<_, KeyFault>(Projects { projects: asked?.into_iter().map(Into::into).collect() })
    };
    Ok(Json(server.work(Work::Listing, list).await??))
}

/// Lists the members to whom the user can give a key.
///
/// These are all members for an organization admin, and nobody for anyone else.
#[utoipa::path(
    get,
    path = "/v1/session/organizations/{organization}/members",
    operation_id = "session_org_members",
    tag = "session",
    params(("organization" = String, Path, description = "The id of the organization.")),
    responses((status = 200, description = "The members, by id.", body = Members), SessionProblem),
    security(("session" = [], "user" = []))
)]
pub(crate) async fn org_members(
    State(server): State<Server>,
    signed_in: SignedIn,
    organization: Id,
) -> Result<Json<Members>, KeyProblem> {
    let organization = id(organization);
    let list = move |keeper: &Keeper| {
        let asked = keeper.authorizer()?.view().members(PrincipalId::User(&signed_in.user), &organization);
        Ok::<_, KeyFault>(Members { members: asked?.into_iter().map(Into::into).collect() })
    };
    Ok(Json(server.work(Work::Listing, list).await??))
}

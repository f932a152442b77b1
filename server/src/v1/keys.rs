//! Keys, as the command line manages them: an operator acts as a signed-in user.

use axum::Json;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, StatusCode};
use clearance::PrincipalId;
use clearance_keeper::{Choices, Keeper, KeyFault, KeyView};
use clearance_store::{Purpose, Who};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{BodyProblem, OperatorProblem};
use crate::body::{self, Fields, refuse_flaws};
use crate::error::{Error, Flaw};
use crate::key::draft::{wanted_change, wanted_key};
use crate::key::page::{PARAMETERS, PageRequest};
use crate::key::{self, CreatedKeyBody, EditedKeyBody, KeyProblem, Keys, RevokedKeyBody};
use crate::listener::Peer;
use crate::path::{Id, id};
use crate::query::{Pairs, parameters};
use crate::server::Server;
use crate::word;
use crate::work::Work;

wanted_key! {
    /// A key to make as a user.
    CreateKey {
        /// The id of the user as whom the operator acts.
        #[schema(rename = "as")]
        user: String,
        /// The id of the organization.
        organization: String,
    }
}

wanted_change! {
    /// A change of a key, to make as a user. A field that is left out stays as it is.
    EditKey {
        /// The id of the user as whom the operator acts.
        #[schema(rename = "as")]
        user: String,
    }
}

/// The user as whom an operator acts.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
#[serde(deny_unknown_fields)]
pub(crate) struct Acting {
    /// The id of the user as whom the operator acts.
    #[schema(rename = "as")]
    user: String,
}

/// A new project key.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RotatedProjectKey)]
pub(crate) struct Rotated {
    /// The id of the project.
    project: String,
    /// The new project key.
    project_key: String,
}

/// Makes a key as a user.
///
/// The policy decides whether the user may.
#[utoipa::path(
    post,
    path = "/v1/keys",
    operation_id = "create_key",
    tag = "keys",
    request_body = CreateKey,
    responses((status = 201, description = "The key was made and stored. The answer has its token.", body = CreatedKeyBody), OperatorProblem, BodyProblem),
    security(("operator" = []))
)]
pub(crate) async fn create(
    State(server): State<Server>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    request: Request,
) -> Result<(StatusCode, Json<CreatedKeyBody>), KeyProblem> {
    let operator = server.operator(&headers, Purpose::Keys)?;
    let mut fields = Fields::of(body::json(&server, body::of_key(&server, request).await).await?)?;
    let user: String = fields.required("as").unwrap_or_default();
    let organization: String = fields.required("organization").unwrap_or_default();
    let origin = Peer::origin(peer, Who::Operator(operator.id));
    let made = key::create(&server, user, organization, fields, origin).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Lists the keys of an organization that a user may see, a page at a time.
///
/// With `all`, the list has every key that the user may read, revoked ones included.
#[utoipa::path(
    get,
    path = "/v1/keys",
    operation_id = "list_keys",
    tag = "keys",
    params(
        ("organization" = String, Query, description = "The id of the organization."),
        ("as" = String, Query, description = "The id of the user as whom the operator acts."),
        ("all" = Option<bool>, Query, description = "Whether to list every key that the user may read, revoked ones included. By default `false`."),
        ("limit" = Option<usize>, Query, description = "The number of keys on a page, at most 1000. By default 1000."),
        ("cursor" = Option<String>, Query, description = "The `next` of the page before. Without it, the first page."),
        ("status" = Option<word::KeyStatus>, Query, description = "Only keys with this status. `revoked` implies `all`."),
        ("owner" = Option<String>, Query, description = "Only keys that this user owns."),
        ("scope" = Option<String>, Query, description = "Only keys with a binding at exactly this scope: `organization:ID`, `team:ID` or `project:ID`."),
    ),
    responses((status = 200, description = "A page of keys, newest first.", body = Keys), OperatorProblem),
    security(("operator" = []))
)]
pub(crate) async fn list(State(server): State<Server>, headers: HeaderMap, query: Pairs) -> Result<Json<Keys>, KeyProblem> {
    server.operator(&headers, Purpose::Keys)?;
    let [limit, cursor, status, owner, scope] = PARAMETERS.map(|name| (name, false));
    let known = [("as", true), ("organization", true), ("all", false), limit, cursor, status, owner, scope];
    let [user, organization, all, limit, cursor, status, owner, scope] = parameters(query, known)?;
    let page = PageRequest::of([limit, cursor, status, owner, scope])?;
    let all = match all.as_deref() {
        Some("true") => true,
        None | Some("" | "false") => page.wants_revoked(),
        Some(_) => return Err(Error::Invalid(vec![flaw("all", "expected `true` or `false`")]).into()),
    };
    let (user, organization) = (user.unwrap_or_default(), organization.unwrap_or_default());
    let list = move |keeper: &Keeper| {
        let user = PrincipalId::User(&user);
        let records = if all { keeper.all_keys(user, &organization)? } else { keeper.list_keys(user, &organization)? };
        key::page_of_keys(keeper, records, &page)
    };
    Ok(Json(server.work(Work::Listing, list).await??))
}

/// Reads one key as a user.
#[utoipa::path(
    get,
    path = "/v1/keys/{id}",
    operation_id = "read_key",
    tag = "keys",
    params(
        ("id" = String, Path, description = "The id of the key."),
        ("as" = String, Query, description = "The id of the user as whom the operator acts."),
    ),
    responses((status = 200, description = "The key.", body = crate::schema::Key), OperatorProblem),
    security(("operator" = []))
)]
pub(crate) async fn read(
    State(server): State<Server>,
    key: Id,
    headers: HeaderMap,
    query: Pairs,
) -> Result<Json<KeyView>, KeyProblem> {
    server.operator(&headers, Purpose::Keys)?;
    let [user] = parameters(query, [("as", true)])?.map(Option::unwrap_or_default);
    let key = id(key);
    let keeper = server.keeper();
    let record = keeper.read_key(PrincipalId::User(&user), &keeper.organization_of(&key)?, &key)?;
    Ok(Json(keeper.view(record)?))
}

/// Changes a key as a user.
///
/// All changes are made at once. Token, owner and expiry cannot be changed.
#[utoipa::path(
    patch,
    path = "/v1/keys/{id}",
    operation_id = "edit_key",
    tag = "keys",
    params(("id" = String, Path, description = "The id of the key.")),
    request_body = EditKey,
    responses(
        (status = 200, description = "The key was changed and stored.", body = EditedKeyBody),
        (status = 409, description = "The key was revoked before.", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        OperatorProblem,
        BodyProblem,
    ),
    security(("operator" = []))
)]
pub(crate) async fn edit(
    State(server): State<Server>,
    key: Id,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    request: Request,
) -> Result<Json<EditedKeyBody>, KeyProblem> {
    let operator = server.operator(&headers, Purpose::Keys)?;
    let mut fields = Fields::of(body::json(&server, body::of_key(&server, request).await).await?)?;
    let user: String = fields.required("as").unwrap_or_default();
    let key = id(key);
    let organization = match server.keeper().organization_of(&key) {
        Ok(organization) => Some(organization.into()),
        Err(KeyFault::Refused(_)) => None,
        Err(fault) => return Err(fault.into()),
    };
    let origin = Peer::origin(peer, Who::Operator(operator.id));
    Ok(Json(key::edit(&server, user, organization, key, fields, origin).await?))
}

/// Revokes a key as a user, at once and for good.
///
/// The next request with the key is refused.
#[utoipa::path(
    delete,
    path = "/v1/keys/{id}",
    operation_id = "revoke_key",
    tag = "keys",
    params(
        ("id" = String, Path, description = "The id of the key."),
        ("as" = String, Query, description = "The id of the user as whom the operator acts."),
    ),
    responses(
        (status = 200, description = "The key was revoked, and that is stored.", body = RevokedKeyBody),
        (status = 409, description = "The key was revoked before.", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        OperatorProblem,
    ),
    security(("operator" = []))
)]
pub(crate) async fn revoke(
    State(server): State<Server>,
    key: Id,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    query: Pairs,
) -> Result<Json<RevokedKeyBody>, KeyProblem> {
    let operator = server.operator(&headers, Purpose::Keys)?;
    let [user] = parameters(query, [("as", true)])?.map(Option::unwrap_or_default);
    let key = id(key);
    let organization = server.keeper().organization_of(&key)?.into();
    let origin = Peer::origin(peer, Who::Operator(operator.id));
    Ok(Json(key::revoke(&server, user, organization, key, origin).await?))
}

/// Lists what a user can choose from to make a key.
///
/// These are the user's own bindings, and the teams, projects and members that a key can name.
#[utoipa::path(
    get,
    path = "/v1/keys/choices",
    operation_id = "key_choices",
    tag = "keys",
    params(
        ("organization" = String, Query, description = "The id of the organization."),
        ("as" = String, Query, description = "The id of the user as whom the operator acts."),
    ),
    responses((status = 200, description = "The bindings, teams, projects and members.", body = crate::schema::Choices), OperatorProblem),
    security(("operator" = []))
)]
pub(crate) async fn choices(State(server): State<Server>, headers: HeaderMap, query: Pairs) -> Result<Json<Choices>, KeyProblem> {
    server.operator(&headers, Purpose::Keys)?;
    let [user, organization] = parameters(query, [("as", true), ("organization", true)])?.map(Option::unwrap_or_default);
    let choices = move |keeper: &Keeper| keeper.choices(PrincipalId::User(&user), &organization);
    Ok(Json(server.work(Work::Listing, choices).await??))
}

/// Replaces the project key of a project as a user.
///
/// The key before stops working at once.
#[utoipa::path(
    post,
    path = "/v1/project-keys/{project}/rotate",
    operation_id = "rotate_project_key",
    tag = "keys",
    params(("project" = String, Path, description = "The id of the project.")),
    request_body = Acting,
    responses((status = 200, description = "The new project key.", body = Rotated), OperatorProblem, BodyProblem),
    security(("operator" = []))
)]
pub(crate) async fn rotate_project_key(
    State(server): State<Server>,
    project: Id,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    request: Request,
) -> Result<Json<Rotated>, KeyProblem> {
    let operator = server.operator(&headers, Purpose::Keys)?;
    let mut fields = Fields::of(body::json(&server, body::of_key(&server, request).await).await?)?;
    let user: String = fields.required("as").unwrap_or_default();
    fields.refuse_others();
    refuse_flaws(fields.flaws())?;
    let project = id(project);
    let origin = Peer::origin(peer, Who::Operator(operator.id));
    let rotated = server.work(Work::Write, move |keeper| {
        let token = keeper.rotate_project_key(PrincipalId::User(&user), &project, &origin)?;
        Ok::<_, KeyFault>(Rotated { project, project_key: token.expose().to_owned() })
    });
    Ok(Json(rotated.await??))
}

fn flaw(field: &str, message: &str) -> Flaw {
    Flaw { field: field.to_owned(), message: message.to_owned() }
}

//! The keys of signed-in users.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use clearance::PrincipalId;
use clearance::key;
use clearance_keeper::Keeper;
use serde::Serialize;
use utoipa::ToSchema;

use super::door::SignedIn;
use crate::answer::{BodyProblem, SessionProblem};
use crate::body::{self, Fields};
use crate::key::draft::{wanted_change, wanted_key};
use crate::key::page::{PARAMETERS, PageRequest};
use crate::key::{CreatedKeyBody, EditedKeyBody, KeyProblem, Keys, RevokedKeyBody};
use crate::path::{Id, Ids, id, ids};
use crate::problem::ProblemBody;
use crate::query::{Pairs, parameters};
use crate::server::Server;
use crate::word;
use crate::work::Work;

wanted_key! {
    /// A key to make for the signed-in user.
    SessionKey {}
}

wanted_change! {
    /// A change of a key. A field that is left out stays as it is.
    SessionChange {}
}

/// The name of a key, which every member may know.
#[derive(Serialize, ToSchema)]
pub(crate) struct NamedKey {
    /// The name of the key, or null if the organization has no such key.
    #[schema(required = true)]
    key: Option<KeyName>,
}

/// The name of a key.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyName {
    /// The name of the key.
    name: Box<str>,
    /// Whether the key is revoked.
    revoked: bool,
}

/// Lists the keys that the user may see, a page at a time.
///
/// These are the user's own keys and the service keys of the organization, and for an organization admin all keys. Revoked keys are
/// left out.
#[utoipa::path(
    get,
    path = "/v1/session/organizations/{organization}/keys",
    operation_id = "session_list",
    tag = "session",
    params(
        ("organization" = String, Path, description = "The id of the organization."),
        ("limit" = Option<usize>, Query, description = "The number of keys on a page, at most 1000. By default 1000."),
        ("cursor" = Option<String>, Query, description = "The `next` of the page before. Without it, the first page."),
        ("status" = Option<word::KeyStatus>, Query, description = "Only keys with this status. This list never has revoked keys."),
        ("owner" = Option<String>, Query, description = "Only keys that this user owns."),
        ("scope" = Option<String>, Query, description = "Only keys with a binding at exactly this scope: `organization:ID`, `team:ID` or `project:ID`."),
    ),
    responses(
        (status = 200, description = "A page of keys, newest first.", body = Keys),
        (status = 422, description = "A parameter is wrong or unknown. `fields` names every mistake.", body = ProblemBody, content_type = "application/problem+json"),
        SessionProblem,
    ),
    security(("session" = [], "user" = []))
)]
pub(crate) async fn list(
    State(server): State<Server>,
    signed_in: SignedIn,
    organization: Id,
    query: Pairs,
) -> Result<Json<Keys>, KeyProblem> {
    let page = PageRequest::of(parameters(query, PARAMETERS.map(|name| (name, false)))?)?;
    let organization = id(organization);
    let list = move |keeper: &Keeper| {
        let records = keeper.list_keys(PrincipalId::User(&signed_in.user), &organization)?;
        crate::key::page_of_keys(keeper, records, &page)
    };
    Ok(Json(server.work(Work::Listing, list).await??))
}

/// Makes a key for the signed-in user, or for another member if the user is an organization admin.
#[utoipa::path(
    post,
    path = "/v1/session/organizations/{organization}/keys",
    operation_id = "session_create",
    tag = "session",
    params(("organization" = String, Path, description = "The id of the organization.")),
    request_body = SessionKey,
    responses((status = 201, description = "The key was made and stored. The answer has its token.", body = CreatedKeyBody), SessionProblem, BodyProblem),
    security(("session" = [], "user" = []))
)]
pub(crate) async fn create(
    State(server): State<Server>,
    signed_in: SignedIn,
    organization: Id,
    request: Request,
) -> Result<(StatusCode, Json<CreatedKeyBody>), KeyProblem> {
    let fields = Fields::of(body::json(&server, body::of_key(&server, request).await).await?)?;
    let origin = signed_in.origin();
    let made = crate::key::create(&server, signed_in.user, id(organization), fields, origin).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Changes a key.
///
/// All changes are made at once. Token, owner and expiry cannot be changed.
#[utoipa::path(
    patch,
    path = "/v1/session/organizations/{organization}/keys/{id}",
    operation_id = "session_update",
    tag = "session",
    params(
        ("organization" = String, Path, description = "The id of the organization."),
        ("id" = String, Path, description = "The id of the key."),
    ),
    request_body = SessionChange,
    responses(
        (status = 200, description = "The key was changed and stored.", body = EditedKeyBody),
        (status = 409, description = "The key was revoked before.", body = ProblemBody, content_type = "application/problem+json"),
        SessionProblem,
        BodyProblem,
    ),
    security(("session" = [], "user" = []))
)]
pub(crate) async fn update(
    State(server): State<Server>,
    signed_in: SignedIn,
    path: Ids,
    request: Request,
) -> Result<Json<EditedKeyBody>, KeyProblem> {
    let fields = Fields::of(body::json(&server, body::of_key(&server, request).await).await?)?;
    let (organization, key) = ids(path);
    let origin = signed_in.origin();
    Ok(Json(crate::key::edit(&server, signed_in.user, Some(organization), key, fields, origin).await?))
}

/// Revokes a key, at once and for good.
///
/// The next request with the key is refused.
#[utoipa::path(
    delete,
    path = "/v1/session/organizations/{organization}/keys/{id}",
    operation_id = "session_revoke",
    tag = "session",
    params(
        ("organization" = String, Path, description = "The id of the organization."),
        ("id" = String, Path, description = "The id of the key."),
    ),
    responses(
        (status = 200, description = "The key was revoked, and that is stored.", body = RevokedKeyBody),
        (status = 409, description = "The key was revoked before.", body = ProblemBody, content_type = "application/problem+json"),
        SessionProblem,
    ),
    security(("session" = [], "user" = []))
)]
pub(crate) async fn revoke(
    State(server): State<Server>,
    signed_in: SignedIn,
    path: Ids,
) -> Result<Json<RevokedKeyBody>, KeyProblem> {
    let (organization, key) = ids(path);
    let origin = signed_in.origin();
    Ok(Json(crate::key::revoke(&server, signed_in.user, organization, key, origin).await?))
}

/// Reads the name of any key of the organization, and whether it is revoked.
#[utoipa::path(
    get,
    path = "/v1/session/organizations/{organization}/keys/{id}/name",
    operation_id = "session_name_by_id",
    tag = "session",
    params(
        ("organization" = String, Path, description = "The id of the organization."),
        ("id" = String, Path, description = "The id of the key."),
    ),
    responses((status = 200, description = "The name, or null if the organization has no such key.", body = NamedKey), SessionProblem),
    security(("session" = [], "user" = []))
)]
pub(crate) async fn name_by_id(
    State(server): State<Server>,
    signed_in: SignedIn,
    path: Ids,
) -> Result<Json<NamedKey>, KeyProblem> {
    let (organization, key) = ids(path);
    let found = server.keeper().key_name(PrincipalId::User(&signed_in.user), &organization, &key)?;
    let key = found.map(|key::KeyName { name, revoked }| KeyName { name, revoked });
    Ok(Json(NamedKey { key }))
}

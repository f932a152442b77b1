//! What the presented key is and may do.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use clearance::document::{Key, Mode, Timestamp};
use clearance_keeper::{Caller, Identity, Keeper};
use clearance_store::shown;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Error;
use crate::marks::Used;
use crate::problem::{Problem, ProblemBody};
use crate::server::Server;
use crate::work::Work;

/// The presented credential, and its permissions.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Me {
    /// The kind of credential: `key` or `project-key`.
    kind: &'static str,
    /// The key. Absent for a project key.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<MyKey>,
    /// The id of the user who owns the key, or null if nobody does.
    owner: Option<Box<str>>,
    /// The id of the organization of the key, or null for a project key.
    organization: Option<Box<str>>,
    /// The id of the project that the request is about. Null if neither the request nor the bindings of the key name one: then the
    /// permissions are those at the organization.
    project: Option<Box<str>>,
    /// The permissions that the credential has there, in the order of the catalog.
    permissions: Vec<String>,
    /// The digest of the policy version that decided.
    policy: String,
}

/// The presented key.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MyKey {
    /// The id of the key.
    id: Box<str>,
    /// The name of the key, for people.
    name: Box<str>,
    /// The description of the key, or null.
    description: Option<Box<str>>,
    /// `all`, `readonly` or `restricted`. It is a label: the permissions decide.
    #[schema(value_type = String)]
    mode: Mode,
    /// The first five characters of the public half of the token.
    shown: Option<Box<str>>,
    /// When the key was made, or null if that was not recorded.
    #[schema(value_type = Option<String>, format = DateTime)]
    created_at: Option<Timestamp>,
    /// The last moment at which the key works, or null if it never expires.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// When the key was last used with success, or null if it never was.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
}

/// Reads the presented credential, and its permissions at its project.
#[utoipa::path(
    get,
    path = "/v1/me",
    tag = "gate",
    responses(
        (status = 200, description = "The credential and its permissions.", body = Me),
        (status = 401, description = "The request has no valid credential.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "The server failed. Its log has the reason.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The server cannot answer now. Send the request again later.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("basic" = []), ("bearer" = []), ("token" = []))
)]
pub(crate) async fn me(State(server): State<Server>, headers: HeaderMap) -> Result<(Used, Json<Me>), Problem> {
    let caller = server.caller_anywhere(&headers)?;
    let used = Used::by(&caller);
    Ok((used, Json(server.work(Work::Caller, move |keeper| describe_caller(keeper, &caller)).await??)))
}

fn describe_caller(keeper: &Keeper, caller: &Caller) -> Result<Me, Error> {
    let place = caller.place().ok_or(Error::Unauthorized { presented: true })?;
    let effective = keeper.effective(caller.identity.principal(), place)?;
    let key = match &caller.identity {
        Identity::Key { key, .. } => {
            // Removed since: then it is nobody's token.
            let row = keeper.authorizer()?.read_directory(|directory| directory.key(key));
            Some(my_key(row.ok_or(Error::Unauthorized { presented: true })?, keeper.last_used(key)))
        }
        Identity::ProjectKey { .. } => None,
    };
    Ok(Me {
        kind: if key.is_some() { "key" } else { "project-key" },
        key,
        owner: caller.identity.owner().map(Box::from),
        organization: caller.identity.organization().map(Box::from),
        permissions: effective.permissions().map(str::to_owned).collect(),
        policy: effective.policy().to_string(),
        project: caller.project.as_deref().map(Box::from),
    })
}

fn my_key(row: Key, last_used_at: Option<Timestamp>) -> MyKey {
    let Key { id, name, description, mode, created_at, expires_at, lookup_id, .. } = row;
    let shown = lookup_id.as_deref().map(shown).map(Box::from);
    MyKey { id, name, description, mode, shown, created_at, expires_at, last_used_at }
}

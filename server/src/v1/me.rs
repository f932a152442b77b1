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

/// What a credential is and may do.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Me {
    /// `key` or `project-key`.
    kind: &'static str,
    /// The key. Absent for a project key.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<MyKey>,
    /// The id of the user who owns the key. Null when nobody does.
    owner: Option<Box<str>>,
    /// The id of the organization of the key. Null for a project key.
    organization: Option<Box<str>>,
    /// The id of the project that the request is about. Null where the key names none and none was sent: then the permissions are
    /// those at the organization.
    project: Option<Box<str>>,
    /// What it may do there, in the order of the catalog.
    permissions: Vec<String>,
    /// The digest of the policy version that decided.
    policy: String,
}

/// What a client may know of its own key.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MyKey {
    id: Box<str>,
    name: Box<str>,
    description: Option<Box<str>>,
    /// `all`, `readonly` or `restricted`. A label: the permissions say what counts.
    #[schema(value_type = String)]
    mode: Mode,
    /// The first five characters of its lookup id.
    shown: Option<Box<str>>,
    #[schema(value_type = Option<String>, format = DateTime)]
    created_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
}

/// What the presented key is and may do at its project.
#[utoipa::path(
    get,
    path = "/v1/me",
    tag = "gate",
    responses(
        (status = 200, description = "What it is and may do.", body = Me),
        (status = 401, description = "No valid credential.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "A fault.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "A fault that may pass.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("basic" = []), ("bearer" = []), ("token" = []))
)]
pub(crate) async fn me(State(server): State<Server>, headers: HeaderMap) -> Result<(Used, Json<Me>), Problem> {
    let caller = server.caller_anywhere(&headers)?;
    let used = Used::by(&caller);
    Ok((used, Json(server.work(Work::Caller, move |keeper| about(keeper, &caller)).await??)))
}

fn about(keeper: &Keeper, caller: &Caller) -> Result<Me, Error> {
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

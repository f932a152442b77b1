//! Organizations that another version than the live one answers for.

use axum::Json;
use axum::extract::{Extension, Request, State};
use axum::http::HeaderMap;
use clearance::PolicyVersion;
use clearance_keeper::PinFault;
use clearance_store::{Purpose, Who};
use serde::Serialize;
use utoipa::ToSchema;

use super::folder::{folder_refusal, refuse_lost, version_or_refusal};
use super::version::{VersionView, wanted_digest, wanted_exceptions};
use crate::body::{self, Fields, refuse_flaws};
use crate::error::Error;
use crate::listener::Peer;
use crate::path::{self, Id};
use crate::problem::{Problem, ProblemBody};
use crate::server::Server;
use crate::work::Work;

/// A policy version that answers for one organization in place of the live one.
#[derive(Serialize, ToSchema)]
#[schema(as = Pin)]
pub(crate) struct PinView {
    /// The id of the organization.
    organization: String,
    #[serde(flatten)]
    version: VersionView,
}

/// The policy version that should answer for an organization.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
#[schema(rename_all = "camelCase")]
pub(crate) struct PinBody {
    /// The digest of a version in the folder of the server: `sha256:` and 64 digits.
    digest: String,
    /// Whether the version may be lower than the highest that was ever live under its name.
    #[schema(required = false, nullable = false)]
    allow_downgrade: Option<bool>,
    /// Whether the policy may have another name than the live one.
    #[schema(required = false, nullable = false)]
    allow_other_name: Option<bool>,
}

impl PinView {
    pub(crate) fn of(organization: String, version: &PolicyVersion) -> Self {
        Self { organization, version: version.into() }
    }
}

/// Pins a policy version to an organization.
///
/// It requires an operator with the purpose `policy`. From now on the version, which is in the folder of the server, answers for the
/// organization and everything in it, whichever version is live. The pin lasts over a restart.
#[utoipa::path(
    put,
    path = "/v1/policy/pins/{organization}",
    operation_id = "pin_policy",
    tag = "backend",
    params(("organization" = String, Path, description = "The id of the organization.")),
    request_body = PinBody,
    responses(
        (status = 200, description = "The version answers for the organization.", body = PinView),
        (status = 400, description = "The body is not valid JSON.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "The request has no valid operator token.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The operator does not have the purpose that this route requires.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The organization or the version does not exist, the version may not be used, or the server has no folder of versions. Nothing was changed.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is longer than the server accepts.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The body does not have the required form. `fields` names every mistake.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "The server failed. Its log has the reason.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The server cannot do this now. After `busy` or `store-unavailable`, nothing was changed. After any other answer, check whether it was done before you send it again.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("operator" = []))
)]
pub(crate) async fn pin(
    State(server): State<Server>,
    peer: Option<Extension<Peer>>,
    organization: Id,
    headers: HeaderMap,
    request: Request,
) -> Result<Json<PinView>, Problem> {
    let operator = server.operator(&headers, Purpose::Policy)?;
    let organization = path::id(organization);
    let mut fields = Fields::of(body::json(&server, body::of_any(&server, request).await).await?)?;
    let digest = wanted_digest(&mut fields);
    let exceptions = wanted_exceptions(&mut fields);
    fields.refuse_others();
    refuse_flaws(fields.flaws())?;
    // It is there where nothing is wrong.
    let digest = digest.ok_or(Error::Panic)?;
    let versions = server.folder()?;
    let origin = Peer::origin(peer, Who::Operator(operator.id));
    let version = server.work(Work::Policy, move |keeper| {
        let version = version_or_refusal("pin-refused", versions.get(digest), digest)?;
        refuse_lost("pin-refused", keeper, &versions)?;
        let pinned = keeper.begin_pinning().pin_in_folder(versions.store(), &organization, &version, exceptions, &origin);
        pinned.map_err(pin_failed)?;
        Ok::<_, Error>(PinView::of(organization, &version))
    });
    Ok(Json(version.await??))
}

/// Removes the pin of an organization.
///
/// It requires an operator with the purpose `policy`. From now on the live version answers for the organization.
#[utoipa::path(
    delete,
    path = "/v1/policy/pins/{organization}",
    operation_id = "unpin_policy",
    tag = "backend",
    params(("organization" = String, Path, description = "The id of the organization.")),
    responses(
        (status = 200, description = "The live version, which answers for the organization again.", body = PinView),
        (status = 401, description = "The request has no valid operator token.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The operator does not have the purpose that this route requires.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The organization is not pinned, or the server has no folder of versions. Nothing was changed.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "The server failed. Its log has the reason.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The server cannot do this now. After `busy` or `store-unavailable`, nothing was changed. After any other answer, check whether it was done before you send it again.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("operator" = []))
)]
pub(crate) async fn unpin(
    State(server): State<Server>,
    peer: Option<Extension<Peer>>,
    organization: Id,
    headers: HeaderMap,
) -> Result<Json<PinView>, Problem> {
    let operator = server.operator(&headers, Purpose::Policy)?;
    let organization = path::id(organization);
    let versions = server.folder()?;
    let origin = Peer::origin(peer, Who::Operator(operator.id));
    let live = server.work(Work::Policy, move |keeper| {
        let running = keeper.begin_pinning().unpin_in_folder(versions.store(), &organization, &origin).map_err(pin_failed)?;
        Ok::<_, Error>(PinView::of(organization, &running))
    });
    Ok(Json(live.await??))
}

fn pin_failed(error: PinFault) -> Error {
    match error {
        PinFault::Fault(fault) => fault.into(),
        PinFault::Folder(error) => folder_refusal("pin-refused", &error),
        error => folder_refusal("pin-refused", &error),
    }
}

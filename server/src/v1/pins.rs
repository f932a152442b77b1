//! Organizations that another version than the live one answers for.

use axum::Json;
use axum::extract::{Extension, Request, State};
use axum::http::HeaderMap;
use clearance::{Digest, PlaceId, PolicyVersion, VersionLabel};
use clearance_keeper::PinFault;
use clearance_rollout::{Exceptions, Pin, VersionStore, VersionStoreError};
use clearance_store::{Purpose, Who};
use serde::Serialize;
use utoipa::ToSchema;

use super::folder::{had, refuse_lost, stopped};
use super::version::{VersionView, wanted_digest, wanted_exceptions};
use crate::body::{self, Fields, sound};
use crate::error::Error;
use crate::listener::Peer;
use crate::path::{self, Id};
use crate::problem::{Problem, ProblemBody};
use crate::server::Server;
use crate::work::Work;

/// A version that answers for one organization, whichever is live.
#[derive(Serialize, ToSchema)]
#[schema(as = Pin)]
pub(crate) struct PinView {
    organization: String,
    #[serde(flatten)]
    version: VersionView,
}

/// Which version is to answer for an organization.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
#[schema(rename_all = "camelCase")]
pub(crate) struct PinBody {
    /// The digest of a version in the folder of the server: `sha256:` and 64 digits.
    digest: String,
    /// Allow a lower version than the highest that was ever live under its name.
    #[schema(required = false, nullable = false)]
    allow_downgrade: Option<bool>,
    /// Allow a policy of another name than the live one.
    #[schema(required = false, nullable = false)]
    allow_other_name: Option<bool>,
}

impl PinView {
    pub(crate) fn of(organization: String, version: &PolicyVersion) -> Self {
        Self { organization, version: version.into() }
    }
}

/// Lets a version that is in the folder of the server answer for one organization and all that is in it, whichever version is live, and
/// after the next start too. For operators whose purpose is `policy`.
#[utoipa::path(
    put,
    path = "/v1/policy/pins/{organization}",
    operation_id = "pin_policy",
    tag = "backend",
    params(("organization" = String, Path, description = "The id of an organization.")),
    request_body = PinBody,
    responses(
        (status = 200, description = "It answers.", body = PinView),
        (status = 400, description = "The body is no JSON.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid credential.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The operator is not for this.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "There is no such organization or version, the version may not be used, or the server has no folder of versions. What answered before still does.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is too long.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The body is not what it should be.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "A fault.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "A fault that may pass. After `busy` and `store-unavailable` nothing was changed; after another, look whether it was done before you send it again.", body = ProblemBody, content_type = "application/problem+json"),
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
    sound(fields.flaws())?;
    // It is there where nothing is wrong.
    let digest = digest.ok_or(Error::Panic)?;
    let versions = server.folder()?;
    let origin = Peer::origin(peer, Who::Operator(operator.id));
    let version = server.work(Work::Policy, move |keeper| {
        let version = had("pin-refused", versions.get(digest), digest)?;
        refuse_lost("pin-refused", keeper, &versions)?;
        let authorizer = keeper.authorizer()?;
        if authorizer.read_directory(|directory| directory.place(PlaceId::Organization(&organization)).is_none()) {
            return Err(pin_failed(PinFault::Unknown(organization)));
        }
        let (running, store) = (authorizer.live_version().label(), versions.store());
        let pinning = keeper.pinning();
        let before = pinning.pinned(&organization);
        let record = || {
            let now = clearance_keeper::now().millis();
            store.pin(&organization, &version.label(), &running, exceptions, now).map_err(Into::into)
        };
        let undo = || undone(store, &organization, &running, before, clearance_keeper::now().millis());
        pinning.pin(&organization, &version, &origin, record, undo).map_err(pin_failed)?;
        Ok::<_, Error>(PinView::of(organization, &version))
    });
    Ok(Json(version.await??))
}

/// Lets the live version answer for an organization again. For operators whose purpose is `policy`.
#[utoipa::path(
    delete,
    path = "/v1/policy/pins/{organization}",
    operation_id = "unpin_policy",
    tag = "backend",
    params(("organization" = String, Path, description = "The id of an organization.")),
    responses(
        (status = 200, description = "The live version answers, which is this.", body = PinView),
        (status = 401, description = "No valid credential.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The operator is not for this.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The organization is not pinned, or the server has no folder of versions. Nothing was changed.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "A fault.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "A fault that may pass. After `busy` and `store-unavailable` nothing was changed; after another, look whether it was done before you send it again.", body = ProblemBody, content_type = "application/problem+json"),
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
        let pinning = keeper.pinning();
        let store = versions.store();
        let kept = store.pins().map_err(|error| stopped("pin-refused", &error))?;
        let kept = kept.into_iter().find(|pin| pin.organization == organization);
        if kept.is_none() && pinning.pinned(&organization).is_none() {
            return Err(stopped("pin-refused", &VersionStoreError::NotPinned { organization }));
        }
        let running = keeper.authorizer()?.live_version();
        let record = || match &kept {
            Some(_) => store.unpin(&organization, clearance_keeper::now().millis()).map(drop).map_err(Into::into),
            None => Ok(()),
        };
        let undo = || {
            if let Some(Pin { version, at, .. }) = &kept {
                undone(store, &organization, &running.label(), Some(*version), *at);
            }
        };
        pinning.unpin(&organization, &origin, record, undo).map_err(pin_failed)?;
        Ok(PinView::of(organization, &running))
    });
    Ok(Json(live.await??))
}

/// Takes back in the folder what could not be written to the audit.
fn undone(store: &VersionStore, organization: &str, running: &VersionLabel, before: Option<Digest>, at: u64) {
    let done = match before {
        // It was permitted when it was pinned.
        Some(digest) => {
            let before = VersionLabel { digest, ..running.clone() };
            store.pin(organization, &before, running, Exceptions { downgrade: true, other_name: true }, at)
        }
        None => store.unpin(organization, at).map(drop),
    };
    if let Err(error) = done {
        tracing::error!(%organization, %error, "what the folder says is pinned is not what is");
    }
}

fn pin_failed(error: PinFault) -> Error {
    match error {
        PinFault::Fault(fault) => fault.into(),
        error => stopped("pin-refused", &error),
    }
}

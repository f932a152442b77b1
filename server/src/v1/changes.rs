//! Changes of the directory.

use axum::Json;
use axum::extract::{Extension, Request, State};
use axum::http::HeaderMap;
use clearance::Change;
use clearance_keeper::ChangesError;
use clearance_store::{Batch, Purpose, Who};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::body::{self, Fields, refuse_flaws};
use crate::error::{Error, MAX_FLAWS};
use crate::listener::Peer;
use crate::problem::{Problem, ProblemBody};
use crate::server::Server;
use crate::work::Work;

/// A batch of changes, which are made in their order, all or none.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
pub(crate) struct ChangesBody {
    /// An id that the sender chooses, 1 to 255 visible ASCII characters. The same batch sent again is not made again.
    #[schema(min_length = 1, max_length = 255)]
    batch: String,
    /// The changes. Each is an object with one field, the name of the change: `{"addTeam": {"id": "web", "organization": "acme"}}`.
    #[schema(value_type = Vec<Object>)]
    changes: Vec<Value>,
}

/// What was done with a batch.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangesMade {
    /// The id of the batch.
    batch: String,
    /// The number of changes in the batch.
    changes: usize,
    /// Whether the batch had been made before. In that case nothing was changed now.
    repeated: bool,
}

/// Changes the directory.
///
/// It requires an operator with the purpose `directory`. It changes organizations, teams, projects, users, members, team memberships,
/// groups, shared roles, and the bindings of users and groups. It refuses changes of keys, private roles and the bindings of keys.
#[utoipa::path(
    post,
    path = "/v1/directory/changes",
    tag = "backend",
    request_body = ChangesBody,
    responses(
        (status = 200, description = "The changes were made and stored.", body = ChangesMade),
        (status = 400, description = "The body is not valid JSON.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "The request has no valid operator token.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The operator does not have the purpose that this route requires.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The id of the batch was used before, for other changes.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is longer than the server accepts.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The body does not have the required form (`fields` names every mistake), or a change is refused (`index` and `field` name it). Nothing was changed.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "The server failed. Its log has the reason.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The server cannot do this now. After `busy` or `store-unavailable`, nothing was changed. After any other answer, check whether it was done before you send it again.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("operator" = []))
)]
pub(crate) async fn changes(
    State(server): State<Server>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    request: Request,
) -> Result<Json<ChangesMade>, Problem> {
    let operator = server.operator(&headers, Purpose::Directory)?;
    let mut fields = Fields::of(body::json(&server, body::of_any(&server, request).await).await?)?;
    let batch: Option<String> = fields.required("batch");
    let changes: Option<Vec<Value>> = fields.required("changes");
    if batch.as_deref().is_some_and(|batch| !Batch::is_id(batch)) {
        fields.flaw("batch", "expected 1 to 255 visible ASCII characters");
    }
    fields.refuse_others();
    let mut flaws = fields.flaws();
    // The same changes are the same batch, however they were spaced or ordered inside of an object.
    let content = serde_json::to_vec(&changes).map_err(|_| Error::Panic)?;
    let mut read = Vec::new();
    for (index, change) in (0..).zip(changes.unwrap_or_default()) {
        let index: usize = index;
        match body::read::<Change>(change, &format!("changes.{index}")) {
            Ok(change) => read.push(change),
            Err(flaw) => flaws.push(flaw),
        }
        if flaws.len() >= MAX_FLAWS {
            break;
        }
    }
    refuse_flaws(flaws)?;
    let batch = batch.unwrap_or_default();
    let count = read.len();
    let origin = Peer::origin(peer, Who::Operator(operator.id));
    let id = batch.clone();
    let made = server.work(Work::Write, move |keeper| keeper.change_directory(&id, &content, read, &origin)).await?;
    let repeated = made.map_err(|error| match error {
        ChangesError::Refused { index, field, problem } => {
            Error::ChangeRefused { index, field: field.into(), detail: problem.into() }
        }
        ChangesError::Conflict { id } => Error::BatchConflict(id.into()),
        ChangesError::Fault(fault) => fault.into(),
    })?;
    Ok(Json(ChangesMade { batch, changes: count, repeated }))
}

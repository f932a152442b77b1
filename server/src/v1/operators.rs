//! The machines that manage, made and revoked while the server runs.

use axum::Json;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, StatusCode};
use clearance::document::Timestamp;
use clearance_keeper::{CreatedOperator, Fault};
use clearance_store::{Operator, Purpose, StoreError, Who};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::BodyProblem;
use crate::body::{self, Fields, refuse_flaws};
use crate::error::Error;
use crate::listener::Peer;
use crate::path::{Id, id};
use crate::problem::{Problem, ProblemBody};
use crate::server::Server;
use crate::word;
use crate::work::Work;

/// The longest name of an operator, in characters.
const MAX_NAME_CHARACTERS: usize = 100;

/// An operator to make.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
pub(crate) struct CreateOperator {
    /// The name, for people, 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// The purposes of the operator. The operator that asks must have each of them.
    #[schema(value_type = Vec<word::Purpose>, min_items = 1)]
    purposes: Vec<String>,
}

/// A new operator, with its token.
#[derive(Serialize, ToSchema)]
pub(crate) struct OperatorMade {
    /// The id of the operator.
    id: Box<str>,
    /// The name of the operator, for people.
    name: String,
    /// The purposes of the operator.
    #[schema(value_type = Vec<word::Purpose>)]
    purposes: Vec<Purpose>,
    /// The token. No later answer has it.
    token: String,
}

/// An operator.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Operator)]
pub(crate) struct OperatorView {
    /// The id of the operator.
    id: Box<str>,
    /// The name of the operator, for people.
    name: Box<str>,
    /// The purposes of the operator.
    #[schema(value_type = Vec<word::Purpose>)]
    purposes: Vec<Purpose>,
    /// When the operator was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When the operator was revoked. Absent if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    revoked_at: Option<Timestamp>,
    /// The first five characters of the public half of the token.
    shown: Box<str>,
}

/// A list of operators.
#[derive(Serialize, ToSchema)]
pub(crate) struct Operators {
    /// The operators, in the order in which they were made. Revoked ones are included.
    operators: Vec<OperatorView>,
}

/// The operator was revoked.
#[derive(Serialize, ToSchema)]
pub(crate) struct OperatorRevoked {
    /// The id of the operator.
    id: String,
    /// Always true.
    revoked: bool,
}

/// Makes an operator.
///
/// It requires an operator with the purpose `operators`.
#[utoipa::path(
    post,
    path = "/v1/operators",
    operation_id = "create_operator",
    tag = "backend",
    request_body = CreateOperator,
    responses(
        (status = 201, description = "The operator was made and stored. The answer has its token.", body = OperatorMade),
        (status = 401, description = "The request has no valid operator token.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The operator that asks does not have the purpose `operators`, or not every purpose that the new one should have.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "The server failed. Its log has the reason.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The server cannot do this now. After `busy` or `store-unavailable`, nothing was changed. After any other answer, check whether it was done before you send it again.", body = ProblemBody, content_type = "application/problem+json"),
        BodyProblem,
    ),
    security(("operator" = []))
)]
pub(crate) async fn create(
    State(server): State<Server>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    request: Request,
) -> Result<(StatusCode, Json<OperatorMade>), Problem> {
    let operator = server.operator(&headers, Purpose::Operators)?;
    let mut fields = Fields::of(body::json(&server, body::of_any(&server, request).await).await?)?;
    let name: Option<String> = fields.required("name");
    if name.as_deref().is_some_and(|name| !(1..=MAX_NAME_CHARACTERS).contains(&name.chars().count())) {
        fields.flaw("name", "expected 1 to 100 characters");
    }
    let purposes: Option<Vec<Purpose>> = fields.required("purposes");
    if purposes.as_ref().is_some_and(Vec::is_empty) {
        fields.flaw("purposes", "expected at least one");
    }
    fields.refuse_others();
    refuse_flaws(fields.flaws())?;
    let (name, mut purposes) = (name.unwrap_or_default(), purposes.unwrap_or_default());
    purposes.sort_unstable();
    purposes.dedup();
    if let Some(purpose) = purposes.iter().find(|purpose| !operator.purposes.contains(purpose)) {
        let message = format!("the operator is not for `{purpose}` itself, and so makes none that is");
        return Err(Error::Forbidden { message: message.into() }.into());
    }
    let origin = Peer::origin(peer, Who::Operator(operator.id));
    let made = server.work(Work::Write, move |keeper| {
        let CreatedOperator { id, token } = keeper.create_operator(&name, &purposes, &origin)?;
        Ok::<_, Fault>(OperatorMade { id, name, purposes, token: token.expose().to_owned() })
    });
    Ok((StatusCode::CREATED, Json(made.await??)))
}

/// Lists all operators, revoked ones included.
///
/// It requires an operator with the purpose `operators`.
#[utoipa::path(
    get,
    path = "/v1/operators",
    operation_id = "list_operators",
    tag = "backend",
    responses(
        (status = 200, description = "The operators, in the order in which they were made.", body = Operators),
        (status = 401, description = "The request has no valid operator token.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The operator does not have the purpose that this route requires.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "The server failed. Its log has the reason.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The server cannot answer now. Send the request again later.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("operator" = []))
)]
pub(crate) async fn list(State(server): State<Server>, headers: HeaderMap) -> Result<Json<Operators>, Problem> {
    server.operator(&headers, Purpose::Operators)?;
    let operators = server.work(Work::Listing, |keeper| keeper.operators()).await??;
    Ok(Json(Operators { operators: operators.into_iter().map(Into::into).collect() }))
}

/// Revokes an operator, at once and for good.
///
/// It requires an operator with the purpose `operators`. Revoking an operator again changes nothing.
#[utoipa::path(
    delete,
    path = "/v1/operators/{id}",
    operation_id = "revoke_operator",
    tag = "backend",
    params(("id" = String, Path, description = "The id of the operator.")),
    responses(
        (status = 200, description = "The operator is revoked, and that is stored.", body = OperatorRevoked),
        (status = 401, description = "The request has no valid operator token.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The operator does not have the purpose that this route requires.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The operator does not exist.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "The server failed. Its log has the reason.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The server cannot do this now. After `revocation-not-stored`, the operator is refused from now on, but a restart of the server would forget that.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("operator" = []))
)]
pub(crate) async fn revoke(
    State(server): State<Server>,
    operator: Id,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Result<Json<OperatorRevoked>, Problem> {
    let asking = server.operator(&headers, Purpose::Operators)?;
    let id = id(operator);
    let origin = Peer::origin(peer, Who::Operator(asking.id));
    let revoked = server.work(Work::Revocation, move |keeper| match keeper.revoke_operator(&id, &origin) {
        Ok(()) => Ok(OperatorRevoked { id, revoked: true }),
        Err(Fault::Store(StoreError::Refused { .. })) => Err(Error::NotFound),
        Err(fault) => Err(fault.into()),
    });
    Ok(Json(revoked.await??))
}

impl From<Operator> for OperatorView {
    fn from(operator: Operator) -> Self {
        let Operator { id, name, purposes, created_at, revoked_at, shown } = operator;
        Self { id, name, purposes: purposes.into_iter().collect(), created_at, revoked_at, shown }
    }
}

//! Questions from backends.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use clearance::document::Scope;
use clearance::{Decision, PlaceId, PrincipalId};
use clearance_keeper::{Keeper, Refused, Target};
use clearance_store::{Purpose, Token};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::body::{self, Fields, refuse_flaws};
use crate::error::{Error, Flaw};
use crate::json::MAX_QUESTIONS;
use crate::metrics::Answer as Counted;
use crate::problem::{Problem, ProblemBody};
use crate::server::Server;
use crate::work::Work;

/// One question: who, what, where.
struct Question {
    id: Option<Value>,
    who: Asked,
    permission: String,
    at: Option<Scope>,
}

/// About whom.
enum Asked {
    User(String),
    Key(String),
    ProjectKey(String),
    Token(Token),
}

/// One question: whether a principal has a permission at a place. Exactly one of `user`, `key`, `projectKey` and `token` names the
/// principal.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
#[schema(rename_all = "camelCase")]
pub(crate) struct CheckQuestion {
    /// Any text. The answer repeats it.
    #[schema(required = false)]
    id: Option<String>,
    /// The id of a user.
    #[schema(required = false, nullable = false)]
    user: Option<String>,
    /// The id of a key.
    #[schema(required = false, nullable = false)]
    key: Option<String>,
    /// The id of a project that has a project key.
    #[schema(required = false, nullable = false)]
    project_key: Option<String>,
    /// The token that a client sent: the principal is the key that it belongs to.
    #[schema(required = false, nullable = false)]
    token: Option<String>,
    /// The permission, such as `traces:create`.
    permission: String,
    /// The place: `{"project": id}`, `{"team": id}` or `{"organization": id}`. It may be left out with a token that is for one project.
    #[schema(required = false, nullable = false, value_type = Object)]
    at: Option<Value>,
}

/// Many questions.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
pub(crate) struct CheckQuestions {
    /// The questions, at most 1000.
    #[schema(max_items = 1000)]
    questions: Vec<CheckQuestion>,
}

/// One question or many.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field")]
#[serde(untagged)]
pub(crate) enum CheckBody {
    One(CheckQuestion),
    Many(CheckQuestions),
}

/// The answer to one question.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CheckAnswer {
    /// The id of the question, as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    id: Option<Value>,
    /// Whether the principal has the permission.
    allow: bool,
    /// The rule that decided, or `unauthorized` for a token that is unknown, not valid, or not for that place.
    reason: &'static str,
    /// The id of the binding that grants the permission, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    binding: Option<String>,
    /// For a question about a token: the id of the key that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Box<str>>,
    /// For a question about a token: the id of the user who owns the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<Box<str>>,
    /// For a question about a token: the id of the project that it is used for.
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<Box<str>>,
    /// The digest of the policy version that decided. Absent for the reason `unauthorized`.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
}

/// The answers to many questions.
#[derive(Serialize, ToSchema)]
pub(crate) struct CheckAnswers {
    /// The answers, in the order of the questions.
    answers: Vec<CheckAnswer>,
}

/// One answer or many.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum CheckReply {
    One(CheckAnswer),
    Many(CheckAnswers),
}

/// Answers one question, or many under `questions`.
///
/// It requires an operator with the purpose `check`. A question about a token does not count as a use of its key.
#[utoipa::path(
    post,
    path = "/v1/check",
    tag = "backend",
    request_body = CheckBody,
    responses(
        (status = 200, description = "The answer, or the answers in the order of the questions.", body = CheckReply),
        (status = 400, description = "The body is not valid JSON.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "The request has no valid operator token.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The operator does not have the purpose that this route requires.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is longer than the server accepts.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The body does not have the required form. `fields` names every mistake.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "The server failed. Its log has the reason.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The server cannot answer now. Send the request again later.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("operator" = []))
)]
pub(crate) async fn check(
    State(server): State<Server>,
    headers: HeaderMap,
    request: Request,
) -> Result<Json<CheckReply>, Problem> {
    server.operator(&headers, Purpose::Check)?;
    let value = body::json_of_gate(&server, body::of_any(&server, request).await).await?;
    let reply = match read_questions(value)? {
        Sent::Many(values) => {
            let asked = server.clone();
            let answers = server.work(Work::Question, move |_| {
                questions(values)?.into_iter().map(|question| answer(&asked, question)).collect::<Result<Vec<_>, Error>>()
            });
            CheckReply::Many(CheckAnswers { answers: answers.await?? })
        }
        Sent::One(value) => {
            let mut flaws = Vec::new();
            let question = question(String::new(), value, &mut flaws);
            refuse_flaws(flaws)?;
            CheckReply::One(answer(&server, question.ok_or(Error::Panic)?)?)
        }
    };
    Ok(Json(reply))
}

/// What a body holds.
enum Sent {
    One(Value),
    Many(Vec<Value>),
}

/// The questions, if there can be many.
fn read_questions(value: Value) -> Result<Sent, Error> {
    if value.get("questions").is_none() {
        return Ok(Sent::One(value));
    }
    let mut fields = Fields::of(value)?;
    let questions: Option<Vec<Value>> = fields.required("questions");
    if questions.as_ref().is_some_and(|questions| questions.len() > MAX_QUESTIONS) {
        fields.flaw("questions", "are more than 1000, send several requests");
    }
    fields.refuse_others();
    refuse_flaws(fields.flaws())?;
    Ok(Sent::Many(questions.unwrap_or_default()))
}

fn questions(values: Vec<Value>) -> Result<Vec<Question>, Error> {
    let mut flaws = Vec::new();
    let each = (0..).zip(values);
    let questions =
        each.filter_map(|(index, value): (usize, _)| question(format!("questions.{index}."), value, &mut flaws)).collect();
    refuse_flaws(flaws)?;
    Ok(questions)
}

/// Reads one question. `None` means that `flaws` got an entry.
fn question(within: String, value: Value, flaws: &mut Vec<Flaw>) -> Option<Question> {
    let mut fields = match Fields::within(within, value) {
        Ok(fields) => fields,
        Err(flaw) => {
            flaws.push(flaw);
            return None;
        }
    };
    let id = fields.optional("id");
    let named = ["user", "key", "projectKey", "token"].iter().filter(|name| fields.has(name)).count();
    let who = None
        .or(fields.optional("user").map(Asked::User))
        .or(fields.optional("key").map(Asked::Key))
        .or(fields.optional("projectKey").map(Asked::ProjectKey))
        .or(fields.optional("token").map(|token: String| Asked::Token(Token::new(token))));
    if named != 1 {
        fields.flaw("user", "exactly one of `user`, `key`, `projectKey` and `token` must be there");
    }
    let permission = fields.required("permission");
    let has_place = fields.has("at");
    let at: Option<Scope> = fields.optional("at");
    if !has_place && !matches!(who, Some(Asked::Token(_)) | None) {
        fields.flaw("at", "is missing");
    }
    fields.refuse_others();
    let found = fields.flaws();
    let is_sound = found.is_empty();
    flaws.extend(found);
    match (who, permission) {
        (Some(who), Some(permission)) if is_sound => Some(Question { id, who, permission, at }),
        _ => None,
    }
}

fn answer(server: &Server, question: Question) -> Result<CheckAnswer, Error> {
    let Question { id, who, permission, at } = question;
    let keeper = server.keeper();
    let place = at.as_ref().map(PlaceId::from);
    let mut answer = match (&who, place) {
        (Asked::User(user), Some(place)) => plain(keeper, PrincipalId::User(user), &permission, place)?,
        (Asked::Key(key), Some(place)) => plain(keeper, PrincipalId::Key(key), &permission, place)?,
        (Asked::ProjectKey(project), Some(place)) => plain(keeper, PrincipalId::ProjectKey(project), &permission, place)?,
        (Asked::Token(token), place) => check_token(keeper, token, &permission, place)?,
        // It was refused when the question was read.
        (_, None) => return Err(Error::Panic),
    };
    server.metrics().count_answer(match &answer {
        CheckAnswer { allow: true, .. } => Counted::Allow,
        CheckAnswer { policy: None, .. } => Counted::Unauthorized,
        _ => Counted::Deny,
    });
    answer.id = id;
    Ok(answer)
}

fn plain(keeper: &Keeper, principal: PrincipalId<'_>, permission: &str, place: PlaceId<'_>) -> Result<CheckAnswer, Error> {
    Ok(check_answer(keeper.check(principal, permission, place)?))
}

fn check_answer(decision: Decision) -> CheckAnswer {
    let Decision { allow, reason, binding, policy } = decision;
    CheckAnswer {
        id: None,
        allow,
        reason: reason.as_str(),
        binding: binding.map(|binding| binding.as_ref().to_owned()),
        key: None,
        owner: None,
        project: None,
        policy: Some(policy.to_string()),
    }
}

/// As on a route of that place: nobody learns here what the route does not tell.
fn check_token(keeper: &Keeper, token: &Token, permission: &str, place: Option<PlaceId<'_>>) -> Result<CheckAnswer, Error> {
    let target = match place {
        None => Target::Project(None),
        Some(PlaceId::Project(project)) => Target::Project(Some(project)),
        Some(PlaceId::Organization(_) | PlaceId::Team(_)) => Target::Organization,
    };
    let unauthorized = || CheckAnswer {
        id: None,
        allow: false,
        reason: "unauthorized",
        binding: None,
        key: None,
        owner: None,
        project: None,
        policy: None,
    };
    let (caller, answer) = match place {
        // A permission at a team is asked of the key of an organization.
        Some(place @ (PlaceId::Organization(_) | PlaceId::Team(_))) => match keeper.resolve(token, target) {
            Ok(caller) => {
                let answer = plain(keeper, caller.identity.principal(), permission, place)?;
                (caller, answer)
            }
            Err(Refused::Unauthorized) => return Ok(unauthorized()),
            Err(Refused::Fault(fault)) => return Err(fault.into()),
        },
        // The project of a project key is its own, whichever was named.
        Some(PlaceId::Project(_)) | None => match keeper.authorize(token, target, permission) {
            Ok((caller, decision)) => (caller, check_answer(decision)),
            Err(Refused::Unauthorized) => return Ok(unauthorized()),
            Err(Refused::Fault(fault)) => return Err(fault.into()),
        },
    };
    let key = caller.identity.key().map(Box::from);
    let owner = caller.identity.owner().map(Box::from);
    Ok(CheckAnswer { key, owner, project: caller.project.as_deref().map(Box::from), ..answer })
}

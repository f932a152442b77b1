//! What a route may answer beside what it says of itself, for the OpenAPI.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};

type Answers = BTreeMap<String, RefOr<Response>>;

/// What a route that clients of LangWatch call may answer to any key.
pub(crate) enum KeyRefused {}

/// What it may answer to any body.
pub(crate) enum BodyRefused {}

/// What a route of our own may answer to any operator.
pub(crate) enum OperatorProblem {}

/// What a route for signed-in users may answer to any application.
pub(crate) enum SessionProblem {}

/// What a route of our own may answer to any body.
pub(crate) enum BodyProblem {}

impl IntoResponses for KeyRefused {
    fn responses() -> Answers {
        refusals([
            ("401", "The request has no valid credential."),
            (
                "403",
                "The policy refuses. `error` says why: `Forbidden`, `api_key_scope_violation`, `api_key_not_owned` or `personal_workspace_not_managed_here`.",
            ),
            ("500", "The server failed. Its log has the reason."),
            (
                "503",
                "The server cannot do this now. After `busy` or `store-unavailable`, nothing was changed. After any other answer, check whether it was done before you send it again.",
            ),
        ])
    }
}

impl IntoResponses for BodyRefused {
    fn responses() -> Answers {
        refusals([
            ("400", "The body is not valid JSON."),
            ("413", "The body is longer than the server accepts."),
            (
                "422",
                "The body does not have the required form (`validation_error`, where `fields` names every mistake), or the name is reserved (`api_key_reserved_name`).",
            ),
        ])
    }
}

impl IntoResponses for OperatorProblem {
    fn responses() -> Answers {
        problems([
            ("401", "The request has no valid operator token."),
            (
                "403",
                "The operator does not have the purpose that this route requires, or the policy refuses what the user asks for.",
            ),
            ("404", "The key or project does not exist, or the user may not see it."),
            ("422", "A parameter is wrong, missing or unknown, or the policy refuses a value. `fields` names every mistake."),
            ("500", "The server failed. Its log has the reason."),
            (
                "503",
                "The server cannot do this now. After `busy` or `store-unavailable`, nothing was changed. After any other answer, check whether it was done before you send it again.",
            ),
        ])
    }
}

impl IntoResponses for SessionProblem {
    fn responses() -> Answers {
        problems([
            ("401", "The request does not come from the configured application, or does not name exactly one user."),
            ("403", "The policy refuses what the user asks for."),
            ("404", "The key does not exist, or the user may not see it; or this is not the listener for signed-in users."),
            ("500", "The server failed. Its log has the reason."),
            (
                "503",
                "The server cannot do this now. After `busy` or `store-unavailable`, nothing was changed. After any other answer, check whether it was done before you send it again.",
            ),
        ])
    }
}

impl IntoResponses for BodyProblem {
    fn responses() -> Answers {
        problems([
            ("400", "The body is not valid JSON."),
            ("413", "The body is longer than the server accepts."),
            ("422", "The body does not have the required form, or the name is reserved. `fields` names every mistake."),
        ])
    }
}

fn refusals<const N: usize>(answers: [(&str, &str); N]) -> Answers {
    all(answers, "Refusal", "application/json")
}

fn problems<const N: usize>(answers: [(&str, &str); N]) -> Answers {
    all(answers, "Problem", "application/problem+json")
}

fn all<const N: usize>(answers: [(&str, &str); N], schema: &str, content_type: &str) -> Answers {
    let answer = |(status, description): (&str, &str)| {
        let content = Content::new(Some(Ref::from_schema_name(schema)));
        let response = ResponseBuilder::new().description(description).content(content_type, content).build();
        (status.to_owned(), RefOr::T(response))
    };
    answers.into_iter().map(answer).collect()
}

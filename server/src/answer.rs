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
            ("401", "No valid key."),
            ("403", "The policy says no: `Forbidden`, `api_key_scope_violation`, or another code of the status."),
            ("500", "A fault."),
            (
                "503",
                "A fault that may pass. After `busy` and `store-unavailable` nothing was changed; after another, look whether it was done before you send it again.",
            ),
        ])
    }
}

impl IntoResponses for BodyRefused {
    fn responses() -> Answers {
        refusals([
            ("400", "The body is no JSON."),
            ("413", "The body is too long."),
            ("422", "The body is not what it should be: `validation_error`, with all the fields, or `api_key_reserved_name`."),
        ])
    }
}

impl IntoResponses for OperatorProblem {
    fn responses() -> Answers {
        problems([
            ("401", "No valid credential."),
            ("403", "The operator is not for this, or the policy says no."),
            ("404", "There is no such key or project for the user."),
            ("422", "A parameter is wrong, missing or unknown, or the policy refuses what was sent: all the fields."),
            ("500", "A fault."),
            (
                "503",
                "A fault that may pass. After `busy` and `store-unavailable` nothing was changed; after another, look whether it was done before you send it again.",
            ),
        ])
    }
}

impl IntoResponses for SessionProblem {
    fn responses() -> Answers {
        problems([
            ("401", "The request does not come from the application, or says not exactly one user."),
            ("403", "The policy says no."),
            ("404", "There is no such key for the user; or this is not the listener for signed-in users."),
            ("500", "A fault."),
            (
                "503",
                "A fault that may pass. After `busy` and `store-unavailable` nothing was changed; after another, look whether it was done before you send it again.",
            ),
        ])
    }
}

impl IntoResponses for BodyProblem {
    fn responses() -> Answers {
        problems([
            ("400", "The body is no JSON."),
            ("413", "The body is too long."),
            ("422", "The body is not what it should be: all the fields; or the name is reserved."),
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

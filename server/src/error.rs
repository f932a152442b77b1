//! Why a request is refused, before it is known in which form the client reads it.

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use clearance::key::{self, KeyRefusal};
use clearance::{Decision, EvalError};
use clearance_keeper::{Caller, Fault, KeyFault, Refused, chain};
use serde_json::{Map, Value, json};

use crate::marks::DecidedBy;

/// Why a request is refused. How it reads depends on the route: see [`Problem`](crate::problem::Problem) and
/// [`Refusal`](crate::refusal::Refusal).
#[derive(Debug)]
pub(crate) enum Error {
    /// No valid credential. It says no more than that, whatever the cause.
    Unauthorized {
        /// Whether there was a credential at all, which the client knows.
        presented: bool,
    },
    /// The credential is valid, and the policy says no.
    Denied {
        /// Who it is.
        caller: Arc<Caller>,
        /// The permission that was asked for.
        permission: Box<str>,
        /// What the policy says of it.
        decision: Decision,
    },
    /// The credential is valid, and the operator is not for this.
    Forbidden {
        /// For people.
        message: Cow<'static, str>,
    },
    /// A refusal of the routes of LangWatch, with its own code.
    Refused { status: StatusCode, code: &'static str, message: Cow<'static, str>, members: Map<String, Value> },
    /// The body is not JSON.
    Unreadable(String),
    /// What was sent is not what the route takes: every field that is wrong.
    Invalid(Vec<Flaw>),
    /// A change of a batch is refused.
    ChangeRefused {
        /// The position of the change, counted from 0.
        index: usize,
        /// The field of the change.
        field: String,
        /// What is wrong there.
        detail: String,
    },
    /// The id of a batch was used for other content.
    BatchConflict(String),
    /// The body is too long.
    TooLarge,
    /// The route does not exist, or the caller may not know what is there.
    NotFound,
    /// The route does not know the method.
    MethodNotAllowed,
    /// Nothing can be answered or written.
    Fault(Fault),
    /// Too many requests are under way.
    Busy,
    /// The request took too long.
    Late,
    /// The server is about to stop, and others should be asked.
    Stopping,
    /// A defect.
    Panic,
}

/// The message of every denial.
pub(crate) const DENIED: &str = "the credential is valid, and does not hold the permission that this takes";

/// The most flaws that an answer names. A reader stops to look for more once it has found as many.
pub(crate) const MAX_FLAWS: usize = 100;

/// The longest name of a field that an answer repeats, in characters.
const MAX_FIELD_CHARS: usize = 300;

/// The name of a field, cut where it is too long to repeat.
fn shorten_field(field: &str) -> Cow<'_, str> {
    match field.char_indices().nth(MAX_FIELD_CHARS) {
        Some((end, _)) => format!("{}…", field.get(..end).unwrap_or_default()).into(),
        None => field.into(),
    }
}

/// A field, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    /// The path of the field, such as `bindings.0.role`. Empty for the body as a whole.
    pub(crate) field: String,
    /// What is wrong with it, such as `expected a string`.
    pub(crate) message: String,
}

impl Error {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized { .. } => StatusCode::UNAUTHORIZED,
            Self::Denied { .. } | Self::Forbidden { .. } => StatusCode::FORBIDDEN,
            Self::Refused { status, .. } => *status,
            Self::Unreadable(_) => StatusCode::BAD_REQUEST,
            Self::Invalid(_) | Self::ChangeRefused { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::BatchConflict(_) => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Fault(
                Fault::Store(_) | Fault::OutOfStep | Fault::Busy | Fault::RevokedNotStored(_) | Fault::RevocationsWait { .. },
            )
            | Self::Busy
            | Self::Late
            | Self::Stopping => StatusCode::SERVICE_UNAVAILABLE,
            Self::Fault(_) | Self::Panic => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The last part of the type of a problem. It never changes.
    pub(crate) fn slug(&self) -> &'static str {
        match self {
            Self::Unauthorized { .. } => "unauthorized",
            Self::Denied { .. } | Self::Forbidden { .. } => "forbidden",
            Self::Refused { code, .. } => code,
            Self::Unreadable(_) => "unreadable",
            Self::Invalid(_) => "invalid",
            Self::ChangeRefused { .. } => "change-refused",
            Self::BatchConflict(_) => "batch-conflict",
            Self::TooLarge => "too-large",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::Fault(Fault::Store(_)) => "store-unavailable",
            Self::Fault(Fault::Policy(EvalError::UnusableRole { .. })) => "role-unusable",
            Self::Fault(Fault::RevokedNotStored(_) | Fault::RevocationsWait { .. }) => "revocation-not-stored",
            Self::Busy | Self::Fault(Fault::Busy) => "busy",
            Self::Fault(_) | Self::Panic => "fault",
            Self::Late => "late",
            Self::Stopping => "stopping",
        }
    }

    /// The code that clients of LangWatch know.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Unauthorized { .. } => "Unauthorized",
            Self::Denied { .. } | Self::Forbidden { .. } => "Forbidden",
            Self::Refused { code, .. } => code,
            Self::Unreadable(_) => "bad_request",
            Self::Invalid(_) | Self::ChangeRefused { .. } => "validation_error",
            Self::BatchConflict(_) => "conflict",
            Self::TooLarge => "payload_too_large",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            _ if self.status() == StatusCode::SERVICE_UNAVAILABLE => "service_unavailable",
            Self::Fault(_) | Self::Panic | Self::Busy | Self::Late | Self::Stopping => "internal_error",
        }
    }

    /// For people.
    pub(crate) fn message(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::Unauthorized { .. } => "no valid credential: send an API key that is in use, and the project if it has several",
            Self::Denied { .. } => DENIED,
            Self::Forbidden { message } | Self::Refused { message, .. } => message,
            Self::Unreadable(detail) => return format!("the body is not JSON: {detail}").into(),
            Self::Invalid(flaws) => {
                let fields =
                    flaws.iter().take(MAX_FLAWS).map(|Flaw { field, message }| format!("{}: {message}", shorten_field(field)));
                let mut text = fields.collect::<Vec<_>>().join("; ");
                if flaws.len() >= MAX_FLAWS {
                    text.push_str("; and there may be more");
                }
                return text.into();
            }
            Self::ChangeRefused { index, field, detail } => return format!("change {index}, {field}: {detail}").into(),
            Self::BatchConflict(id) => {
                return format!("the batch `{id}` was sent with other content: give a new batch a new id").into();
            }
            Self::TooLarge => "the body is too long: send less at once",
            Self::NotFound => "there is nothing here",
            Self::MethodNotAllowed => "this route does not know the method",
            // What exactly failed is for the log: it speaks of paths and disks.
            Self::Fault(Fault::Store(_)) => "the database failed and nothing was changed: try again later",
            Self::Fault(Fault::Policy(EvalError::UnusableRole { .. })) => {
                "a custom role that the answer depends on cannot be used: see the log of the server, and edit or remove the role"
            }
            Self::Fault(Fault::RevokedNotStored(_)) => {
                "refused from now on, and not yet stored: the server goes on trying, and a restart before that revives it"
            }
            Self::Fault(Fault::RevocationsWait { .. }) => "revocations are not yet stored: the server goes on trying",
            Self::Busy | Self::Fault(Fault::Busy) => "too many requests are under way: try again",
            Self::Fault(_) => "no answer could be given: see the log of the server",
            Self::Late => "the request took too long: look whether it was done before you try again",
            Self::Stopping => "the server is about to stop: ask another one",
            Self::Panic => "a defect of the server stopped this request: see its log",
        })
    }

    /// What stands beside the message. What a denial says there, [`denial`](crate::denial) writes.
    pub(crate) fn members(&self) -> Map<String, Value> {
        let mut members = match self {
            Self::Refused { members, .. } => members.clone(),
            _ => Map::new(),
        };
        match self {
            Self::Invalid(flaws) => {
                let fields = flaws.iter().take(MAX_FLAWS);
                let fields = fields.map(|Flaw { field, message }| json!({ "field": shorten_field(field), "message": message }));
                members.insert("fields".into(), fields.collect());
            }
            Self::ChangeRefused { index, field, .. } => {
                members.insert("index".into(), (*index).into());
                members.insert("field".into(), field.as_str().into());
            }
            _ => {}
        }
        members
    }

    /// The headers that go with the status.
    pub(crate) fn mark(&self, response: &mut Response) {
        let challenge = |challenge| (WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        let header = match self {
            Self::Unauthorized { presented: false } => challenge(r#"Bearer realm="clearance""#),
            Self::Unauthorized { presented: true } => challenge(r#"Bearer realm="clearance", error="invalid_token""#),
            Self::Denied { .. } | Self::Forbidden { .. } => challenge(r#"Bearer realm="clearance", error="insufficient_scope""#),
            Self::Busy
            | Self::Fault(Fault::Store(_) | Fault::Busy | Fault::RevokedNotStored(_) | Fault::RevocationsWait { .. }) => {
                (RETRY_AFTER, HeaderValue::from_static("1"))
            }
            _ => return,
        };
        response.headers_mut().insert(header.0, header.1);
        if let Self::Denied { decision, .. } = self {
            response.extensions_mut().insert(DecidedBy(decision.policy));
        }
    }

    /// Says to the log what the client is not told.
    pub(crate) fn log(&self) {
        if let Self::Fault(fault) = self
            && !matches!(fault, Fault::Busy)
        {
            tracing::error!(fault = chain(fault), "a request was not answered");
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            // As if the token had come a moment later.
            Fault::OperatorRevoked => Self::Unauthorized { presented: true },
            fault => Self::Fault(fault),
        }
    }
}

impl From<KeyFault> for Error {
    fn from(fault: KeyFault) -> Self {
        match fault {
            KeyFault::Refused(refusal) => refusal.into(),
            KeyFault::Fault(fault) => fault.into(),
        }
    }
}

impl From<KeyRefusal> for Error {
    fn from(refusal: KeyRefusal) -> Self {
        let status = match &refusal {
            KeyRefusal::Forbidden { .. }
            | KeyRefusal::ScopeViolation(_)
            | KeyRefusal::NotOwned
            | KeyRefusal::PersonalWorkspace(_) => StatusCode::FORBIDDEN,
            KeyRefusal::NotFound => StatusCode::NOT_FOUND,
            KeyRefusal::AlreadyRevoked => StatusCode::CONFLICT,
            KeyRefusal::ReservedName => StatusCode::UNPROCESSABLE_ENTITY,
            KeyRefusal::Validation(faults) => {
                let flaw = |fault: &key::Fault| Flaw { field: key::spot_name(fault.spot), message: key::describe_fault(fault) };
                return Self::Invalid(faults.iter().map(flaw).collect());
            }
        };
        let members = match &refusal {
            KeyRefusal::Forbidden { permission: Some(permission) } => {
                Map::from_iter([("permission".to_owned(), permission.as_ref().into())])
            }
            _ => Map::new(),
        };
        Self::Refused { status, code: refusal.code(), message: refusal.to_string().into(), members }
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Unauthorized => Self::Unauthorized { presented: true },
            Refused::Fault(fault) => fault.into(),
        }
    }
}

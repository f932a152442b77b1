//! Bodies, read field by field, so that everything that is wrong is said at once.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Request};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{Error, Flaw, MAX_FLAWS};
use crate::json;
use crate::server::Server;
use crate::work::Work;

/// A body that takes no time worth mentioning to read, in bytes.
const SHORT_BODY_BYTES: usize = 16 * 1024;

/// A body as it arrived, or why it did not.
pub(crate) type Body = Result<Bytes, BytesRejection>;

/// The fields of one object, taken out one after the other.
pub(crate) struct Fields {
    /// What stands before the names of the fields, such as `questions.0.`.
    within: String,
    fields: Map<String, Value>,
    flaws: Vec<Flaw>,
}

/// The body of a request about a key, taken once it is known who sends it. It may be longer than others: what is too long in it is
/// then said by the name of its field.
pub(crate) async fn of_key(server: &Server, request: Request) -> Body {
    const TIMES: usize = 8;
    read_bounded(server.limits().body.saturating_mul(TIMES), request).await
}

/// The body of a request, taken once it is known who sends it. No handler takes a body as an argument: it would be waited for before
/// anybody is known.
pub(crate) async fn of_any(server: &Server, request: Request) -> Body {
    read_bounded(server.limits().body, request).await
}

/// The body of a request, if it has no more bytes than these.
async fn read_bounded(most: usize, mut request: Request) -> Body {
    DefaultBodyLimit::max(most).apply(&mut request);
    Bytes::from_request(request, &()).await
}

/// Reads a body as JSON, away from the threads that answer the gate where it is long. A member that stands twice is refused, as in
/// files.
pub(crate) async fn json(server: &Server, body: Body) -> Result<Value, Error> {
    json_by(server, Work::Body, body).await
}

/// The same for a question about permissions, which waits for no other body.
pub(crate) async fn json_of_gate(server: &Server, body: Body) -> Result<Value, Error> {
    json_by(server, Work::GateBody, body).await
}

async fn json_by(server: &Server, work: Work, body: Body) -> Result<Value, Error> {
    let body = bytes_or_error(body)?;
    if body.len() <= SHORT_BODY_BYTES {
        return json::read(&body);
    }
    server.work(work, move |_| json::read(&body)).await?
}

/// The bytes of a body, or why they did not arrive.
fn bytes_or_error(body: Body) -> Result<Bytes, Error> {
    body.map_err(|rejection| match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
        _ => Error::Unreadable("it ended too early".into()),
    })
}

/// Reads one value.
///
/// # Errors
///
/// What was expected, without what is there: it may be a secret that stands in the wrong place.
pub(crate) fn read<T: DeserializeOwned>(value: Value, field: &str) -> Result<T, Flaw> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { "" } else { path.as_str() };
        let field = match (field, path) {
            (field, "") => field.to_owned(),
            ("", path) => path.to_owned(),
            (field, path) => format!("{field}.{path}"),
        };
        let message = error.into_inner().to_string();
        let quotes = ["invalid type", "invalid value", "unknown variant"].iter().any(|start| message.starts_with(start));
        let expected = message.rsplit_once(", expected ").filter(|_| quotes).map(|(_, expected)| format!("expected {expected}"));
        Flaw { field, message: expected.unwrap_or(message) }
    })
}

impl Fields {
    /// The fields of a body.
    pub(crate) fn of(value: Value) -> Result<Self, Error> {
        Self::within(String::new(), value).map_err(|flaw| Error::Invalid(vec![flaw]))
    }

    /// The fields of an object inside of a body.
    pub(crate) fn within(within: String, value: Value) -> Result<Self, Flaw> {
        match value {
            Value::Object(fields) => Ok(Self { within, fields, flaws: Vec::new() }),
            _ => Err(Flaw { field: within.trim_end_matches('.').to_owned(), message: "expected an object".to_owned() }),
        }
    }

    /// Whether the field is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// Takes a field that may be absent. `null` is a value like any other.
    pub(crate) fn optional<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let value = self.fields.remove(name)?;
        match read(value, &format!("{}{name}", self.within)) {
            Ok(value) => Some(value),
            Err(flaw) => {
                self.flaws.push(flaw);
                None
            }
        }
    }

    /// Takes a required field. `None` means that it is missing or has another type, which [`flaws`](Self::flaws) reports.
    pub(crate) fn required<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        if !self.has(name) {
            self.flaw(name, "is missing");
        }
        self.optional(name)
    }

    /// Notes what is wrong with a field.
    pub(crate) fn flaw(&mut self, name: &str, message: &str) {
        self.flaws.push(Flaw { field: format!("{}{name}", self.within), message: message.to_owned() });
    }

    /// Notes every field that was not taken.
    pub(crate) fn refuse_others(&mut self) {
        let others: Vec<String> = self.fields.keys().take(MAX_FLAWS).cloned().collect();
        others.iter().for_each(|name| self.flaw(name, "is not a field of this"));
    }

    /// What was not taken, as far as it is one of these; and all that is wrong.
    pub(crate) fn rest(mut self, known: &[&str]) -> (Map<String, Value>, Vec<Flaw>) {
        let others: Vec<String> = self.fields.keys().filter(|name| !known.contains(&name.as_str())).cloned().collect();
        for (count, name) in others.into_iter().enumerate() {
            self.fields.remove(&name);
            if count < MAX_FLAWS {
                self.flaw(&name, "is not a field of this");
            }
        }
        (self.fields, self.flaws)
    }

    /// All that is wrong.
    pub(crate) fn flaws(self) -> Vec<Flaw> {
        self.flaws
    }
}

/// Goes on when nothing is wrong.
pub(crate) fn refuse_flaws(flaws: Vec<Flaw>) -> Result<(), Error> {
    if flaws.is_empty() { Ok(()) } else { Err(Error::Invalid(flaws)) }
}

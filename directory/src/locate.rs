//! From a text to a document, and from a path in a document back to the line and column in its text.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::document::Document;
use crate::error::{DocumentError, Position};

impl Document {
    /// Reads a document from JSON. Its references are not looked at: [`Directory`](crate::Directory) does that.
    ///
    /// # Errors
    ///
    /// The first place where the text is not JSON or has another shape than a document.
    pub fn from_json(text: &str) -> Result<Self, DocumentError> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let mut track = serde_path_to_error::Track::new();
        let tracked = serde_path_to_error::Deserializer::new(&mut deserializer, &mut track);
        let document = crate::document::object::object(tracked).map_err(|error: serde_json::Error| {
            let path = track.path().to_string();
            // A name that is not read yet shows as `?`, and the document itself as a dot.
            let path = path.trim_end_matches(".?").trim_matches(['.', '?']);
            let late = refuse(path, &error);
            if error.is_data() { pick_earlier(with_position(late.clone(), text), late) } else { late }
        })?;
        deserializer.end().map_err(|error| refuse("", &error))?;
        Ok(document)
    }
}

/// The error that lies further up in the text. Some errors get their position only where the list around them goes on, and a path
/// with a strange name in it cannot be followed to its end: both come late, never early.
fn pick_earlier(one: DocumentError, other: DocumentError) -> DocumentError {
    let place = |error: &DocumentError| error.position().map(|position| (position.line, position.column));
    if place(&one).is_some() && place(&one) < place(&other) { one } else { other }
}

fn refuse(path: &str, error: &serde_json::Error) -> DocumentError {
    let position = Position { line: error.line(), column: error.column() };
    let message = error.to_string();
    let message = message.strip_suffix(&format!(" at line {} column {}", error.line(), error.column())).unwrap_or(&message);
    DocumentError::json(path, position, &without_quoted_value(message))
}

/// Drops the string that was found where something else was expected: it may be a secret in a wrong place.
fn without_quoted_value(message: &str) -> String {
    let found = ["invalid type: string \"", "invalid value: string \""].iter().any(|start| message.starts_with(start));
    match (found, message.split_once(" \""), message.rsplit_once(", expected ")) {
        (true, Some((what, _)), Some((_, expected))) => format!("{what}, expected {expected}"),
        _ => message.to_owned(),
    }
}

/// The same error with the place in the text.
pub(crate) fn with_position(error: DocumentError, text: &str) -> DocumentError {
    let steps = steps(error.path());
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let position = match (Seek { steps: &steps }).deserialize(&mut deserializer) {
        Ok(Never) => None,
        Err(found) => Some(Position { line: found.line(), column: found.column() }),
    };
    error.at(position)
}

#[derive(Debug, PartialEq)]
enum Step<'a> {
    Field(&'a str),
    Index(usize),
}

fn steps(path: &str) -> Vec<Step<'_>> {
    path.split(['.', '['])
        .map(|part| match part.strip_suffix(']').map(str::parse) {
            Some(Ok(index)) => Step::Index(index),
            _ => Step::Field(part),
        })
        .collect()
}

/// Walks to a value and fails there, because the error of the deserializer is what knows the position. Where a step is missing it
/// fails at the end of the last value that is there.
struct Seek<'a> {
    steps: &'a [Step<'a>],
}

/// A walk never succeeds.
struct Never;

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = Never;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Never, D::Error> {
        // Without steps nothing is accepted, so that it fails at the value itself.
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = Never;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value with parts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Never, A::Error> {
        if self.steps.is_empty() {
            return Err(A::Error::custom("here"));
        }
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            match self.steps.split_first() {
                Some((Step::Field(wanted), steps)) if *wanted == name => return map.next_value_seed(Seek { steps }),
                _ => map.next_value::<IgnoredAny>()?,
            };
        }
        Err(A::Error::custom("here"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Never, A::Error> {
        if let Some((Step::Index(wanted), steps)) = self.steps.split_first() {
            for _ in 0..*wanted {
                list.next_element::<IgnoredAny>()?;
            }
            if let Some(never) = list.next_element_seed(Seek { steps })? {
                return Ok(never);
            }
        }
        Err(A::Error::custom("here"))
    }
}

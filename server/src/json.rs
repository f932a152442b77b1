//! JSON of a body, read as strictly as files are: no member stands twice, and no list grows with what anyone sends.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::error::{Error, Flaw};

/// How many entries of a list of a body are kept. One more than is allowed says that there are too many; what follows is read for
/// mistakes and not kept. No policy allows nearly as many bindings, projects or categories.
const MAX_ENTRIES: [(&str, usize); 5] = [
    ("bindings", 257),
    ("projectIds", 257),
    ("categories", 257),
    ("permissions", MAX_PERMISSIONS + 1),
    ("questions", MAX_QUESTIONS + 1),
];

/// How many permissions may stand in one list.
pub(crate) const MAX_PERMISSIONS: usize = 1_000;

/// How many questions may stand in one request.
pub(crate) const MAX_QUESTIONS: usize = 1_000;

/// How many values of a body are kept, at all depths together. What is allowed fits in a small part of it.
const MAX_VALUES: usize = 100_000;

/// The longest part of a place that is repeated.
const MAX_SHOWN: usize = 80;

/// Reads a body.
///
/// # Errors
///
/// The text is not JSON, a member occurs twice in one object, or the text holds more values than any body needs. The error names the
/// place.
pub(crate) fn read(body: &[u8]) -> Result<Value, Error> {
    let mut state = State::default();
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let reader = Reader { state: &mut state, depth: 0, keeps: true, most: usize::MAX };
    let read = reader.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    read.map_err(|error| match state.refused {
        Some(message) => {
            state.place.reverse();
            Error::Invalid(vec![Flaw { field: state.place.join("."), message: message.to_owned() }])
        }
        // The message names what was expected and where, and repeats nothing of the body.
        None => Error::Unreadable(error.to_string()),
    })
}

/// What is known of a body while it is read.
#[derive(Default)]
struct State {
    /// How many values were kept.
    values: usize,
    /// Why the body is refused, though it is JSON.
    refused: Option<&'static str>,
    /// Where: the innermost part comes first.
    place: Vec<String>,
}

impl State {
    /// Notes a part of the place where something is refused, on the way out.
    fn note(&mut self, part: impl FnOnce() -> String) {
        if self.refused.is_some() {
            self.place.push(part());
        }
    }
}

/// Reads one value.
struct Reader<'a> {
    state: &'a mut State,
    /// How many objects and lists are around it.
    depth: usize,
    /// Whether the value is kept. Else it is read for mistakes alone.
    keeps: bool,
    /// How many entries are kept if it is a list.
    most: usize,
}

impl Reader<'_> {
    fn keep<E: serde::de::Error>(self, value: Value) -> Result<Value, E> {
        self.count()?;
        Ok(value)
    }

    fn count<E: serde::de::Error>(self) -> Result<(), E> {
        self.state.values += usize::from(self.keeps);
        if self.state.values > MAX_VALUES {
            self.state.refused = Some("holds more values than any request needs, send less at once");
            return Err(E::custom("too many values"));
        }
        Ok(())
    }

    fn nested(&mut self, keeps: bool, most: usize) -> Reader<'_> {
        Reader { state: self.state, depth: self.depth + 1, keeps, most }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any JSON value")
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        self.keep(Value::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        self.keep(Value::Number(value.into()))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        self.keep(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        self.keep(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        if self.keeps { self.keep(Value::String(value.to_owned())) } else { Ok(Value::Null) }
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        self.keep(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        let mut index = 0_usize;
        loop {
            let keeps = self.keeps && index < self.most;
            let entry = entries.next_element_seed(self.nested(keeps, usize::MAX));
            let entry = entry.inspect_err(|_| self.state.note(|| index.to_string()))?;
            let Some(entry) = entry else { break };
            if keeps {
                list.push(entry);
            }
            index += 1;
        }
        self.keep(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        // The names of an object that is not kept.
        let mut names = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            let is_new = if self.keeps { !object.contains_key(&name) } else { names.insert(name.clone()) };
            if !is_new {
                self.state.refused = Some("stands there twice");
                self.state.place.push(shorten_name(&name));
                return Err(A::Error::custom("a member stands twice"));
            }
            let listed = MAX_ENTRIES.iter().find(|(list, _)| *list == name && self.depth == 0);
            let most = listed.map_or(usize::MAX, |(_, most)| *most);
            let keeps = self.keeps;
            let value = members.next_value_seed(self.nested(keeps, most));
            let value = value.inspect_err(|_| self.state.note(|| shorten_name(&name)))?;
            if self.keeps {
                object.insert(name, value);
            }
        }
        self.keep(Value::Object(object))
    }
}

/// The name of a member, as far as it is repeated.
fn shorten_name(name: &str) -> String {
    name.chars().take(MAX_SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(body: &str) -> (String, String) {
        match read(body.as_bytes()) {
            Err(Error::Invalid(flaws)) => {
                let [Flaw { field, message }] = <[Flaw; 1]>::try_from(flaws).unwrap();
                (field, message)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn it_reads_what_serde_reads() {
        for body in [
            "null",
            "[]",
            "{}",
            " [1, -1, 18446744073709551615, 1.5, true, \"x\\u00e4\", null, [[]], {\"a\": {\"b\": [1, {\"c\": 2}]}}] ",
            r#"{"bindings": [{"bindings": [1, 2]}], "a": 1e300}"#,
        ] {
            assert_eq!(read(body.as_bytes()).unwrap(), serde_json::from_str::<Value>(body).unwrap(), "{body}");
        }
        for body in ["", "{", "{}x", "\u{0}", "1e400", "{\"a\" 1}", &"[".repeat(100_000)] {
            let expected = serde_json::from_str::<Value>(body).unwrap_err().to_string();
            assert!(matches!(read(body.as_bytes()), Err(Error::Unreadable(message)) if message == expected), "{body:.20}");
        }
    }

    #[test]
    fn a_member_that_stands_twice_is_named_at_any_depth() {
        for (body, field) in [
            (r#"{"a": 1, "a": 1}"#, "a"),
            (r#"{"a": 1, "\u0061": 2}"#, "a"),
            (r#"{"changes": [{}, {"removeMember": {"user": "a"}, "removeMember": {"user": "b"}}]}"#, "changes.1.removeMember"),
            (r#"{"at": {"project": "p", "project": "q"}}"#, "at.project"),
            (r#"[[{"x": {"y": null, "y": null}}]]"#, "0.0.x.y"),
            (r#"{"": 1, "": 2}"#, ""),
        ] {
            assert_eq!(refused(body), (field.to_owned(), "stands there twice".to_owned()), "{body}");
        }
        let late = format!(r#"{{"bindings": [{}{{"role": 1, "role": 2}}]}}"#, "{},".repeat(300));
        assert_eq!(refused(&late).0, "bindings.300.role");
    }

    #[test]
    fn lists_are_cut_while_they_are_read() {
        let cut = |name: &str, count: usize| {
            let body = format!(r#"{{"{name}": [{}]}}"#, vec!["{\"a\":[1]}"; count].join(","));
            read(body.as_bytes()).unwrap()[name].as_array().unwrap().len()
        };
        assert_eq!((cut("bindings", 257), cut("bindings", 258), cut("bindings", 100_000)), (257, 257, 257));
        assert_eq!((cut("permissions", 1_000), cut("permissions", 5_000)), (1_000, 1_001));
        assert_eq!(cut("others", 5_000), 5_000);
        let inner = json!({ "questions": [{ "questions": vec![1; 2_000] }] });
        assert_eq!(read(inner.to_string().as_bytes()).unwrap(), inner);
        let many = format!(r#"{{"a": {{"b": [[{}1]]}}}}"#, "1,".repeat(MAX_VALUES));
        let (field, message) = refused(&many);
        assert!(field.starts_with("a.b.0.") && message.contains("send less"), "{field}: {message}");
    }
}

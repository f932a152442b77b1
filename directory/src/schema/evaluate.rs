//! Whether a value fits a schema: so much of JSON Schema as the generated ones say, and a panic at anything else.
//!
//! The crate `jsonschema` 0.61 agrees on all that is tested here. It is not used, because it asks for other features of `serde_json` and
//! `hashbrown`: every dependency of the command would be built once for the tests and once more to run it.

use serde_json::{Map, Value};

/// Where a value does not fit, and by which word of the schema.
pub(super) fn accepts(root: &Value, value: &Value) -> Result<(), String> {
    fits(root, root, value, "")
}

fn fits(root: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let Value::Object(words) = schema else {
        return if schema == &Value::Bool(false) { Err(format!("{at}: nothing")) } else { Ok(()) };
    };
    words.iter().try_for_each(
        |(word, says)| {
            if holds(root, words, (word, says), value, at)? { Ok(()) } else { Err(format!("{at}: {word}")) }
        },
    )
}

/// Whether one word of a schema holds. What it says of parts of the value has errors of its own.
fn holds(
    root: &Value,
    words: &Map<String, Value>,
    (word, says): (&str, &Value),
    value: &Value,
    at: &str,
) -> Result<bool, String> {
    let fits_here = |schema: &Value| fits(root, schema, value, at).is_ok();
    let list = || says.as_array().unwrap();
    Ok(match word {
        "$ref" => {
            return fits(root, root.pointer(says.as_str().unwrap().strip_prefix('#').unwrap()).unwrap(), value, at)
                .map(|()| true);
        }
        "type" => says.as_str().map_or_else(|| list().iter().any(|kind| is(value, kind)), |_| is(value, says)),
        "enum" => list().contains(value),
        "const" => says == value,
        "pattern" => {
            assert_eq!(says, "^[!-~]{1,255}$");
            value.as_str().is_none_or(|text| (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()))
        }
        "maxLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 <= says.as_u64().unwrap()),
        "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= says.as_u64().unwrap()),
        "uniqueItems" => value.as_array().is_none_or(|items| (1..items.len()).all(|end| !items[..end].contains(&items[end]))),
        "items" => {
            let mut items = value.as_array().into_iter().flatten().enumerate();
            items.try_for_each(|(index, item)| fits(root, says, item, &format!("{at}/{index}")))?;
            true
        }
        "required" => {
            value.as_object().is_none_or(|fields| list().iter().all(|name| fields.contains_key(name.as_str().unwrap())))
        }
        "properties" => {
            for (name, schema) in says.as_object().unwrap() {
                value.get(name).map_or(Ok(()), |field| fits(root, schema, field, &format!("{at}/{name}")))?;
            }
            true
        }
        "additionalProperties" => {
            assert_eq!(says, false);
            let known = words["properties"].as_object().unwrap();
            value.as_object().is_none_or(|fields| fields.keys().all(|name| known.contains_key(name)))
        }
        "oneOf" => list().iter().filter(|schema| fits_here(schema)).count() == 1,
        "anyOf" => list().iter().any(fits_here),
        "if" => fits_here(&words[if fits_here(says) { "then" } else { "else" }]),
        // They are read with `if`, or say nothing of the value. A time is checked when it is loaded.
        "then" | "else" | "$schema" | "$defs" | "title" | "description" | "default" | "format" => true,
        other => panic!("the schema says `{other}`: evaluate it here"),
    })
}

fn is(value: &Value, kind: &Value) -> bool {
    match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("the schema says `{other}`: evaluate it here"),
    }
}

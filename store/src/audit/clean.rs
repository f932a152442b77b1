//! Keeps secrets out of the audit, whatever an entry contains.

use serde_json::Value;

use super::{Entry, Who};
use crate::token::scan;

/// Names of fields that hold secrets, in rows and in answers.
const SECRETS: [&str; 5] = ["apiKey", "hashedSecret", "projectKey", "secret", "token"];

impl Entry {
    /// The entry without secrets.
    pub(crate) fn clean(&self) -> Self {
        let Self { at, who, verb, subject, before, after, peer, policy } = self;
        let optional = |text: &Option<Box<str>>| text.as_deref().map(mask_tokens);
        Self {
            at: *at,
            who: match who {
                Who::User(id) => Who::User(mask_tokens(id)),
                Who::Key(id) => Who::Key(mask_tokens(id)),
                Who::ProjectKey(id) => Who::ProjectKey(mask_tokens(id)),
                Who::Operator(id) => Who::Operator(mask_tokens(id)),
                Who::Command => Who::Command,
            },
            verb: mask_tokens(verb),
            subject: mask_tokens(subject),
            before: before.as_ref().map(clean_value),
            after: after.as_ref().map(clean_value),
            peer: optional(peer),
            policy: optional(policy),
        }
    }
}

fn clean_value(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(mask_tokens(text).into()),
        Value::Array(items) => Value::Array(items.iter().map(clean_value).collect()),
        Value::Object(fields) => {
            // A field with the name of a secret may hold something else, such as rows.
            let kept = fields.iter().filter(|(name, value)| !(SECRETS.contains(&name.as_str()) && value.is_string()));
            Value::Object(kept.map(|(name, value)| (mask_tokens(name).into(), clean_value(value))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// The text with every token in it masked.
fn mask_tokens(text: &str) -> Box<str> {
    let mut clean = String::new();
    let mut from = 0;
    for found in scan(text.as_bytes()) {
        clean += text.get(from..found.range.start).unwrap_or_default();
        clean += &found.to_string();
        from = found.range.end;
    }
    clean += text.get(from..).unwrap_or_default();
    clean.into()
}

#[cfg(test)]
mod tests {
    use clearance_directory::document::Timestamp;
    use serde_json::json;

    use super::*;

    #[test]
    fn no_secret_gets_in() {
        let token = format!("sk-lw-{}_{}", "a".repeat(16), "b".repeat(48));
        let entry = Entry {
            at: Timestamp::from_millis(0).unwrap(),
            who: Who::User(token.as_str().into()),
            verb: token.as_str().into(),
            subject: format!("x {token} {token}").into(),
            before: Some(json!({"hashedSecret": "h1dden", "rows": [{"projectKey": "h1dden", "apiKey": {"id": "k"}, "id": 1}]})),
            after: Some(json!([token, {token.as_str(): null, "token": "h1dden", "name": "ci"}])),
            peer: Some(token.as_str().into()),
            policy: Some(token.as_str().into()),
        };
        let clean = entry.clean();
        let text = format!("{clean:?} {}", serde_json::to_string(&clean).unwrap());
        assert!(!text.contains("bbb") && !text.contains("h1dden"), "{text}");
        assert_eq!(&*clean.subject, "x sk-lw-aaaaa… sk-lw-aaaaa…");
        assert_eq!(clean.before, Some(json!({"rows": [{"apiKey": {"id": "k"}, "id": 1}]})));
        assert_eq!(clean.after, Some(json!(["sk-lw-aaaaa…", {"sk-lw-aaaaa…": null, "name": "ci"}])));
        assert_eq!(clean.clean(), clean);
    }
}

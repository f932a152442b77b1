//! What was typed, in place of the names that the keys API has for it.

use serde_json::{Map, Value};

use crate::arguments::CategoryChoice;

/// The message of a refusal, with the options that it is about: `--project shop` in place of `bindings.0`.
pub(crate) fn name_options(message: &str, fields: &Map<String, Value>, categories: &[CategoryChoice]) -> String {
    let mut text = message.to_owned();
    let list = |field: &str| fields.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut entries: Vec<(String, String)> = Vec::new();
    for (index, CategoryChoice { category, level }) in categories.iter().enumerate() {
        entries.push((format!("categories.{index}"), format!("`--category {category}:{level}`")));
    }
    for (index, permission) in list("permissions").iter().enumerate() {
        let name = permission.as_str().unwrap_or_default();
        entries.push((format!("permissions.{index}"), format!("`--permission {name}`")));
    }
    for (index, binding) in list("bindings").iter().enumerate() {
        let id = binding["scopeId"].as_str().unwrap_or_default();
        let option = match binding["scopeType"].as_str() {
            Some("ORGANIZATION") => "`--whole-organization`".to_owned(),
            Some("TEAM") => format!("`--team {id}`"),
            _ => format!("`--project {id}`"),
        };
        entries.push((format!("bindings.{index}"), option));
    }
    // The last one first: the first is the beginning of the eleventh.
    for (entry, option) in entries.iter().rev() {
        text = text.replace(entry, option);
    }
    for (field, option) in FIELDS {
        // Other words of a message may be the same, but none stands before these.
        for after in [":", " ("] {
            text = text.replace(&format!("{field}{after}"), &format!("{option}{after}"));
        }
    }
    text
}

const FIELDS: [(&str, &str); 7] = [
    ("assignedToUserId", "`--for`"),
    ("bindings", "`--project`, `--team` and `--whole-organization`"),
    ("description", "`--description`"),
    ("expiresAt", "`--expires`"),
    ("name", "`--name`"),
    ("permissionMode", "`--role`, `--readonly` and `--category`"),
    ("permissions", "`--category` and `--permission`"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_speaks_of_options() {
        let fields = serde_json::json!({
            "bindings": (0..12).map(|number| serde_json::json!({ "scopeType": "TEAM", "scopeId": format!("t{number}") })).collect::<Vec<_>>(),
            "permissions": ["a:b"],
        });
        let fields = fields.as_object().expect("it is an object");
        let categories = [CategoryChoice { category: "color".into(), level: "read".into() }];
        for (message, expected) in [
            ("bindings.1: no such scope", "`--team t1`: no such scope"),
            ("bindings.11: no such scope", "`--team t11`: no such scope"),
            (
                "bindings: a personal key needs at least one",
                "`--project`, `--team` and `--whole-organization`: a personal key needs at least one",
            ),
            (
                "refused: name (too-long), permissions.0 (not-allowed)",
                "refused: `--name` (too-long), `--permission a:b` (not-allowed)",
            ),
            ("categories.0: there is none", "`--category color:read`: there is none"),
            ("the name is reserved", "the name is reserved"),
        ] {
            assert_eq!(name_options(message, fields, &categories), expected);
        }
    }
}

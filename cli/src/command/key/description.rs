//! What a key is, in words for people.

use clearance_keeper::{KeyKind, KeyView};

use crate::{power, report::WARN};

/// The kind of a key, which says whose it is.
pub(super) fn kind(key: &KeyView) -> &'static str {
    match key.key_type {
        KeyKind::Personal => "personal",
        KeyKind::Service => "service",
        KeyKind::Ingestion => "ingestion",
    }
}

/// The places where a key applies.
pub(super) fn scope(key: &KeyView) -> String {
    let scopes = power::scopes_of(key);
    let named =
        |scope: &clearance::document::Scope| format!("{} {}", clearance::key::scope_type(scope).to_lowercase(), scope.id());
    if scopes.is_empty() { "nowhere".to_owned() } else { scopes.iter().map(named).collect::<Vec<_>>().join(", ") }
}

/// What a key may do there: its categories if it is restricted, else its roles.
pub(super) fn permissions(key: &KeyView) -> String {
    let mut parts: Vec<String> = key.categories.iter().map(|choice| format!("{}:{}", choice.category, choice.level)).collect();
    match key.other_permissions.len() {
        0 => {}
        1..=3 => parts.extend(key.other_permissions.iter().map(|name| name.to_string())),
        more => parts.push(format!("{more} more permissions")),
    }
    let mut roles: Vec<&str> = Vec::new();
    for binding in &key.bindings {
        let role = binding.role.as_str();
        // The list says what the CUSTOM ones are.
        if !roles.contains(&role) && (role != "CUSTOM" || parts.is_empty()) {
            roles.push(role);
        }
    }
    parts.splice(0..0, roles.into_iter().map(str::to_owned));
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

/// A warning for the user who made or edited a key.
pub(super) fn write_warnings(out: &mut String, warnings: &[Box<str>]) {
    for warning in warnings {
        let sentence = match &**warning {
            "whole-organization" => "no place was named, so it administers the whole organization: edit it to have less",
            "born-expired" => "it has expired already, and never works",
            "permission-unknown" => "a permission of its list is not in the catalog: it is stored, and grants nothing",
            other => other,
        };
        *out += &format!("{WARN}warning{WARN:#}  {sentence}\n");
    }
}

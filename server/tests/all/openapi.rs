//! What the routes say of themselves, and whether it is so.

use std::sync::OnceLock;

use clearance_server::{SessionSecret, SessionSettings, Settings, openapi};
use serde_json::Value;

use crate::client::{Client, Reply};
use crate::running::{Running, vector};

#[test]
fn the_document_is_the_golden_one() {
    clearance_committed::check("docs/openapi.json", &(openapi().to_pretty_json().unwrap() + "\n"));
}

/// Every operation: its path, its method, and what is said of it.
pub(crate) fn operations(document: &Value) -> Vec<(&str, String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let methods = ["get", "put", "post", "delete", "patch"];
    let mut operations = Vec::new();
    for (path, item) in paths {
        for method in methods {
            if let Some(operation) = item.get(method) {
                operations.push((path.as_str(), method.to_uppercase(), operation));
            }
        }
    }
    operations
}

#[test]
fn every_operation_is_there_and_answers_nothing_that_it_does_not_say() {
    let secret = SessionSecret::new("0123456789abcdef").unwrap();
    let session = SessionSettings { listen: ([127, 0, 0, 1], 0).into(), peers: vec![[127, 0, 0, 1].into()], secret };
    let settings = Settings { session: Some(session), ..Settings::default() };
    let running = Running::with(&vector("management/directory.json"), settings);
    let document = serde_json::to_value(openapi()).unwrap();
    let operations = operations(&document);
    assert_eq!(operations.len(), 41);
    let ids: std::collections::BTreeSet<_> =
        operations.iter().map(|(_, _, operation)| operation["operationId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), operations.len(), "each has a name of its own");
    for (path, method, operation) in operations {
        let is_session = operation["tags"] == serde_json::json!(["session"]);
        assert_eq!(path.starts_with("/v1/session/"), is_session);
        assert_eq!(document["paths"][path].get("servers").is_some(), is_session);
        let address = if is_session { running.session.unwrap() } else { running.address };
        let sent = path.replace("{id}", "x").replace("{organization}", "x").replace("{project}", "x");
        for (headers, body) in [(&[][..], &b""[..]), (&[("x-auth-token", "x"), ("x-clearance-user", "x")], b"{"), (&[], b"[]")] {
            let reply = Client::connect(address).send(&method, &sent, headers, body);
            assert_ne!(reply.status, 404, "{method} {path}");
            let needs_somebody = operation.get("security").is_some();
            assert_eq!(reply.status == 401, needs_somebody, "{method} {path} {}", reply.text());
        }
    }
}

/// Whatever a test sends: what comes back is an answer that the document knows.
pub(crate) fn documented(method: &str, path: &str, reply: &Reply) {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    let document = DOCUMENT.get_or_init(|| serde_json::to_value(openapi()).unwrap());
    let path = path.split('?').next().unwrap();
    let fits = |template: &str| {
        let (segments, wanted): (Vec<_>, Vec<_>) = (path.split('/').collect(), template.split('/').collect());
        let mut pairs = segments.iter().zip(&wanted);
        segments.len() == wanted.len()
            && pairs.all(|(segment, wanted)| segment == wanted || (wanted.starts_with('{') && !segment.is_empty()))
    };
    let mut fitting = document["paths"].as_object().unwrap().iter().filter(|(template, _)| fits(template));
    // The one without parameters comes first, in the router as well.
    let Some((template, item)) = fitting.next() else { return };
    let Some(operation) = item.get(method.to_ascii_lowercase()) else { return };
    if reply.status == 404 && reply.text().contains("there is nothing here") {
        // It is a route of the other listener.
        return;
    }
    let said = &operation["responses"][reply.status.to_string()];
    assert!(said.is_object(), "{method} {template} answers {} and does not say so: {}", reply.status, reply.text());
    let content_type = reply.header("content-type").map(|kind| kind.split(';').next().unwrap());
    let kinds: Vec<&str> = said["content"].as_object().into_iter().flat_map(|kinds| kinds.keys().map(String::as_str)).collect();
    assert_eq!(kinds, content_type.into_iter().collect::<Vec<_>>(), "{method} {template} {}", reply.status);
}

#[test]
fn every_name_in_the_document_leads_somewhere() {
    let document = serde_json::to_value(openapi()).unwrap();
    let mut wanted = Vec::new();
    references(&document, &mut wanted);
    assert!(wanted.len() > 100);
    for reference in wanted {
        let target = document.pointer(reference.strip_prefix('#').unwrap());
        assert!(target.is_some(), "{reference}");
    }
    let schemes = document["components"]["securitySchemes"].as_object().unwrap();
    for (path, method, operation) in operations(&document) {
        for requirement in operation.get("security").and_then(Value::as_array).into_iter().flatten() {
            for scheme in requirement.as_object().unwrap().keys() {
                assert!(schemes.contains_key(scheme), "{method} {path}: {scheme}");
            }
        }
    }
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

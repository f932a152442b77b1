//! What is sent about keys, read from JSON.

use clearance::{
    document::{BindingRole, Mode, Scope},
    key::{Fault, Field, Flaw, KeyChange, KeyDraft, KeyRefusal, Kind, Spot, TextChange, WantedBinding, describe_fault},
};
use serde_json::{Map, Value, json};

fn fields(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn unreadable(spots: &[Spot]) -> Vec<String> {
    spots.iter().map(|spot| clearance::key::spot_name(*spot)).collect()
}

fn wanted(role: BindingRole, scope: Scope) -> WantedBinding {
    WantedBinding { role, scope }
}

#[test]
fn every_field_of_a_draft_is_read() {
    let draft = KeyDraft::from_json(&fields(&json!({
        "keyType": "service", "name": "ci", "description": "what for", "expiresAt": "2026-06-01T12:00:00Z",
        "assignedToUserId": "ben", "permissionMode": "restricted", "permissions": ["traces:view", "prompts:view"],
        "bindings": [
            {"role": "ADMIN", "scopeType": "ORGANIZATION", "scopeId": "acme"},
            {"role": "CUSTOM", "scopeType": "TEAM", "scopeId": "web"},
            {"role": "MEMBER", "scopeType": "PROJECT", "scopeId": "shop"},
        ],
        "projectIds": ["shop"],
    })));
    let bindings = vec![
        wanted(BindingRole::Admin, Scope::Organization("acme".into())),
        wanted(BindingRole::Custom, Scope::Team("web".into())),
        wanted(BindingRole::Member, Scope::Project("shop".into())),
    ];
    let expected = KeyDraft {
        unreadable: Vec::new(),
        kind: Some(Kind::Service),
        name: Some("ci".into()),
        description: Some("what for".into()),
        expires: Some("2026-06-01T12:00:00Z".parse().unwrap()),
        mode: Some(Mode::Restricted),
        assignee: Some("ben".into()),
        permissions: vec!["traces:view".into(), "prompts:view".into()],
        bindings,
        projects: vec!["shop".into()],
    };
    assert_eq!(draft, expected);
    let personal = KeyDraft::from_json(&fields(&json!({"keyType": "personal", "expiresAt": "1969-01-01T00:00:00Z"})));
    let before_1970 = Some("1970-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(personal, KeyDraft { kind: Some(Kind::Personal), expires: before_1970, ..KeyDraft::default() });
    assert_eq!(KeyDraft::from_json(&Map::new()), KeyDraft::default());
}

#[test]
fn every_field_of_a_change_is_read() {
    let change = KeyChange::from_json(&fields(&json!({
        "name": "ci", "description": "what for", "permissionMode": "all", "permissions": ["traces:view"],
        "bindings": [{"role": "VIEWER", "scopeType": "PROJECT", "scopeId": "shop"}],
    })));
    let expected = KeyChange {
        unreadable: Vec::new(),
        name: Some("ci".into()),
        description: TextChange::Set("what for".into()),
        mode: Some(Mode::All),
        permissions: vec!["traces:view".into()],
        bindings: Some(vec![wanted(BindingRole::Viewer, Scope::Project("shop".into()))]),
    };
    assert_eq!(change, expected);
    let cleared = KeyChange::from_json(&fields(&json!({"description": null})));
    assert_eq!(cleared, KeyChange { description: TextChange::Clear, ..KeyChange::default() });
    assert_eq!(KeyChange::from_json(&Map::new()), KeyChange::default());
}

#[test]
fn what_cannot_be_read_keeps_its_place_and_is_named() {
    let shop = || json!({"role": "ADMIN", "scopeType": "PROJECT", "scopeId": "shop"});
    let mut bindings = vec![shop()];
    for (field, value) in [("role", json!("OWNER")), ("scopeType", json!("GALAXY")), ("scopeId", json!(7))] {
        let mut binding = shop();
        binding[field] = value;
        bindings.push(binding);
    }
    let sent = json!({
        "keyType": "other", "name": 1, "expiresAt": "soon", "permissionMode": "none", "permissions": ["traces:view", 2],
        "bindings": bindings, "projectIds": "shop",
    });
    let draft = KeyDraft::from_json(&fields(&sent));
    let expected = [
        "keyType",
        "name",
        "expiresAt",
        "permissionMode",
        "permissions.1",
        "bindings.1",
        "bindings.2",
        "bindings.3",
        "projectIds",
    ];
    assert_eq!(unreadable(&draft.unreadable), expected);
    assert_eq!(draft.permissions, ["traces:view", ""]);
    assert_eq!(draft.bindings.len(), 4);
    assert_eq!(draft.bindings[0], wanted(BindingRole::Admin, Scope::Project("shop".into())));
    assert_eq!(draft.bindings[1].scope, Scope::Project("shop".into()));
    assert_eq!((draft.kind, draft.name, draft.expires, draft.mode, draft.projects.len()), (None, None, None, None, 0));
}

#[test]
fn a_refusal_says_what_it_takes() {
    let forbidden = |permission: Option<&str>| KeyRefusal::Forbidden { permission: permission.map(Box::from) }.to_string();
    assert_eq!(forbidden(Some("organization:manage")), "it takes the permission `organization:manage`");
    assert_eq!(forbidden(None), "only an organization admin may do that");
    let fault = |field, flaw| describe_fault(&Fault { spot: Spot { field, index: None }, flaw });
    assert_eq!(fault(Field::Name, Flaw::Unreadable), "unreadable");
    assert_eq!(fault(Field::Expires, Flaw::Missing), "missing");
    assert_eq!(fault(Field::Expires, Flaw::Unreadable), "unreadable: write an RFC 3339 time such as `2026-01-02T00:00:00Z`");
}

//! What the vectors send, as drafts and changes.

use clearance_directory::document::Timestamp;
use clearance_policy::types::Mode;
use clearance_policy::types::lifecycle::{
    Change, Draft, Field, Kind, Spot, TextChange, WantedBinding, WantedProject, WantedRole,
};
use serde_json::{Map, Value};

use super::directory::World;

type Body = Map<String, Value>;

pub(crate) fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::All => "all",
        Mode::Readonly => "readonly",
        Mode::Restricted => "restricted",
    }
}

/// Reads a field, or notes that it cannot be read.
fn read<T>(body: &Body, name: &str, field: Field, unreadable: &mut Vec<Spot>, parse: impl Fn(&Value) -> Option<T>) -> Option<T> {
    let value = body.get(name)?;
    let parsed = parse(value);
    if parsed.is_none() {
        unreadable.push(Spot { field, index: None });
    }
    parsed
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(String::from)
}

fn mode(value: &Value) -> Option<Mode> {
    [Mode::All, Mode::Readonly, Mode::Restricted].into_iter().find(|mode| value.as_str() == Some(mode_name(*mode)))
}

fn texts(body: &Body, name: &str) -> Vec<String> {
    body.get(name).into_iter().flat_map(|list| list.as_array().unwrap()).map(|text| text.as_str().unwrap().into()).collect()
}

impl World {
    fn bindings(&self, body: &Body, owner: Option<&str>) -> Option<Vec<WantedBinding>> {
        let binding = |binding: &Value| {
            let [role, tier, id] = ["role", "scopeType", "scopeId"].map(|name| binding[name].as_str().unwrap());
            let role = match role {
                "ADMIN" => WantedRole::Admin,
                "MEMBER" => WantedRole::Member,
                "VIEWER" => WantedRole::Viewer,
                "CUSTOM" => WantedRole::Custom,
                other => panic!("`{other}` is no role"),
            };
            WantedBinding { role, workspace: self.workspace(tier, id), ceiling: self.ceiling(owner, tier, id) }
        };
        Some(body.get("bindings")?.as_array().unwrap().iter().map(binding).collect())
    }

    pub(crate) fn draft(&self, body: &Body, asker: Option<&str>, organization: &str) -> Draft {
        let mut unreadable = vec![];
        let assignee = body.get("assignedToUserId").map(|id| id.as_str().unwrap());
        let kind = |kind: &Value| match kind.as_str()? {
            "personal" => Some(Kind::Personal),
            "service" => Some(Kind::Service),
            _ => None,
        };
        let expires = |text: &Value| text.as_str()?.parse().ok().map(Timestamp::millis);
        let project = |id: String| WantedProject { place: self.place("PROJECT", &id), workspace: self.workspace("PROJECT", &id) };
        Draft {
            kind: read(body, "keyType", Field::Kind, &mut unreadable, kind),
            name: read(body, "name", Field::Name, &mut unreadable, text),
            description: read(body, "description", Field::Description, &mut unreadable, text),
            expires: read(body, "expiresAt", Field::Expires, &mut unreadable, expires),
            mode: read(body, "permissionMode", Field::Mode, &mut unreadable, mode),
            assignee: assignee.map(|id| self.assignee(id, organization)),
            permissions: texts(body, "permissions"),
            bindings: self.bindings(body, assignee.or(asker)).unwrap_or_default(),
            projects: texts(body, "projectIds").into_iter().map(project).collect(),
            unreadable,
        }
    }

    pub(crate) fn change(&self, body: &Body, key: &str) -> Change {
        let mut unreadable = vec![];
        let owner = self.stored_key(key).and_then(|_| self.owner_of(key));
        Change {
            name: read(body, "name", Field::Name, &mut unreadable, text),
            description: match body.get("description") {
                None => TextChange::Keep,
                Some(Value::Null) => TextChange::Clear,
                Some(text) => TextChange::Set(text.as_str().unwrap().into()),
            },
            mode: read(body, "permissionMode", Field::Mode, &mut unreadable, mode),
            permissions: texts(body, "permissions"),
            bindings: self.bindings(body, owner),
            unreadable,
        }
    }
}

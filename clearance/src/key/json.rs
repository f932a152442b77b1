//! Drafts and changes from JSON, so that one answer names every mistake.
//!
//! Nothing is judged here: what can be read is read, and the rest is named. Fields with other names are ignored.

use clearance_directory::document::{BindingRole, Mode, Scope, Timestamp, TimestampError};
use clearance_policy::types::lifecycle::{Field, Kind, Spot, TextChange};
use serde_json::{Map, Value};

use crate::key::{KeyChange, KeyDraft, WantedBinding, field_name};

impl KeyDraft {
    /// Reads a draft: `keyType`, `name`, `description`, `expiresAt`, `assignedToUserId`, `permissionMode`, `permissions`, `bindings`
    /// as `{role, scopeType, scopeId}`, and `projectIds`.
    ///
    /// ```
    /// use clearance::key::{KeyDraft, WantedBinding, spot_name};
    ///
    /// let body = serde_json::json!({"name": "ci", "expiresAt": "soon", "projectIds": ["shop", 7], "color": "red"});
    /// let draft = KeyDraft::from_json(body.as_object().unwrap());
    /// assert_eq!(draft.name.as_deref(), Some("ci"));
    /// let unreadable: Vec<String> = draft.unreadable.iter().map(|spot| spot_name(*spot)).collect();
    /// assert_eq!(unreadable, ["expiresAt", "projectIds.1"]);
    /// ```
    #[must_use]
    pub fn from_json(fields: &Map<String, Value>) -> Self {
        let mut reader = Reader { fields, unreadable: Vec::new() };
        Self {
            kind: reader.one(Field::Kind, kind),
            name: reader.one(Field::Name, text),
            description: reader.one(Field::Description, text),
            expires: reader.one(Field::Expires, moment),
            mode: reader.one(Field::Mode, mode),
            assignee: reader.one(Field::Assignee, text),
            permissions: reader.list(Field::Permissions, text).unwrap_or_default(),
            bindings: reader.bindings().unwrap_or_default(),
            projects: reader.list(Field::Projects, text).unwrap_or_default(),
            unreadable: reader.unreadable,
        }
    }
}

impl KeyChange {
    /// Reads a change: `name`, `description`, which `null` clears, `permissionMode`, `permissions` and `bindings`, as in a
    /// [draft](KeyDraft::from_json).
    #[must_use]
    pub fn from_json(fields: &Map<String, Value>) -> Self {
        let mut reader = Reader { fields, unreadable: Vec::new() };
        let description = match fields.get(field_name(Field::Description)) {
            Some(Value::Null) => TextChange::Clear,
            _ => reader.one(Field::Description, text).map_or(TextChange::Keep, TextChange::Set),
        };
        Self {
            name: reader.one(Field::Name, text),
            description,
            mode: reader.one(Field::Mode, mode),
            permissions: reader.list(Field::Permissions, text).unwrap_or_default(),
            bindings: reader.bindings(),
            unreadable: reader.unreadable,
        }
    }
}

struct Reader<'a> {
    fields: &'a Map<String, Value>,
    unreadable: Vec<Spot>,
}

impl<'a> Reader<'a> {
    /// The value of a field. None where it is absent or cannot be read.
    fn one<T>(&mut self, field: Field, read: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.fields.get(field_name(field))?;
        let value = read(value);
        if value.is_none() {
            self.unreadable.push(Spot { field, index: None });
        }
        value
    }

    /// The entries of a field, with an empty one in place of each that cannot be read. None where the field is absent or no list.
    fn list<T: Default>(&mut self, field: Field, read: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
        let entries = self.one(field, Value::as_array)?;
        let mut list = Vec::with_capacity(entries.len());
        for (index, entry) in (0..).zip(entries) {
            let entry = read(entry);
            if entry.is_none() {
                self.unreadable.push(Spot { field, index: Some(index) });
            }
            list.push(entry.unwrap_or_default());
        }
        Some(list)
    }

    /// The bindings. Of one that cannot be read the role is kept, if that can.
    fn bindings(&mut self) -> Option<Vec<WantedBinding>> {
        let entries = self.one(Field::Bindings, Value::as_array)?;
        let mut bindings = Vec::with_capacity(entries.len());
        for (index, entry) in (0..).zip(entries) {
            let (role, scope) = (entry.get("role").and_then(role), scope(entry));
            if role.is_none() || scope.is_none() {
                self.unreadable.push(Spot { field: Field::Bindings, index: Some(index) });
            }
            bindings.push(WantedBinding {
                role: role.unwrap_or(BindingRole::Viewer),
                scope: scope.unwrap_or_else(|| Scope::Organization(Box::default())),
            });
        }
        Some(bindings)
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn kind(value: &Value) -> Option<Kind> {
    match value.as_str()? {
        "personal" => Some(Kind::Personal),
        "service" => Some(Kind::Service),
        _ => None,
    }
}

fn mode(value: &Value) -> Option<Mode> {
    value.as_str()?.parse().ok()
}

/// A key that is to expire before 1970 is expired either way.
fn moment(value: &Value) -> Option<Timestamp> {
    match value.as_str()?.parse() {
        Ok(moment) => Some(moment),
        Err(TimestampError::TooEarly(_)) => Some(Timestamp::saturating_from_millis(0)),
        Err(_) => None,
    }
}

fn role(value: &Value) -> Option<BindingRole> {
    value.as_str()?.parse().ok()
}

fn scope(binding: &Value) -> Option<Scope> {
    let id = binding.get("scopeId")?.as_str()?.into();
    match binding.get("scopeType")?.as_str()? {
        "ORGANIZATION" => Some(Scope::Organization(id)),
        "TEAM" => Some(Scope::Team(id)),
        "PROJECT" => Some(Scope::Project(id)),
        _ => None,
    }
}

//! What the audit says of keys and operators, row by row.

use std::collections::{BTreeSet, HashMap};

use clearance_directory::document::Timestamp;
use serde_json::Value;

use super::chain::Stored;

/// What the audit says that is stored now.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    pub(crate) keys: HashMap<Box<str>, KeyClaim>,
    pub(crate) operators: HashMap<Box<str>, OperatorClaim>,
    /// How many keys the database began with. `None` means that the audit does not say how it began: then it does not know all.
    pub(crate) began_with: Option<u64>,
}

/// What the audit says of a key. A field is `None` where no row says it.
#[derive(Debug, Default)]
pub(crate) struct KeyClaim {
    /// The last row that says something.
    pub(crate) sequence: u64,
    pub(crate) made: bool,
    pub(crate) owner: Option<Option<Box<str>>>,
    pub(crate) mode: Option<Box<str>>,
    pub(crate) expires_at: Option<Option<u64>>,
    /// The row that says that it is revoked.
    pub(crate) revoked: Option<u64>,
}

/// What the audit says of an operator.
#[derive(Debug, Default)]
pub(crate) struct OperatorClaim {
    /// The last row that says something.
    pub(crate) sequence: u64,
    pub(crate) made: bool,
    pub(crate) purposes: Option<BTreeSet<Box<str>>>,
    /// The row that says that it is revoked.
    pub(crate) revoked: Option<u64>,
}

impl Claims {
    /// Takes the next row, which is as it was written.
    pub(crate) fn take(&mut self, row: &Stored) {
        let after = || read(row.after.as_deref());
        match row.verb.as_str() {
            "key.create" => self.key(row).say(row.sequence, after(), true),
            "key.edit" => self.key(row).say(row.sequence, after(), false),
            "key.revoke" => {
                let claim = self.key(row);
                claim.say(row.sequence, read(row.before.as_deref()), false);
                claim.revoked = claim.revoked.or(Some(row.sequence));
            }
            "operator.create" => {
                let id = row.subject.as_str().into();
                self.operator(id).make(row.sequence, after().as_ref());
            }
            "operator.revoke" => {
                let claim = self.operator(row.subject.as_str().into());
                claim.sequence = row.sequence;
                claim.revoked = claim.revoked.or(Some(row.sequence));
            }
            // Only the first row counts: a later row with this verb was not written when the database was made.
            "database.init" if row.sequence == 1 => {
                let after = after();
                let member = |name: &str| after.as_ref().and_then(|after| after.get(name));
                self.began_with = member("keys").and_then(Value::as_u64);
                if let Some(id) = member("operator").and_then(Value::as_str) {
                    self.operator(id.into()).make(row.sequence, after.as_ref());
                }
            }
            _ => {}
        }
    }

    fn key(&mut self, row: &Stored) -> &mut KeyClaim {
        self.keys.entry(row.subject.as_str().into()).or_default()
    }

    fn operator(&mut self, id: Box<str>) -> &mut OperatorClaim {
        self.operators.entry(id).or_default()
    }
}

impl KeyClaim {
    fn say(&mut self, sequence: u64, said: Option<Value>, made: bool) {
        self.sequence = sequence;
        self.made |= made;
        let Some(Value::Object(fields)) = said else { return };
        if let Some(owner) = fields.get("owner") {
            self.owner = Some(owner.as_str().map(Box::from));
        }
        if let Some(mode) = fields.get("mode").and_then(Value::as_str) {
            self.mode = Some(mode.into());
        }
        if let Some(expires) = fields.get("expiresAt") {
            self.expires_at = Some(serde_json::from_value(expires.clone()).ok().map(Timestamp::millis));
        }
    }
}

impl OperatorClaim {
    fn make(&mut self, sequence: u64, said: Option<&Value>) {
        (self.sequence, self.made) = (sequence, true);
        let purposes = said.and_then(|said| said.get("purposes")).and_then(Value::as_array);
        self.purposes = purposes.map(|purposes| purposes.iter().filter_map(Value::as_str).map(Box::from).collect());
    }
}

fn read(text: Option<&str>) -> Option<Value> {
    text.and_then(|text| serde_json::from_str(text).ok())
}

//! `clearance audit since`: what an older database lets in again.

use std::{fmt::Write as _, ops::ControlFlow};

use clearance::document::Timestamp;
use clearance_store::{Entry, Row, Store as _};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    arguments::Since,
    input,
    report::{BAD, FAINT, HEAD, Report, Status, on_one_line},
};

/// Something that was taken away, or was changed so that it may have been.
#[derive(Serialize)]
struct Taken {
    sequence: u64,
    at: Timestamp,
    /// `key`, `keyEdit`, `operator`, `projectKey`, `directory` or `policy`.
    what: &'static str,
    /// The id of the key, the operator, the project, the batch or what the policy row is about.
    id: Box<str>,
    /// The changes that a batch made and that may have taken something; of an edit and of the policy, what was before and after.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<Value>,
}

impl Taken {
    /// `None` stands for a row after which nobody has less.
    fn of(Row { sequence, entry, .. }: Row) -> Option<Self> {
        let Entry { at, verb, subject: id, before, after, .. } = entry;
        let change = |verb: &str| vec![json!({ "verb": verb, "before": before, "after": after })];
        let (what, changes) = match &*verb {
            "key.revoke" => ("key", Vec::new()),
            // Whether an edit took something, only the policy knows. The older database does not have it.
            "key.edit" => ("keyEdit", change(&verb)),
            policy if policy.starts_with("policy.") => ("policy", change(policy)),
            "operator.revoke" => ("operator", Vec::new()),
            "project-key.rotate" => ("projectKey", Vec::new()),
            "directory.change" => {
                let changes = after.as_ref().and_then(|after| after.get("changes")).and_then(Value::as_array);
                // What is added takes nothing from anybody. An edit may.
                let adds = |change: &Value| change.as_object().is_some_and(|of| of.keys().all(|name| name.starts_with("add")));
                let changes: Vec<Value> = changes.into_iter().flatten().filter(|change| !adds(change)).cloned().collect();
                ("directory", (!changes.is_empty()).then_some(changes)?)
            }
            _ => return None,
        };
        Some(Self { sequence, at, what, id, changes })
    }
}

pub(super) fn run(Since { database, head }: &Since, json: bool) -> anyhow::Result<Report> {
    let store = input::store_to_read(database)?;
    let verdict = store.audit_holds(head)?;
    if !verdict.is_whole() {
        if json {
            return Ok(Report::json(&json!({ "message": verdict.to_string() }))?.with_status(Status::Bad));
        }
        let text = format!("{BAD}broken{BAD:#}  this audit does not go on from that head: {verdict}\n");
        return Ok(Report::success(text).with_status(Status::Bad));
    }
    let mut taken = Vec::new();
    store.audit_rows(head.count(), &mut |row| {
        taken.extend(Taken::of(row));
        ControlFlow::Continue(())
    })?;
    if json {
        return Report::json(&taken);
    }
    let mut text = String::new();
    for Taken { sequence, at, what, id, changes } in &taken {
        let what = match *what {
            "projectKey" => "project key regenerated",
            "directory" => "directory changed by",
            "operator" => "operator revoked",
            "keyEdit" => "key changed",
            "policy" => "policy changed for",
            _ => "key revoked",
        };
        writeln!(text, "{FAINT}{sequence:>5}  {at}{FAINT:#}  {HEAD}{what}{HEAD:#}  {}", on_one_line(id))?;
        for change in changes {
            writeln!(text, "       {}", on_one_line(&change.to_string()))?;
        }
    }
    if taken.is_empty() {
        writeln!(
            text,
            "nothing was revoked, and no key, directory or policy was changed so that somebody has less, since row {}",
            head.count()
        )?;
    }
    Ok(Report::success(text))
}

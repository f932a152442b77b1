//! `clearance audit`: what was done, and whether the record of it is whole.

use std::fmt::Write;

use clearance_store::{AcceptedAudit, Difference, Differences, Entry, Row, SqliteStore, Store as _, Verdict};
use serde::Serialize;
use serde_json::Value;

use crate::{
    arguments::{AuditCommand, Database, Tail, Verify},
    command::audit_since,
    input,
    report::{BAD, FAINT, GOOD, HEAD, Report, Status, on_one_line},
    word,
};

pub(crate) fn run(command: &AuditCommand, json: bool) -> anyhow::Result<Report> {
    match command {
        AuditCommand::Tail(arguments) => tail(arguments, json),
        AuditCommand::Head(arguments) => head(arguments, json),
        AuditCommand::Verify(arguments) => verify(arguments, json),
        AuditCommand::Since(arguments) => audit_since::run(arguments, json),
        AuditCommand::Accept(arguments) => accept(arguments, json),
    }
}

fn tail(Tail { database, count }: &Tail, json: bool) -> anyhow::Result<Report> {
    let rows = input::store_to_read(database)?.audit_tail(*count)?;
    if json {
        return Report::json(&rows);
    }
    let mut text = String::new();
    rows.iter().try_for_each(|row| write_row(&mut text, row))?;
    if rows.is_empty() {
        writeln!(text, "the audit has no rows")?;
    }
    Ok(Report::success(text))
}

fn write_row(out: &mut String, row: &Row) -> std::fmt::Result {
    let Row { sequence, entry: Entry { at, who, verb, subject, before, after, peer, .. }, .. } = row;
    let from = peer.as_deref().map_or(String::new(), |peer| format!(" from {peer}"));
    let line = on_one_line(&format!("  {subject}  by {}{from}", word::who(who)));
    writeln!(out, "{FAINT}{sequence:>5}  {at}{FAINT:#}  {HEAD}{verb}{HEAD:#}{line}")?;
    let mut detail = |what: &str, value: &Option<Value>| match value {
        Some(value) => writeln!(out, "       {FAINT}{what:6}{FAINT:#} {}", on_one_line(&value.to_string())),
        None => Ok(()),
    };
    detail("before", before)?;
    detail("after", after)
}

#[derive(Serialize)]
struct HeadFields {
    count: u64,
    link: Box<str>,
    head: String,
}

/// Takes a database of an older version as it is.
fn head(database: &Database, json: bool) -> anyhow::Result<Report> {
    let head = SqliteStore::head_of(&database.database, &input::peppers()?)?;
    if json {
        return Report::json(&HeadFields { count: head.count(), link: head.link(), head: head.to_string() });
    }
    Ok(Report::success(format!("{head}\n")))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VerdictFields {
    whole: bool,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<String>,
    /// The first of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differences: Vec<Difference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    differences_count: Option<u64>,
}

fn verify(Verify { database, head }: &Verify, json: bool) -> anyhow::Result<Report> {
    let verdict = input::store_to_read(database)?.audit_verify(head.as_ref())?;
    let status = if verdict.is_whole() { Status::Good } else { Status::Bad };
    if json {
        let (head, found) = match &verdict {
            Verdict::Whole(head) => (Some(head), None),
            Verdict::Differs { head, differences } => (Some(head), Some(differences)),
            _ => (None, None),
        };
        let fields = VerdictFields {
            whole: verdict.is_whole(),
            message: verdict.to_string(),
            head: head.map(ToString::to_string),
            differences: found.map(|found| found.named().to_vec()).unwrap_or_default(),
            differences_count: found.map(Differences::count),
        };
        return Ok(Report::json(&fields)?.with_status(status));
    }
    let mut text = String::new();
    match verdict {
        Verdict::Whole(at) => {
            writeln!(text, "{GOOD}whole{GOOD:#}  {at}")?;
            if head.is_none() {
                writeln!(
                    text,
                    "       {FAINT}only a head that was noted earlier shows whether the end was cut off: `--head`{FAINT:#}"
                )?;
            }
        }
        Verdict::Differs { head, differences } => {
            writeln!(text, "{BAD}differs{BAD:#} {head}, and this is stored otherwise than the audit says:")?;
            for difference in differences.named() {
                writeln!(text, "        {}", on_one_line(&difference.to_string()))?;
            }
            let more = differences.count().saturating_sub(u64::try_from(differences.named().len())?);
            if more > 0 {
                writeln!(text, "        {FAINT}and {more} more{FAINT:#}")?;
            }
        }
        broken => writeln!(text, "{BAD}broken{BAD:#}  {broken}")?,
    }
    Ok(Report::success(text).with_status(status))
}

#[derive(Serialize)]
struct Accepted {
    accepted: bool,
    noted: Option<String>,
    found: String,
}

fn accept(Database { database }: &Database, json: bool) -> anyhow::Result<Report> {
    let AcceptedAudit { noted, found, accepted, .. } = SqliteStore::accept_audit(database, &input::peppers()?)?;
    if json {
        return Report::json(&Accepted { accepted, noted: noted.map(|noted| noted.to_string()), found: found.to_string() });
    }
    if !accepted {
        return Ok(Report::success(format!(
            "{FAINT}there is nothing to accept{FAINT:#}, the audit has what was noted: {found}\n"
        )));
    }
    let noted = noted.map_or_else(|| "what could not be read".to_owned(), |noted| noted.to_string());
    Ok(Report::success(format!("{GOOD}accepted{GOOD:#} {found}, in place of {noted}\n")))
}

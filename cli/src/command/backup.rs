//! `clearance backup` and `clearance restore`: a copy of a database, and a copy in its place.

use std::fmt::Write;

use clearance_store::{Entry, Lost, Restored, SqliteStore, Verdict, Who};
use serde::Serialize;
use serde_json::json;

use crate::{
    arguments::{Backup, Restore},
    input,
    report::{FAINT, GOOD, Report, WARN},
    shell,
};

#[derive(Serialize)]
struct Copied<'a> {
    backup: &'a str,
    head: String,
}

pub(crate) fn backup(Backup { database, to }: &Backup, json: bool) -> anyhow::Result<Report> {
    let head = SqliteStore::backup(&database.database, to)?;
    if json {
        return Report::json(&Copied { backup: &to.to_string_lossy(), head: head.to_string() });
    }
    let mut text = String::new();
    writeln!(text, "{GOOD}copied{GOOD:#}  to {}, which is whole", input::name(to))?;
    writeln!(text, "        {FAINT}its audit ends at {head}: note it elsewhere{FAINT:#}")?;
    Ok(Report::success(text))
}

#[derive(Serialize)]
struct Replaced<'a> {
    database: &'a str,
    backup: String,
    head: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lost: Option<LostFields>,
}

/// What the backup does not have of the database before.
#[derive(Serialize)]
struct LostFields {
    noted: String,
    message: String,
}

pub(crate) fn restore(Restore { from, database, without_log }: &Restore, json: bool) -> anyhow::Result<Report> {
    let peppers = input::peppers()?;
    let entry = Entry {
        at: input::clock()?,
        who: Who::Command,
        verb: "database.restore".into(),
        subject: database.database.to_string_lossy().into(),
        before: None,
        after: Some(json!({ "from": from.to_string_lossy(), "withoutLog": without_log })),
        peer: None,
        policy: None,
    };
    let restored = SqliteStore::restore(from, &database.database, peppers, entry, *without_log)?;
    let Restored { backup, head, replaced, lost, .. } = restored;
    let lost = lost.map(|lost| LostFields { noted: lost.noted.to_string(), message: describe(&lost) });
    if json {
        return Report::json(&Replaced {
            database: &database.database.to_string_lossy(),
            backup: backup.to_string(),
            head: head.to_string(),
            replaced: replaced.map(|path| path.to_string_lossy().into_owned()),
            lost,
        });
    }
    let mut text = String::new();
    writeln!(text, "{GOOD}restored{GOOD:#}  {} from {}", input::name(&database.database), input::name(from))?;
    writeln!(text, "          {FAINT}the audit of the backup ends at {backup}, and now at {head}{FAINT:#}")?;
    if let Some(replaced) = &replaced {
        writeln!(text, "          {FAINT}what was there before is {}{FAINT:#}", input::name(replaced))?;
    }
    if let Some(LostFields { message, .. }) = &lost {
        writeln!(text, "{WARN}lost{WARN:#}      {message}")?;
    }
    writeln!(text, "What was revoked after the backup was made is valid again: revoke it anew before you serve.")?;
    if let Some(replaced) = &replaced {
        writeln!(text, "{FAINT}This lists it{FAINT:#}")?;
        writeln!(text, "  clearance audit since --database {} {backup}", shell::word(&replaced.to_string_lossy()))?;
    }
    Ok(Report::success(text))
}

/// What the backup does not have of the database before, in one sentence.
fn describe(lost: &Lost) -> String {
    match lost.verdict {
        Verdict::CutOff { sequence, noted } => {
            let count = noted.saturating_sub(sequence).saturating_add(1);
            format!("the backup does not have the last rows of the audit, {count} or more: {sequence} to {noted} at least")
        }
        _ => format!("the backup is of another database than the one before, whose audit ended at {} or later", lost.noted),
    }
}

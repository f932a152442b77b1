//! `clearance export`: the directory of a database, without secrets.

use clearance_store::{SqliteStore, without_project_keys};

use crate::{arguments::Database, report::Report};

pub(crate) fn run(Database { database }: &Database) -> anyhow::Result<Report> {
    let document = without_project_keys(SqliteStore::read(database)?);
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(Report::success(text))
}

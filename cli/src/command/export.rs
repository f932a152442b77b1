//! `clearance export`: the directory of a database, without secrets.

use clearance_store::{SqliteStore, exported};

use crate::{arguments::Database, report::Report};

pub(crate) fn run(Database { database }: &Database) -> anyhow::Result<Report> {
    let document = exported(SqliteStore::read(database)?);
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(Report::good(text))
}

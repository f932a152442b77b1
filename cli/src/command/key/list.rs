//! `clearance key list`: the keys that a user sees.

use super::description;
use crate::{arguments::ListKeys, keys::Keys, report::Report, table::Table, word};

pub(crate) fn run(ListKeys { by, organization, all }: &ListKeys, json: bool) -> anyhow::Result<Report> {
    let mut keys = Keys::open_to_read(by)?.list(&by.user, organization, *all)?;
    if !all {
        keys.retain(|key| &*key.status == "active");
    }
    if json {
        return Report::json(&keys);
    }
    if keys.is_empty() {
        let hint = if *all { "" } else { "; `--all` shows expired and revoked ones too" };
        return Ok(Report::success(format!("`{}` sees no key{hint}\n", by.user)));
    }
    let headings = ["ID", "NAME", "TYPE", "STATUS", "SCOPE", "PERMISSIONS", "CREATED", "LAST USED", "CREATOR"];
    let mut table = Table::new(headings);
    for key in &keys {
        let day = |moment: Option<_>, never: &str| moment.map_or(never.to_owned(), word::day);
        table.row([
            key.id.to_string(),
            key.name.to_string(),
            description::kind(key).to_owned(),
            key.status.to_string(),
            description::scope(key),
            description::permissions(key),
            day(key.created_at, "-"),
            day(key.last_used_at, "never"),
            key.created_by.as_deref().unwrap_or("-").to_owned(),
        ]);
    }
    Ok(Report::success(table.to_string()))
}

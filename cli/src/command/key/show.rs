//! `clearance key show`: one key.

use std::fmt::Write;

use clearance_keeper::KeyView;

use super::description;
use crate::{
    arguments::KeyId,
    keys::Keys,
    power,
    report::{FAINT, HEAD, Report, on_one_line},
};

pub(crate) fn run(KeyId { by, id }: &KeyId, json: bool) -> anyhow::Result<Report> {
    let key = Keys::open_to_read(by)?.one(&by.user, id)?;
    if json {
        return Report::json(&key);
    }
    let mut text = String::new();
    write_key(&mut text, &key)?;
    Ok(Report::success(text))
}

/// All that is known of a key, a line for each.
pub(super) fn write_key(out: &mut String, key: &KeyView) -> std::fmt::Result {
    let mut line = |what: &str, value: &str| writeln!(out, "{HEAD}{what:12}{HEAD:#} {}", on_one_line(value));
    line("id", &key.id)?;
    line("name", &key.name)?;
    if let Some(description) = &key.description {
        line("description", description)?;
    }
    line("organization", &key.organization)?;
    match &key.owner {
        Some(owner) => line("type", &format!("{}, of `{owner}`", description::kind(key)))?,
        None => line("type", description::kind(key))?,
    }
    let since = key.revoked_at.map_or(String::new(), |at| format!(", {at}"));
    line("status", &format!("{}{since}", key.status))?;
    line("mode", key.permission_mode.as_str())?;
    if let Some(shown) = &key.shown {
        line("token", &format!("{shown}…"))?;
    }
    let time = |moment: Option<clearance::document::Timestamp>, none: &str| moment.map_or(none.to_owned(), |at| at.to_string());
    line(
        "created",
        &format!("{} by {}", time(key.created_at, "at an unknown time"), key.created_by.as_deref().unwrap_or("nobody")),
    )?;
    line("expires", &time(key.expires_at, "never"))?;
    line("last used", &time(key.last_used_at, "never"))?;
    for (position, binding) in key.bindings.iter().enumerate() {
        let what = if position == 0 { "bindings" } else { "" };
        let scope = power::scope(binding);
        line(what, &format!("{} at {}", binding.role.as_str(), crate::word::place((&scope).into())))?;
    }
    if !key.permissions.is_empty() {
        line("restricted", &description::permissions(key))?;
        for permission in &key.permissions {
            writeln!(out, "{:12} {FAINT}{}{FAINT:#}", "", on_one_line(permission))?;
        }
    }
    Ok(())
}

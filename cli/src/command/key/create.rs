//! `clearance key create`: a new key.

use std::fmt::Write;

use clearance_keeper::KeyView;
use serde::Serialize;

use super::{
    description::{self, write_warnings},
    next,
};
use crate::{
    arguments::CreateKey,
    keys::{KeyAndToken, Keys, Wanted},
    power::{self, Whose},
    report::{GOOD, Report, on_one_line},
};

pub(crate) fn run(new: &CreateKey, json: bool) -> anyhow::Result<Report> {
    let CreateKey { by, organization, name, description, expires, service, assignee, reach, access } = new;
    let keys = Keys::open(by)?;
    let mut wanted = Wanted::default();
    let mut set = |field: &str, value: Option<String>| {
        if let Some(value) = value {
            wanted.fields.insert(field.into(), value.into());
        }
    };
    set("keyType", Some(if *service { "service" } else { "personal" }.to_owned()));
    set("name", Some(name.clone()));
    set("description", description.clone());
    set("expiresAt", expires.map(|moment| moment.to_string()));
    set("assignedToUserId", assignee.clone());
    let owner = (!service).then(|| assignee.as_deref().unwrap_or(&by.user));
    let whose = Whose { organization, owner };
    power::ask(&mut wanted, access, &power::scopes(reach, organization), &whose, &keys)?;

    let KeyAndToken { token, key, warnings } = keys.create(&by.user, organization, &wanted)?;
    let lost = format!("key `{}` is made, but its token is lost: revoke it", key.id);
    if json {
        let made = Answer { token: token.expose(), key: &key, warnings: &warnings };
        return Ok(Report::json(&made)?.with_secret(lost));
    }
    let mut text = String::new();
    let (kind, scope, permissions) = (description::kind(&key), description::scope(&key), description::permissions(&key));
    let line = on_one_line(&format!("key `{}`, {}: {kind}, {permissions} at {scope}", key.id, key.name));
    writeln!(text, "{GOOD}created{GOOD:#}  {line}")?;
    write_warnings(&mut text, &warnings);
    next::write(&mut text, &key, &token, keys.server())?;
    Ok(Report::success(text).with_secret(lost))
}

#[derive(Serialize)]
struct Answer<'a> {
    token: &'a str,
    key: &'a KeyView,
    warnings: &'a [Box<str>],
}

//! `clearance key edit`: another name, another description, or other powers.

use std::fmt::Write;

use anyhow::bail;
use clearance_keeper::KeyView;
use serde::Serialize;
use serde_json::Value;

use super::{description::write_warnings, show};
use crate::{
    arguments::{EditKey, KeyId},
    keys::{EditedKeyView, Keys, Wanted},
    power::{self, Whose},
    report::{GOOD, Report},
};

pub(crate) fn run(edit: &EditKey, json: bool) -> anyhow::Result<Report> {
    let EditKey { key: KeyId { by, id }, name, description, reach, access } = edit;
    if access.is_empty() && !reach.is_empty() {
        // What a restricted key may do must not grow because a project was named.
        bail!("say what the key may do there: `--role`, `--readonly`, `--category` or `--permission`");
    }
    let keys = Keys::open(by)?;
    let mut wanted = Wanted::default();
    if let Some(name) = name {
        wanted.fields.insert("name".into(), name.as_str().into());
    }
    if let Some(description) = description {
        let description = if description.is_empty() { Value::Null } else { description.as_str().into() };
        wanted.fields.insert("description".into(), description);
    }
    if !access.is_empty() {
        let key = keys.one(&by.user, id)?;
        let scopes = if reach.is_empty() { power::scopes_of(&key) } else { power::scopes(reach, &key.organization) };
        let whose = Whose { organization: &key.organization, owner: key.owner.as_deref() };
        power::ask(&mut wanted, access, &scopes, &whose, &keys)?;
    }
    if wanted.fields.is_empty() {
        bail!("nothing is to be changed: say what, such as `--name` or `--category`");
    }
    let EditedKeyView { key, warnings } = keys.edit(&by.user, id, &wanted)?;
    if json {
        return Report::json(&Answer { key: &key, warnings: &warnings });
    }
    let mut text = String::new();
    writeln!(text, "{GOOD}edited{GOOD:#}")?;
    write_warnings(&mut text, &warnings);
    show::write_key(&mut text, &key)?;
    Ok(Report::success(text))
}

#[derive(Serialize)]
struct Answer<'a> {
    key: &'a KeyView,
    warnings: &'a [Box<str>],
}

//! `clearance key revoke`: at once and for good.

use serde_json::json;

use super::description;
use crate::{
    arguments::{KeyId, RevokeKey},
    confirm,
    keys::Keys,
    report::{FAINT, GOOD, Report, Status, on_one_line},
};

pub(crate) fn run(RevokeKey { key: KeyId { by, id }, yes }: &RevokeKey, json: bool) -> anyhow::Result<Report> {
    let keys = Keys::open(by)?;
    if !yes {
        let key = keys.one(&by.user, id)?;
        let what = on_one_line(&format!(
            "`{}`, {}: {}, {} at {}",
            key.id,
            key.name,
            description::kind(&key),
            description::permissions(&key),
            description::scope(&key)
        ));
        if !confirm::ask(&format!("Revoke key {what}, at once and for good?"))? {
            return Ok(Report::success(format!("{FAINT}nothing was changed{FAINT:#}\n")).with_status(Status::Bad));
        }
    }
    let key = keys.revoke(&by.user, id)?;
    if json {
        return Report::json(&json!({ "key": key }));
    }
    let line = on_one_line(&format!("key `{}`, {}", key.id, key.name));
    Ok(Report::success(format!("{GOOD}revoked{GOOD:#}  {line}\n")))
}

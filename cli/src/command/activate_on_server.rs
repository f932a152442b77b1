//! `clearance policy activate --server`: a version becomes the live one of a server, under the requests that come.

use std::{fmt::Write as _, time::Duration};

use anyhow::{Context, bail};
use clearance::Digest;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    arguments::Activation,
    client::Client,
    differences::Differences,
    input,
    refused::{self, Refused},
    report::{self, GOOD, HEAD, Report},
};

/// The server gives up before.
const MAX_WAIT: Duration = Duration::from_secs(31 * 60);

/// Where two versions run beside each other.
const STAGES: [&str; 2] = ["shadow", "watch"];

#[derive(Deserialize, Serialize)]
struct Activated {
    digest: String,
    before: String,
    activated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    carried: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cases: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gains: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    losses: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    principals: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shadow: Option<Trial>,
    #[serde(skip_serializing_if = "Option::is_none")]
    watch: Option<Trial>,
}

#[derive(Deserialize, Serialize)]
struct Trial {
    compared: u64,
    dropped: u64,
    gains: u64,
    losses: u64,
    unexpected: u64,
    failures: u64,
    differences: Vec<Value>,
}

pub(super) fn run(server: &str, arguments: &Activation, json: bool) -> anyhow::Result<Report> {
    let Activation { digest, live, cases, allow_gain, allow_loss, allow_downgrade, allow_other_name, .. } = arguments;
    let digest: Digest = digest.parse().context("a server takes a whole digest, as of `clearance policy list --json`")?;
    if live.differences.is_some() && live.shadow.or(live.watch).is_none() {
        bail!("`--differences` is about what a shadow or a watch answers otherwise: say `--shadow` or `--watch`");
    }
    let trial = |seconds: &u64| {
        let decisions = live.decisions.unwrap_or(u64::MAX);
        json!({ "seconds": seconds, "decisions": decisions, "every": live.every.map_or(1, u64::from) })
    };
    let mut body = json!({
        "digest": digest.to_string(),
        "allowDowngrade": allow_downgrade,
        "allowOtherName": allow_other_name,
    });
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            body[name] = value;
        }
    };
    put("allowGain", allow_gain.map(Value::from));
    put("allowLoss", allow_loss.map(Value::from));
    put("shadow", live.shadow.as_ref().map(trial));
    put("watch", live.watch.as_ref().map(trial));
    put("cases", cases.as_deref().map(read_cases).transpose()?);

    let client = Client::new(server)?;
    let folder = live.differences.as_deref().map(Differences::prepare).transpose()?;
    let activated: Activated = match client.post_and_wait("/v1/policy/activate", &body, MAX_WAIT) {
        Ok(activated) => activated,
        Err(error) => return not_live(error, folder.as_ref(), json),
    };
    let trials = || STAGES.into_iter().zip([&activated.shadow, &activated.watch]);
    let differences = trials().map(|(name, trial)| (name, trial.as_ref().map_or(&[][..], |trial| &trial.differences)));
    let kept = folder.map(|folder| folder.keep(differences)).transpose()?;
    if json {
        return Report::json(&activated);
    }
    let Activated { digest, before, carried, cases, gains, losses, principals, .. } = &activated;
    let mut text = String::new();
    if !activated.activated {
        return Ok(Report::success(format!("{GOOD}live{GOOD:#}    {digest}, as it was before\n")));
    }
    if let Some(carried) = carried {
        writeln!(text, "{HEAD}carried{HEAD:#} {carried} cases of its own answered as they say")?;
    }
    if let Some(cases) = cases {
        writeln!(text, "{HEAD}cases{HEAD:#}   {cases} answered as they say")?;
    }
    if let (Some(gains), Some(losses), Some(principals)) = (gains, losses, principals) {
        writeln!(text, "{HEAD}diff{HEAD:#}    {gains} gained, {losses} lost, by {principals} principals")?;
    }
    for (name, trial) in trials() {
        let Some(Trial { compared, dropped, gains, losses, unexpected, failures, .. }) = trial else { continue };
        writeln!(
            text,
            "{HEAD}{name:6}{HEAD:#}  {compared} checks compared, {dropped} not; {gains} gained, {losses} lost, {unexpected} of them \
             unexpected; {failures} unanswered"
        )?;
    }
    text += &kept.unwrap_or_default();
    writeln!(text, "{GOOD}live{GOOD:#}    {digest}, instead of {before}")?;
    Ok(Report::success(text))
}

/// What was seen before a stage was not passed comes with the refusal.
fn not_live(error: anyhow::Error, folder: Option<&Differences<'_>>, json: bool) -> anyhow::Result<Report> {
    let (Some(folder), Some(Refused { members, .. })) = (folder, error.downcast_ref()) else { return Err(error) };
    let seen = |name: &'static str| {
        let differences = members.get(name).and_then(|trial| trial.get("differences")).and_then(Value::as_array);
        (name, differences.map_or(&[][..], Vec::as_slice))
    };
    let kept = folder.keep(STAGES.map(seen))?;
    if json {
        return Err(error);
    }
    report::print_error(&error);
    Ok(Report::success(kept).with_status(refused::status(&error)))
}

/// The lines of a file, each a JSON value: the server says what is wrong with one.
fn read_cases(file: &std::path::Path) -> anyhow::Result<Value> {
    let text = input::read_text(file)?;
    let lines = (1..).zip(text.lines()).map(|(number, line): (usize, &str)| {
        serde_json::from_str::<Value>(line).with_context(|| format!("{}: line {number}", input::name(file)))
    });
    Ok(Value::Array(lines.collect::<Result<_, _>>()?))
}

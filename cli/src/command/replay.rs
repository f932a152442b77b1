//! `clearance replay`: a decision that was kept is made again.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::{Context, bail};
use clearance::{
    Capsule, Explanation, PolicyVersion, VersionLabel,
    capsule::{FactsShown, ReplayDifference},
    document::{Scope, Timestamp},
};
use clearance_host::{LANGWATCH, STRICT};
use clearance_rollout::VersionStore;
use serde::Serialize;

use super::{check::write_decision, diff::PrincipalFields};
use crate::{
    arguments::Replay,
    input,
    report::{BAD, FAINT, GOOD, HEAD, Report, Status, on_one_line},
    table::Table,
    versions, word,
};

pub(crate) fn run(Replay { file, policy, policies, keys }: &Replay, json: bool) -> anyhow::Result<Report> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", input::name(file)))?;
    let capsule = Capsule::from_bytes(&bytes).with_context(|| input::name(file))?;
    let trusted = versions::keys(keys)?;
    let signed_by = capsule.signature().and_then(|signature| {
        let signed = capsule.signed_bytes();
        trusted.iter().find(|key| key.has_signed(&signed, signature)).map(|key| key.name().to_owned())
    });
    let signature = match (capsule.signature(), &signed_by) {
        (None, _) if !trusted.is_empty() => bail!("{} is not signed, and `--trust` asks for a signature", input::name(file)),
        (Some(_), None) if !trusted.is_empty() => {
            bail!("{}: none of the keys of `--trust` made the signature of what is in it", input::name(file))
        }
        (None, _) => "unsigned",
        (Some(_), None) => "unchecked",
        (Some(_), Some(_)) => "trusted",
    };

    let version = match policy {
        Some(policy) => input::named_policy(policy)?,
        None => version_of(&capsule, policies.as_deref())?,
    };
    let replay = capsule.replay(&version).context("the version gives no answer")?;
    let recorded = capsule.explanation();
    let status = if replay.differences.is_empty() { Status::Good } else { Status::Bad };
    if json {
        let answer = Answer {
            policy: capsule.version().into(),
            contract: capsule.contract(),
            principal: capsule.principal().map(PrincipalFields::from),
            permission: capsule.permission(),
            at: capsule.place().map(Scope::from),
            now: Timestamp::from_millis(capsule.now()),
            signature,
            signed_by: signed_by.as_deref(),
            facts: capsule.facts(),
            recorded: &recorded,
            replayed: &replay.explanation,
            differences: replay.differences.iter().map(DifferenceFields::from).collect(),
        };
        return Ok(Report::json(&answer)?.with_status(status));
    }

    let mut text = String::new();
    let principal = capsule.principal().map_or_else(|| "somebody unknown".to_owned(), word::principal);
    match capsule.place() {
        Some(place) => write_decision(&mut text, &recorded.decision, &principal, capsule.permission(), place)?,
        None => {
            let what = on_one_line(&format!("`{}` at an unknown place", capsule.permission()));
            writeln!(text, "{BAD}deny{BAD:#}   {principal} does not have {what}")?;
            let reason = recorded.decision.reason;
            writeln!(text, "       {reason}: {}", word::reason_sentence(reason))?;
        }
    }
    let when = Timestamp::from_millis(capsule.now()).map_or_else(|| capsule.now().to_string(), |now| now.to_string());
    let VersionLabel { digest, name, semver } = capsule.version();
    writeln!(text, "\n{HEAD}decided{HEAD:#}   {when} by {name} {semver}, {digest}")?;
    let words = match &signed_by {
        Some(key) => format!("by `{key}`"),
        None => signature.to_owned(),
    };
    writeln!(text, "{HEAD}signed{HEAD:#}    {}", on_one_line(&words))?;
    let VersionLabel { digest, name, semver } = version.label();
    writeln!(text, "{HEAD}replayed{HEAD:#}  by {name} {semver}, {digest}")?;
    if replay.differences.is_empty() {
        writeln!(text, "\n{GOOD}The same answer, to the last step of the walk.{GOOD:#}")?;
        return Ok(Report::success(text));
    }
    let verdict = if replay.explanation.decision.allow { "allow" } else { "deny" };
    writeln!(text, "\n{BAD}Another answer: {verdict}, {}.{BAD:#}", replay.explanation.decision.reason)?;
    let mut table = Table::new(["FIELD", "RECORDED", "REPLAYED"]);
    for ReplayDifference { field, recorded, replayed, .. } in &replay.differences {
        let cell = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        table.row([field.clone(), cell(recorded), cell(replayed)]);
    }
    write!(text, "{table}")?;
    writeln!(text, "{FAINT}`clearance replay --json` shows the facts and both walks{FAINT:#}")?;
    Ok(Report::success(text).with_status(status))
}

/// The version that decided.
fn version_of(capsule: &Capsule, folder: Option<&Path>) -> anyhow::Result<PolicyVersion> {
    let digest = capsule.policy();
    for built_in in [LANGWATCH, STRICT] {
        if clearance::Digest::of(built_in) == digest {
            return input::load(built_in);
        }
    }
    let VersionLabel { name, semver, .. } = capsule.version();
    let Some(folder) = folder else {
        bail!(
            "{name} {semver}, {digest}, decided, and is not built in: name the folder that has it with `--policies`, or another \
             version with `--policy`"
        );
    };
    // It is run to be looked at. Whether somebody signed it says nothing about what it answered then.
    input::load(&VersionStore::open(folder)?.bytes(digest)?)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    policy: VersionFields<'a>,
    contract: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<PrincipalFields<'a>>,
    permission: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Scope>,
    #[serde(skip_serializing_if = "Option::is_none")]
    now: Option<Timestamp>,
    signature: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_by: Option<&'a str>,
    facts: FactsShown<'a>,
    recorded: &'a Explanation,
    replayed: &'a Explanation,
    differences: Vec<DifferenceFields<'a>>,
}

#[derive(Serialize)]
struct VersionFields<'a> {
    digest: String,
    name: &'a str,
    version: String,
}

impl<'a> From<&'a VersionLabel> for VersionFields<'a> {
    fn from(VersionLabel { digest, name, semver }: &'a VersionLabel) -> Self {
        Self { digest: digest.to_string(), name, version: semver.to_string() }
    }
}

#[derive(Serialize)]
struct DifferenceFields<'a> {
    field: &'a str,
    recorded: Option<&'a str>,
    replayed: Option<&'a str>,
}

impl<'a> From<&'a ReplayDifference> for DifferenceFields<'a> {
    fn from(ReplayDifference { field, recorded, replayed, .. }: &'a ReplayDifference) -> Self {
        Self { field, recorded: recorded.as_deref(), replayed: replayed.as_deref() }
    }
}

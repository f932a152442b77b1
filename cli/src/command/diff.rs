//! `clearance policy diff`: who gains and who loses what between two versions.

use std::fmt::Write;

use clearance::{
    PlaceId, PrincipalId, Reason,
    document::{BindingRole, Scope, Timestamp},
};
use clearance_rollout::diff::{Asked, Change, Diff, Entry, Group, Through, Version};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::{
    arguments::Comparison,
    file, input,
    picture::Picture,
    report::{BAD, FAINT, GOOD, HEAD, Report, Status, on_one_line},
    table::Table,
    word,
};

/// The most rows of a table that a person reads …
const MAX_ROWS: usize = 20;
/// … the most differences …
const MAX_ENTRIES: usize = 50;
/// … and the most places of each difference.
const MAX_PLACES: usize = 4;

pub(crate) fn run(arguments: &Comparison, json: bool) -> anyhow::Result<Report> {
    let Comparison { before, after, source, now, svg, allow_gain, allow_loss } = arguments;
    let directory = input::directory(source)?;
    let (before, after) = (input::named_policy(before)?, input::named_policy(after)?);
    let now = now.map_or_else(input::clock, Ok)?;

    // On a terminal only: elsewhere it draws nothing.
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos} of {len} principals, {eta} left")?);
    let diff = Diff::compare(&directory, &before, &after, now, &|progress| {
        bar.set_length(count(progress.total));
        bar.set_position(count(progress.done));
    });
    bar.finish_and_clear();
    let diff = diff?;

    let summary = diff.summary();
    let within = summary.gains <= *allow_gain && allow_loss.is_none_or(|allowed| summary.losses <= allowed);
    let status = if within { Status::Good } else { Status::Bad };
    if let Some(svg) = svg {
        file::replace(svg, Picture::of(&diff, &directory, &before, &after)?.to_string().as_bytes())?;
    }
    let report = if json { Report::json(&Answer::of(&diff))? } else { Report::success(text(&diff)?) };
    Ok(report.with_status(status))
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    before: VersionFields<'a>,
    after: VersionFields<'a>,
    now: Timestamp,
    asked: AskedFields,
    gains: u64,
    losses: u64,
    gainers: usize,
    losers: usize,
    principals: usize,
    by_permission: Vec<GroupFields<PermissionFields<'a>>>,
    by_rule: Vec<GroupFields<RuleFields>>,
    by_role: Vec<GroupFields<RoleFields<'a>>>,
    by_principal: Vec<GroupFields<PrincipalFields<'a>>>,
    differences: Vec<Difference<'a>>,
}

#[derive(Serialize)]
struct VersionFields<'a> {
    digest: String,
    policy: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct AskedFields {
    principals: usize,
    places: usize,
    sets: usize,
}

#[derive(Serialize)]
struct GroupFields<K> {
    #[serde(flatten)]
    key: K,
    gains: u64,
    losses: u64,
    principals: usize,
}

#[derive(Serialize)]
struct PermissionFields<'a> {
    permission: &'a str,
}

#[derive(Serialize)]
struct RuleFields {
    before: &'static str,
    after: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RoleFields<'a> {
    /// Absent where no binding grants it.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_role: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum PrincipalFields<'a> {
    User(&'a str),
    Key(&'a str),
    ProjectKey(&'a str),
}

#[derive(Serialize)]
struct Difference<'a> {
    #[serde(flatten)]
    principal: PrincipalFields<'a>,
    #[serde(flatten)]
    places: PlacesFields<'a>,
    changes: Vec<ChangeFields<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum PlacesFields<'a> {
    At(Vec<Scope>),
    Elsewhere { tier: &'static str, archived: bool, count: usize, example: &'a str },
}

#[derive(Serialize)]
struct ChangeFields<'a> {
    gain: bool,
    #[serde(flatten)]
    rule: RuleFields,
    #[serde(flatten)]
    role: RoleFields<'a>,
    permissions: Vec<&'a str>,
}

impl<'a> Answer<'a> {
    fn of(diff: &'a Diff<'_>) -> Self {
        fn groups<K, F>(groups: Vec<Group<K>>, fields: impl Fn(K) -> F) -> Vec<GroupFields<F>> {
            let group =
                |Group { key, gains, losses, principals, .. }| GroupFields { key: fields(key), gains, losses, principals };
            groups.into_iter().map(group).collect()
        }
        let summary = diff.summary();
        let Asked { principals, places, sets, .. } = diff.asked();
        Self {
            before: diff.before().into(),
            after: diff.after().into(),
            now: diff.now(),
            asked: AskedFields { principals, places, sets },
            gains: summary.gains,
            losses: summary.losses,
            gainers: summary.gainers,
            losers: summary.losers,
            principals: summary.principals,
            by_permission: groups(summary.by_permission, |permission| PermissionFields { permission }),
            by_rule: groups(summary.by_rule, |(before, after)| RuleFields { before: before.as_str(), after: after.as_str() }),
            by_role: groups(summary.by_role, |role| RoleFields::of(diff, role)),
            by_principal: groups(summary.by_principal, PrincipalFields::from),
            differences: diff.entries().iter().map(|entry| Difference::of(diff, entry)).collect(),
        }
    }
}

impl<'a> From<&'a Version> for VersionFields<'a> {
    fn from(Version { digest, policy, version, .. }: &'a Version) -> Self {
        Self { digest: digest.to_string(), policy, version }
    }
}

impl<'a> From<PrincipalId<'a>> for PrincipalFields<'a> {
    fn from(id: PrincipalId<'a>) -> Self {
        match id {
            PrincipalId::User(id) => Self::User(id),
            PrincipalId::Key(id) => Self::Key(id),
            PrincipalId::ProjectKey(id) => Self::ProjectKey(id),
        }
    }
}

impl<'a> RoleFields<'a> {
    fn of(diff: &'a Diff<'_>, role: Through) -> Self {
        let (role, custom_role) = match role {
            Through::Admin => (Some(BindingRole::Admin), None),
            Through::Member => (Some(BindingRole::Member), None),
            Through::Viewer => (Some(BindingRole::Viewer), None),
            Through::Custom(role) => (Some(BindingRole::Custom), Some(diff.role_id(role))),
            Through::Missing => (Some(BindingRole::Custom), None),
            Through::NoBinding => (None, None),
        };
        Self { role: role.map(BindingRole::as_str), custom_role }
    }
}

impl<'a> Difference<'a> {
    fn of(diff: &'a Diff<'_>, entry: &'a Entry) -> Self {
        let places = if entry.is_elsewhere() {
            let (tier, example) = tier(diff.place(entry));
            PlacesFields::Elsewhere { tier, archived: entry.is_archived_elsewhere(), count: entry.count(), example }
        } else {
            PlacesFields::At(diff.places(entry).into_iter().map(Scope::from).collect())
        };
        let change = |change: &'a Change| ChangeFields {
            gain: change.gain,
            rule: RuleFields { before: change.before.as_str(), after: change.after.as_str() },
            role: RoleFields::of(diff, change.role),
            permissions: diff.names(change).collect(),
        };
        Self { principal: diff.principal(entry).into(), places, changes: entry.changes().iter().map(change).collect() }
    }
}

fn tier(place: PlaceId<'_>) -> (&'static str, &str) {
    (place.kind().as_str(), place.id())
}

fn text(diff: &Diff<'_>) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    let summary = diff.summary();
    for (what, Version { digest, policy, version, .. }) in [("before", diff.before()), ("after", diff.after())] {
        writeln!(out, "{HEAD}{what:6}{HEAD:#}  {policy} {version}, {digest}")?;
    }
    let Asked { principals, places, .. } = diff.asked();
    writeln!(out, "{HEAD}asked{HEAD:#}   {principals} principals at {places} places, as of {}\n", diff.now())?;
    if diff.entries().is_empty() {
        writeln!(out, "{GOOD}Nobody gains or loses anything.{GOOD:#}")?;
        return Ok(out);
    }
    writeln!(
        out,
        "{BAD}{} gained{BAD:#} by {} principals, {} lost by {}",
        summary.gains, summary.gainers, summary.losses, summary.losers
    )?;
    let names = |(before, after): (Reason, Reason)| format!("{before} -> {after}");
    write_groups(&mut out, "PERMISSION", &summary.by_permission, str::to_owned)?;
    write_groups(&mut out, "RULE", &summary.by_rule, names)?;
    write_groups(&mut out, "ROLE", &summary.by_role, |role| role_name(diff, role))?;
    write_groups(&mut out, "PRINCIPAL", &summary.by_principal, word::principal)?;

    let entries = diff.entries();
    writeln!(out)?;
    for entry in entries.iter().take(MAX_ENTRIES) {
        let principal = word::principal(diff.principal(entry));
        writeln!(out, "{HEAD}{}{HEAD:#}", on_one_line(&format!("{principal} at {}", describe_place(diff, entry))))?;
        for change in entry.changes() {
            let names: Vec<&str> = diff.names(change).collect();
            let names = on_one_line(&names.join(" "));
            match change.gain {
                true => write!(out, "  {BAD}gains{BAD:#} {names}")?,
                false => write!(out, "  loses {names}")?,
            }
            let role = match change.role {
                Through::NoBinding => String::new(),
                role => format!(", {}", on_one_line(&role_name(diff, role))),
            };
            writeln!(out, "\n        {FAINT}{}{role}{FAINT:#}", names_of_rule(change))?;
        }
    }
    if let Some(more) = entries.len().checked_sub(MAX_ENTRIES).filter(|more| *more > 0) {
        writeln!(out, "… and {more} more like these; `--json` has them all")?;
    }
    Ok(out)
}

fn names_of_rule(change: &Change) -> String {
    format!("{} -> {}", change.before, change.after)
}

fn describe_place(diff: &Diff<'_>, entry: &Entry) -> String {
    if entry.is_elsewhere() {
        let (tier, example) = tier(diff.place(entry));
        let archived = if entry.is_archived_elsewhere() { "archived " } else { "" };
        return format!("each {archived}{tier} of other organizations, {} in all, such as `{example}`", entry.count());
    }
    let places = diff.places(entry);
    let mut named: Vec<String> = places.iter().take(MAX_PLACES).map(|place| word::place(*place)).collect();
    if let Some(more) = places.len().checked_sub(MAX_PLACES).filter(|more| *more > 0) {
        named.push(format!("{more} more"));
    }
    match named.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => named.concat(),
    }
}

/// The name of a role for a person.
fn role_name(diff: &Diff<'_>, role: Through) -> String {
    let RoleFields { role, custom_role } = RoleFields::of(diff, role);
    match (role, custom_role) {
        (Some(role), Some(id)) => format!("{role} `{id}`"),
        (Some("CUSTOM"), None) => "CUSTOM, which does not exist".to_owned(),
        (Some(role), None) => role.to_owned(),
        (None, _) => "without a binding".to_owned(),
    }
}

fn write_groups<K: Copy>(out: &mut String, heading: &str, groups: &[Group<K>], name: impl Fn(K) -> String) -> std::fmt::Result {
    let mut table = Table::new([heading, "GAINED", "LOST", "PRINCIPALS"]);
    for group in groups.iter().take(MAX_ROWS) {
        table.row([name(group.key), group.gains.to_string(), group.losses.to_string(), group.principals.to_string()]);
    }
    write!(out, "\n{table}")?;
    match groups.len().checked_sub(MAX_ROWS).filter(|more| *more > 0) {
        Some(more) => writeln!(out, "{FAINT}… and {more} more{FAINT:#}"),
        None => Ok(()),
    }
}
